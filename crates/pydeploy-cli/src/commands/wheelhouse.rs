//! `pydeploy wheelhouse fetch`

use crate::args::Wheelhouse;
use crate::error::CliError;
use crate::output::Output;
use crate::workspace::{Workspace, fetched};

pub fn run(command: &Wheelhouse, output: &mut Output) -> Result<(), CliError> {
    let Wheelhouse::Fetch { place, wheels, report } = command;
    output.set_render(report.format);
    let workspace = Workspace::open(place)?;
    let target = workspace.target(wheels);
    let wheelhouse = output.step("wheelhouse", |output| workspace.fetch(wheels, &target, output), fetched)?;
    output.answer(&wheelhouse, || {
        wheelhouse.wheels.iter().map(|wheel| format!("{}\n", wheel.path.display())).collect()
    })
}
