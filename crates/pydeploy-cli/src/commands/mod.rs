//! One file for each noun; no logic of its own.

mod build;
mod changelog;
mod deploy;
mod diff;
mod host;
mod inspect;
mod lock;
mod reference;
mod repo;
mod ship;
mod target;
mod venv;
mod verify;
mod version;
mod wheelhouse;

use crate::args::{Args, Command};
use crate::error::CliError;
use crate::output::Output;

pub(crate) fn run(args: Args, output: &mut Output) -> Result<(), CliError> {
    match args.command {
        Command::Ship(args) => ship::run(&args, output),
        Command::Version(command) => version::run(command, output),
        Command::Changelog(command) => changelog::run(command, output),
        Command::Target(command) => target::run(command, output),
        Command::Wheelhouse(command) => wheelhouse::run(&command, output),
        Command::Venv(args) => venv::run(&args, output),
        Command::Build(args) => build::run(&args, output),
        Command::Inspect(args) => inspect::run(&args, output),
        Command::Verify(args) => verify::run(&args, output),
        Command::Diff(args) => diff::run(&args, output),
        Command::Repo(command) => repo::run(command, output),
        Command::Deploy(args) => deploy::run(&args, output),
        Command::Rollback(args) => host::rollback(&args, output),
        Command::Status(args) => host::status(&args, output),
        Command::History(args) => host::history(&args, output),
        Command::Stop(args) => host::stop(&args, output),
        Command::Start(args) => host::start(&args, output),
        Command::Supervise { host } => Ok(pydeploy::deploy::supervise(&host)?),
        Command::Reference { form } => reference::print(form, output),
        Command::Completions { shell } => reference::completions(shell, output),
    }
}
