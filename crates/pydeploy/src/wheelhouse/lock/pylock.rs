//! Reading `pylock.toml` ([specification]).
//!
//! [specification]: https://packaging.python.org/en/latest/specifications/pylock-toml/

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pep440_rs::{Version, VersionSpecifiers};
use serde::Deserialize;
use toml::Spanned;

use super::source::Source;
use super::{Lock, LockError, LockedPackage, LockedSdist, LockedSource, LockedWheel};
use crate::digest::Sha256;
use crate::python::{DistributionName, WheelFilename};
use crate::wheelhouse::url;

/// Keys that do not concern an installation (`dependencies`, `attestation-identities`, `tool`, `created-by`) and those
/// that are not known are skipped.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Document {
    lock_version: Spanned<String>,
    requires_python: Option<Spanned<String>>,
    #[serde(default)]
    environments: Vec<Spanned<String>>,
    #[serde(default)]
    extras: Vec<Spanned<String>>,
    #[serde(default)]
    dependency_groups: Vec<Spanned<String>>,
    #[serde(default)]
    default_groups: Vec<Spanned<String>>,
    #[serde(default)]
    packages: Vec<Spanned<Package>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    name: Spanned<String>,
    version: Option<Spanned<String>>,
    marker: Option<Spanned<String>>,
    requires_python: Option<Spanned<String>>,
    index: Option<String>,
    wheels: Option<Vec<Spanned<File>>>,
    sdist: Option<Spanned<File>>,
    vcs: Option<Vcs>,
    directory: Option<Directory>,
    archive: Option<Archive>,
}

#[derive(Deserialize)]
struct File {
    name: Option<String>,
    url: Option<String>,
    path: Option<PathBuf>,
    size: Option<u64>,
    #[serde(default)]
    hashes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Vcs {
    r#type: String,
    url: Option<String>,
    path: Option<String>,
}

#[derive(Deserialize)]
struct Directory {
    path: String,
}

#[derive(Deserialize)]
struct Archive {
    url: Option<String>,
    path: Option<String>,
}

pub(super) fn parse(file: &Path, text: &str) -> Result<Lock, LockError> {
    let source = Source::new(file, text);
    let document: Document = source.read()?;
    check_version(&source, &document.lock_version)?;
    source.optional::<VersionSpecifiers>(None, "requires-python", document.requires_python.as_ref())?;
    Ok(Lock {
        lines: source.lines(document.requires_python.as_ref(), &document.environments),
        environments: source.values("environments", &document.environments)?,
        extras: source.values("extras", &document.extras)?,
        dependency_groups: source.values("dependency-groups", &document.dependency_groups)?,
        default_groups: source.values("default-groups", &document.default_groups)?,
        requires_python: document.requires_python.map(Spanned::into_inner),
        packages: document
            .packages
            .into_iter()
            .map(|package| read_package(&source, package))
            .collect::<Result<_, _>>()?,
        ..Lock::empty(file)
    })
}

fn check_version(source: &Source<'_>, version: &Spanned<String>) -> Result<(), LockError> {
    match version.get_ref().split('.').next() {
        Some("1") => Ok(()),
        _ => Err(LockError::UnknownVersion {
            file: source.file.to_owned(),
            line: source.line_of(version),
            key: "lock-version",
            found: version.get_ref().clone(),
        }),
    }
}

fn read_package(source: &Source<'_>, package: Spanned<Package>) -> Result<LockedPackage, LockError> {
    let line = source.line_of(&package);
    let package = package.into_inner();
    let name: DistributionName = source.value(None, "name", &package.name)?;
    let of = Some(name.as_str());
    let version = source.optional(of, "version", package.version.as_ref())?;
    source.optional::<VersionSpecifiers>(of, "requires-python", package.requires_python.as_ref())?;
    let entry = Entry {
        source,
        line,
        name: &name,
        version: version.as_ref(),
    };
    Ok(LockedPackage {
        file: source.file.to_owned(),
        line,
        marker: source.optional(of, "marker", package.marker.as_ref())?,
        source: entry.source_of(&package)?,
        requires_python: package.requires_python.map(Spanned::into_inner),
        index: package.index,
        name,
        version,
    })
}

/// What errors in an entry name, and what its files must agree with.
struct Entry<'a> {
    source: &'a Source<'a>,
    line: usize,
    name: &'a DistributionName,
    version: Option<&'a Version>,
}

