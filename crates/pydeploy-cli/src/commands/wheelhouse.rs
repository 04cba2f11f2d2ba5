//! `pydeploy wheelhouse`

use std::path::Path;

use pydeploy::exit;
use pydeploy::wheelhouse::{CheckReport, WrittenIndex, write_index};

use crate::args::{Check, Place, Report, Wheelhouse, Wheels};
use crate::error::CliError;
use crate::output::Output;
use crate::workspace::{Workspace, fetched};

pub(crate) fn run(command: &Wheelhouse, output: &mut Output) -> Result<(), CliError> {
    match command {
        Wheelhouse::Fetch { place, wheels, report } => fetch(place, wheels, *report, output),
        Wheelhouse::Check(args) => check(args, output),
        Wheelhouse::Index { folder, report } => index(folder, *report, output),
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
    let built: Vec<_> = wheelhouse
        .wheels
        .iter()
        .filter_map(|wheel| wheel.provenance.as_ref())
        .collect();
    let report = serde_json::json!({
        "schema": 1,
        "wheels": files,
        "downloaded": wheelhouse.downloaded,
        "built": built,
    });
    output.answer(&report, || files.iter().map(|file| format!("{file}\n")).collect())
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
    let targets = report.targets.join(", ");
    let findings = count(report.findings.len(), "finding");
    match report.waived.len() {
        0 => format!("{wheels} for {targets}: {findings}"),
        waived => format!("{wheels} for {targets}: {findings}, {waived} waived"),
    }
}

fn index(folder: &Path, report: Report, output: &mut Output) -> Result<(), CliError> {
    output.set_render(report.format);
    let wheels = |index: &WrittenIndex| format!("{} wheels of {} names", index.wheels, index.names.len());
    let index = output.step("index", |_| Ok(write_index(folder)?), wheels)?;
    output.answer(&index, || format!("{}\n", index.index.display()))
}
