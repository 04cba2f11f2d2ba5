//! `pydeploy version next`

use pydeploy::changelog::Head;
use serde::Serialize;

use crate::args::VersionNext;
use crate::error::CliError;
use crate::next::{self, ChangelogFile, Choice, Published};
use crate::output::Output;

#[derive(Serialize)]
struct Next {
    schema: u32,
    version: String,
    snapshot: bool,
    commit: Option<String>,
    dirty: bool,
    shallow: bool,
}

pub(super) fn run(args: VersionNext, output: &mut Output) -> Result<(), CliError> {
    output.set_render(args.report.format);
    let (file, head) = changelog(&args)?;
    let mut published = Published::default();
    published.extend(args.published, "`--published`");
    for from in &args.published_from {
        published.extend_from(from, &head.package)?;
    }
    let choice = Choice {
        which: &args.which,
        published,
        allow_dirty: args.allow_dirty,
        date: args.date,
        commit: args.commit,
        hash_length: args.hash_length,
    };
    let next = next::next(&args.project, &file, &head, choice)?;
    if next.shallow {
        output.note("the clone is shallow: tags of older commits are not known");
    }
    let report = Next {
        schema: 1,
        version: next.version.to_string(),
        snapshot: next.snapshot,
        commit: next.commit,
        dirty: next.dirty,
        shallow: next.shallow,
    };
    output.answer(&report, || format!("{}\n", report.version))
}

/// The changelog that was named, whoever's it is, or the one of the folder.
fn changelog(args: &VersionNext) -> Result<(ChangelogFile, Head), CliError> {
    if let Some(path) = &args.changelog {
        let file = ChangelogFile::read(path)?;
        let head = file.head()?;
        return Ok((file, head));
    }
    let (file, project) = ChangelogFile::of(&args.project)?;
    let head = match project {
        Some(project) => file.head_of(&project.name)?,
        None => file.head()?,
    };
    Ok((file, head))
}
