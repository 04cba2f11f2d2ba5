//! Why a changelog was not changed.

use std::fmt;

use super::super::ParseChangelogError;
use super::super::value::Distributions;
use crate::version::DebianVersion;

/// A change that was refused.
///
/// ```
/// use pydeploy::changelog::{Changelog, EditError};
///
/// let error = Changelog::parse(b"a (1) b; urgency=low\n").append(&[]).unwrap_err();
/// assert_eq!(error, EditError::NoChanges);
/// assert_eq!(error.to_string(), "there are no changes to write");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EditError {
    /// The first entry is not one that can be used.
    Head(ParseChangelogError),
    /// There is no entry to take the name of the package from.
    NoPackage,
    /// The version would not be above the one that is there.
    NotAbove {
        /// The new version.
        offered: DebianVersion,
        /// The version that is there.
        present: DebianVersion,
    },
    /// The first entry is released: nothing is added to it any more.
    Released {
        /// Its version.
        version: DebianVersion,
        /// Its distributions, which blanks separate.
        distributions: String,
    },
    /// What was to be released is not: these are the distributions it was to be released for.
    NotForRelease {
        /// `UNRELEASED`.
        distributions: Distributions,
    },
    /// The first entry has a line that begins as a trailer does and is none.
    Trailer {
        /// The line, counted from 1.
        line: usize,
    },
    /// There is nothing to write.
    NoChanges,
}

impl EditError {
    /// What a person can do about it, in one sentence.
    ///
    /// ```
    /// use pydeploy::changelog::{Changelog, Order};
    ///
    /// let changelog = Changelog::parse(b"a (1.1) b; urgency=low\n");
    /// let error = changelog.set_version(&"1.0".parse()?, Order::Rising).unwrap_err();
    /// assert_eq!(error.to_string(), "1.0 is not above 1.1");
    /// assert_eq!(error.hint(), "choose a version above 1.1, or allow a lower one");
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Head(_) => "correct that line; `pydeploy changelog check` lists all that is wrong".to_owned(),
            Self::NoPackage => "name the package".to_owned(),
            Self::NotAbove { present, .. } => format!("choose a version above {present}, or allow a lower one"),
            Self::Released { .. } => "open a new entry above it".to_owned(),
            Self::NotForRelease { .. } => "name a distribution such as `staging`".to_owned(),
            Self::Trailer { .. } => {
                "`pydeploy changelog fix` repairs what is usual, and `check` says the rest".to_owned()
            }
            Self::NoChanges => "say what has changed".to_owned(),
        }
    }
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head(error) => error.fmt(f),
            Self::NoPackage => f.write_str("there is no entry to take the name of the package from"),
            Self::NotAbove { offered, present } => write!(f, "{offered} is not above {present}"),
            Self::Released { version, distributions } => write!(f, "{version} is released for {distributions}"),
            Self::NotForRelease { distributions } => write!(f, "{distributions} is not what something is released for"),
            Self::Trailer { line } => write!(f, "trailer that cannot be read at line {line}"),
            Self::NoChanges => f.write_str("there are no changes to write"),
        }
    }
}

impl std::error::Error for EditError {}
