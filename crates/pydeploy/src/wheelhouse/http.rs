//! Requests: who is asked with which credentials, and what an answer means.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use ureq::http::{Response, StatusCode};
use ureq::tls::{PemItem, RootCerts, TlsConfig};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body, Proxy};

use super::download::THREADS;
use super::error::FetchError;
use super::lookup::Lookup;
use super::netrc::Netrc;
use super::options::{FetchOptions, Proxies};
use super::retry::{Failure, retry_after, retrying};
use super::url;
use crate::sys::files;

/// The longest wait for a connection, for an answer and between two pieces of one.
const CONNECT: Duration = Duration::from_secs(15);
const PATIENCE: Duration = Duration::from_secs(60);
/// How many redirects are followed.
const REDIRECTS: usize = 10;

#[derive(Debug)]
pub(super) struct Client {
    http: Agent,
    https: Agent,
    netrc: Netrc,
}

impl Client {
    pub(super) fn new(options: &FetchOptions) -> Result<Self, FetchError> {
        let roots = roots(options.ca_file.as_deref())?;
        let Proxies { http, https, all, .. } = &options.proxies;
        let agent = |proxy: Option<&String>| -> Result<Agent, FetchError> {
            let no_proxy = options.proxies.none_for.as_deref().unwrap_or_default();
            let proxy = proxy.map(|url| build_proxy(url, no_proxy)).transpose()?;
            Ok(build_agent(roots.clone(), proxy))
        };
        Ok(Self {
            http: agent(http.as_ref().or(all.as_ref()))?,
            https: agent(https.as_ref().or(all.as_ref()))?,
            netrc: options
                .netrc
                .as_deref()
                .map(Netrc::load)
                .transpose()?
                .unwrap_or_default(),
        })
    }

    /// Asks for `url`, from byte `from` on, and wherever it redirects to; what it is for is named in errors.
    ///
    /// Credentials in a URL go to its own origin. Those of the netrc file go to the host that they are for, but not over
    /// plain HTTP when the way there began with HTTPS.
    pub(super) fn get(&self, file: &str, url: &str, accept: &str, from: u64) -> Result<Answer, Failure> {
        let secure = url.starts_with("https:");
        let mut url = url.to_owned();
        for _ in 0..=REDIRECTS {
            let downgraded = secure && !url.starts_with("https:");
            let netrc = self.netrc.find(url::host(&url)).filter(|_| !downgraded);
            let response = self.ask(file, &url, netrc, (accept, from))?;
            match redirect(&response, &url) {
                Some(next) => url = next,
                None => return accepted(file, url, response),
            }
        }
        Err(Failure::Final(connection(file, &url, &"too many redirects")))
    }

    fn ask(
        &self,
        file: &str,
        url: &str,
        netrc: Option<(&str, &str)>,
        (accept, from): (&str, u64),
    ) -> Result<Response<Body>, Failure> {
        let agent = if url.starts_with("http:") {
            &self.http
        } else {
            &self.https
        };
        let (bare, authorization) = url::authorization(url);
        let mut request = agent.get(&bare).header("Accept", accept);
        let of_netrc = || netrc.map(|(login, password)| url::basic(&format!("{login}:{password}")));
        if let Some(value) = authorization.or_else(of_netrc) {
            request = request.header("Authorization", value);
        }
        if from > 0 {
            request = request.header("Range", format!("bytes={from}-"));
        }
        request.call().map_err(|error| failed(file, url, &error))
    }

    /// A whole page with the URL that it is really from and its type, at most 64 MiB; `None` when there is none.
    pub(super) fn page(&self, file: &str, url: &str, accept: &str) -> Result<Option<Page>, FetchError> {
        let page = retrying(|| {
            let mut answer = self.get(file, url, accept, 0)?;
            let mut body = Vec::new();
            let reader = answer.response.body_mut().with_config().limit(64 << 20).reader();
            { reader }
                .read_to_end(&mut body)
                .map_err(|error| Failure::passing(connection(file, url, &error)))?;
            Ok(Page {
                url: answer.url,
                content_type: answer.response.body().mime_type().unwrap_or_default().to_owned(),
                body,
            })
        });
        match page {
            Err(FetchError::Status { status: 404 | 410, .. }) => Ok(None),
            other => other.map(Some),
        }
    }
}

