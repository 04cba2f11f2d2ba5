//! `pydeploy changelog snapshot`

use pydeploy::changelog::{self, Changelog, Order};
use serde::Serialize;

use super::Changed;
use crate::args::{ChangelogSnapshot, Place, Which};
use crate::error::CliError;
use crate::next::{ChangelogFile, Choice, Versioned};
use crate::output::Output;
use crate::workspace::{Workspace, built_entry};

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
        project: args.project.clone(),
        state: None,
    })?;
    let file = ChangelogFile::read(&workspace.project.changelog)?;
    let head = file.head_of(&workspace.project.name)?;
    let write = args.write;
    let versioned = version(args, &workspace)?;
    let maintainer = workspace.maintainer(&head)?.parse()?;
    let entry = built_entry(&versioned, maintainer, Order::Rising)?;
    let edited = Changelog::parse(&file.bytes).snapshot(&entry)?;
    if write {
        pydeploy::replace_file(&workspace.project.changelog, &edited)?;
    }
    let after = Changelog::parse(&edited);
    let text = after.entries().first().map(|entry| entry.text()).unwrap_or_default();
    let snapshot = Snapshot {
        changed: Changed {
            opened: head.is_released() && !head.version.is_snapshot(),
            ..Changed::new(file.name, changelog::head(&edited).unwrap_or(head))
        },
        text: String::from_utf8_lossy(text).into_owned(),
        written: write,
    };
    match (output.is_json(), write) {
        (false, false) => output.bytes(&[text.trim_ascii_end(), b"\n"].concat()),
        _ => output.answer(&snapshot, || format!("{}\n", snapshot.changed.heading())),
    }
}

/// The version of a snapshot of the commit.
fn version(args: ChangelogSnapshot, workspace: &Workspace) -> Result<Versioned, CliError> {
    let which = Which {
        snapshot: true,
        release: false,
    };
    let mut choice = Choice {
        allow_dirty: args.allow_dirty,
        date: args.date,
        ..Choice::of(&which)
    };
    choice.published.extend(args.published, "`--published`");
    workspace.next_version(choice)
}
