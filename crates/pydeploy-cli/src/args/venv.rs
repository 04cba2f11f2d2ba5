//! `pydeploy venv`

use std::path::PathBuf;

use super::{Report, Wheels};

#[derive(Debug, clap::Args)]
pub(crate) struct Venv {
    /// Folder of the environment; it must not exist
    pub(crate) dir: PathBuf,
    /// Wheels to install [default: those that the project's lock has for the target]
    #[arg(value_name = "WHEEL")]
    pub(crate) wheel: Vec<PathBuf>,
    /// Folder with the project's `pyproject.toml`
    #[arg(long, value_name = "DIR", default_value = ".", env = "PYDEPLOY_PROJECT")]
    pub(crate) project: PathBuf,
    /// Compile modules with the target's interpreter
    #[arg(long, env = "PYDEPLOY_COMPILE")]
    pub(crate) compile: bool,
    /// Give the environment files of its own: share none with the cache and other environments
    #[arg(long, env = "PYDEPLOY_COPY")]
    pub(crate) copy: bool,
    #[command(flatten)]
    pub(crate) wheels: Wheels,
    #[command(flatten)]
    pub(crate) report: Report,
}
