//! What a check found.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::config::Waivable;
use crate::python::DistributionName;

/// Everything that a check found, sorted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// The version of this form: 1.
    pub schema: u32,
    /// The targets that it was checked for.
    pub targets: Vec<String>,
    /// How many of the locked wheels are there and have the hash in the lock.
    pub wheels: usize,
    /// How many of them each target gets.
    pub wheels_of: BTreeMap<String, usize>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What would be wrong, had the project not accepted it.
    pub waived: Vec<Waived>,
    /// Packages with a waiver that nothing needs any more.
    pub unused_waivers: Vec<DistributionName>,
}

impl CheckReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

/// One line for each finding, then for each waived one, then for each waiver without use.
impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.findings.iter().try_for_each(|finding| writeln!(f, "{finding}"))?;
        self.waived.iter().try_for_each(|waived| writeln!(f, "{waived}"))?;
        self.unused_waivers
            .iter()
            .try_for_each(|package| writeln!(f, "unused: the waiver for {package} is not needed"))
    }
}

/// One thing that is wrong. Displayed as one line: `KIND: MESSAGE (TARGETS)`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// What kind of thing.
    pub kind: FindingKind,
    /// The distribution that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<DistributionName>,
    /// One line.
    pub message: String,
    /// The targets for which it is wrong; empty when it is whatever the target.
    pub targets: BTreeSet<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)?;
        match self.targets.is_empty() {
            true => Ok(()),
            false => {
                let targets: Vec<_> = self.targets.iter().map(String::as_str).collect();
                write!(f, " ({})", targets.join(", "))
            }
        }
    }
}

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FindingKind {
    /// The lock does not serve a target: no wheel that fits its tags, two versions of one name, another Python.
    Lock,
    /// A locked wheel is not there.
    Missing,
    /// A wheel is there that the lock does not know.
    Unknown,
    /// A wheel is another than the one in the lock.
    Hash,
    /// A wheel is no wheel, or cannot be installed safely.
    Wheel,
    /// The RECORD of a wheel and its members contradict each other.
    Record,
    /// A requirement is not met by what is locked.
    Requirement,
    /// A wheel is not for the target's Python.
    RequiresPython,
    /// A file begins as a compiled one does and cannot be read as one.
    Elf,
    /// A compiled file needs a newer C library than the target has.
    Glibc,
    /// The compiled files of a wheel are for another machine.
    Machine,
    /// Two wheels bring one path.
    Collision,
}

impl FindingKind {
    /// What a waiver calls it, if there can be one.
    #[must_use]
    pub fn waivable(self) -> Option<Waivable> {
        match self {
            Self::Record => Some(Waivable::Record),
            Self::Requirement => Some(Waivable::Requirement),
            Self::RequiresPython => Some(Waivable::RequiresPython),
            Self::Elf => Some(Waivable::Elf),
            Self::Glibc => Some(Waivable::Glibc),
            Self::Machine => Some(Waivable::Machine),
            Self::Collision => Some(Waivable::Collision),
            Self::Lock | Self::Missing | Self::Unknown | Self::Hash | Self::Wheel => None,
        }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lock => "lock",
            Self::Missing => "missing",
            Self::Unknown => "unknown",
            Self::Hash => "hash",
            Self::Wheel => "wheel",
            Self::Record => "record",
            Self::Requirement => "requirement",
            Self::RequiresPython => "requires-python",
            Self::Elf => "elf",
            Self::Glibc => "glibc",
            Self::Machine => "machine",
            Self::Collision => "collision",
        })
    }
}

/// A finding that the project accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waived {
    /// What was found.
    #[serde(flatten)]
    pub finding: Finding,
    /// Why it is accepted.
    pub reason: String,
}

impl fmt::Display for Waived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "waived {}: {}", self.finding, self.reason)
    }
}
