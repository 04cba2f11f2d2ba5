//! From pinned wheels to files.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use pep440_rs::Version;

use super::arriving::Arriving;
use super::cache::Cache;
use super::http::{Client, retrying};
use super::index::{self, DEFAULT_INDEX};
use super::lock::Pinned;
use super::options::FetchOptions;
use crate::digest::{Hashing, Sha256};
use crate::event::{Event, Observer};
use crate::python::DistributionName;
use crate::sys::files::{At as _, FileError};

/// Connections at one time.
const THREADS: usize = 8;

/// The wheels of one target, on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wheelhouse {
    /// The wheels, by name.
    pub wheels: Vec<WheelFile>,
    /// How many of them were downloaded just now.
    pub downloaded: usize,
    /// How many bytes that was.
    pub downloaded_bytes: u64,
}

/// A wheel that is what the lock says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WheelFile {
    /// The distribution.
    pub name: DistributionName,
    /// Its version.
    pub version: Version,
    /// The file.
    pub path: PathBuf,
    /// Its digest.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub size: u64,
}

/// A wheel could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file that arrived, or that an index offers, is another than the one in the lock.
    #[error("{file} has sha256 {actual}, the lock says {expected}")]
    HashMismatch {
        /// The file.
        file: String,
        /// What the lock says.
        expected: Sha256,
        /// What it has.
        actual: Sha256,
    },
    /// A file is longer or shorter than the one in the lock.
    #[error("{file} has {} bytes, the lock says {expected}", more_than(*.actual, *.expected))]
    SizeMismatch {
        /// The file.
        file: String,
        /// What the lock says.
        expected: u64,
        /// How many bytes came, before no more were taken.
        actual: u64,
    },
    /// A server refused.
    #[error("{url} answers {status}, asked for {file}")]
    Status {
        /// The file.
        file: String,
        /// The URL, without credentials.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// A server could not be reached, or the connection was cut, three times.
    #[error("{url} cannot be read, asked for {file}: {reason}")]
    Connection {
        /// The file.
        file: String,
        /// The URL, without credentials.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The URL of a file is none.
    #[error("`{url}` is not a URL, asked for {file}")]
    BadUrl {
        /// The file.
        file: String,
        /// The URL, without credentials.
        url: String,
    },
    /// An index answered what no index answers.
    #[error("{url} is not a page of a simple index: {reason}")]
    BadIndex {
        /// The URL, without credentials.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An index does not have a file.
    #[error("{index} does not offer {file}")]
    NotInIndex {
        /// The file.
        file: String,
        /// The index, without credentials.
        index: String,
    },
    /// Wheels are missing, and the network may not be used.
    #[error("not in the cache, and the network is not to be used: {}", files.join(", "))]
    Offline {
        /// Their names.
        files: Vec<String>,
    },
    /// The certificates to trust cannot be read.
    #[error("{} holds no certificates to trust: {reason}", file.display())]
    Certificates {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// The URL of a proxy is none.
    #[error("`{url}` is not the URL of a proxy")]
    Proxy {
        /// The URL, without credentials.
        url: String,
    },
}

fn more_than(actual: u64, expected: u64) -> String {
    match actual > expected {
        true => format!("more than {expected}"),
        false => actual.to_string(),
    }
}

impl FetchError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::File(error) => return error.hint(),
            Self::HashMismatch { .. } | Self::SizeMismatch { .. } => {
                "somebody changed the file since it was locked; find out who before you lock it again"
            }
            Self::Status { status: 401 | 403, .. } => "check the user name and the password in the URL of the index",
            Self::Status { status: 404 | 410, .. } | Self::NotInIndex { .. } => {
                "check PIP_INDEX_URL, or lock again: the file may have been removed"
            }
            Self::Status { .. } => "the server has a problem; try again later",
            Self::Connection { .. } => {
                "check the network, HTTPS_PROXY, and SSL_CERT_FILE where a company's certificate is in use"
            }
            Self::BadUrl { .. } => "correct the URL in the lock, or the one of the index",
            Self::BadIndex { .. } => "the URL of an index ends in `/simple/` as a rule",
            Self::Offline { .. } => "run the same command once with the network",
            Self::Certificates { .. } => "SSL_CERT_FILE, REQUESTS_CA_BUNDLE and PIP_CERT name a PEM file",
            Self::Proxy { .. } => "a proxy looks like `http://proxy.example:3128`",
        };
        Some(text.to_owned())
    }
}