impl Entry<'_> {
    fn source_of(&self, package: &Package) -> Result<LockedSource, LockError> {
        let other = other_sources(package);
        let is_files = package.wheels.is_some() || package.sdist.is_some();
        match (&other[..], is_files) {
            ([], true) => self.files(package),
            ([only], false) => Ok(only.clone()),
            ([], false) => Err(self.wrong(self.line, "packages", "it has no wheels and no other source")),
            _ => Err(self.wrong(self.line, "packages", "it has more than one kind of source")),
        }
    }

    fn files(&self, package: &Package) -> Result<LockedSource, LockError> {
        let wheels = package.wheels.iter().flatten();
        Ok(LockedSource::Files {
            wheels: wheels.map(|wheel| self.wheel(wheel)).collect::<Result<_, _>>()?,
            sdist: package.sdist.as_ref().map(|sdist| self.sdist(sdist)).transpose()?,
        })
    }

    fn wheel(&self, wheel: &Spanned<File>) -> Result<LockedWheel, LockError> {
        let (line, wheel) = (self.source.line_of(wheel), wheel.get_ref());
        let filename: WheelFilename = self
            .file_name(line, "wheels", wheel)?
            .parse()
            .map_err(|error| self.wrong(line, "wheels", error))?;
        let is_same = filename.name() == self.name && self.version.is_none_or(|version| version == filename.version());
        if !is_same {
            let version = self.version.map_or(String::new(), |version| format!(" {version}"));
            let message = format!("`{filename}` is not a wheel of {}{version}", self.name);
            return Err(self.wrong(line, "wheels", message));
        }
        Ok(LockedWheel {
            line,
            filename,
            sha256: self.sha256(line, wheel)?,
            url: wheel.url.clone(),
            path: wheel.path.clone(),
            size: wheel.size,
        })
    }

    fn sdist(&self, sdist: &Spanned<File>) -> Result<LockedSdist, LockError> {
        let (line, sdist) = (self.source.line_of(sdist), sdist.get_ref());
        Ok(LockedSdist {
            line,
            filename: self.file_name(line, "sdist", sdist)?,
            sha256: self.sha256(line, sdist)?,
            url: sdist.url.clone(),
            path: sdist.path.clone(),
            size: sdist.size,
        })
    }

    /// The name comes from `name`, else from the end of `path` or `url`.
    fn file_name(&self, line: usize, key: &'static str, file: &File) -> Result<String, LockError> {
        let of_path = || Some(file.path.as_ref()?.file_name()?.to_str()?.to_owned());
        let of_url = || file.url.as_deref().map(url::file_name);
        let name = file.name.clone().or_else(of_path).or_else(of_url);
        name.ok_or_else(|| self.wrong(line, key, "has neither name nor url nor path"))
    }

    fn sha256(&self, line: usize, file: &File) -> Result<Option<Sha256>, LockError> {
        let sha256 = file.hashes.get("sha256").map(|text| text.parse()).transpose();
        sha256.map_err(|error| self.wrong(line, "hashes", error))
    }

    fn wrong(&self, line: usize, key: &'static str, message: impl ToString) -> LockError {
        self.source
            .wrong(line, Some(self.name.as_str()), key, message.to_string())
    }
}

/// Sources that are no files. The folder of the lock itself is the project.
fn other_sources(package: &Package) -> Vec<LockedSource> {
    let other = |kind: String| LockedSource::Other { kind };
    let at = |kind: &str, place: &str| other(format!("{kind} (`{place}`)"));
    let place = |url: &Option<String>, path: &Option<String>| url.clone().or_else(|| path.clone()).unwrap_or_default();
    let vcs = package.vcs.as_ref().map(|vcs| {
        at(
            &format!("a {} repository", vcs.r#type),
            &url::shown(&place(&vcs.url, &vcs.path)),
        )
    });
    let directory = package
        .directory
        .as_ref()
        .map(|directory| match directory.path.trim_end_matches('/') {
            "." | "" => LockedSource::Project,
            path => at("a folder", path),
        });
    let archive = package
        .archive
        .as_ref()
        .map(|archive| at("an archive", &url::shown(&place(&archive.url, &archive.path))));
    [vcs, directory, archive].into_iter().flatten().collect()
}
