//! `pydeploy wheelhouse`

use std::path::Path;

use pydeploy::exit;
use pydeploy::wheelhouse::{self, CheckReport, Provenance, WrittenFolder, WrittenIndex, write_folder, write_index};

use super::lock;
use crate::args::{Check, Fetch, Report, Wheelhouse};
use crate::error::CliError;
use crate::output::Output;
use crate::waived;
use crate::workspace::{Workspace, fetched};

pub(crate) fn run(command: &Wheelhouse, output: &mut Output) -> Result<(), CliError> {
    match command {
        Wheelhouse::Lock(args) => lock::lock(args, output),
        Wheelhouse::Outdated(args) => lock::outdated(args, output),
        Wheelhouse::Fetch(args) => fetch(args, output),
        Wheelhouse::Check(args) => check(args, output),
        Wheelhouse::Index {
            folder,
            project,
            report,
        } => index(folder, project, *report, output),
    }
}

fn fetch(args: &Fetch, output: &mut Output) -> Result<(), CliError> {
    output.set_render(args.report.format);
    let workspace = Workspace::open(&args.place)?;
    if let Some(folder) = &args.output {
        return fetch_into(folder, args, &workspace, output);
    }
    let target = workspace.target(&args.wheels);
    let wheelhouse = workspace.wheelhouse(&args.wheels, &target, output)?;
    let files = paths(&wheelhouse);
    let report = serde_json::json!({
        "schema": 1,
        "wheels": files,
        "downloaded": wheelhouse.downloaded,
        "built": built(&wheelhouse),
    });
    output.answer(&report, || files.iter().map(|file| format!("{file}\n")).collect())
}

/// The folder serves each target.
fn fetch_into(folder: &Path, args: &Fetch, workspace: &Workspace, output: &mut Output) -> Result<(), CliError> {
    let targets = match &args.wheels.target {
        Some(target) => vec![target.clone()],
        None => workspace.project.targets.clone(),
    };
    let mut parts = Vec::new();
    for target in targets {
        let fetch = |output: &mut Output| workspace.fetch(&args.wheels, &target, output);
        let wheelhouse = output.step(&target.to_string(), fetch, fetched)?;
        parts.push((target, wheelhouse));
    }
    let count = |folder: &WrittenFolder| format!("{} wheels, {} removed", folder.wheels.len(), folder.removed.len());
    let written = output.step("folder", |_| Ok(write_folder(folder, &parts)?), count)?;
    output.answer(&written, || format!("{}\n", written.lock.display()))
}

fn paths(wheelhouse: &wheelhouse::Wheelhouse) -> Vec<String> {
    let paths = wheelhouse.wheels.iter().map(|wheel| wheel.path.display().to_string());
    paths.collect()
}

fn built(wheelhouse: &wheelhouse::Wheelhouse) -> Vec<&Provenance> {
    let provenances = wheelhouse.wheels.iter().filter_map(|wheel| wheel.provenance.as_ref());
    provenances.collect()
}

/// The report is the answer, also when something is found.
fn check(args: &Check, output: &mut Output) -> Result<(), CliError> {
    output.set_render(args.report.format);
    let workspace = Workspace::open(&args.place)?;
    let report = output.step("check", |_| workspace.check(args), checked)?;
    output.answer(&report, || report.to_string())?;
    match report.is_clean() {
        true => Ok(()),
        false => Err(CliError::silent(exit::VERIFICATION)),
    }
}

fn checked(report: &CheckReport) -> String {
    let count = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    let wheels = count(report.wheels, "wheel");
    let targets = match report.wheels_of.values().all(|count| *count == report.wheels) {
        true => format!(" for {}", report.targets.join(", ")),
        false => {
            let counts = report.wheels_of.iter();
            counts
                .map(|(target, count)| format!(", {count} for {target}"))
                .collect()
        }
    };
    let findings = count(report.findings.len(), "finding");
    match report.waived.len() {
        0 => format!("{wheels}{targets}: {findings}"),
        waived => format!("{wheels}{targets}: {findings}, {waived} waived"),
    }
}

fn index(folder: &Path, project: &Path, report: Report, output: &mut Output) -> Result<(), CliError> {
    output.set_render(report.format);
    let waivers = waived::waivers(project)?;
    let wheels = |index: &WrittenIndex| format!("{} wheels of {} names", index.wheels, index.names.len());
    let index = output.step("index", |_| Ok(write_index(folder, &waivers)?), wheels)?;
    waived::note(&index.waived, output);
    output.answer(&index, || format!("{}\n", index.index.display()))
}
