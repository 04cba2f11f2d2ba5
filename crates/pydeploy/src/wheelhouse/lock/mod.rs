//! What a lock says, whatever its format.

mod error;
mod pylock;
mod requirements;
mod select;
mod source;
mod uv_lock;
mod write;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pep440_rs::Version;

pub use self::error::LockError;
use self::requirements::Constraint;
pub use self::requirements::RequirementProblem;
pub use self::write::to_pylock;
use crate::digest::Sha256;
use crate::python::{DistributionName, Marker, Target, WheelFilename};
use crate::sys::text;

/// Pinned distributions with hashes, for any number of targets.
///
/// # Formats
///
/// - `pylock.toml` ([PEP 751]): entries with markers; what is for the target is chosen by them.
/// - `uv.lock`, version 1: what the project needs, through its dependencies and theirs.
/// - `requirements.txt` with `--hash`: entries with markers, most of them without a file.
///
/// ```
/// use pydeploy::wheelhouse::Lock;
///
/// let text = r#"
/// lock-version = "1.0"
/// [[packages]]
/// name = "async-timeout"
/// marker = "python_full_version < '3.11.3'"
/// [[packages.wheels]]
/// path = "wheels/async_timeout-5.0.1-py3-none-any.whl"
/// hashes.sha256 = "39e3809566ff85354557ec2398b55e096c8364bacac9405a7a1fa429e77fe76c"
/// "#;
/// let lock = Lock::parse("pylock.toml".as_ref(), text)?;
/// assert_eq!(lock.select(&"debian12".parse()?)?.len(), 1);
/// assert!(lock.select(&"debian13".parse()?)?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [PEP 751]: https://packaging.python.org/en/latest/specifications/pylock-toml/
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The file.
    pub file: PathBuf,
    /// The Python versions that the lock is for, as written.
    pub requires_python: Option<String>,
    /// When not empty, one of them has to hold.
    pub environments: Vec<Marker>,
    /// Extras that can be asked for. When there are none, the lock holds those that it was made with.
    pub extras: BTreeSet<DistributionName>,
    /// Dependency groups that can be asked for. When there are none, the lock holds those that it was made with.
    pub dependency_groups: BTreeSet<DistributionName>,
    /// Dependency groups that are installed unless told otherwise.
    pub default_groups: BTreeSet<DistributionName>,
    /// The distributions, in the order of the file.
    pub packages: Vec<LockedPackage>,
    /// On which line it says what it is for.
    lines: Lines,
    /// Bounds on versions.
    constraints: Vec<Constraint>,
    /// Who needs whom, where the lock says that in place of a marker for each.
    graph: Option<uv_lock::Graph>,
}

/// The lines of a lock that say what it is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Lines {
    requires_python: usize,
    environments: usize,
}

/// A distribution in a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedPackage {
    /// The file that it stands in: that of the lock, or one that is included there.
    pub file: PathBuf,
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
    /// What there is to install.
    pub source: LockedSource,
}

/// What a lock names for a distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LockedSource {
    /// Files.
    Files {
        /// Its wheels.
        wheels: Vec<LockedWheel>,
        /// Its source distribution.
        sdist: Option<LockedSdist>,
    },
    /// Any file of the version with one of these digests, wherever it is found.
    Hashes(Hashes),
    /// The project that was locked: no distribution of its own, since its files are the application.
    Project,
    /// What is no file, and is refused where a target needs it: a folder, a repository, an archive.
    Other {
        /// `a folder`, `a git repository`.
        kind: String,
    },
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

/// A source distribution in a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedSdist {
    /// The line that it stands on.
    pub line: usize,
    /// Its file name.
    pub filename: String,
    /// Where to download it.
    pub url: Option<String>,
    /// Where it lies, relative to the folder of the lock.
    pub path: Option<PathBuf>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Its digest.
    pub sha256: Option<Sha256>,
}

/// Digests of the files that will do, and where to look for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashes {
    /// The version.
    pub version: Version,
    /// The digests.
    pub sha256: BTreeSet<Sha256>,
    /// Indexes, in the order in which they are asked; the default one when there are none.
    pub indexes: Vec<String>,
    /// Folders, and pages with links.
    pub find_links: Vec<String>,
    /// Whether no index is to be asked.
    pub no_index: bool,
    /// Wheels, source distributions, or both.
    pub formats: Formats,
}

/// Which files of a distribution may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Formats {
    /// A wheel that fits, else the source distribution.
    #[default]
    Any,
    /// Wheels.
    Wheels,
    /// The source distribution.
    Source,
}

/// What of a lock is wanted besides what always is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SelectOptions {
    /// Extras of the project.
    pub extras: BTreeSet<DistributionName>,
    /// Dependency groups of the project; those of the lock when not said.
    pub groups: Option<BTreeSet<DistributionName>>,
}

/// What a target gets of a lock, each part sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// One wheel for each distribution that has one that fits.
    pub wheels: Vec<Pinned>,
    /// The sources of distributions without such a wheel, to be built.
    pub sdists: Vec<PinnedSdist>,
    /// Distributions whose file is found by its hash.
    pub unlocated: Vec<Unlocated>,
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

