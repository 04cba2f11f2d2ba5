//! What a fetch depends on besides the lock: everything comes in as a value.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::error::FetchError;
use super::index::DEFAULT_INDEX;
use super::url;

/// Where wheels come from and where they are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchOptions {
    /// The folder of the cache, shared by any number of projects and processes.
    pub cache: PathBuf,
    /// The folder that the paths in the lock are relative to.
    pub lock_dir: PathBuf,
    /// The simple index to ask in place of the lock's URLs.
    pub index_url: Option<IndexUrl>,
    /// Simple indexes to ask before that one, in this order. The first that knows a name is the only one for it.
    pub first_indexes: Vec<IndexUrl>,
    /// Folders and pages with wheels, looked at before any index.
    pub find_links: Vec<FindLinks>,
    /// Whether to do without the network.
    pub offline: bool,
    /// A netrc file with the credentials of hosts; there need not be one.
    pub netrc: Option<PathBuf>,
    /// A PEM file with the certificates to trust in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// Proxies.
    pub proxies: Proxies,
}

/// Proxies by what they are for, as URLs.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Proxies {
    /// For `http:` URLs.
    pub http: Option<String>,
    /// For `https:` URLs.
    pub https: Option<String>,
    /// For both, where there is no other.
    pub all: Option<String>,
    /// Hosts to reach without, separated by commas; `.example.com` is every host below, `*` every one.
    pub none_for: Option<String>,
}

/// Without credentials.
impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |proxy: &Option<String>| proxy.as_deref().map(url::shown);
        f.debug_struct("Proxies")
            .field("http", &shown(&self.http))
            .field("https", &shown(&self.https))
            .field("all", &shown(&self.all))
            .field("none_for", &self.none_for)
            .finish()
    }
}

/// The URL of a simple index ([PEP 503]), `http:`, `https:` or `file:`. Its credentials are never shown.
///
/// ```
/// use pydeploy::wheelhouse::IndexUrl;
///
/// let index: IndexUrl = "https://me:secret@packages.example/simple/".parse()?;
/// assert_eq!(index.to_string(), "https://packages.example/simple/");
/// assert!("packages.example/simple".parse::<IndexUrl>().is_err());
/// # Ok::<(), pydeploy::wheelhouse::FetchError>(())
/// ```
///
/// [PEP 503]: https://packaging.python.org/en/latest/specifications/simple-repository-api/
#[derive(Clone, PartialEq, Eq)]
pub struct IndexUrl(String);

impl IndexUrl {
    /// With its credentials.
    pub(super) fn secret(&self) -> &str {
        &self.0
    }
}

/// Without credentials.
impl fmt::Display for IndexUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&url::shown(&self.0))
    }
}

/// Without credentials.
impl fmt::Debug for IndexUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IndexUrl({self})")
    }
}

impl FromStr for IndexUrl {
    type Err = FetchError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = ["http://", "https://", "file://"]
            .iter()
            .any(|scheme| text.starts_with(scheme));
        let wrong = || FetchError::IndexUrl { url: url::shown(text) };
        match known && !text.contains(char::is_whitespace) {
            true => Ok(Self(text.to_owned())),
            false => Err(wrong()),
        }
    }
}

/// Where wheels are looked for by their file names, as pip's `--find-links` does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FindLinks {
    /// A folder that they lie in.
    Folder(PathBuf),
    /// A page that links to them.
    Page(IndexUrl),
}

impl FromStr for FindLinks {
    type Err = FetchError;

    /// `http:` and `https:` URLs are pages, `file:` URLs and everything else folders.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = url::local_path(text) {
            return Ok(Self::Folder(path));
        }
        match text.contains("://") {
            true => text.parse().map(Self::Page),
            false => Ok(Self::Folder(PathBuf::from(text))),
        }
    }
}

impl FetchOptions {
    /// A fetch from where the lock says, trusting what the system trusts.
    #[must_use]
    pub fn new(cache: &Path, lock_dir: &Path) -> Self {
        Self {
            cache: cache.to_owned(),
            lock_dir: lock_dir.to_owned(),
            index_url: None,
            first_indexes: Vec::new(),
            find_links: Vec::new(),
            offline: false,
            netrc: None,
            ca_file: None,
            proxies: Proxies::default(),
        }
    }

