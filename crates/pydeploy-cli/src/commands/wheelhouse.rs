//! `pydeploy wheelhouse fetch`

use crate::args::Wheelhouse;
use crate::error::CliError;
use crate::output::Output;
use crate::workspace::{Workspace, fetched};

pub(crate) fn run(command: &Wheelhouse, output: &mut Output) -> Result<(), CliError> {
    let Wheelhouse::Fetch { place, wheels, report } = command;
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
