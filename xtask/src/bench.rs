//! Measurements beside other tools.

use anyhow::{Result, bail};
use xshell::Shell;

pub(crate) fn run(_sh: &Shell, what: &str, _runs: usize) -> Result<()> {
    bail!("there is no measurement `{what}`; there is: build")
}
