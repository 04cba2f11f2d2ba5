//! From pinned wheels to files.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use pep440_rs::Version;

use super::arriving::Arriving;
use super::cache::{Cache, Claimed};
use super::error::FetchError;
use super::find::Finder;
use super::http::Client;
use super::lock::Pinned;
use super::options::{FetchOptions, FindLinks};
use super::retry::{Failure, retrying};
use super::url;
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

/// Finds every pinned wheel: at its path beside the lock, in a folder of `find_links`, in the cache, else on a page of
/// `find_links`, at an index or at its URL.
///
/// What is downloaded is checked against the lock while it arrives, and is in the cache only when it is right. A
/// connection that is cut is taken up again where it ended, by a later call too. Processes that want the same wheel wait
/// for the one that came first.
///
/// The first index that knows a name is the only one that is asked for it, and an index in the lock wins; so nobody can
/// slip in a file under the name of a private distribution. A yanked file is taken, because the lock names it, with a
/// note. A locked fetch needs no separate metadata file: what it checks is the hash.
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
    cache.sweep(&missing);
    let arrived = download_all(&missing, &cache, options, observer)?;
    let downloaded = arrived.iter().filter(|arrived| arrived.downloaded);
    let (downloaded, downloaded_bytes) = (
        downloaded.clone().count(),
        downloaded.map(|arrived| arrived.wheel.size).sum(),
    );
    wheels.extend(arrived.into_iter().map(|arrived| arrived.wheel));
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

/// A wheel that need not be downloaded: at its path beside the lock, in a folder of the options, or in the cache.
fn find_here(
    pin: &Pinned,
    cache: &Cache<'_>,
    options: &FetchOptions,
    observer: &mut dyn Observer,
) -> Result<Option<WheelFile>, FetchError> {
    for path in local_paths(pin, options).filter(|path| path.is_file()) {
        let (size, sha256) = digest(&path)?;
        if sha256 == pin.sha256 {
            return Ok(Some(wheel(pin, path, size)));
        }
        let text = format!("{} is not the wheel in the lock and is passed over", path.display());
        observer.observe(Event::Note { text });
    }
    Ok(cache.find(pin).map(|(path, size)| wheel(pin, path, size)))
}

pub(super) fn local_paths<'a>(pin: &'a Pinned, options: &'a FetchOptions) -> impl Iterator<Item = PathBuf> + 'a {
    let beside_lock = pin.path.iter().map(|path| options.lock_dir.join(path));
    let in_folder = |links: &FindLinks| match links {
        FindLinks::Folder(folder) => Some(folder.join(pin.filename.as_str())),
        FindLinks::Page(_) => None,
    };
    beside_lock.chain(options.find_links.iter().filter_map(in_folder))
}

pub(super) fn digest(path: &Path) -> Result<(u64, Sha256), FileError> {
    let mut file = Hashing::new(File::open(path).at("open", path)?);
    std::io::copy(&mut file, &mut std::io::sink()).at("read", path)?;
    let (_, size, sha256) = file.finish();
    Ok((size, sha256))
}

/// What a thread reports.
enum Message {
    Note(String),
    Ended(Result<Arrived, FetchError>),
}

/// A wheel in the cache, and whether this process has brought it there.
struct Arrived {
    wheel: WheelFile,
    downloaded: bool,
}

fn download_all(
    pins: &[&Pinned],
    cache: &Cache<'_>,
    options: &FetchOptions,
    observer: &mut dyn Observer,
) -> Result<Vec<Arrived>, FetchError> {
    if pins.is_empty() {
        return Ok(Vec::new());
    }
    let client = Client::new(options)?;
    let source = Source {
        client: &client,
        finder: Finder::new(&client, options),
        cache,
    };
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (sender, messages) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..THREADS.min(pins.len()) {
            let (sender, source, next, failed) = (sender.clone(), &source, &next, &failed);
            scope.spawn(move || {
                // The receiver is there until every sender is gone.
                let send = |message| drop(sender.send(message));
                while let Some(pin) = pins.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if failed.load(Ordering::Relaxed) {
                        return;
                    }
                    let result = source.download(pin, &|text| send(Message::Note(text)));
                    failed.fetch_or(result.is_err(), Ordering::Relaxed);
                    send(Message::Ended(result));
                }
            });
        }
        drop(sender);
        collect(&messages, observer)
    })
}

/// Every wheel as it arrives, and the first error after all have ended.
fn collect(messages: &mpsc::Receiver<Message>, observer: &mut dyn Observer) -> Result<Vec<Arrived>, FetchError> {
    let mut wheels = Vec::new();
    let mut first = None;
    for message in messages {
        match message {
            Message::Note(text) => observer.observe(Event::Note { text }),
            Message::Ended(Ok(arrived)) => {
                if arrived.downloaded {
                    observer.observe(downloaded(&arrived.wheel));
                }
                wheels.push(arrived);
            }
            Message::Ended(Err(error)) => first = first.or(Some(error)),
        }
    }
    first.map_or(Ok(wheels), Err)
}

fn downloaded(wheel: &WheelFile) -> Event {
    let name = wheel.path.file_name().unwrap_or_default();
    Event::Downloaded {
        file: name.to_string_lossy().into_owned(),
        size: wheel.size,
    }
}

struct Source<'a> {
    client: &'a Client,
    finder: Finder<'a>,
    cache: &'a Cache<'a>,
}

impl Source<'_> {
    fn download(&self, pin: &Pinned, tell: &dyn Fn(String)) -> Result<Arrived, FetchError> {
        let partial = match self.cache.claim(pin, tell)? {
            Claimed::Mine(partial) => partial,
            Claimed::Whole(path, size) => {
                return Ok(Arrived {
                    wheel: wheel(pin, path, size),
                    downloaded: false,
                });
            }
        };
        let mut arriving = Arriving::new(pin, partial)?;
        let result = self.bring(pin, &mut arriving, tell);
        let partial = arriving.into_partial();
        // What a cut connection has left is gone on with the next time; but nothing is left of nothing.
        let size = match result {
            Ok(size) => size,
            Err(error) => {
                partial.remove_if_empty()?;
                return Err(error);
            }
        };
        let path = self.cache.path(pin);
        partial.commit(&path)?;
        Ok(Arrived {
            wheel: wheel(pin, path, size),
            downloaded: true,
        })
    }

    /// The size, when all is there and right.
    fn bring(&self, pin: &Pinned, arriving: &mut Arriving<'_>, tell: &dyn Fn(String)) -> Result<u64, FetchError> {
        if arriving.is_whole() {
            match arriving.check(false) {
                Ok(size) => return Ok(size),
                Err(_) => tracing::debug!(file = %pin.filename, "what was left is wrong and is downloaded again"),
            }
        }
        let url = self.finder.url(pin, tell)?;
        let local = url::local_path(&url);
        retrying(|| match &local {
            Some(path) => arriving.take_file(path, &url),
            None => self.attempt(pin, &url, arriving),
        })
    }

    fn attempt(&self, pin: &Pinned, url: &str, arriving: &mut Arriving<'_>) -> Result<u64, Failure> {
        let from = arriving.size();
        match self.client.get(pin.filename.as_str(), url, "*/*", from) {
            // There is no such range: what is there is no part of the file.
            Err(Failure::Final(error @ FetchError::Status { status: 416, .. })) if from > 0 => {
                arriving.restart().map_err(|error| Failure::Final(error.into()))?;
                Err(Failure::passing(error))
            }
            answer => arriving.take(answer?.response, url),
        }
    }
}
