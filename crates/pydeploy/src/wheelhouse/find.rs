//! Where a wheel is: the folders, pages, indexes and URLs that are tried for it, in order.

use std::sync::OnceLock;

use super::error::FetchError;
use super::http::Client;
use super::index::{self, DEFAULT_INDEX, Offer};
use super::options::{FetchOptions, FindLinks};
use super::url;
use super::wanted::Wanted;

/// A place to ask for a wheel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place<'a> {
    Index(&'a str),
    Url(&'a str),
}

/// The places for a wheel, in order. The first index that knows its name is the last place that is asked, so that no
/// index can slip in a file under the name of another's.
///
/// An index that the lock names is the only one, with the credentials of the option that names it too. An index in place
/// of the public one stands in for that in locks too.
fn places<'a>(wanted: &Wanted<'a>, indexes: &[&'a str]) -> Vec<Place<'a>> {
    let url = wanted.url.map(Place::Url);
    let (Some(locked), Some(default)) = (wanted.index, indexes.last()) else {
        let unsaid = Place::Index(wanted.index.unwrap_or(DEFAULT_INDEX));
        let last = url.or(indexes.is_empty().then_some(unsaid));
        return indexes.iter().copied().map(Place::Index).chain(last).collect();
    };
    if let Some(index) = indexes.iter().find(|index| url::same_place(index, locked)) {
        return vec![Place::Index(index)];
    }
    match url::same_place(locked, DEFAULT_INDEX) {
        true => vec![Place::Index(default)],
        false => vec![url.unwrap_or(Place::Index(locked))],
    }
}

/// Finds URLs, reading each page with links once.
#[derive(Debug)]
pub(super) struct Finder<'a> {
    client: &'a Client,
    indexes: Vec<&'a str>,
    pages: Vec<(&'a str, OnceLock<Vec<Offer>>)>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(client: &'a Client, options: &'a FetchOptions) -> Self {
        let page = |links: &'a FindLinks| match links {
            FindLinks::Page(url) => Some((url.secret(), OnceLock::new())),
            FindLinks::Folder(_) => None,
        };
        Self {
            client,
            indexes: options.indexes(),
            pages: options.find_links.iter().filter_map(page).collect(),
        }
    }

    /// The URL to download a wheel from; `tell` hears what a person should know about it.
    pub(super) fn url(&self, wanted: &Wanted<'_>, tell: &dyn Fn(String)) -> Result<String, FetchError> {
        if let Some(url) = self.linked(wanted)? {
            return Ok(url);
        }
        let places = places(wanted, &self.indexes);
        for place in &places {
            match place {
                Place::Url(url) => return Ok((*url).to_owned()),
                Place::Index(index) => {
                    if let Some(offers) = index::project(self.client, index, wanted.name, wanted.file)? {
                        return chosen(offers, index, wanted, tell);
                    }
                }
            }
        }
        let asked = places.iter().filter_map(|place| match place {
            Place::Index(index) => Some(url::shown(index)),
            Place::Url(_) => None,
        });
        Err(FetchError::UnknownName {
            name: wanted.name.clone(),
            indexes: asked.collect(),
        })
    }

    fn linked(&self, wanted: &Wanted<'_>) -> Result<Option<String>, FetchError> {
        let file = wanted.file;
        for (page, offers) in &self.pages {
            let offers = match offers.get() {
                Some(offers) => offers,
                None => {
                    let read = index::links(self.client, page, file)?.unwrap_or_default();
                    offers.get_or_init(|| read)
                }
            };
            let right =
                |offer: &&Offer| offer.filename == file && offer.sha256.is_none_or(|sha256| sha256 == wanted.sha256);
            if let Some(offer) = offers.iter().find(right) {
                return Ok(Some(offer.url.clone()));
            }
        }
        Ok(None)
    }
}

/// The offer of the pinned file. One of its name with another hash is refused; one without a hash is checked when it has
/// arrived. A yanked one is taken, because the lock names it (PEP 592).
fn chosen(offers: Vec<Offer>, index: &str, wanted: &Wanted<'_>, tell: &dyn Fn(String)) -> Result<String, FetchError> {
    let offer = offers.into_iter().find(|offer| offer.filename == wanted.file);
    let offer = offer.ok_or_else(|| FetchError::NotInIndex {
        file: wanted.file.to_owned(),
        index: url::shown(index),
    })?;
    if let Some(actual) = offer.sha256.filter(|offered| *offered != wanted.sha256) {
        return Err(FetchError::HashMismatch {
            file: wanted.file.to_owned(),
            expected: wanted.sha256,
            actual,
        });
    }
    if let Some(reason) = offer.yanked {
        let reason = Some(reason)
            .filter(|text| !text.is_empty())
            .map(|text| format!(": {text}"));
        let reason = reason.unwrap_or_default();
        tell(format!(
            "{} is yanked{reason}; it is taken, because the lock names it",
            wanted.file
        ));
    }
    Ok(offer.url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Sha256;

    #[track_caller]
    fn check(index: Option<&str>, url: Option<&str>, indexes: &[&str], expect: &[&str]) {
        let name = "a".parse().unwrap();
        let wanted = Wanted {
            name: &name,
            file: "a-1-py3-none-any.whl",
            url,
            path: None,
            index,
            size: None,
            sha256: Sha256::of(b""),
        };
        let found: Vec<_> = places(&wanted, indexes)
            .into_iter()
            .map(|place| match place {
                Place::Index(index) => format!("index {index}"),
                Place::Url(url) => format!("url {url}"),
            })
            .collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn without_options_the_lock_says_where() {
        let public = format!("index {DEFAULT_INDEX}");
        check(None, Some("u"), &[], &["url u"]);
        check(Some("https://i/s"), Some("u"), &[], &["url u"]);
        check(Some("https://i/s"), None, &[], &["index https://i/s"]);
        check(None, None, &[], &[&public]);
    }

    #[test]
    fn indexes_are_asked_in_order_and_the_url_of_the_lock_last() {
        let indexes = ["https://i/s", "https://j/s"];
        check(
            None,
            Some("u"),
            &indexes,
            &["index https://i/s", "index https://j/s", "url u"],
        );
        check(None, None, &indexes, &["index https://i/s", "index https://j/s"]);
    }

    #[test]
    fn the_index_of_the_lock_wins() {
        let indexes = ["https://i/s", "https://me:secret@j/s/", "https://mirror/s"];
        check(
            Some("https://J/s"),
            Some("u"),
            &indexes,
            &["index https://me:secret@j/s/"],
        );
        check(Some("https://other/s"), Some("u"), &indexes, &["url u"]);
        check(Some("https://other/s"), None, &indexes, &["index https://other/s"]);
        check(
            Some(DEFAULT_INDEX.trim_end_matches('/')),
            Some("u"),
            &indexes,
            &["index https://mirror/s"],
        );
    }
}
