//! `pydeploy wheelhouse`

use pydeploy::wheelhouse::{Change, Locked, changes};
use serde::Serialize;

use crate::args::{Lock, Place, Report, Wheelhouse, Wheels};
use crate::error::CliError;
use crate::output::Output;
use crate::workspace::{Workspace, fetched};

pub(crate) fn run(command: &Wheelhouse, output: &mut Output) -> Result<(), CliError> {
    match command {
        Wheelhouse::Lock(args) => lock(args, output),
        Wheelhouse::Fetch { place, wheels, report } => fetch(place, wheels, *report, output),
    }
}

fn fetch(place: &Place, wheels: &Wheels, report: Report, output: &mut Output) -> Result<(), CliError> {
    output.set_render(report.format);
    let workspace = Workspace::open(place)?;
    let target = workspace.target(wheels);
    let wheelhouse = output.step("wheelhouse", |output| workspace.fetch(wheels, &target, output), fetched)?;
    let files: Vec<_> = wheelhouse
        .wheels
        .iter()
        .map(|wheel| wheel.path.display().to_string())
        .collect();
    let report = serde_json::json!({ "schema": 1, "wheels": files, "downloaded": wheelhouse.downloaded });
    output.answer(&report, || files.iter().map(|file| format!("{file}\n")).collect())
}

#[derive(Serialize)]
struct LockReport {
    schema: u32,
    lock: String,
    changed: bool,
    targets: Vec<String>,
    changes: Vec<Change>,
}

fn lock(args: &Lock, output: &mut Output) -> Result<(), CliError> {
    output.set_render(args.report.format);
    let workspace = Workspace::open(&args.place)?;
    let options = workspace.resolve_options(&args.resolve, args.upgrade.as_deref());
    let locked = output.step("lock", |_| workspace.lock(&options), counted)?;
    let report = LockReport {
        schema: 1,
        lock: options.lock.display().to_string(),
        changed: locked.changed,
        targets: options.targets.iter().map(ToString::to_string).collect(),
        changes: changes(&locked.before, &locked.after),
    };
    output.answer(&report, || {
        report
            .changes
            .iter()
            .map(|change| line(change, &report.targets))
            .collect()
    })
}

fn counted(locked: &Locked) -> String {
    let counts = locked.after.iter().map(|(target, selection)| {
        let count = selection.wheels.len() + selection.sdists.len() + selection.unlocated.len();
        format!("{count} for {target}")
    });
    let counts: Vec<_> = counts.collect();
    let written = if locked.changed { "" } else { ", as before" };
    format!("{}{written}", counts.join(", "))
}

/// `django 5.2 -> 5.2.1`, `+ idna 3.10`, `- six 1.16.0`; the targets where it is not so for all.
fn line(change: &Change, all: &[String]) -> String {
    let what = match (&change.before, &change.after) {
        (Some(before), Some(after)) => format!("{} {before} -> {after}", change.name),
        (None, Some(after)) => format!("+ {} {after}", change.name),
        (Some(before), None) => format!("- {} {before}", change.name),
        (None, None) => change.name.to_string(),
    };
    match change.targets == all {
        true => format!("{what}\n"),
        false => format!("{what} ({})\n", change.targets.join(", ")),
    }
}
