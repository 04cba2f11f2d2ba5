//! Which file a distribution is that a lock pins by hashes alone.

use std::cmp::Reverse;
use std::fs;
use std::path::PathBuf;

use pep440_rs::Version;
use serde::{Deserialize, Serialize};

use super::cache::Cache;
use super::download::digest;
use super::error::FetchError;
use super::http::Client;
use super::index::{self, DEFAULT_INDEX, Offer};
use super::lock::{Formats, Pinned, PinnedSdist, Unlocated};
use super::options::{FetchOptions, FindLinks};
use super::parallel::in_parallel;
use super::url;
use super::wanted::Wanted;
use crate::digest::Sha256;
use crate::event::{Event, Observer};
use crate::python::{DistributionName, Tags, Target, WheelFilename};
use crate::sys::files;

/// What was found.
#[derive(Debug)]
pub(super) enum Located {
    Wheel(Pinned),
    Sdist(PinnedSdist),
}

/// A file with one of the right hashes.
#[derive(Clone, Debug)]
struct Candidate {
    filename: String,
    sha256: Sha256,
    url: Option<String>,
    path: Option<PathBuf>,
    yanked: Option<String>,
}

/// What was chosen before, so that nobody has to be asked again: the files with these hashes do not change.
#[derive(Debug, Serialize, Deserialize)]
struct Memo {
    filename: String,
    sha256: Sha256,
}

/// Finds the file of each distribution: the wheel that fits the target best, else the source distribution.
pub(super) fn locate(
    unlocated: &[Unlocated],
    target: &Target,
    options: &FetchOptions,
    observer: &mut dyn Observer,
) -> Result<Vec<Located>, FetchError> {
    if unlocated.is_empty() {
        return Ok(Vec::new());
    }
    let locator = Locator {
        client: Client::new(options)?,
        options,
        target,
        tags: Tags::of(target),
    };
    let found = in_parallel(unlocated, |unlocated| locator.locate(unlocated));
    let mut located = Vec::with_capacity(found.len());
    for (unlocated, found) in unlocated.iter().zip(found) {
        let candidate = found?;
        if let Some(reason) = &candidate.yanked {
            let text = format!(
                "{} is yanked: {reason}; it is taken, because the lock names it",
                candidate.filename
            );
            observer.observe(Event::Note { text });
        }
        located.push(candidate.located(unlocated));
    }
    Ok(located)
}

struct Locator<'a> {
    client: Client,
    options: &'a FetchOptions,
    target: &'a Target,
    tags: Tags,
}

