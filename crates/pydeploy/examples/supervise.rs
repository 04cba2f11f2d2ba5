//! Holds the address of a host folder and runs its current release: `supervise HOSTDIR`.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(host) = std::env::args_os().nth(1) else {
        return ExitCode::from(pydeploy::exit::USAGE);
    };
    match pydeploy::deploy::supervise(Path::new(&host)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            explain(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

#[expect(clippy::print_stderr, reason = "an example speaks to a person")]
fn explain(error: &dyn Error) {
    eprintln!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  cause: {error}");
        cause = error.source();
    }
}
