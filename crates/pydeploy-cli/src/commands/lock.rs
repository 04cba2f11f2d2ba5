//! `pydeploy wheelhouse lock | outdated`

use pydeploy::wheelhouse::{Change, Locked, changes};
use serde::Serialize;

use crate::args::{Lock, Outdated};
use crate::error::CliError;
use crate::output::Output;
use crate::workspace::Workspace;

#[derive(Serialize)]
struct LockReport {
    schema: u32,
    lock: String,
    changed: bool,
    targets: Vec<String>,
    changes: Vec<Change>,
}

pub(crate) fn lock(args: &Lock, output: &mut Output) -> Result<(), CliError> {
    output.set_render(args.report.format);
    let workspace = Workspace::open(&args.place)?;
    let options = workspace.resolve_options(&args.resolve, args.upgrade.as_deref())?;
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

#[derive(Serialize)]
struct OutdatedReport {
    schema: u32,
    lock: String,
    targets: Vec<String>,
    packages: Vec<pydeploy::wheelhouse::Outdated>,
}

pub(crate) fn outdated(args: &Outdated, output: &mut Output) -> Result<(), CliError> {
    output.set_render(args.report.format);
    let workspace = Workspace::open(&args.place)?;
    let mut options = workspace.resolve_options(&args.resolve, Some(&[]))?;
    if !args.targets.is_empty() {
        options.targets.clone_from(&args.targets);
    }
    let packages = output.step("outdated", |_| workspace.outdated(&options), |packages| found(packages))?;
    let report = OutdatedReport {
        schema: 1,
        lock: options.lock.display().to_string(),
        targets: options.targets.iter().map(ToString::to_string).collect(),
        packages,
    };
    output.answer(&report, || table(&report))
}

fn found(packages: &[pydeploy::wheelhouse::Outdated]) -> String {
    let changing = packages
        .iter()
        .filter(|package| package.locked != package.fresh)
        .count();
    let yanked = packages.iter().filter(|package| package.yanked.is_some()).count();
    format!("{changing} would change, {yanked} yanked, {} listed", packages.len())
}

/// Columns as wide as what is in them; nothing at all when nothing is outdated.
fn table(report: &OutdatedReport) -> String {
    let mut rows = vec![["NAME", "LOCKED", "FRESH", "NEWEST", "NOTE"].map(str::to_owned)];
    rows.extend(report.packages.iter().map(|package| row(package, &report.targets)));
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let widths = [0, 1, 2, 3].map(width);
    let line = |[name, locked, fresh, newest, note]: &[String; 5]| {
        let [first, second, third, fourth] = widths;
        let line = format!("{name:first$}  {locked:second$}  {fresh:third$}  {newest:fourth$}  {note}");
        line.trim_end().to_owned() + "\n"
    };
    match report.packages.is_empty() {
        true => String::new(),
        false => rows.iter().map(line).collect(),
    }
}

fn row(package: &pydeploy::wheelhouse::Outdated, all: &[String]) -> [String; 5] {
    let text = |version: &Option<String>| version.clone().unwrap_or_else(|| "-".to_owned());
    let yanked = package.yanked.as_ref().map(|reason| match &**reason {
        "" => "yanked".to_owned(),
        reason => format!("yanked: {reason}"),
    });
    let targets = Some(package.targets.join(", ")).filter(|_| package.targets != all);
    let notes: Vec<_> = targets.into_iter().chain(yanked).collect();
    [
        package.name.to_string(),
        text(&package.locked),
        text(&package.fresh),
        text(&package.newest),
        notes.join("; "),
    ]
}