/// Finds every pinned wheel: at its path beside the lock, in the cache, else at the index or at its URL.
///
/// What is downloaded is checked against the lock while it arrives, and is in the cache only when it is right.
///
/// # Errors
///
/// When a wheel can be had nowhere, or is not the one in the lock. Wheels that arrived before stay in the cache.
pub fn fetch(pins: &[Pinned], options: &FetchOptions, observer: &mut dyn Observer) -> Result<Wheelhouse, FetchError> {
    let cache = Cache::at(&options.cache);
    let mut wheels = Vec::with_capacity(pins.len());
    let mut missing = Vec::new();
    for pin in pins {
        match find_here(pin, &cache, options, observer)? {
            Some(wheel) => wheels.push(wheel),
            None => missing.push(pin),
        }
    }
    if options.offline && !missing.is_empty() {
        let files = missing.iter().map(|pin| pin.filename.to_string()).collect();
        return Err(FetchError::Offline { files });
    }
    let arrived = download_all(&missing, &cache, options, observer)?;
    let (downloaded, downloaded_bytes) = (arrived.len(), arrived.iter().map(|wheel| wheel.size).sum());
    wheels.extend(arrived);
    wheels.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Wheelhouse {
        wheels,
        downloaded,
        downloaded_bytes,
    })
}

fn wheel(pin: &Pinned, path: PathBuf, size: u64) -> WheelFile {
    WheelFile {
        name: pin.name.clone(),
        version: pin.version.clone(),
        path,
        sha256: pin.sha256,
        size,
    }
}

fn find_here(
    pin: &Pinned,
    cache: &Cache<'_>,
    options: &FetchOptions,
    observer: &mut dyn Observer,
) -> Result<Option<WheelFile>, FetchError> {
    if let Some(path) = pin
        .path
        .as_ref()
        .map(|path| options.lock_dir.join(path))
        .filter(|path| path.is_file())
    {
        let (size, sha256) = digest(&path)?;
        if sha256 == pin.sha256 {
            return Ok(Some(wheel(pin, path, size)));
        }
        let text = format!("{} is not the wheel in the lock and is passed over", path.display());
        observer.observe(Event::Note { text });
    }
    Ok(cache.find(pin).map(|(path, size)| wheel(pin, path, size)))
}

fn digest(path: &Path) -> Result<(u64, Sha256), FileError> {
    let mut file = Hashing::new(File::open(path).at("open", path)?);
    std::io::copy(&mut file, &mut std::io::sink()).at("read", path)?;
    let (_, size, sha256) = file.finish();
    Ok((size, sha256))
}

fn download_all(
    pins: &[&Pinned],
    cache: &Cache<'_>,
    options: &FetchOptions,
    observer: &mut dyn Observer,
) -> Result<Vec<WheelFile>, FetchError> {
    if pins.is_empty() {
        return Ok(Vec::new());
    }
    let source = Source {
        client: Client::new(options)?,
        cache,
        index: options.index_url.as_deref(),
    };
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (sender, results) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..THREADS.min(pins.len()) {
            let (sender, source, next, failed) = (sender.clone(), &source, &next, &failed);
            scope.spawn(move || {
                while let Some(pin) = pins.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if failed.load(Ordering::Relaxed) {
                        return;
                    }
                    let result = source.download(pin);
                    failed.fetch_or(result.is_err(), Ordering::Relaxed);
                    // The receiver is there until every sender is gone.
                    drop(sender.send(result));
                }
            });
        }
        drop(sender);
        collect(&results, observer)
    })
}

/// Every wheel as it arrives, and the first error after all have ended.
fn collect(
    results: &mpsc::Receiver<Result<WheelFile, FetchError>>,
    observer: &mut dyn Observer,
) -> Result<Vec<WheelFile>, FetchError> {
    let mut wheels = Vec::new();
    let mut first = None;
    for result in results {
        match result {
            Ok(wheel) => {
                observer.observe(Event::Downloaded {
                    file: wheel
                        .path
                        .file_name()
                        .unwrap_or_default()
                        .to_string_lossy()
                        .into_owned(),
                    size: wheel.size,
                });
                wheels.push(wheel);
            }
            Err(error) => first = first.or(Some(error)),
        }
    }
    first.map_or(Ok(wheels), Err)
}

struct Source<'a> {
    client: Client,
    cache: &'a Cache<'a>,
    index: Option<&'a str>,
}

impl Source<'_> {
    fn download(&self, pin: &Pinned) -> Result<WheelFile, FetchError> {
        let url = self.url(pin)?;
        let mut arriving = Arriving::new(pin, self.cache.stage()?);
        let size = retrying(|| {
            let (from, file) = (arriving.size(), pin.filename.as_str());
            let response = self.client.get(file, &url, "*/*", from)?;
            arriving.take(response, &url)
        })?;
        let path = self.cache.commit(pin, arriving.into_file())?;
        Ok(wheel(pin, path, size))
    }

    fn url(&self, pin: &Pinned) -> Result<String, FetchError> {
        match (self.index, &pin.url, pin.index.as_deref()) {
            (Some(index), _, _) => index::find(&self.client, index, pin),
            (None, Some(url), _) => Ok(url.clone()),
            (None, None, index) => index::find(&self.client, index.unwrap_or(DEFAULT_INDEX), pin),
        }
    }
}
