//! `pydeploy wheelhouse`

use std::path::PathBuf;

use clap::Subcommand;
use pydeploy::python::Target;

use super::{Lock, Outdated, Place, Report, Wheels};

#[derive(Debug, Subcommand)]
pub(crate) enum Wheelhouse {
    /// Resolve the project's dependencies for all its targets and write the lock
    ///
    /// Versions that are locked stay where they can. The lock is replaced when every target can use the new one, and only
    /// when something changed.
    Lock(Lock),
    /// List what a fresh resolution would change, what was yanked, and newer releases, without changing anything
    Outdated(Outdated),
    /// Download the locked wheels of a target into the cache, or of all targets into a folder
    Fetch(Fetch),
    /// Check that the locked wheels are there, right, and all that each target needs
    ///
    /// Prints one line for each finding, all at once, and ends with 4 when there is one. Reads no network.
    Check(Check),
    /// Write a static package index beside the wheels of a folder, for pip and uv
    ///
    /// Serve the folder by any web server, or name it as it is: `pip install --index-url file:///DIR/simple NAME`.
    Index {
        /// Folder with the wheels
        folder: PathBuf,
        /// Folder with the `pyproject.toml` whose waivers count, if there is one
        #[arg(long, value_name = "DIR", default_value = ".", env = "PYDEPLOY_PROJECT")]
        project: PathBuf,
        #[command(flatten)]
        report: Report,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Fetch {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) wheels: Wheels,
    /// Folder for the wheels and a `pylock.toml` for them, from which pip and uv install too; for all of the project's
    /// targets unless one is named
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) report: Report,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Folder with the wheels, and perhaps a `pylock.toml` for them [default: beside the project's lock, and the cache]
    #[arg(long, value_name = "DIR")]
    pub(crate) wheelhouse: Option<PathBuf>,
    /// Target to check for, once for each [default: all of the project's]
    #[arg(
        long = "target",
        value_name = "TARGET",
        env = "PYDEPLOY_TARGET",
        value_delimiter = ' '
    )]
    pub(crate) targets: Vec<Target>,
    /// Folder of downloaded wheels, shared by projects [default: the user's cache folder]
    #[arg(long, value_name = "DIR", env = "PYDEPLOY_CACHE")]
    pub(crate) cache: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) report: Report,
}