    /// A fetch as pip, uv and curl would do it in an environment that `lookup` knows. Of several variables for one
    /// thing, the first that is set and not empty counts.
    ///
    /// | variables | what |
    /// |---|---|
    /// | `PIP_INDEX_URL`, `UV_INDEX_URL`, `UV_DEFAULT_INDEX` | the index |
    /// | `UV_INDEX`, `UV_EXTRA_INDEX_URL`, `PIP_EXTRA_INDEX_URL` | all of them: indexes asked before it |
    /// | `UV_INDEX_NAME_USERNAME`, `UV_INDEX_NAME_PASSWORD` | for an index given as `NAME=URL` |
    /// | `UV_FIND_LINKS`, `PIP_FIND_LINKS` | all of them: folders and pages |
    /// | `NETRC`, else `.netrc` in `HOME` | credentials by host |
    /// | `SSL_CERT_FILE`, `REQUESTS_CA_BUNDLE`, `PIP_CERT` | certificates to trust |
    /// | `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY` | proxies; in lower case too |
    ///
    /// # Errors
    ///
    /// When the URL of an index is none.
    pub fn from_env(
        cache: &Path,
        lock_dir: &Path,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, FetchError> {
        let variables = Variables(lookup);
        let index = variables.first(&["PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"]);
        let first_indexes = variables.words(&["UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL"], &[' ']);
        let find_links = variables.words(&["UV_FIND_LINKS", "PIP_FIND_LINKS"], &[' ', ',']);
        let first = |names: &[&str]| variables.first(names);
        Ok(Self {
            index_url: index.map(|text| variables.index(&text)).transpose()?,
            first_indexes: first_indexes
                .iter()
                .map(|text| variables.index(text))
                .collect::<Result<_, _>>()?,
            find_links: find_links.iter().map(|text| text.parse()).collect::<Result<_, _>>()?,
            netrc: variables.netrc(),
            ca_file: first(&["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT"]).map(PathBuf::from),
            proxies: Proxies {
                // `HTTP_PROXY` can be set by a client of a CGI program, but this is none.
                http: first(&["http_proxy", "HTTP_PROXY"]),
                https: first(&["https_proxy", "HTTPS_PROXY"]),
                all: first(&["all_proxy", "ALL_PROXY"]),
                none_for: first(&["no_proxy", "NO_PROXY"]),
            },
            ..Self::new(cache, lock_dir)
        })
    }

    /// Every index in the order in which they are asked; none when the lock's URLs count.
    pub(super) fn indexes(&self) -> Vec<&str> {
        let first = self.first_indexes.iter().map(IndexUrl::secret);
        let last = self.index_url.as_ref().map(IndexUrl::secret);
        let last = last.or((!self.first_indexes.is_empty()).then_some(DEFAULT_INDEX));
        first.chain(last).collect()
    }
}

struct Variables<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Variables<'_> {
    fn first(&self, names: &[&str]) -> Option<String> {
        let mut set = names.iter().filter_map(|name| self.0(name));
        set.find(|value| !value.is_empty())
    }

    fn words(&self, names: &[&str], between: &[char]) -> Vec<String> {
        let values: Vec<_> = names.iter().filter_map(|name| self.0(name)).collect();
        let words = values.iter().flat_map(|value| value.split(between));
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    /// uv lets an index have a name, `NAME=URL`, and looks for its credentials by that.
    fn index(&self, text: &str) -> Result<IndexUrl, FetchError> {
        let (name, index) = match text.split_once('=') {
            Some((name, index)) if !name.contains([':', '/']) => (name, index),
            _ => return text.parse(),
        };
        let name: String = name
            .chars()
            .map(|c| if c.is_alphanumeric() { c } else { '_' })
            .collect();
        let variable = |what: &str| self.first(&[&format!("UV_INDEX_{}_{what}", name.to_uppercase())]);
        match (variable("USERNAME"), variable("PASSWORD")) {
            (None, None) => index.parse(),
            (login, password) => {
                let (login, password) = (login.unwrap_or_default(), password.unwrap_or_default());
                url::with_user(index, &login, &password).parse()
            }
        }
    }

    fn netrc(&self) -> Option<PathBuf> {
        let in_home = || Some(PathBuf::from(self.first(&["HOME"])?).join(".netrc"));
        self.first(&["NETRC"]).map(PathBuf::from).or_else(in_home)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(variables: &[(&str, &str)]) -> Result<FetchOptions, FetchError> {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        FetchOptions::from_env("cache".as_ref(), "lock".as_ref(), &lookup)
    }

    #[test]
    fn variables_become_options() {
        let options = options(&[
            ("PIP_INDEX_URL", ""),
            ("UV_DEFAULT_INDEX", "mirror=https://mirror/simple?a=b"),
            ("UV_INDEX", "https://a/s https://b/s"),
            ("PIP_EXTRA_INDEX_URL", "https://c/s"),
            ("PIP_FIND_LINKS", "/opt/wheels https://d/page"),
            ("HOME", "/home/me"),
            ("PIP_CERT", "/etc/ca.pem"),
            ("HTTPS_PROXY", "http://proxy:3128"),
            ("no_proxy", "localhost"),
        ]);
        let options = options.unwrap();
        assert_eq!(
            options.indexes(),
            ["https://a/s", "https://b/s", "https://c/s", "https://mirror/simple?a=b"]
        );
        let page = FindLinks::Page("https://d/page".parse().unwrap());
        assert_eq!(options.find_links, [FindLinks::Folder("/opt/wheels".into()), page]);
        assert_eq!(options.netrc, Some("/home/me/.netrc".into()));
        assert_eq!(options.ca_file, Some("/etc/ca.pem".into()));
        assert_eq!(options.proxies.https.as_deref(), Some("http://proxy:3128"));
        assert_eq!(options.proxies.http, None);
        assert_eq!(options.proxies.none_for.as_deref(), Some("localhost"));
        assert!(!options.offline);
    }

    #[test]
    fn the_default_index_is_asked_after_others() {
        let options = options(&[("UV_INDEX", "https://a/s")]).unwrap();
        assert_eq!(options.indexes(), ["https://a/s", DEFAULT_INDEX]);
    }

    #[test]
    fn credentials_of_a_named_index_are_taken_and_not_shown() {
        let options = options(&[
            ("UV_INDEX", "my-corp=https://a/s"),
            ("UV_INDEX_MY_CORP_USERNAME", "me"),
            ("UV_INDEX_MY_CORP_PASSWORD", "s3cret/"),
            ("https_proxy", "http://me:s3cret@proxy:3128"),
        ]);
        let options = options.unwrap();
        assert_eq!(options.first_indexes[0].secret(), "https://me:s3cret%2F@a/s");
        let shown = format!("{options:?}");
        assert!(shown.contains("proxy:3128") && !shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn an_index_that_is_no_url_is_refused_without_its_credentials() {
        let error = options(&[("PIP_INDEX_URL", "ftp://me:secret@host/simple")]).unwrap_err();
        assert_eq!(error.to_string(), "`ftp://host/simple` is not the URL of an index");
    }
}
