//! From pinned files to files on this machine.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use super::arriving::Arriving;
use super::cache::{Cache, Claimed};
use super::error::FetchError;
use super::find::Finder;
use super::http::Client;
use super::options::{FetchOptions, FindLinks};
use super::retry::{Failure, retrying};
use super::url;
use super::wanted::Wanted;
use crate::digest::{Hashing, Sha256};
use crate::event::{Event, Observer};
use crate::sys::files::{At as _, FileError};

/// Connections at one time.
pub(super) const THREADS: usize = 8;

/// A file on this machine that is what the lock says.
#[derive(Clone, Debug)]
pub(super) struct Local {
    pub(super) path: PathBuf,
    pub(super) size: u64,
    /// Whether it was downloaded just now.
    pub(super) downloaded: bool,
}

impl Local {
    fn found((path, size): (PathBuf, u64)) -> Self {
        Self {
            path,
            size,
            downloaded: false,
        }
    }
}

/// Finds every file here, or downloads it; in the order of `wanted`.
pub(super) fn obtain(
    wanted: &[Wanted<'_>],
    options: &FetchOptions,
    observer: &mut dyn Observer,
) -> Result<Vec<Local>, FetchError> {
    let cache = Cache::at(&options.cache);
    let mut found = Vec::with_capacity(wanted.len());
    for wanted in wanted {
        found.push(find_here(wanted, &cache, options, observer)?);
    }
    let missing: Vec<_> = wanted.iter().zip(&found).filter(|(_, local)| local.is_none()).collect();
    let missing: Vec<_> = missing.into_iter().map(|(wanted, _)| *wanted).collect();
    if options.offline && !missing.is_empty() {
        let files = missing.iter().map(|wanted| wanted.file.to_owned()).collect();
        return Err(FetchError::Offline { files });
    }
    cache.sweep(&missing);
    let mut arrived = download_all(&missing, &cache, options, observer)?.into_iter();
    let locals = found.into_iter().map(|local| local.or_else(|| arrived.next()));
    Ok(locals.flatten().collect())
}

/// A file that need not be downloaded: at its path beside the lock, in a folder of the options, or in the cache.
fn find_here(
    wanted: &Wanted<'_>,
    cache: &Cache<'_>,
    options: &FetchOptions,
    observer: &mut dyn Observer,
) -> Result<Option<Local>, FetchError> {
    for path in local_paths(wanted, options).filter(|path| path.is_file()) {
        let (size, sha256) = digest(&path)?;
        if sha256 == wanted.sha256 {
            return Ok(Some(Local::found((path, size))));
        }
        let text = format!("{} is not the file in the lock and is passed over", path.display());
        observer.observe(Event::Note { text });
    }
    Ok(cache.find(wanted).map(Local::found))
}

pub(super) fn local_paths<'a>(wanted: &Wanted<'a>, options: &'a FetchOptions) -> impl Iterator<Item = PathBuf> + 'a {
    let file = wanted.file;
    let beside_lock = wanted.path.into_iter().map(|path| options.lock_dir.join(path));
    let in_folder = move |links: &FindLinks| match links {
        FindLinks::Folder(folder) => Some(folder.join(file)),
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
    /// What came of the file with this number.
    Ended(usize, Result<Local, FetchError>),
}

/// In the order of `wanted`.
fn download_all(
    wanted: &[Wanted<'_>],
    cache: &Cache<'_>,
    options: &FetchOptions,
    observer: &mut dyn Observer,
) -> Result<Vec<Local>, FetchError> {
    if wanted.is_empty() {
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
        for _ in 0..THREADS.min(wanted.len()) {
            let (sender, source, next, failed) = (sender.clone(), &source, &next, &failed);
            scope.spawn(move || {
                // The receiver is there until every sender is gone.
                let send = |message| drop(sender.send(message));
                while !failed.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(wanted) = wanted.get(number) else { return };
                    let result = source.download(wanted, &|text| send(Message::Note(text)));
                    failed.fetch_or(result.is_err(), Ordering::Relaxed);
                    send(Message::Ended(number, result));
                }
            });
        }
        drop(sender);
        collect(&messages, observer)
    })
}

/// Every file as it arrives, and the first error after all have ended.
fn collect(messages: &mpsc::Receiver<Message>, observer: &mut dyn Observer) -> Result<Vec<Local>, FetchError> {
    let mut files = BTreeMap::new();
    let mut first = None;
    for message in messages {
        match message {
            Message::Note(text) => observer.observe(Event::Note { text }),
            Message::Ended(number, Ok(local)) => {
                if local.downloaded {
                    observer.observe(downloaded(&local));
                }
                files.insert(number, local);
            }
            Message::Ended(_, Err(error)) => first = first.or(Some(error)),
        }
    }
    first.map_or(Ok(files.into_values().collect()), Err)
}

fn downloaded(local: &Local) -> Event {
    let name = local.path.file_name().unwrap_or_default();
    Event::Downloaded {
        file: name.to_string_lossy().into_owned(),
        size: local.size,
    }
}

struct Source<'a> {
    client: &'a Client,
    finder: Finder<'a>,
    cache: &'a Cache<'a>,
}

impl Source<'_> {
    fn download(&self, wanted: &Wanted<'_>, tell: &dyn Fn(String)) -> Result<Local, FetchError> {
        let partial = match self.cache.claim(wanted, tell)? {
            Claimed::Mine(partial) => partial,
            Claimed::Whole(path, size) => return Ok(Local::found((path, size))),
        };
        let mut arriving = Arriving::new(*wanted, partial)?;
        let result = self.bring(wanted, &mut arriving, tell);
        let partial = arriving.into_partial();
        // What a cut connection has left is gone on with the next time; but nothing is left of nothing.
        let size = match result {
            Ok(size) => size,
            Err(error) => {
                partial.remove_if_empty()?;
                return Err(error);
            }
        };
        let path = self.cache.path(wanted);
        partial.commit(&path)?;
        Ok(Local {
            path,
            size,
            downloaded: true,
        })
    }

    /// The size, when all is there and right.
    fn bring(
        &self,
        wanted: &Wanted<'_>,
        arriving: &mut Arriving<'_>,
        tell: &dyn Fn(String),
    ) -> Result<u64, FetchError> {
        if arriving.is_whole() {
            match arriving.check(false) {
                Ok(size) => return Ok(size),
                Err(_) => tracing::debug!(file = wanted.file, "what was left is wrong and is downloaded again"),
            }
        }
        let url = self.finder.url(wanted, tell)?;
        let local = url::local_path(&url);
        retrying(|| match &local {
            Some(path) => arriving.take_file(path, &url),
            None => self.attempt(wanted, &url, arriving),
        })
    }

    fn attempt(&self, wanted: &Wanted<'_>, url: &str, arriving: &mut Arriving<'_>) -> Result<u64, Failure> {
        let from = arriving.size();
        match self.client.get(wanted.file, url, "*/*", from) {
            // There is no such range: what is there is no part of the file.
            Err(Failure::Final(error @ FetchError::Status { status: 416, .. })) if from > 0 => {
                arriving.restart().map_err(|error| Failure::Final(error.into()))?;
                Err(Failure::passing(error))
            }
            answer => arriving.take(answer?.response, url),
        }
    }
}
