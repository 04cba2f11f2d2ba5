//! From hashes to files: what a requirements file pins is looked for in folders, pages and indexes.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pep440_rs::Version;

use super::http::Client;
use super::index::{self, DEFAULT_INDEX, Offer};
use super::lock::{Formats, Pinned, PinnedSdist, Selection, Unlocated};
use super::options::FetchOptions;
use super::{FetchError, url};
use crate::digest::Sha256;
use crate::python::{DistributionName, Tags, Target, WheelFilename};
use crate::sys::files;

/// A selection in which everything that is pinned to hashes has its file: the wheel that fits `target` best among those
/// with one of the hashes, else the source distribution.
///
/// Folders and pages of `--find-links` are looked into first, then indexes in order: those of `options`, else those of the
/// lock, else the public one. With [`FetchOptions::offline`] it is folders and the cache.
///
/// # Errors
///
/// When an index cannot be asked, or no place has such a file.
pub fn locate(selection: Selection, target: &Target, options: &FetchOptions) -> Result<Selection, FetchError> {
    let Selection {
        mut wheels,
        mut sdists,
        unlocated,
    } = selection;
    if !unlocated.is_empty() {
        let search = Search {
            client: Client::new(options)?,
            tags: Tags::of(target),
            options,
            target,
        };
        for wanted in &unlocated {
            match search.find(wanted)? {
                File::Wheel(pin) => wheels.push(pin),
                File::Sdist(sdist) => sdists.push(sdist),
            }
        }
    }
    wheels.sort_by(|a, b| a.name.cmp(&b.name));
    sdists.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Selection {
        wheels,
        sdists,
        unlocated: Vec::new(),
    })
}

enum File {
    Wheel(Pinned),
    Sdist(PinnedSdist),
}

/// A file with one of the hashes, somewhere.
#[derive(Clone, Debug)]
struct Candidate {
    filename: String,
    url: Option<String>,
    path: Option<PathBuf>,
    index: Option<String>,
    sha256: Sha256,
}

struct Search<'a> {
    client: Client,
    tags: Tags,
    options: &'a FetchOptions,
    target: &'a Target,
}

impl Search<'_> {
    fn find(&self, wanted: &Unlocated) -> Result<File, FetchError> {
        for links in &wanted.hashes.find_links {
            if let Some(file) = self.best(wanted, self.linked(wanted, links)?) {
                return Ok(file);
            }
        }
        if self.options.offline {
            let file = self.best(wanted, cached(wanted, &self.options.cache));
            return file.ok_or_else(|| FetchError::Offline {
                files: vec![self.describe(wanted)],
            });
        }
        let indexes = self.indexes(wanted);
        for index in &indexes {
            let offers = index::project(&self.client, index, &wanted.name, &self.describe(wanted))?;
            let candidates = offered(wanted, offers.unwrap_or_default(), Some(index));
            if let Some(file) = self.best(wanted, candidates) {
                return Ok(file);
            }
        }
        let shown: Vec<_> = indexes.iter().map(|index| url::shown(index)).collect();
        Err(FetchError::NotInIndex {
            file: self.describe(wanted),
            index: shown.join(", "),
        })
    }

    fn indexes<'w>(&'w self, wanted: &'w Unlocated) -> Vec<&'w str> {
        let own = self.options.indexes();
        match (wanted.hashes.no_index, own.is_empty(), wanted.hashes.indexes.is_empty()) {
            (true, ..) => Vec::new(),
            (_, false, _) => own,
            (_, _, false) => wanted.hashes.indexes.iter().map(String::as_str).collect(),
            _ => vec![DEFAULT_INDEX],
        }
    }

    fn linked(&self, wanted: &Unlocated, links: &str) -> Result<Vec<Candidate>, FetchError> {
        if !links.contains("://") {
            return in_folder(wanted, Path::new(links));
        }
        if self.options.offline {
            return Ok(Vec::new());
        }
        let offers = index::links(&self.client, links, &self.describe(wanted))?;
        Ok(offered(wanted, offers.unwrap_or_default(), None))
    }

    fn best(&self, wanted: &Unlocated, candidates: Vec<Candidate>) -> Option<File> {
        let wheels = candidates.iter().filter_map(|candidate| {
            let filename: WheelFilename = candidate.filename.parse().ok()?;
            Some((filename.rank(&self.tags)?, filename, candidate))
        });
        let wheel = wheels
            .filter(|_| wanted.hashes.formats != Formats::Source)
            .min_by_key(|(rank, filename, _)| {
                (
                    *rank,
                    Reverse(filename.build().map(|(number, rest)| (number, rest.to_owned()))),
                )
            });
        if let Some((_, filename, candidate)) = wheel {
            return Some(File::Wheel(pin(wanted, filename, candidate)));
        }
        let is_sdist = |candidate: &&Candidate| !candidate.filename.ends_with(".whl");
        let sdist = candidates
            .iter()
            .find(is_sdist)
            .filter(|_| wanted.hashes.formats != Formats::Wheels)?;
        Some(File::Sdist(pin_sdist(wanted, sdist, &candidates)))
    }

    /// What is looked for, as errors name it.
    fn describe(&self, wanted: &Unlocated) -> String {
        let Unlocated { name, hashes, .. } = wanted;
        format!(
            "a file of {name} {} for {} with a hash of the lock",
            hashes.version, self.target
        )
    }
}

