//! What the program on the builder is told: every file of the binary package, and where its bytes are.
//!
//! `debian/pydeploy/plan.jsonl` has one JSON object a line: first what the package is, then an entry for each path in an
//! order in which a folder comes before what is in it.

use serde::{Deserialize, Serialize};

use crate::artifact::planned::PlannedWheel;
use crate::digest::Sha256;

/// The number that the program checks before anything else.
const SCHEMA: u32 = 1;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::artifact) struct Head {
    schema: u32,
    pub(in crate::artifact) package: String,
    /// The one version that the plan is of: the release says which it is.
    pub(in crate::artifact) version: String,
    pub(in crate::artifact) wheels: Vec<PlannedWheel>,
}

impl Head {
    pub(super) fn new(package: String, version: String, wheels: Vec<PlannedWheel>) -> Self {
        Self {
            schema: SCHEMA,
            package,
            version,
            wheels,
        }
    }
}

/// One path of the binary package; those below `DEBIAN/` are its control files.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(in crate::artifact) enum Planned {
    File {
        path: String,
        mode: String,
        size: u64,
        sha256: Sha256,
        #[serde(flatten)]
        origin: Origin,
    },
    Link {
        path: String,
        link: String,
    },
    Folder {
        path: String,
    },
}

/// Where a file's bytes are.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(in crate::artifact) enum Origin {
    /// A file of the source package.
    Source { source: String },
    /// A member of the wheel with this number.
    Wheel { wheel: usize, member: String },
}

/// The text of the plan.
pub(super) fn text(head: &Head, entries: &[Planned]) -> String {
    let line = |value: serde_json::Result<String>| value.unwrap_or_default() + "\n";
    let head = line(serde_json::to_string(head));
    let entries = entries.iter().map(|entry| line(serde_json::to_string(entry)));
    std::iter::once(head).chain(entries).collect()
}

/// Reads a plan; the error says on which line it is none.
pub(in crate::artifact) fn read(text: &str) -> Result<(Head, Vec<Planned>), String> {
    let mut lines = text.lines();
    let head: Head = parse(lines.next().unwrap_or_default(), 1)?;
    if head.schema != SCHEMA {
        return Err(format!(
            "its plan has schema {}, this program reads {SCHEMA}",
            head.schema
        ));
    }
    let entries = lines.zip(2..).map(|(line, number)| parse(line, number));
    Ok((head, entries.collect::<Result<_, _>>()?))
}

fn parse<'a, T: Deserialize<'a>>(line: &'a str, number: usize) -> Result<T, String> {
    serde_json::from_str(line).map_err(|error| format!("line {number} of its plan: {error}"))
}
