//! One requirement: a distribution pinned to a version, or a file.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{Constraint, Place, RequirementProblem, syntax};
use crate::digest::Sha256;
use crate::python::{DistributionName, Marker, Requirement, Wanted, WheelFilename};
use crate::wheelhouse::lock::{Formats, Hashes, LockedPackage, LockedSdist, LockedSource, LockedWheel};
use crate::wheelhouse::url;

/// A constraint bounds a version; one that names a file or a folder would replace what is locked.
pub(super) fn constraint(text: &str, place: Place<'_>) -> Result<Constraint, RequirementProblem> {
    let requirement: Requirement = text.parse().map_err(syntax)?;
    match requirement.wanted {
        Wanted::Url(_) => Err(RequirementProblem::NotPinned),
        Wanted::Versions(_) => Ok(Constraint {
            file: place.file.to_owned(),
            line: place.line,
            requirement,
        }),
    }
}

/// The distribution; `None` for the project itself.
pub(super) fn package(
    text: &str,
    hashes: &[String],
    place: Place<'_>,
) -> Result<Option<LockedPackage>, RequirementProblem> {
    if is_path(text) {
        return file(text, hashes, place);
    }
    let requirement: Requirement = text.parse().map_err(syntax)?;
    let (version, source) = match &requirement.wanted {
        Wanted::Url(url) => {
            let file = FileEntry::new(Some(&requirement.name), url, hashes, place)?;
            (file.version, file.source)
        }
        Wanted::Versions(_) => {
            let version = requirement.pinned().ok_or(RequirementProblem::NotPinned)?;
            let hashes = Hashes {
                version: version.clone(),
                sha256: digests(hashes)?,
                indexes: Vec::new(),
                find_links: Vec::new(),
                no_index: false,
                formats: Formats::Any,
            };
            (Some(version.clone()), LockedSource::Hashes(hashes))
        }
    };
    Ok(Some(LockedPackage {
        file: place.file.to_owned(),
        line: place.line,
        name: requirement.name,
        version,
        marker: requirement.marker,
        requires_python: None,
        index: None,
        source,
    }))
}

/// Whether it is no requirement but a path or a URL of its own: there is a `/` before anything else.
fn is_path(text: &str) -> bool {
    let start = text
        .split([' ', '\t', ';', '@', '=', '<', '>', '~', '!', '[', '('])
        .next();
    start.is_some_and(|start| start.starts_with('.') || start.contains('/') || start.ends_with(".whl"))
}

fn file(text: &str, hashes: &[String], place: Place<'_>) -> Result<Option<LockedPackage>, RequirementProblem> {
    // A URL can hold a `;` of its own.
    let separator = if text.contains("://") { " ;" } else { ";" };
    let (location, marker) = match text.split_once(separator) {
        Some((location, marker)) => (location.trim(), Some(marker)),
        None => (text, None),
    };
    if is_project(location) {
        return Ok(None);
    }
    let marker = marker
        .map(|text| text.trim().parse::<Marker>())
        .transpose()
        .map_err(syntax)?;
    let file = FileEntry::new(None, location, hashes, place)?;
    Ok(Some(LockedPackage {
        file: place.file.to_owned(),
        line: place.line,
        name: file.name,
        version: file.version,
        marker,
        requires_python: None,
        index: None,
        source: file.source,
    }))
}

/// Refuses what `-e` names, unless it is the project itself.
pub(super) fn check_folder(path: &str) -> Result<(), RequirementProblem> {
    match is_project(path) {
        true => Ok(()),
        false => Err(folder(path)),
    }
}

/// The folder that the lock lies in, perhaps with extras: its files are the application.
fn is_project(path: &str) -> bool {
    let folder = path.split(['[', ';']).next().unwrap_or_default().trim();
    matches!(folder, "." | "./" | "file:.")
}

fn folder(location: &str) -> RequirementProblem {
    let is_repository = ["git+", "hg+", "svn+", "bzr+"]
        .iter()
        .any(|vcs| location.starts_with(vcs));
    RequirementProblem::NoFile(if is_repository { "a repository" } else { "a folder" })
}

/// A file that is named, with its one hash.
struct FileEntry {
    name: DistributionName,
    version: Option<pep440_rs::Version>,
    source: LockedSource,
}

impl FileEntry {
    fn new(
        name: Option<&DistributionName>,
        location: &str,
        hashes: &[String],
        place: Place<'_>,
    ) -> Result<Self, RequirementProblem> {
        let filename = url::file_name(location);
        match filename.ends_with(".whl") {
            true => Self::wheel(name, &filename, location, hashes, place),
            false => Self::sdist(name, filename, location, hashes, place),
        }
    }

