//! What a fetch depends on besides the lock: everything comes in as a value.

use std::path::{Path, PathBuf};

/// Where wheels come from and where they are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchOptions {
    /// The folder of the cache, shared by any number of projects and processes.
    pub cache: PathBuf,
    /// The folder that the paths in the lock are relative to.
    pub lock_dir: PathBuf,
    /// The simple index to ask in place of the lock's URLs.
    pub index_url: Option<String>,
    /// Whether to do without the network.
    pub offline: bool,
    /// A PEM file with the certificates to trust in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// Proxies.
    pub proxies: Proxies,
}

/// Proxies by what they are for, as URLs.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
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

impl FetchOptions {
    /// A fetch from where the lock says, trusting what the system trusts.
    #[must_use]
    pub fn new(cache: &Path, lock_dir: &Path) -> Self {
        Self {
            cache: cache.to_owned(),
            lock_dir: lock_dir.to_owned(),
            index_url: None,
            offline: false,
            ca_file: None,
            proxies: Proxies::default(),
        }
    }

    /// A fetch as pip, uv and curl would do it in an environment that `lookup` knows: `PIP_INDEX_URL`, `UV_INDEX_URL`,
    /// `UV_DEFAULT_INDEX`; `SSL_CERT_FILE`, `REQUESTS_CA_BUNDLE`, `PIP_CERT`; `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`
    /// and `NO_PROXY`, these in lower case too. Of several, the first that is set and not empty counts.
    #[must_use]
    pub fn from_env(cache: &Path, lock_dir: &Path, lookup: &dyn Fn(&str) -> Option<String>) -> Self {
        let first = |names: &[&str]| {
            names
                .iter()
                .filter_map(|name| lookup(name))
                .find(|value| !value.is_empty())
        };
        let index = first(&["PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"]);
        Self {
            index_url: index.map(|value| without_name(&value)),
            ca_file: first(&["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT"]).map(PathBuf::from),
            proxies: Proxies {
                // `HTTP_PROXY` can be set by a client of a CGI program, but this is none.
                http: first(&["http_proxy", "HTTP_PROXY"]),
                https: first(&["https_proxy", "HTTPS_PROXY"]),
                all: first(&["all_proxy", "ALL_PROXY"]),
                none_for: first(&["no_proxy", "NO_PROXY"]),
            },
            ..Self::new(cache, lock_dir)
        }
    }

    /// Every index in the order in which they are asked; none when the lock's URLs count.
    pub(super) fn indexes(&self) -> Vec<&str> {
        self.index_url.as_deref().into_iter().collect()
    }
}

/// uv lets an index have a name: `NAME=URL`.
fn without_name(index: &str) -> String {
    match index.split_once('=') {
        Some((name, url)) if !name.contains([':', '/']) => url.to_owned(),
        _ => index.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_become_options() {
        let variables = [
            ("PIP_INDEX_URL", ""),
            ("UV_DEFAULT_INDEX", "mirror=https://mirror/simple?a=b"),
            ("PIP_CERT", "/etc/ca.pem"),
            ("HTTPS_PROXY", "http://proxy:3128"),
            ("no_proxy", "localhost"),
        ];
        let lookup = |name: &str| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let options = FetchOptions::from_env("cache".as_ref(), "lock".as_ref(), &lookup);
        assert_eq!(options.index_url.as_deref(), Some("https://mirror/simple?a=b"));
        assert_eq!(options.ca_file, Some("/etc/ca.pem".into()));
        assert_eq!(options.proxies.https.as_deref(), Some("http://proxy:3128"));
        assert_eq!(options.proxies.http, None);
        assert_eq!(options.proxies.none_for.as_deref(), Some("localhost"));
        assert!(!options.offline);
    }
}