fn pin(wanted: &Unlocated, filename: WheelFilename, candidate: &Candidate) -> Pinned {
    Pinned {
        name: wanted.name.clone(),
        version: filename.version().clone(),
        filename,
        url: candidate.url.clone(),
        path: candidate.path.clone(),
        index: candidate.index.clone(),
        size: None,
        sha256: candidate.sha256,
    }
}

fn pin_sdist(wanted: &Unlocated, sdist: &Candidate, all: &[Candidate]) -> PinnedSdist {
    let names = all.iter().map(|candidate| candidate.filename.clone());
    PinnedSdist {
        file: wanted.file.clone(),
        line: wanted.line,
        name: wanted.name.clone(),
        version: Some(wanted.hashes.version.clone()),
        filename: sdist.filename.clone(),
        url: sdist.url.clone(),
        path: sdist.path.clone(),
        index: sdist.index.clone(),
        size: None,
        sha256: sdist.sha256,
        other_wheels: names.filter(|name| name.ends_with(".whl")).collect(),
    }
}

/// Files of the version with one of the hashes. What an index gives no hash for cannot be known before it is there.
fn offered(wanted: &Unlocated, offers: Vec<Offer>, index: Option<&str>) -> Vec<Candidate> {
    let candidate = |offer: Offer| {
        let sha256 = offer.sha256.filter(|sha256| wanted.hashes.sha256.contains(sha256))?;
        is_of(&offer.filename, wanted).then(|| Candidate {
            url: Some(index.map_or(offer.url.clone(), |index| url::with_credentials_of(index, offer.url))),
            path: None,
            index: index.map(str::to_owned),
            filename: offer.filename,
            sha256,
        })
    };
    offers.into_iter().filter_map(candidate).collect()
}

fn in_folder(wanted: &Unlocated, folder: &Path) -> Result<Vec<Candidate>, FetchError> {
    let mut candidates = Vec::new();
    for filename in file_names(folder).into_iter().filter(|name| is_of(name, wanted)) {
        let path = folder.join(&filename);
        let sha256 = Sha256::of(&files::read(&path)?);
        if wanted.hashes.sha256.contains(&sha256) {
            candidates.push(Candidate {
                filename,
                url: None,
                path: Some(path),
                index: None,
                sha256,
            });
        }
    }
    Ok(candidates)
}

/// Files of the cache: each lies in a folder that is named by its hash.
fn cached(wanted: &Unlocated, cache: &Path) -> Vec<Candidate> {
    let kinds = ["wheels/sha256", "sdists/sha256"].map(|kind| cache.join(kind));
    let digests = wanted.hashes.sha256.iter();
    let of_hash = |(kind, sha256): (&PathBuf, &Sha256)| {
        let hex = sha256.to_string();
        let folder = kind.join(&hex[..2]).join(&hex);
        let candidate = |filename| Candidate {
            filename,
            url: None,
            path: None,
            index: None,
            sha256: *sha256,
        };
        let names = file_names(&folder).into_iter().filter(|name| is_of(name, wanted));
        names.map(candidate).collect::<Vec<_>>()
    };
    let pairs = kinds
        .iter()
        .flat_map(|kind| digests.clone().map(move |sha256| (kind, sha256)));
    pairs.flat_map(of_hash).collect()
}

/// Sorted; none when there is no such folder.
fn file_names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
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
