//! `pydeploy wheelhouse`

use super::lock;
use crate::args::{Place, Report, Wheelhouse, Wheels};
use crate::error::CliError;
use crate::output::Output;
use crate::workspace::{Workspace, fetched};

pub(crate) fn run(command: &Wheelhouse, output: &mut Output) -> Result<(), CliError> {
    match command {
        Wheelhouse::Lock(args) => lock::lock(args, output),
        Wheelhouse::Outdated(args) => lock::outdated(args, output),
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
