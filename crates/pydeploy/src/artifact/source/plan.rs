//! What the program on the builder is told: every file of the binary package, and where its bytes are.
//!
//! `debian/pydeploy/plan.jsonl` has one JSON object a line: first what the package is, then an entry for each path in an
//! order in which a folder comes before what is in it.

use serde::Serialize;

use crate::digest::Sha256;

/// The number that the program checks before anything else.
const SCHEMA: u32 = 1;

/// The first line.
#[derive(Debug, Serialize)]
pub(super) struct Head {
    schema: u32,
    pub(super) package: String,
    /// The one version that the plan is of: the release says which it is.
    pub(super) version: String,
    pub(super) wheels: Vec<PlannedWheel>,
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

#[derive(Debug, Serialize)]
pub(super) struct PlannedWheel {
    /// Below the folder of the source package.
    pub(super) file: String,
    pub(super) size: u64,
    pub(super) sha256: Sha256,
}

/// One path of the binary package; those below `DEBIAN/` are its control files.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Planned {
    File {
        path: String,
        mode: &'static str,
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
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Origin {
    /// A file of the source package.
    Source { source: String },
    /// A member of the wheel with this number.
    Wheel { wheel: usize, member: String },
}

pub(super) const fn mode(executable: bool) -> &'static str {
    if executable { "0755" } else { "0644" }
}

/// The text of the plan.
pub(super) fn text(head: &Head, entries: &[Planned]) -> String {
    let line = |value: serde_json::Result<String>| value.unwrap_or_default() + "\n";
    let head = line(serde_json::to_string(head));
    let entries = entries.iter().map(|entry| line(serde_json::to_string(entry)));
    std::iter::once(head).chain(entries).collect()
}