impl Locator<'_> {
    fn locate(&self, wanted: &Unlocated) -> Result<Candidate, FetchError> {
        if let Some(candidate) = self.remembered(wanted) {
            return Ok(candidate);
        }
        let mut candidates = self.in_folders(wanted)?;
        if !self.options.offline {
            candidates.extend(self.on_pages(wanted)?);
            candidates.extend(self.in_indexes(wanted)?);
        } else {
            candidates.extend(self.in_cache(wanted));
        }
        let best = self.best(wanted, candidates).ok_or_else(|| self.nowhere(wanted))?;
        if !self.options.offline {
            self.remember(wanted, &best)?;
        }
        Ok(best)
    }

    /// Of several that fit alike, the one that was found first.
    fn best(&self, wanted: &Unlocated, candidates: Vec<Candidate>) -> Option<Candidate> {
        let formats = wanted.hashes.formats;
        let rank = |candidate: &Candidate| {
            let file: WheelFilename = candidate.filename.parse().ok()?;
            let right = *file.name() == wanted.name && *file.version() == wanted.hashes.version;
            let rank = file.rank(&self.tags).filter(|_| right)?;
            Some((
                rank,
                Reverse(file.build().map(|(number, rest)| (number, rest.to_owned()))),
            ))
        };
        let wheels = candidates.iter().filter(|_| formats != Formats::Source);
        let wheels = wheels.filter_map(|candidate| Some((rank(candidate)?, candidate)));
        let wheel = wheels
            .min_by(|(a, _), (b, _)| a.cmp(b))
            .map(|(_, candidate)| candidate.clone());
        let is_source = |candidate: &&Candidate| !candidate.filename.ends_with(".whl");
        let source = candidates.iter().filter(|_| formats != Formats::Wheels).find(is_source);
        wheel.or_else(|| source.cloned())
    }

    fn in_folders(&self, wanted: &Unlocated) -> Result<Vec<Candidate>, FetchError> {
        let mut candidates = Vec::new();
        for links in self.find_links(wanted)? {
            let FindLinks::Folder(folder) = links else { continue };
            for path in fs::read_dir(&folder)
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path())
            {
                let filename = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                if !is_of(&filename, wanted) || !path.is_file() {
                    continue;
                }
                let (_, sha256) = digest(&path)?;
                candidates.push(Candidate {
                    filename,
                    sha256,
                    url: None,
                    path: Some(std::path::absolute(&path).unwrap_or(path)),
                    yanked: None,
                });
            }
        }
        candidates.retain(|candidate| wanted.hashes.sha256.contains(&candidate.sha256));
        candidates.sort_by(|a, b| a.filename.cmp(&b.filename));
        Ok(candidates)
    }

    /// What other locks, or this one for other targets, have brought into the cache.
    fn in_cache(&self, wanted: &Unlocated) -> Vec<Candidate> {
        let cache = Cache::at(&self.options.cache);
        let of_hash = |sha256: &Sha256| {
            let (sha256, names) = (*sha256, cache.names(sha256));
            names.into_iter().map(move |filename| Candidate {
                filename,
                sha256,
                url: None,
                path: None,
                yanked: None,
            })
        };
        let cached = wanted.hashes.sha256.iter().flat_map(of_hash);
        cached.filter(|candidate| is_of(&candidate.filename, wanted)).collect()
    }

    fn on_pages(&self, wanted: &Unlocated) -> Result<Vec<Candidate>, FetchError> {
        let mut candidates = Vec::new();
        for links in self.find_links(wanted)? {
            if let FindLinks::Page(page) = links {
                let offers = index::links(&self.client, page.secret(), wanted.name.as_str())?;
                candidates.extend(matching(offers.unwrap_or_default(), wanted));
            }
        }
        Ok(candidates)
    }

    /// The first index that knows the name is the only one for it.
    fn in_indexes(&self, wanted: &Unlocated) -> Result<Vec<Candidate>, FetchError> {
        for index in self.indexes(wanted) {
            let offers = index::project(&self.client, index, &wanted.name, wanted.name.as_str())?;
            if let Some(offers) = offers {
                return Ok(matching(offers, wanted).collect());
            }
        }
        Ok(Vec::new())
    }

    fn indexes<'u>(&'u self, wanted: &'u Unlocated) -> Vec<&'u str> {
        let options = self.options.indexes();
        let own = || wanted.hashes.indexes.iter().map(String::as_str).collect::<Vec<_>>();
        match (
            wanted.hashes.no_index,
            options.is_empty(),
            wanted.hashes.indexes.is_empty(),
        ) {
            (true, ..) => Vec::new(),
            (false, false, _) => options,
            (false, true, false) => own(),
            (false, true, true) => vec![DEFAULT_INDEX],
        }
    }

    fn find_links(&self, wanted: &Unlocated) -> Result<Vec<FindLinks>, FetchError> {
        let own = wanted.hashes.find_links.iter().map(|links| links.parse());
        let own: Vec<_> = own.collect::<Result<_, _>>()?;
        Ok(self.options.find_links.iter().cloned().chain(own).collect())
    }

    /// What was chosen before, when the cache has it.
    fn remembered(&self, wanted: &Unlocated) -> Option<Candidate> {
        let memo: Memo = serde_json::from_slice(&fs::read(self.memo(wanted)).ok()?).ok()?;
        let file = Wanted {
            name: &wanted.name,
            file: &memo.filename,
            url: None,
            path: None,
            index: None,
            size: None,
            sha256: memo.sha256,
        };
        Cache::at(&self.options.cache).find(&file)?;
        Some(Candidate {
            filename: memo.filename,
            sha256: memo.sha256,
            url: None,
            path: None,
            yanked: None,
        })
    }

    fn remember(&self, wanted: &Unlocated, candidate: &Candidate) -> Result<(), FetchError> {
        let memo = Memo {
            filename: candidate.filename.clone(),
            sha256: candidate.sha256,
        };
        let bytes = serde_json::to_vec(&memo).unwrap_or_default();
        let memo = self.memo(wanted);
        files::remove_staged(memo.parent().unwrap_or(&memo));
        Ok(files::write_atomic(&memo, &bytes, 0o644)?)
    }

    fn memo(&self, wanted: &Unlocated) -> PathBuf {
        let hashes = &wanted.hashes;
        let key = format!("{} {} {} {hashes:?}", wanted.name, hashes.version, self.target);
        let key = Sha256::of(key.as_bytes()).to_string();
        self.options
            .cache
            .join("located")
            .join(&key[..2])
            .join(format!("{key}.json"))
    }

    fn nowhere(&self, wanted: &Unlocated) -> FetchError {
        let file = format!("{} {}", wanted.name, wanted.hashes.version);
        match self.options.offline {
            true => FetchError::Offline { files: vec![file] },
            false => FetchError::NotLocated {
                lock: wanted.file.clone(),
                line: wanted.line,
                file,
                target: self.target.to_string(),
            },
        }
    }
}

