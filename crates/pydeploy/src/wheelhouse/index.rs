//! The simple repository API ([specification]): JSON (PEP 691), and HTML (PEP 503) where there is no JSON.
//!
//! [specification]: https://packaging.python.org/en/latest/specifications/simple-repository-api/

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::error::FetchError;
use super::http::{Client, Page};
use super::{html, url};
use crate::digest::Sha256;
use crate::python::DistributionName;
use crate::sys::files;

/// Where a wheel is looked up when nothing else is said.
pub const DEFAULT_INDEX: &str = "https://pypi.org/simple/";

const ACCEPT: &str = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01";

/// A file that an index offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) filename: String,
    /// With the credentials of the index, when it is of the same origin.
    pub(super) url: String,
    pub(super) sha256: Option<Sha256>,
    /// Why the file should not be used any more, perhaps empty.
    pub(super) yanked: Option<String>,
}

/// What `index` offers of a distribution; `None` when it does not know the name. `file` is what is looked for.
pub(super) fn project(
    client: &Client,
    index: &str,
    name: &DistributionName,
    file: &str,
) -> Result<Option<Vec<Offer>>, FetchError> {
    links(client, &format!("{}/{name}/", index.trim_end_matches('/')), file)
}

/// What the page at `page_url` links to; `None` when there is no such page.
pub(super) fn links(client: &Client, page_url: &str, file: &str) -> Result<Option<Vec<Offer>>, FetchError> {
    let page = match url::local_path(page_url) {
        Some(path) => read(&path, page_url)?,
        None => client.page(file, page_url, ACCEPT)?,
    };
    let Some(page) = page else {
        return Ok(None);
    };
    let mut offers = parse(&page).map_err(|reason| FetchError::BadIndex {
        url: url::shown(page_url),
        reason,
    })?;
    for offer in &mut offers {
        offer.url = url::with_credentials_of(page_url, std::mem::take(&mut offer.url));
    }
    Ok(Some(offers))
}

/// The `index.html` of a folder.
fn read(path: &Path, page_url: &str) -> Result<Option<Page>, FetchError> {
    let path = match path.is_dir() {
        true => path.join("index.html"),
        false => path.to_owned(),
    };
    let page = |body| Page {
        url: page_url.to_owned(),
        content_type: "text/html".to_owned(),
        body,
    };
    Ok(files::read_if_exists(&path)?.map(page))
}

fn parse(page: &Page) -> Result<Vec<Offer>, String> {
    match page.content_type.contains("json") {
        true => parse_json(page),
        false => Ok(parse_html(page)),
    }
}

#[derive(Deserialize)]
struct Project {
    meta: Meta,
    files: Vec<File>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Meta {
    api_version: String,
}

#[derive(Deserialize)]
struct File {
    filename: String,
    url: String,
    #[serde(default)]
    hashes: BTreeMap<String, String>,
    #[serde(default)]
    yanked: Yanked,
}

/// `false`, `true`, or the reason (PEP 592).
#[derive(Deserialize)]
#[serde(untagged)]
enum Yanked {
    Whether(bool),
    Reason(String),
}

impl Default for Yanked {
    fn default() -> Self {
        Self::Whether(false)
    }
}

impl Yanked {
    fn reason(self) -> Option<String> {
        match self {
            Self::Whether(false) => None,
            Self::Whether(true) => Some(String::new()),
            Self::Reason(reason) => Some(reason),
        }
    }
}

fn parse_json(page: &Page) -> Result<Vec<Offer>, String> {
    let project: Project = serde_json::from_slice(&page.body).map_err(|error| error.to_string())?;
    if project.meta.api_version.split('.').next() != Some("1") {
        return Err(format!("its api-version is {}, known is 1", project.meta.api_version));
    }
    let offer = |file: File| Offer {
        url: url::join(&page.url, &file.url),
        sha256: file.hashes.get("sha256").and_then(|text| text.parse().ok()),
        filename: file.filename,
        yanked: file.yanked.reason(),
    };
    Ok(project.files.into_iter().map(offer).collect())
}

fn parse_html(page: &Page) -> Vec<Offer> {
    let links = html::links(&String::from_utf8_lossy(&page.body));
    let base = links
        .base
        .map_or_else(|| page.url.clone(), |base| url::join(&page.url, &base));
    let offer = |anchor: html::Anchor| Offer {
        filename: url::file_name(&anchor.href),
        url: url::join(&base, &anchor.href),
        sha256: fragment_hash(&anchor.href),
        yanked: anchor.yanked,
    };
    links.anchors.into_iter().map(offer).collect()
}

fn fragment_hash(href: &str) -> Option<Sha256> {
    let (_, fragment) = href.split_once('#')?;
    let mut parts = fragment.split('&');
    parts.find_map(|part| part.strip_prefix("sha256=")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(content_type: &str, body: &str) -> Page {
        Page {
            url: "https://i/simple/a/".to_owned(),
            content_type: content_type.to_owned(),
            body: body.into(),
        }
    }

    #[test]
    fn json_and_html_say_the_same() {
        let sha256 = Sha256::of(b"a");
        let json = format!(
            r#"{{"meta": {{"api-version": "1.4"}}, "name": "a", "more": 1, "files": [
                {{"filename": "a-1.whl", "url": "../../f/a-1.whl", "hashes": {{"sha256": "{sha256}"}}, "yanked": false}},
                {{"filename": "a+b.whl", "url": "https://f/a%2Bb.whl", "hashes": {{}}, "yanked": "broken"}}]}}"#
        );
        let html = format!(
            r#"<!DOCTYPE html><html><body><a href="../../f/a-1.whl#sha256={sha256}">a-1.whl</a><br/>
               <a href="https://f/a%2Bb.whl" data-yanked=broken>a+b.whl</a></body></html>"#
        );
        let json = parse(&page("application/vnd.pypi.simple.v1+json", &json)).unwrap();
        assert_eq!(json, parse(&page("text/html", &html)).unwrap());
        assert_eq!(json[0].url, "https://i/f/a-1.whl");
        assert_eq!(json[0].sha256, Some(sha256));
    }

    #[test]
    fn an_index_of_another_version_is_refused() {
        let json = r#"{"meta": {"api-version": "2.0"}, "files": []}"#;
        let error = parse(&page("application/json", json)).unwrap_err();
        assert_eq!(error, "its api-version is 2.0, known is 1");
        assert!(parse(&page("application/json", "[]")).is_err());
    }
}
