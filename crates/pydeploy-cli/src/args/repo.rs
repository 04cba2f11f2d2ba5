//! `pydeploy repo`

use std::path::PathBuf;

use clap::Subcommand;
use pydeploy::repository::Suite;
use pydeploy::version::DebianVersion;

use super::Report;

/// Which repository.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RepoFolder {
    /// Folder of the repository
    #[arg(
        long,
        value_name = "DIR",
        env = "PYDEPLOY_REPOSITORY",
        default_value = ".pydeploy/repository"
    )]
    pub(crate) repository: PathBuf,
}

/// Which repository, and how the answer is printed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RepoPlace {
    #[command(flatten)]
    pub(crate) folder: RepoFolder,
    #[command(flatten)]
    pub(crate) report: Report,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Repo {
    /// Make a repository with a key of its own
    Init(RepoInit),
    /// Publish packages in development or staging
    Add(RepoAdd),
    /// Make a package's version available in the next suite
    Promote(RepoPromote),
    /// What is published
    List(RepoPlace),
    /// The generations of a suite, newest first
    History(RepoHistory),
    /// Publish an earlier generation of a suite again
    Rollback(RepoRollback),
    /// Print the `.sources` file for the machines that install from here
    Sources(RepoSources),
}

#[derive(Debug, clap::Args)]
pub(crate) struct RepoInit {
    #[command(flatten)]
    pub(crate) place: RepoPlace,
    /// `Origin` of its Release files: a name that never changes
    #[arg(long)]
    pub(crate) origin: String,
    /// Fingerprint of a key in your own keyring to sign with instead of a new one
    #[arg(long, value_name = "FINGERPRINT")]
    pub(crate) key: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RepoAdd {
    #[command(flatten)]
    pub(crate) place: RepoPlace,
    /// development or staging
    #[arg(long, default_value = "development")]
    pub(crate) to: Suite,
    /// The packages
    #[arg(required = true)]
    pub(crate) packages: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RepoPromote {
    #[command(flatten)]
    pub(crate) place: RepoPlace,
    /// The package
    pub(crate) package: String,
    /// Which version [default: the newest of the suite before]
    #[arg(long, value_name = "VERSION")]
    pub(crate) version: Option<DebianVersion>,
    /// The suite to promote to
    #[arg(long, default_value = "production")]
    pub(crate) to: Suite,
    /// The suite to promote from [default: the one before]
    #[arg(long)]
    pub(crate) from: Option<Suite>,
    /// Accept a version below the one that is there
    #[arg(long)]
    pub(crate) allow_downgrade: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RepoHistory {
    #[command(flatten)]
    pub(crate) place: RepoPlace,
    /// The suite
    pub(crate) suite: Suite,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RepoRollback {
    #[command(flatten)]
    pub(crate) place: RepoPlace,
    /// The suite
    pub(crate) suite: Suite,
    /// The generation's number
    pub(crate) generation: u64,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RepoSources {
    #[command(flatten)]
    pub(crate) folder: RepoFolder,
    /// Where the repository's `public` folder is served
    pub(crate) url: String,
    /// The suite
    #[arg(long, default_value = "production")]
    pub(crate) suite: Suite,
}