    fn wheel(
        name: Option<&DistributionName>,
        filename: &str,
        location: &str,
        hashes: &[String],
        place: Place<'_>,
    ) -> Result<Self, RequirementProblem> {
        let filename: WheelFilename = filename.parse().map_err(syntax)?;
        if name.is_some_and(|name| name != filename.name()) {
            return Err(RequirementProblem::OtherName(filename.name().to_string()));
        }
        let (url, path) = url_or_path(location);
        let wheel = LockedWheel {
            line: place.line,
            url,
            path,
            size: None,
            sha256: Some(only_digest(location, hashes)?),
            filename,
        };
        Ok(Self {
            name: wheel.filename.name().clone(),
            version: Some(wheel.filename.version().clone()),
            source: LockedSource::Files {
                wheels: vec![wheel],
                sdist: None,
            },
        })
    }

    fn sdist(
        name: Option<&DistributionName>,
        filename: String,
        location: &str,
        hashes: &[String],
        place: Place<'_>,
    ) -> Result<Self, RequirementProblem> {
        let is_archive = [".tar.gz", ".zip", ".tgz", ".tar.bz2"]
            .iter()
            .any(|end| filename.ends_with(end));
        if !is_archive || folder(location) == RequirementProblem::NoFile("a repository") {
            return Err(folder(location));
        }
        let name = name.ok_or(RequirementProblem::Nameless)?.clone();
        let (url, path) = url_or_path(location);
        let sdist = LockedSdist {
            line: place.line,
            filename,
            url,
            path,
            size: None,
            sha256: Some(only_digest(location, hashes)?),
        };
        Ok(Self {
            name,
            version: None,
            source: LockedSource::Files {
                wheels: Vec::new(),
                sdist: Some(sdist),
            },
        })
    }
}

/// A `file:` URL is a path, and so is what is no URL.
fn url_or_path(location: &str) -> (Option<String>, Option<PathBuf>) {
    let bare = location.split('#').next().unwrap_or(location);
    match bare.strip_prefix("file://").or_else(|| bare.strip_prefix("file:")) {
        Some(path) => (
            None,
            Some(url::decoded(path.strip_prefix("localhost").unwrap_or(path)).into()),
        ),
        None if bare.contains("://") => (Some(bare.to_owned()), None),
        None => (None, Some(bare.into())),
    }
}

/// The digest of a file that is named: from `--hash`, else from the end of its URL.
fn only_digest(location: &str, hashes: &[String]) -> Result<Sha256, RequirementProblem> {
    let fragment = location.split_once('#').map_or("", |(_, fragment)| fragment);
    let in_url = fragment.split('&').find_map(|part| part.strip_prefix("sha256="));
    let in_url: Vec<_> = in_url.map(|hex| format!("sha256:{hex}")).into_iter().collect();
    let found = digests(if hashes.is_empty() { &in_url } else { hashes })?;
    match found.first() {
        Some(only) if found.len() == 1 => Ok(*only),
        _ => Err(RequirementProblem::SeveralHashes(found.len())),
    }
}

/// The sha256 among the hashes; there is one at least.
fn digests(hashes: &[String]) -> Result<BTreeSet<Sha256>, RequirementProblem> {
    let wrong = |hash: &String| RequirementProblem::Hash(hash.clone());
    let mut digests = BTreeSet::new();
    for hash in hashes {
        match hash.split_once(':').ok_or_else(|| wrong(hash))? {
            ("sha256", hex) => digests.extend([hex.parse::<Sha256>().map_err(|_| wrong(hash))?]),
            ("sha384" | "sha512", _) => {}
            _ => return Err(wrong(hash)),
        }
    }
    match (hashes.is_empty(), digests.is_empty()) {
        (true, _) => Err(RequirementProblem::NoHash),
        (_, true) => Err(RequirementProblem::NoSha256),
        _ => Ok(digests),
    }
}

/// A line as errors quote it: without its hashes, and without user names and passwords.
pub(super) fn shown(line: &str) -> String {
    let words = line.split_whitespace().take_while(|word| !word.starts_with("--hash"));
    let shown = words.map(|word| match word.find("://") {
        Some(_) => url::shown(word),
        None => word.to_owned(),
    });
    shown.collect::<Vec<_>>().join(" ")
}
