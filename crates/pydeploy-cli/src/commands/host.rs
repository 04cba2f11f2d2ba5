//! `pydeploy rollback | status | history | stop | start`

use pydeploy::deploy::Host;

use crate::args;
use crate::error::CliError;
use crate::output::Output;
use crate::workspace::{Workspace, deploy_options};

pub fn rollback(args: &args::Rollback, output: &mut Output) -> Result<(), CliError> {
    output.set_render(args.report.format);
    let host = open(&args.place)?;
    let report = host.rollback(args.to.as_ref(), &deploy_options(None)?, output)?;
    output.answer(&report, || format!("{}\n{}\n", report.version, report.url))
}
