//! `pydeploy changelog show | list | add | snapshot | release | check | fix`

mod add;
mod check;
mod commits;
mod document;
mod fix;
mod identity;
mod release;
mod show;
mod snapshot;

use pydeploy::changelog::Head;
use serde::Serialize;

use crate::args::Changelog;
use crate::error::CliError;
use crate::output::Output;

pub(crate) fn run(command: Changelog, output: &mut Output) -> Result<(), CliError> {
    match command {
        Changelog::Show(args) => show::show(&args, output),
        Changelog::List(source) => show::list(&source, output),
        Changelog::Add(args) => add::run(args, output),
        Changelog::Snapshot(args) => snapshot::run(args, output),
        Changelog::Release(args) => release::run(args, output),
        Changelog::Check(file) => check::run(&file.into(), output),
        Changelog::Fix { file, dry_run } => fix::run(&file.into(), dry_run, output),
    }
}

/// The first entry after a change.
#[derive(Serialize)]
struct Changed {
    schema: u32,
    file: String,
    package: String,
    version: String,
    distributions: Vec<String>,
    urgency: String,
    /// How many changes were added.
    added: usize,
    /// Whether the entry is a new one.
    opened: bool,
}

impl Changed {
    fn new(file: String, head: Head) -> Self {
        Self {
            schema: 1,
            file,
            package: head.package,
            version: head.version.to_string(),
            distributions: head.distributions,
            urgency: head.urgency,
            added: 0,
            opened: false,
        }
    }

    /// `guestbook (1.2.0) UNRELEASED`
    fn heading(&self) -> String {
        format!("{} ({}) {}", self.package, self.version, self.distributions.join(" "))
    }
}
