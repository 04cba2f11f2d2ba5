//! What a lock says, whatever its format.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pep440_rs::Version;

use crate::digest::Sha256;
use crate::python::{DistributionName, Marker, Target, WheelFilename};
use crate::sys::files::{self, FileError};

use super::{pylock, select};

/// Pinned distributions with hashes, for any number of targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The file.
    pub file: PathBuf,
    /// The Python versions that the lock is for, as written.
    pub requires_python: Option<String>,
    /// When not empty, one of them has to hold.
    pub environments: Vec<Marker>,
    /// Dependency groups that are installed unless told otherwise.
    pub default_groups: BTreeSet<DistributionName>,
    /// The distributions, in the order of the file.
    pub packages: Vec<LockedPackage>,
}

/// A distribution in a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedPackage {
    /// The line that it starts on.
    pub line: usize,
    /// Its name.
    pub name: DistributionName,
    /// Its version, where the lock says it.
    pub version: Option<Version>,
    /// When it is installed; always, without one.
    pub marker: Option<Marker>,
    /// The Python versions that it is for, as written.
    pub requires_python: Option<String>,
    /// The index that it came from.
    pub index: Option<String>,
    /// Its wheels.
    pub wheels: Vec<LockedWheel>,
    /// Whether the lock also names a source distribution, a folder or a repository.
    pub has_source: bool,
}

/// A wheel in a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedWheel {
    /// The line that it stands on.
    pub line: usize,
    /// Its file name.
    pub filename: WheelFilename,
    /// Where to download it.
    pub url: Option<String>,
    /// Where it lies, relative to the folder of the lock.
    pub path: Option<PathBuf>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Its digest.
    pub sha256: Option<Sha256>,
}

/// The one wheel of a distribution that a target gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// The distribution.
    pub name: DistributionName,
    /// Its version.
    pub version: Version,
    /// The wheel's file name.
    pub filename: WheelFilename,
    /// Where to download it.
    pub url: Option<String>,
    /// Where it lies, relative to the folder of the lock.
    pub path: Option<PathBuf>,
    /// The index that it came from.
    pub index: Option<String>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Its digest.
    pub sha256: Sha256,
}

impl Lock {
    /// Reads a `pylock.toml`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not TOML or of another major version, or holds a name, a version, a marker or
    /// a hash that is none; the error names the line.
    pub fn load(file: &Path) -> Result<Self, LockError> {
        let bytes = files::read(file)?;
        let text = str::from_utf8(&bytes).map_err(|_| LockError::NotText { file: file.to_owned() })?;
        Self::parse(file, text)
    }

    /// Reads the text of a `pylock.toml`; `file` is what errors call it.
    ///
    /// # Errors
    ///
    /// As for [`Lock::load`].
    pub fn parse(file: &Path, text: &str) -> Result<Self, LockError> {
        pylock::parse(file, text)
    }

    /// The wheels that `target` gets, by name: one for each distribution whose marker holds, the one that fits best.
    ///
    /// # Errors
    ///
    /// When the lock is not for the target's Python; when a distribution is there twice, is for another Python, or has
    /// no wheel that fits or no sha256 for it.
    pub fn select(&self, target: &Target) -> Result<Vec<Pinned>, LockError> {
        select::select(self, target)
    }
}

/// A lock cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not UTF-8.
    #[error("{} is not UTF-8 text", file.display())]
    NotText {
        /// The file.
        file: PathBuf,
    },
    /// The file is not TOML, or lacks a key, or has one of the wrong type.
    #[error("{}:{line}:{column}: {message}", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// The lock is of a version that is not known.
    #[error("{}:{line}: lock-version is `{found}`, known is 1", file.display())]
    UnknownVersion {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// What it says.
        found: String,
    },
    /// A value is not of its form.
    #[error("{}:{line}: {}`{key}`: {message}", file.display(), of(package.as_deref()))]
    Value {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// The distribution that it belongs to.
        package: Option<String>,
        /// The key.
        key: &'static str,
        /// What is wrong, with the value.
        message: String,
    },
    /// The lock is for another Python.
    #[error("{}: the lock is for Python {requires_python}, {target} has {}", file.display(), target.python_full())]
    OtherPython {
        /// The file.
        file: PathBuf,
        /// What the lock requires.
        requires_python: String,
        /// The target.
        target: Target,
    },
    /// The lock is for other environments.
    #[error("{}: the lock is for {}, none of which is {target}", file.display(), environments.join(" or "))]
    OtherEnvironment {
        /// The file.
        file: PathBuf,
        /// Its markers.
        environments: Vec<String>,
        /// The target.
        target: Target,
    },
    /// Two entries of one name are left.
    #[error("{}:{line}: {package} is already on line {first_line}, and both are for {target}", file.display())]
    TwoEntries {
        /// The file.
        file: PathBuf,
        /// The line of the second.
        line: usize,
        /// The line of the first.
        first_line: usize,
        /// The distribution.
        package: DistributionName,
        /// The target.
        target: Target,
    },
    /// A distribution is for another Python.
    #[error("{}:{line}: {package} is for Python {requires_python}, {target} has {}", file.display(), target.python_full())]
    PackageForOtherPython {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// The distribution.
        package: DistributionName,
        /// What it requires.
        requires_python: String,
        /// The target.
        target: Target,
    },
    /// No wheel of a distribution runs on the target.
    #[error("{}:{line}: {package} has no wheel for {target}, {}", file.display(), choice(available, target))]
    NoFittingWheel {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// The distribution.
        package: DistributionName,
        /// The target.
        target: Target,
        /// The wheels that the lock has.
        available: Vec<String>,
        /// Whether it has a source.
        has_source: bool,
    },
    /// A wheel has no sha256.
    #[error("{}:{line}: {package}: {wheel} has no sha256", file.display())]
    NoHash {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// The distribution.
        package: DistributionName,
        /// The wheel.
        wheel: String,
    },
}

fn of(package: Option<&str>) -> String {
    package.map(|name| format!("{name}: ")).unwrap_or_default()
}

fn choice(available: &[String], target: &Target) -> String {
    let there = match available {
        [] => "it has no wheel at all".to_owned(),
        some => format!("it has {}", some.join(", ")),
    };
    let ((_, minor, _), (_, glibc)) = (target.python(), target.glibc());
    let platform = format!("manylinux_2_{glibc}_{}", target.arch().machine());
    format!(
        "{there}; wanted is cp3{minor}-cp3{minor}-{platform} or older, cp3{minor}-abi3-{platform} or older, or py3-none-any"
    )
}

impl LockError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::File(error) => return error.hint(),
            Self::NotText { .. } => "save it as UTF-8",
            Self::Syntax { .. } | Self::Value { .. } | Self::TwoEntries { .. } => {
                "write the lock again, with `uv export --format pylock.toml` for example, rather than by hand"
            }
            Self::UnknownVersion { .. } => "write the lock as version 1.0",
            Self::OtherPython { .. } | Self::OtherEnvironment { .. } | Self::PackageForOtherPython { .. } => {
                "lock for this target, or choose a target that the lock is for"
            }
            Self::NoFittingWheel { has_source: true, .. } => {
                "the lock has its source: build a wheel from that for this target, and lock the wheel"
            }
            Self::NoFittingWheel { .. } => "lock for this target, or lock another version of it",
            Self::NoHash { .. } => "write the lock again with sha256 hashes",
        };
        Some(text.to_owned())
    }
}