/// Whether a file is of the distribution and the version, by its name.
fn is_of(filename: &str, wanted: &Unlocated) -> bool {
    let found = match filename.parse::<WheelFilename>() {
        Ok(wheel) => Some((wheel.name().clone(), wheel.version().clone())),
        Err(_) => sdist_parts(filename),
    };
    found.is_some_and(|(name, version)| name == wanted.name && version == wanted.hashes.version)
}

/// Name and version of a source distribution.
pub(super) fn sdist_parts(filename: &str) -> Option<(DistributionName, Version)> {
    let stem = [".tar.gz", ".zip"].iter().find_map(|end| filename.strip_suffix(end))?;
    let (name, version) = stem.rsplit_once('-')?;
    Some((name.parse().ok()?, version.parse().ok()?))
}

fn matching(offers: Vec<Offer>, wanted: &Unlocated) -> impl Iterator<Item = Candidate> {
    offers.into_iter().filter_map(|offer| {
        let sha256 = offer.sha256.filter(|sha256| wanted.hashes.sha256.contains(sha256))?;
        Some(Candidate {
            filename: offer.filename,
            sha256,
            path: url::local_path(&offer.url),
            url: Some(offer.url),
            yanked: offer.yanked,
        })
    })
}

impl Candidate {
    /// A name that is none of a wheel is that of a source distribution.
    fn located(self, wanted: &Unlocated) -> Located {
        match self.filename.parse::<WheelFilename>() {
            Ok(filename) => Located::Wheel(Pinned {
                name: wanted.name.clone(),
                version: filename.version().clone(),
                filename,
                url: self.url,
                path: self.path,
                index: None,
                size: None,
                sha256: self.sha256,
            }),
            Err(_) => Located::Sdist(PinnedSdist {
                file: wanted.file.clone(),
                line: wanted.line,
                name: wanted.name.clone(),
                version: Some(wanted.hashes.version.clone()),
                filename: self.filename,
                url: self.url,
                path: self.path,
                index: None,
                size: None,
                sha256: self.sha256,
                other_wheels: Vec::new(),
            }),
        }
    }
}
