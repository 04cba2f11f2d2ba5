//! Why a lock cannot be used.

use std::path::PathBuf;

use pep440_rs::Version;

use super::requirements::RequirementProblem;
use crate::python::{DistributionName, Target};
use crate::sys::text::TextFileError;

/// A lock cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// The file cannot be read, is not TOML, or lacks a key, or has one of the wrong type.
    #[error(transparent)]
    Text(#[from] TextFileError),
    /// The lock is of a version that is not known.
    #[error("{}:{line}: {key} is `{found}`, known is 1", file.display())]
    UnknownVersion {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// The key.
        key: &'static str,
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
    #[error("{}:{line}: the lock is for Python {requires_python}, {target} has {}", file.display(), target.python_full())]
    OtherPython {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// What the lock requires.
        requires_python: String,
        /// The target.
        target: Target,
    },
    /// The lock is for other environments.
    #[error("{}:{line}: the lock is for {}, none of which is {target}", file.display(), environments.join(" or "))]
    OtherEnvironment {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
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
    /// A file has no sha256.
    #[error("{}:{line}: {package}: {wheel} has no sha256", file.display())]
    NoHash {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// The distribution.
        package: DistributionName,
        /// The wheel, or the source distribution.
        wheel: String,
    },
    /// A distribution is no file that could be downloaded and checked.
    #[error("{}:{line}: {package} is {kind}, which has no hash to check", file.display())]
    NoFile {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// The distribution.
        package: DistributionName,
        /// What it is.
        kind: String,
    },
    /// A distribution is pinned to hashes, and no file is known that has one of them.
    #[error("{}:{line}: {package} is pinned to hashes, and its file has not been looked up", file.display())]
    Unlocated {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// The distribution.
        package: DistributionName,
    },
    /// A line of a requirements file is not one of a lock.
    #[error("{}:{line}: `{text}`: {problem}", file.display())]
    Requirement {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// The requirement or option, without hashes and credentials.
        text: String,
        /// What is wrong.
        problem: RequirementProblem,
    },
    /// A constraint excludes the version that is pinned.
    #[error("{}:{line}: the constraint `{constraint}` excludes {package} {version}, which the lock has", file.display())]
    Constrained {
        /// The file with the constraint.
        file: PathBuf,
        /// The line.
        line: usize,
        /// The constraint.
        constraint: String,
        /// The distribution.
        package: DistributionName,
        /// Its version in the lock.
        version: Version,
    },
    /// Two targets get different versions of a distribution, and no marker tells them apart.
    #[error("no marker tells {} and {} apart, which get different versions of {package}", targets[0], targets[1])]
    Indistinguishable {
        /// The distribution.
        package: DistributionName,
        /// The targets.
        targets: Box<[Target; 2]>,
    },
    /// An extra or a dependency group was asked for that the lock does not have.
    #[error("{}: there is no {kind} `{name}`, there {}", file.display(), are(known))]
    UnknownPart {
        /// The file.
        file: PathBuf,
        /// `extra` or `dependency group`.
        kind: &'static str,
        /// Its name.
        name: DistributionName,
        /// Those that there are.
        known: Vec<String>,
    },
}

fn are(known: &[String]) -> String {
    match known {
        [] => "are none".to_owned(),
        [one] => format!("is {one}"),
        some => format!("are {}", some.join(", ")),
    }
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
            Self::Text(TextFileError::File(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                "`pydeploy wheelhouse lock` writes a lock; `lock` in `[tool.pydeploy]` says where it is"
            }
            Self::Text(error @ (TextFileError::File(_) | TextFileError::NotText { .. })) => return error.hint(),
            Self::Text(TextFileError::Syntax { .. }) | Self::Value { .. } | Self::TwoEntries { .. } => {
                "write the lock again, with `pydeploy wheelhouse lock` for example, rather than by hand"
            }
            Self::UnknownVersion { .. } => "write the lock as version 1.0",
            Self::OtherPython { .. } | Self::OtherEnvironment { .. } | Self::PackageForOtherPython { .. } => {
                "lock for this target with `pydeploy wheelhouse lock`, or choose a target that the lock is for"
            }
            Self::NoFittingWheel { has_source: true, .. } => {
                "the lock has its source: build a wheel from that for this target, and lock the wheel"
            }
            Self::NoFittingWheel { .. } => "lock for this target, or lock another version of it",
            Self::NoHash { .. } => "write the lock again with sha256 hashes",
            Self::Requirement { problem, .. } => problem.hint(),
            Self::Constrained { .. } => "write the lock again, or drop the constraint",
            Self::Indistinguishable { .. } => "pin the distribution to one version in `project.dependencies`",
            Self::NoFile { .. } => "build a wheel of it, put that into an index or a folder, and lock the wheel",
            Self::Unlocated { .. } => "run `pydeploy wheelhouse fetch` with the network once",
            Self::UnknownPart { .. } => "correct the name, or write the lock again with it",
        };
        Some(text.to_owned())
    }
}
