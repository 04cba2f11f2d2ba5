//! Measurements beside other tools, back to back on the same machine.

mod application;
mod build;
mod dh_virtualenv;
mod fetch;
mod install;
mod measure;
mod versions;

use anyhow::{Result, bail};
use xshell::Shell;

pub(crate) fn run(sh: &Shell, what: &str, runs: usize) -> Result<()> {
    match what {
        "build" => build::run(sh, runs.max(1)),
        "versions" => versions::run(sh, runs.max(1)),
        "fetch" => fetch::run(sh, runs.max(1)),
        "install" => install::run(sh, runs.max(1)),
        _ => bail!("there is no measurement `{what}`; there are: build, fetch, install, versions"),
    }
}
