//! Findings that a project accepts, package by package.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use pep440_rs::Version;
use serde::{Deserialize, Serialize};

use crate::python::DistributionName;

/// What a project accepts although it is a finding, by package: `[tool.pydeploy.waive]`.
///
/// ```toml
/// [tool.pydeploy.waive.legacy-lib]
/// findings = ["record"]
/// version = "1.2"        # only of this version; of any without it
/// reason = "its RECORD lists a file that is not there"
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waivers(pub BTreeMap<DistributionName, Waiver>);

/// What is accepted of one package, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The kinds of findings.
    pub findings: BTreeSet<Waivable>,
    /// The only version for which they are accepted.
    pub version: Option<Version>,
    /// Why: shown wherever the waiver is used.
    pub reason: String,
}

/// A kind of finding about a wheel that can be accepted. What contradicts the lock cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Waivable {
    /// Its RECORD and its members contradict each other.
    Record,
    /// Something that it requires is missing, or is there in a version that it does not want.
    Requirement,
    /// It is not for the target's Python.
    RequiresPython,
    /// A file of it begins as a compiled one does and cannot be read as one.
    Elf,
    /// A file of it needs a newer C library than the target has.
    Glibc,
    /// Its compiled files are for another machine.
    Machine,
    /// It brings a file that another wheel brings too.
    Collision,
}

impl fmt::Display for Waivable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
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

impl Waivers {
    /// The waiver for a kind of finding about a version of a package, if there is one.
    #[must_use]
    pub fn find(&self, package: &DistributionName, version: &Version, kind: Waivable) -> Option<&Waiver> {
        let waiver = self.0.get(package)?;
        let covers = waiver.findings.contains(&kind) && waiver.version.as_ref().is_none_or(|only| only == version);
        covers.then_some(waiver)
    }

    /// Whether there is a waiver for a kind of finding at all.
    pub(crate) fn cover(&self, kind: Waivable) -> bool {
        self.0.values().any(|waiver| waiver.findings.contains(&kind))
    }
}

/// One table, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Table {
    findings: BTreeSet<Waivable>,
    version: Option<String>,
    reason: String,
}

/// `Err` says what is wrong, with the package.
pub(super) fn waivers(tables: BTreeMap<DistributionName, Table>) -> Result<Waivers, String> {
    let waiver = |(name, table): (DistributionName, Table)| {
        let version = table.version.map(|text| text.parse()).transpose();
        let waiver = Waiver {
            version: version.map_err(|error| format!("{name}: {error}"))?,
            findings: table.findings,
            reason: table.reason.trim().to_owned(),
        };
        match (waiver.findings.is_empty(), waiver.reason.is_empty()) {
            (true, _) => Err(format!("{name}: `findings` is empty")),
            (_, true) => Err(format!("{name}: `reason` is empty")),
            _ => Ok((name, waiver)),
        }
    };
    tables.into_iter().map(waiver).collect::<Result<_, _>>().map(Waivers)
}
