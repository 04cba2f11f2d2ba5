//! `pydeploy repo`

use std::path::PathBuf;

use clap::Subcommand;
use pydeploy::repository::Suite;
use pydeploy::version::DebianVersion;

use super::Report;

/// Which repository.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Repository {
    /// Folder of the repository
    #[arg(
        long,
        value_name = "DIR",
        env = "PYDEPLOY_REPOSITORY",
        default_value = ".pydeploy/repository"
    )]
    pub(crate) repository: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Repo {
    /// Make a repository with a key of its own
    Init {
        #[command(flatten)]
        repository: Repository,
        #[command(flatten)]
        report: Report,
        /// `Origin` of its Release files: a name that never changes
        #[arg(long)]
        origin: String,
        /// Fingerprint of a key in your own keyring to sign with instead of a new one
        #[arg(long, value_name = "FINGERPRINT")]
        key: Option<String>,
    },
    /// Publish packages in development or staging
    Add {
        #[command(flatten)]
        repository: Repository,
        #[command(flatten)]
        report: Report,
        /// development or staging
        #[arg(long, default_value = "development")]
        to: Suite,
        /// The packages
        #[arg(required = true)]
        packages: Vec<PathBuf>,
    },
    /// Make a package's version available in the next suite
    Promote {
        #[command(flatten)]
        repository: Repository,
        #[command(flatten)]
        report: Report,
        /// The package
        package: String,
        /// Which version [default: the newest of the suite before]
        #[arg(long, value_name = "VERSION")]
        version: Option<DebianVersion>,
        /// The suite to promote to
        #[arg(long, default_value = "production")]
        to: Suite,
        /// The suite to promote from [default: the one before]
        #[arg(long)]
        from: Option<Suite>,
        /// Accept a version below the one that is there
        #[arg(long)]
        allow_downgrade: bool,
    },
    /// What is published
    List {
        #[command(flatten)]
        repository: Repository,
        #[command(flatten)]
        report: Report,
    },
    /// The generations of a suite, newest first
    History {
        #[command(flatten)]
        repository: Repository,
        #[command(flatten)]
        report: Report,
        /// The suite
        suite: Suite,
    },
    /// Publish an earlier generation of a suite again
    Rollback {
        #[command(flatten)]
        repository: Repository,
        #[command(flatten)]
        report: Report,
        /// The suite
        suite: Suite,
        /// The generation's number
        generation: u64,
    },
    /// Print the `.sources` file for the machines that install from here
    Sources {
        #[command(flatten)]
        repository: Repository,
        /// Where the repository's `public` folder is served
        url: String,
        /// The suite
        #[arg(long, default_value = "production")]
        suite: Suite,
    },
}
