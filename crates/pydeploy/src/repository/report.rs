use serde::Serialize;

use super::state::Generation;
use super::{Action, Entry, Suite};

/// Of all reports; it grows when a field changes its meaning or goes away.
const SCHEMA: u32 = 1;

/// What a command did to a suite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// 1.
    pub schema: u32,
    /// The suite.
    pub suite: Suite,
    /// The generation that is published now.
    pub generation: u64,
    /// Its date (RFC 3339).
    pub date: String,
    /// Whether the command made that generation; `false` when everything was as asked before.
    pub changed: bool,
    /// The packages that the command was about.
    pub packages: Vec<Entry>,
}

/// What all suites hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ListReport {
    /// 1.
    pub schema: u32,
    /// Each suite.
    pub suites: Vec<SuiteContent>,
}

/// What a suite holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SuiteContent {
    /// The suite.
    pub suite: Suite,
    /// The number of its generation.
    pub generation: u64,
    /// When that was published (RFC 3339).
    pub date: String,
    /// By name, then newest first, then architecture.
    pub packages: Vec<Entry>,
}

/// What a suite went through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HistoryReport {
    /// 1.
    pub schema: u32,
    /// The suite.
    pub suite: Suite,
    /// Its generations, the current one first.
    pub generations: Vec<GenerationSummary>,
}

/// One generation of a suite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GenerationSummary {
    /// Its number.
    pub generation: u64,
    /// When it was published (RFC 3339).
    pub date: String,
    /// What made it.
    #[serde(flatten)]
    pub action: Action,
    /// How many package files it holds.
    pub packages: usize,
}

impl Report {
    pub(super) fn new(generation: &Generation, changed: bool, packages: Vec<Entry>) -> Self {
        Self {
            schema: SCHEMA,
            suite: generation.suite,
            generation: generation.generation,
            date: generation.date().rfc3339(),
            changed,
            packages,
        }
    }
}

impl ListReport {
    pub(super) fn new(suites: Vec<Generation>) -> Self {
        let content = |generation: Generation| SuiteContent {
            suite: generation.suite,
            generation: generation.generation,
            date: generation.date().rfc3339(),
            packages: generation.entries,
        };
        Self {
            schema: SCHEMA,
            suites: suites.into_iter().map(content).collect(),
        }
    }
}

impl HistoryReport {
    pub(super) fn new(suite: Suite, generations: Vec<Generation>) -> Self {
        let summary = |generation: Generation| GenerationSummary {
            generation: generation.generation,
            date: generation.date().rfc3339(),
            packages: generation.entries.len(),
            action: generation.action,
        };
        Self {
            schema: SCHEMA,
            suite,
            generations: generations.into_iter().map(summary).collect(),
        }
    }
}