/// The source distribution that a wheel is built from, because none fits the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedSdist {
    /// The file of the lock that it stands in.
    pub file: PathBuf,
    /// The line that it stands on.
    pub line: usize,
    /// The distribution.
    pub name: DistributionName,
    /// Its version, where the lock says it.
    pub version: Option<Version>,
    /// The file's name.
    pub filename: String,
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
    /// The wheels that the lock has, none of which fits.
    pub other_wheels: Vec<String>,
}

/// A distribution that is pinned to a version and to the hashes of its files, but to no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlocated {
    /// The file of the lock that it stands in.
    pub file: PathBuf,
    /// The line that it stands on.
    pub line: usize,
    /// The distribution.
    pub name: DistributionName,
    /// Which files will do.
    pub hashes: Hashes,
}

impl Lock {
    /// Reads a lock: `pylock.toml`, `pylock.NAME.toml`, `uv.lock` and `NAME.txt` by their names, others by what is in them.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not of its format or of another major version, or holds a name, a version, a
    /// marker or a hash that is none; when a requirement is not pinned or has no hash. The error names the line.
    pub fn load(file: &Path) -> Result<Self, LockError> {
        Self::load_with(file, &|_| None)
    }

    /// Reads a lock that may name variables, as `${NAME}` in a requirements file; `variable` knows their values.
    ///
    /// # Errors
    ///
    /// As for [`Lock::load`]; and when a variable has no value.
    pub fn load_with(file: &Path, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, LockError> {
        Self::parse_with(file, &text::read(file)?, variable)
    }

    /// Reads the text of a lock; `file` is what errors call it, and where what it includes lies beside.
    ///
    /// # Errors
    ///
    /// As for [`Lock::load`].
    pub fn parse(file: &Path, text: &str) -> Result<Self, LockError> {
        Self::parse_with(file, text, &|_| None)
    }

    pub(super) fn parse_with(
        file: &Path,
        text: &str,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, LockError> {
        match Format::of(file, text) {
            Format::Pylock => pylock::parse(file, text),
            Format::Requirements => requirements::parse(file, text, variable),
            Format::UvLock => uv_lock::parse(file, text),
        }
    }

    fn empty(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            requires_python: None,
            environments: Vec::new(),
            extras: BTreeSet::new(),
            dependency_groups: BTreeSet::new(),
            default_groups: BTreeSet::new(),
            packages: Vec::new(),
            lines: Lines::default(),
            constraints: Vec::new(),
            graph: None,
        }
    }

    /// The wheels that `target` gets, by name: one for each distribution whose marker holds, the one that fits best.
    ///
    /// # Errors
    ///
    /// As for [`Lock::select_with`]; and when a distribution has no wheel that fits, or is pinned by its hashes only.
    pub fn select(&self, target: &Target) -> Result<Vec<Pinned>, LockError> {
        self.select_with(target, &SelectOptions::default())?.into_wheels(target)
    }

    /// What `target` gets.
    ///
    /// # Errors
    ///
    /// When the lock is not for the target's Python, or has no such extra or group; when a distribution is there twice,
    /// is for another Python, has neither a wheel that fits nor a source distribution, or no sha256 for it.
    pub fn select_with(&self, target: &Target, options: &SelectOptions) -> Result<Selection, LockError> {
        select::select(self, target, options)
    }
}

/// How a lock is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Pylock,
    Requirements,
    UvLock,
}

impl Format {
    /// By the name, or else by a line that only one of them has.
    pub(super) fn of(file: &Path, text: &str) -> Self {
        let extension = file.extension().and_then(|extension| extension.to_str());
        let has_line = |start: &str| text.lines().any(|line| line.starts_with(start));
        match extension {
            _ if file.file_name().is_some_and(|name| name == "uv.lock") => Self::UvLock,
            Some("toml") => Self::Pylock,
            Some("txt" | "in") => Self::Requirements,
            _ if has_line("lock-version") => Self::Pylock,
            _ if has_line("[[package]]") => Self::UvLock,
            _ => Self::Requirements,
        }
    }
}

impl Selection {
    /// The wheels, when they are all that there is.
    ///
    /// # Errors
    ///
    /// When a wheel would have to be built from source, or looked up by its hash.
    pub fn into_wheels(self, target: &Target) -> Result<Vec<Pinned>, LockError> {
        if let Some(sdist) = self.sdists.into_iter().next() {
            return Err(LockError::NoFittingWheel {
                file: sdist.file,
                line: sdist.line,
                package: sdist.name,
                target: target.clone(),
                available: sdist.other_wheels,
                has_source: true,
            });
        }
        match self.unlocated.into_iter().next() {
            Some(Unlocated { file, line, name, .. }) => Err(LockError::Unlocated {
                file,
                line,
                package: name,
            }),
            None => Ok(self.wheels),
        }
    }
}
