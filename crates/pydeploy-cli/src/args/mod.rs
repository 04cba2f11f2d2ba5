//! What can be typed: one file for each noun, and here what they share.

mod artifact;
mod changelog;
mod host;
mod lock;
mod repo;
mod series;
mod target;
mod venv;
mod version;
mod wheelhouse;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use pydeploy::Timestamp;
use pydeploy::config::Bytecode;
use pydeploy::python::Target;
use pydeploy::version::DebianVersion;

pub(crate) use self::artifact::{Diff, Inspect, InspectFormat, Verify};
pub(crate) use self::changelog::{
    Changelog, ChangelogAdd, ChangelogRelease, ChangelogShow, ChangelogSnapshot, Signature, Source,
};
pub(crate) use self::host::{Deploy, Host, Rollback};
pub(crate) use self::lock::{Lock, Outdated, Resolve};
pub(crate) use self::repo::{
    Repo, RepoAdd, RepoFolder, RepoHistory, RepoInit, RepoPlace, RepoPromote, RepoRollback, RepoSources,
};
pub(crate) use self::series::Series;
pub(crate) use self::target::TargetCommand;
pub(crate) use self::venv::Venv;
pub(crate) use self::version::{
    Operator, PublishedFrom, Scheme, Version, VersionCompare, VersionConvert, VersionLines, VersionNext,
};
pub(crate) use self::wheelhouse::{Check, Fetch, Wheelhouse};

/// From a locked Python application to a running release.
#[derive(Debug, Parser)]
#[command(name = "pydeploy", version, max_term_width = 100)]
#[command(
    after_help = "Exit status: 0 done, 1 failed, 2 usage, 3 refused, 4 verification failed, \
                        5 failed and rolled back, 6 rollback failed."
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Global {
    /// Print errors only
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Output")]
    pub(crate) quiet: bool,
    /// Say what is run and read; twice for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Output")]
    pub(crate) verbose: u8,
}

/// How the answer is printed.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Report {
    /// Form of what is printed on standard output
    #[arg(long, value_enum, default_value_t = Render::Human, env = "PYDEPLOY_FORMAT", help_heading = "Output")]
    pub(crate) format: Render,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Render {
    /// For people
    Human,
    /// For programs: one JSON document
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Version, wheelhouse, build, publish, deploy and health check, in one go
    Ship(Ship),
    /// Debian versions
    #[command(subcommand)]
    Version(Version),
    /// Debian changelogs
    #[command(subcommand)]
    Changelog(Changelog),
    /// Where releases can run
    #[command(subcommand)]
    Target(TargetCommand),
    /// Locked wheels
    #[command(subcommand)]
    Wheelhouse(Wheelhouse),
    /// Make a virtual environment from the locked wheels, or from the wheels that are named
    Venv(Venv),
    /// Write a release as an artifact
    Build(Build),
    /// What an artifact, or a release's folder, is and holds
    Inspect(Inspect),
    /// Whether an artifact, or a release on this machine, is what it says that it is
    Verify(Verify),
    /// What one artifact, or release's folder, has that another has not
    Diff(Diff),
    /// The apt repository
    #[command(subcommand)]
    Repo(Repo),
    /// Make a release current on the local host
    Deploy(Deploy),
    /// Make the previous release, or a named one, current again
    Rollback(Rollback),
    /// What is current, and whether it runs
    Status(Host),
    /// What happened on the host, oldest first
    History(Host),
    /// Stop the service
    Stop(Host),
    /// Start the service of the current release
    Start(Host),
    /// Hold the socket of a host folder and run its service
    #[command(hide = true)]
    Supervise {
        /// The host's folder
        host: PathBuf,
    },
    /// Print the reference of the command line
    #[command(hide = true)]
    Reference {
        /// Which form
        #[arg(value_enum)]
        form: Reference,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reference {
    Markdown,
    Man,
}

/// Where the project is, and where what is made of it goes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Place {
    /// Folder with the project's `pyproject.toml`
    #[arg(default_value = ".", env = "PYDEPLOY_PROJECT")]
    pub(crate) project: PathBuf,
    /// Folder for artifacts, repository and host [default: PROJECT/.pydeploy]
    #[arg(long, value_name = "DIR", env = "PYDEPLOY_STATE_DIR")]
    pub(crate) state: Option<PathBuf>,
}

/// Where wheels come from.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Wheels {
    /// Target to build for, a name or a target file [default: the first of the project's]
    #[arg(long, value_name = "TARGET", env = "PYDEPLOY_TARGET", value_parser = target::parse)]
    pub(crate) target: Option<Target>,
    /// Folder of downloaded wheels and compressed pieces, shared by projects [default: the user's cache folder]
    #[arg(long, value_name = "DIR", env = "PYDEPLOY_CACHE")]
    pub(crate) cache: Option<PathBuf>,
    /// Use no network: every wheel must be in the cache
    #[arg(long, env = "PYDEPLOY_OFFLINE")]
    pub(crate) offline: bool,
    /// Package index [default: PIP_INDEX_URL, UV_INDEX_URL, or the public one]
    #[arg(long, value_name = "URL", env = "PYDEPLOY_INDEX_URL", hide_env_values = true)]
    pub(crate) index_url: Option<String>,
    /// Package index to ask before that one; the first that knows a name is the only one for it
    #[arg(
        long = "index",
        value_name = "URL",
        env = "PYDEPLOY_INDEX",
        value_delimiter = ' ',
        hide_env_values = true
    )]
    pub(crate) indexes: Vec<String>,
    /// Folder or page with wheels, looked at before any index
    #[arg(
        long,
        value_name = "DIR|URL",
        env = "PYDEPLOY_FIND_LINKS",
        value_delimiter = ' ',
        hide_env_values = true
    )]
    pub(crate) find_links: Vec<String>,
}

