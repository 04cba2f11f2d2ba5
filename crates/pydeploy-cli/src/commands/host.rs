//! `pydeploy rollback | status | history | stop | start`

use pydeploy::deploy::{Host, Record, Status};

use super::deploy::answer;
use crate::args;
use crate::error::CliError;
use crate::output::Output;
use crate::workspace::{Workspace, deploy_options, now};

pub(crate) fn rollback(args: &args::Rollback, output: &mut Output) -> Result<(), CliError> {
    let deployed = open(&args.host, output)?.rollback(args.to.as_ref(), now(), &deploy_options(None)?, output)?;
    output.answer(&deployed, || answer(&deployed))
}

pub(crate) fn status(args: &args::Host, output: &mut Output) -> Result<(), CliError> {
    let status = open(args, output)?.status()?;
    output.answer(&status, || status_table(&status))
}

pub(crate) fn history(args: &args::Host, output: &mut Output) -> Result<(), CliError> {
    let history = open(args, output)?.history()?;
    output.answer(&history, || history.records.iter().map(history_line).collect())
}

pub(crate) fn stop(args: &args::Host, output: &mut Output) -> Result<(), CliError> {
    let stopped = open(args, output)?.stop(now(), output)?;
    output.answer(&stopped, || match stopped.changed {
        true => "stopped\n".to_owned(),
        false => "was not running\n".to_owned(),
    })
}

pub(crate) fn start(args: &args::Host, output: &mut Output) -> Result<(), CliError> {
    let deployed = open(args, output)?.start(now(), &deploy_options(None)?, output)?;
    output.answer(&deployed, || answer(&deployed))
}

/// The host, for a command that answers in the form that is asked for.
fn open(args: &args::Host, output: &mut Output) -> Result<Host, CliError> {
    output.set_render(args.report.format);
    Ok(Host::open(&Workspace::open(&args.place)?.host())?)
}

fn status_table(status: &Status) -> String {
    let none = || "none".to_owned();
    let rows = [
        ("release", status.version.clone().unwrap_or_else(none)),
        ("state", format!("{:?}", status.state).to_lowercase()),
        (
            "address",
            status.address.map_or_else(none, |address| format!("http://{address}/")),
        ),
        ("process", status.pid.map_or_else(none, |pid| pid.to_string())),
        (
            "health",
            status.health.as_ref().map_or_else(none, |health| match health.serving {
                true => "answers with this release".to_owned(),
                false => health.answer.clone(),
            }),
        ),
    ];
    let others = status.others.iter().map(|other| {
        let state = format!("{:?}", other.state).to_lowercase();
        let process = other.pid.map(|pid| format!(", process {pid}")).unwrap_or_default();
        (other.name.as_str(), format!("{state}{process}"))
    });
    let rows: Vec<_> = rows.into_iter().chain(others).collect();
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default().max(8);
    rows.iter()
        .map(|(name, value)| format!("{name:<width$}  {value}\n"))
        .collect()
}

fn history_line(record: &Record) -> String {
    let phase = format!("{:?}", record.phase).to_lowercase();
    format!(
        "{:>4}  {}  {phase:<11}  {}\n",
        record.seq,
        record.at.rfc3339(),
        record.version
    )
}
