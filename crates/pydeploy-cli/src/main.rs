//! The `pydeploy` command line: parse arguments, call the library, render.

mod args;
mod commands;
mod error;
mod next;
mod output;
mod table;
mod waived;
mod workspace;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let mut output = output::Output::new(&args.global);
    output::trace(args.global.verbose);
    match commands::run(args, &mut output) {
        Ok(()) => ExitCode::from(pydeploy::exit::DONE),
        Err(error) => {
            output.error(&error);
            ExitCode::from(error.code())
        }
    }
}