/// Which version.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Which {
    /// A snapshot of the commit, even when the changelog's first entry is released [default]
    #[arg(long, conflicts_with = "release")]
    pub(crate) snapshot: bool,
    /// The version of the changelog's first entry, which is released
    #[arg(long)]
    pub(crate) release: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Ship {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) report: Report,
    #[command(flatten)]
    pub(crate) wheels: Wheels,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Address to serve at on the local host [default: the project's]
    #[arg(long, value_name = "ADDRESS", env = "PYDEPLOY_LISTEN")]
    pub(crate) listen: Option<SocketAddr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Format {
    /// A Debian package with an embedded environment
    Deb,
    /// A zip archive that a standard Python runs to install the release
    Zip,
    /// A .tar.zst of the release's folder
    Bundle,
    /// A Debian source package for those who build packages themselves, such as a PPA
    Source,
}

impl Format {
    /// As it is written on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Deb => "deb",
            Self::Zip => "zip",
            Self::Bundle => "bundle",
            Self::Source => "source",
        }
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct Build {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) wheels: Wheels,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Formats of the artifacts, with commas between them
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "deb",
        env = "PYDEPLOY_BUILD_FORMAT"
    )]
    pub(crate) format: Vec<Format>,
    /// Where modules are compiled: shipped (here, files of the artifact), postinst (on the host, of a package), or off
    /// [default: the project's]
    #[arg(long, value_name = "WHERE", env = "PYDEPLOY_BYTECODE")]
    pub(crate) bytecode: Option<Bytecode>,
    /// Folder that a bundle is for, absolute [default: /srv/NAME]
    #[arg(long, value_name = "DIR", env = "PYDEPLOY_PREFIX")]
    pub(crate) prefix: Option<String>,
    /// Version of the package [default: the next one]
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["snapshot", "release"])]
    pub(crate) version: Option<DebianVersion>,
    #[command(flatten)]
    pub(crate) series: Series,
    /// Key to sign a source package with, in your own keyring
    #[arg(long, value_name = "KEY", env = "PYDEPLOY_SIGN")]
    pub(crate) sign: Option<String>,
    /// Folder for the artifact [default: STATE/artifacts]
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
}

/// Seconds since 1970, `YYYYMMDDhhmmss` in UTC, or as in RFC 3339.
fn time(text: &str) -> Result<Timestamp, String> {
    let seconds = text.parse().ok();
    seconds
        .or_else(|| Timestamp::from_compact(text))
        .or_else(|| Timestamp::from_rfc3339(text))
        .ok_or_else(|| "neither seconds since 1970, nor YYYYMMDDhhmmss, nor YYYY-MM-DDThh:mm:ssZ".to_owned())
}
