//! `pydeploy wheelhouse lock | outdated`

use std::path::Path;

use pydeploy::python::DistributionName;
use pydeploy::wheelhouse::{self, Change, FetchOptions, Locked, Releases, ResolveOptions, Upgrade, changes};
use serde::Serialize;

use crate::args::{Lock, Outdated, Resolve};
use crate::error::CliError;
use crate::output::Output;
use crate::workspace::Workspace;

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// No names with `--upgrade` are all.
fn resolve_options(
    workspace: &Workspace,
    args: &Resolve,
    upgrade: Option<&[DistributionName]>,
) -> Result<ResolveOptions, CliError> {
    let project = &workspace.project;
    let parts = workspace.parts();
    let groups = parts.groups.clone().unwrap_or_default();
    project.dependencies.check_parts(&parts.extras, &groups)?;
    // uv does not read pip's variable, nor pip that of uv: both get the index that a fetch would ask.
    let index_url = match &args.index_url {
        Some(index) => Some(index.parse()?),
        None => FetchOptions::from_env(Path::new(""), &project.root, &variable)?.index_url,
    };
    Ok(ResolveOptions {
        root: project.root.clone(),
        lock: project.lock.clone(),
        targets: project.targets.clone(),
        parts,
        upgrade: match upgrade {
            None => Upgrade::Nothing,
            Some([]) => Upgrade::All,
            Some(names) => Upgrade::Names(names.iter().cloned().collect()),
        },
        from_source: args.from_source.iter().cloned().collect(),
        index_url,
        offline: args.offline,
    })
}

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
    let options = resolve_options(&workspace, &args.resolve, args.upgrade.as_deref())?;
    let locked = output.step("lock", |_| Ok(wheelhouse::lock(&options, &variable)?), counted)?;
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
    packages: Vec<wheelhouse::Outdated>,
}

pub(crate) fn outdated(args: &Outdated, output: &mut Output) -> Result<(), CliError> {
    output.set_render(args.report.format);
    let workspace = Workspace::open(&args.place)?;
    let mut options = resolve_options(&workspace, &args.resolve, Some(&[]))?;
    if !args.targets.is_empty() {
        options.targets.clone_from(&args.targets);
    }
    let packages = output.step("outdated", |_| look(&options), |packages| found(packages))?;
    let report = OutdatedReport {
        schema: 1,
        lock: options.lock.display().to_string(),
        targets: options.targets.iter().map(ToString::to_string).collect(),
        packages,
    };
    output.answer(&report, || table(&report))
}

/// Without the network, nothing is known of newer releases.
fn look(options: &ResolveOptions) -> Result<Vec<wheelhouse::Outdated>, CliError> {
    let lock = wheelhouse::Lock::load_with(&options.lock, &variable)?;
    let select = |target| Ok((Clone::clone(target), lock.select_with(target, &options.parts)?));
    let locked = options
        .targets
        .iter()
        .map(select)
        .collect::<Result<Vec<_>, CliError>>()?;
    let fresh = wheelhouse::resolve(options, &locked)?;
    let releases = match options.offline {
        true => Releases::new(),
        false => wheelhouse::releases(&locked, &index_options(options)?)?,
    };
    Ok(wheelhouse::outdated(&locked, &fresh, &releases))
}

/// Pages of an index are read and not kept.
fn index_options(options: &ResolveOptions) -> Result<FetchOptions, CliError> {
    let mut index = FetchOptions::from_env(Path::new(""), &options.root, &variable)?;
    if options.index_url.is_some() {
        index.index_url.clone_from(&options.index_url);
    }
    Ok(index)
}

fn found(packages: &[wheelhouse::Outdated]) -> String {
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

fn row(package: &wheelhouse::Outdated, all: &[String]) -> [String; 5] {
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
