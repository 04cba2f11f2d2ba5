//! One thing that is not as it should be.

use std::fmt;

use serde::Serialize;
use serde::ser::SerializeMap as _;

use crate::digest::Sha256;

/// A path and what is wrong with it. As text it is one line.
///
/// ```
/// use pydeploy::artifact::verify::{Finding, Problem};
///
/// let finding = Finding {
///     path: "/opt/site/app/app.py".to_owned(),
///     problem: Problem::Missing { by: "the manifest".to_owned() },
/// };
/// assert_eq!(finding.problem.word(), "missing");
/// assert_eq!(finding.to_string(), "/opt/site/app/app.py: missing: the manifest names it");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Absolute path of the file once it is installed; for what is not installed, the member of the artifact or the artifact.
    pub path: String,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Something names it, and it is not there.
    #[error("missing: {by} names it")]
    Missing {
        /// The manifest, `md5sums`, `conffiles` or a RECORD.
        by: String,
    },
    /// It is there, and nothing names it.
    #[error("extra: {by} does not name it")]
    Extra {
        /// The manifest, `md5sums` or a RECORD.
        by: String,
    },
    /// It has other bytes.
    #[error("changed: it has {found_size} bytes of sha256 {found}, {by} says {size} bytes of {expected}")]
    Content {
        /// The manifest or a RECORD.
        by: String,
        /// The size that it should have.
        size: u64,
        /// The size that it has.
        found_size: u64,
        /// The digest that it should have.
        expected: Sha256,
        /// The digest that it has.
        found: Sha256,
    },
    /// It has other bytes than `md5sums` says.
    #[error("changed: it has md5 {found}, md5sums says {expected}")]
    Md5 {
        /// The digest that it should have.
        expected: String,
        /// The digest that it has.
        found: String,
    },
    /// The bytes of the artifact, or of a part of it, are not those that it says itself.
    #[error("changed: it has sha256 {found}, {by} says `{}`", said.escape_debug())]
    Digest {
        /// The digest that it has; of an artifact, without its end.
        found: Sha256,
        /// What says so: `its end`, or `triggers` of a package.
        by: String,
        /// What stands there.
        said: String,
    },
    /// It is a link where a file should be, for example.
    #[error("changed: it is a {found}, not a {expected}")]
    Kind {
        /// `file` or `link`.
        expected: &'static str,
        /// `file`, `folder`, `link` or `other`.
        found: &'static str,
    },
    /// It has another mode.
    #[error("changed: it has mode {found:04o}, not {expected}")]
    Mode {
        /// The mode that it should have.
        expected: String,
        /// The mode that it has.
        found: u32,
    },
    /// The link points elsewhere.
    #[error("changed: it points at `{}`, not at `{expected}`", found.escape_debug())]
    Target {
        /// Where it should point.
        expected: String,
        /// Where it points.
        found: String,
    },
    /// What it says cannot be read.
    #[error("unusable: {reason}")]
    Unusable {
        /// Why.
        reason: String,
    },
    /// It says something that another source denies.
    #[error("contradiction: it says {field} `{found}`, {by} says `{expected}`")]
    Contradiction {
        /// What they disagree about.
        field: &'static str,
        /// What it says.
        found: String,
        /// The other.
        by: String,
        /// What the other says.
        expected: String,
    },
}

impl Problem {
    /// That bytes are others than `by` says, if they are: digest and size of both.
    pub(in crate::artifact) fn content(by: &str, expected: (Sha256, u64), found: (Sha256, u64)) -> Option<Self> {
        (expected != found).then(|| Self::Content {
            by: by.to_owned(),
            size: expected.1,
            found_size: found.1,
            expected: expected.0,
            found: found.0,
        })
    }

    /// The problem in one word: `missing`, `extra`, `changed`, `unusable` or `contradiction`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing",
            Self::Extra { .. } => "extra",
            Self::Content { .. }
            | Self::Digest { .. }
            | Self::Md5 { .. }
            | Self::Kind { .. }
            | Self::Mode { .. }
            | Self::Target { .. } => "changed",
            Self::Unusable { .. } => "unusable",
            Self::Contradiction { .. } => "contradiction",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.escape_debug(), self.problem)
    }
}

/// `path`, `problem` (one word) and `text`.
impl Serialize for Finding {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("problem", self.problem.word())?;
        map.serialize_entry("text", &self.problem.to_string())?;
        map.end()
    }
}
