//! `pydeploy changelog snapshot`

use pydeploy::changelog::{self, Changelog, Order};
use serde::Serialize;

use super::Changed;
use crate::args::{ChangelogSnapshot, Place, Which};
use crate::error::CliError;
use crate::output::Output;
use crate::workspace::{Choice, Workspace, built_entry};

/// The entry for programs.
#[derive(Serialize)]
struct Snapshot {
    #[serde(flatten)]
    changed: Changed,
    /// The entry as it stands in the changelog.
    text: String,
    /// Whether the file was changed.
    written: bool,
}

pub(super) fn run(args: ChangelogSnapshot, output: &mut Output) -> Result<(), CliError> {
    output.set_render(args.report.format);
    let workspace = Workspace::open(&Place {
        project: args.project,
        state: None,
    })?;
    let bytes = workspace.read_changelog()?;
    let head = workspace.head(&bytes)?;
    let versioned = workspace.next_version(Choice {
        which: &Which {
            snapshot: true,
            release: false,
        },
        published: args.published,
        allow_dirty: args.allow_dirty,
        date: args.date,
    })?;
    let maintainer = workspace.maintainer(&head)?.parse()?;
    let entry = built_entry(&versioned, maintainer, Order::Rising)?;
    let edited = Changelog::parse(&bytes).snapshot(&entry)?;
    if args.write {
        pydeploy::replace_file(&workspace.project.changelog, &edited)?;
    }
    let after = Changelog::parse(&edited);
    let text = after.entries().first().map(|entry| entry.text()).unwrap_or_default();
    let file = workspace.project.changelog.display().to_string();
    let snapshot = Snapshot {
        changed: Changed {
            opened: head.is_released() && !head.version.is_snapshot(),
            ..Changed::new(file, changelog::head(&edited).unwrap_or(head))
        },
        text: String::from_utf8_lossy(text).into_owned(),
        written: args.write,
    };
    match (output.is_json(), args.write) {
        (false, false) => output.bytes(&[text.trim_ascii_end(), b"\n"].concat()),
        _ => output.answer(&snapshot, || format!("{}\n", snapshot.changed.heading())),
    }
}