/// An answer that holds what was asked for.
#[derive(Debug)]
pub(super) struct Answer {
    /// Where it came from in the end.
    pub(super) url: String,
    pub(super) response: Response<Body>,
}

#[derive(Debug)]
pub(super) struct Page {
    pub(super) url: String,
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

/// Where an answer sends who asked for `url`.
fn redirect(response: &Response<Body>, url: &str) -> Option<String> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get("Location")?.to_str().ok()?;
    let next = url::join(url, location);
    Some(url::with_credentials_of(url, next))
}

fn accepted(file: &str, url: String, response: Response<Body>) -> Result<Answer, Failure> {
    match response.status() {
        StatusCode::OK | StatusCode::PARTIAL_CONTENT => Ok(Answer { url, response }),
        _ => Err(refused(file, &url, &response)),
    }
}

/// `identity`: the hash of a wheel is that of the bytes that travel.
fn build_agent(roots: RootCerts, proxy: Option<Proxy>) -> Agent {
    let config = Agent::config_builder()
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .proxy(proxy)
        .http_status_as_error(false)
        .max_redirects(0)
        // Each thread keeps its connection: a new one costs a name lookup and a handshake.
        .max_idle_connections_per_host(THREADS)
        .user_agent(concat!("pydeploy/", env!("CARGO_PKG_VERSION")))
        .accept_encoding("identity")
        .timeout_resolve(Some(CONNECT))
        .timeout_connect(Some(CONNECT))
        .timeout_recv_response(Some(PATIENCE))
        .timeout_per_read(Some(PATIENCE))
        .build();
    Agent::with_parts(config, DefaultConnector::default(), <Lookup>::default())
}

fn build_proxy(proxy: &str, no_proxy: &str) -> Result<Proxy, FetchError> {
    let wrong = |_| FetchError::Proxy { url: url::shown(proxy) };
    let plain = Proxy::new(proxy).map_err(wrong)?;
    let mut builder = Proxy::builder(plain.protocol()).host(plain.host()).port(plain.port());
    if let Some(user) = plain.username() {
        builder = builder.username(user);
    }
    if let Some(password) = plain.password() {
        builder = builder.password(password);
    }
    for host in no_proxy.split(',').map(str::trim).filter(|host| !host.is_empty()) {
        builder = builder.no_proxy(host);
        // To curl and pip, a host's name also means those below it.
        builder = builder.no_proxy(&format!(".{}", host.trim_start_matches('.')));
    }
    builder.build().map_err(wrong)
}

fn roots(file: Option<&Path>) -> Result<RootCerts, FetchError> {
    // A folder of certificates is what the system's verifier looks into by itself.
    let Some(file) = file.filter(|path| !path.is_dir()) else {
        return Ok(RootCerts::PlatformVerifier);
    };
    let pem = files::read(file)?;
    let wrong = |reason: String| FetchError::Certificates {
        file: file.to_owned(),
        reason,
    };
    let mut certificates = Vec::new();
    for item in ureq::tls::parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| wrong(error.to_string()))? {
            certificates.push(certificate);
        }
    }
    match certificates.is_empty() {
        true => Err(wrong("it holds no certificate".to_owned())),
        false => Ok(RootCerts::from(certificates)),
    }
}

fn refused(file: &str, url: &str, response: &Response<Body>) -> Failure {
    let status = response.status();
    let error = FetchError::Status {
        file: file.to_owned(),
        url: url::shown(url),
        status: status.as_u16(),
    };
    let passing = status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429);
    if passing {
        Failure::Passing {
            error,
            wait: retry_after(response.headers()),
            progress: false,
        }
    } else {
        Failure::Final(error)
    }
}

fn failed(file: &str, url: &str, error: &ureq::Error) -> Failure {
    match error {
        // These quote the URL, which can hold a password.
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => Failure::Final(FetchError::BadUrl {
            file: file.to_owned(),
            url: url::shown(url),
        }),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => {
            Failure::Final(connection(file, url, error))
        }
        ureq::Error::Io(io)
            if io
                .get_ref()
                .is_some_and(|inner| inner.to_string().contains("certificate")) =>
        {
            Failure::Final(connection(file, url, error))
        }
        other => Failure::passing(connection(file, url, other)),
    }
}

pub(super) fn connection(file: &str, url: &str, error: &impl std::fmt::Display) -> FetchError {
    FetchError::Connection {
        file: file.to_owned(),
        url: url::shown(url),
        reason: error.to_string(),
    }
}
