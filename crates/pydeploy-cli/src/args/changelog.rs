//! `pydeploy changelog`

use std::path::PathBuf;

use clap::Subcommand;
use pydeploy::Timestamp;
use pydeploy::changelog::{Distributions, Maintainer, Urgency};
use pydeploy::version::DebianVersion;

use super::Report;

#[derive(Debug, Subcommand)]
pub(crate) enum Changelog {
    /// Print the first entry
    Show(ChangelogShow),
    /// Print a line for each entry
    List(Source),
    /// Add a change to the first entry, or to a new one above it when it is released
    Add(ChangelogAdd),
    /// Print the changelog's first entry as a package of the commit has it
    Snapshot(ChangelogSnapshot),
    /// Release the first entry
    Release(ChangelogRelease),
    /// Print what is wrong: exit status 4 when the first entry cannot be used
    Check(FileOrProject),
    /// Repair blanks, weekdays, commas, months and the order of dates
    Fix {
        #[command(flatten)]
        file: FileOrProject,
        /// Print what would change and change nothing
        #[arg(long)]
        dry_run: bool,
    },
}

/// A changelog, named by an option; how the answer is printed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Source {
    /// Folder of the project
    #[arg(long, value_name = "DIR", default_value = ".", env = "PYDEPLOY_PROJECT")]
    pub(crate) project: PathBuf,
    /// The changelog; `-` for standard input, then the result goes to standard output [default: the project's]
    #[arg(long, value_name = "FILE", env = "PYDEPLOY_CHANGELOG")]
    pub(crate) changelog: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) report: Report,
}

/// A changelog, named as an argument; how the answer is printed.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct FileOrProject {
    /// The changelog; `-` for standard input [default: the project's]
    #[arg(env = "PYDEPLOY_CHANGELOG")]
    pub(crate) file: Option<PathBuf>,
    /// Folder of the project
    #[arg(long, value_name = "DIR", default_value = ".", env = "PYDEPLOY_PROJECT")]
    pub(crate) project: PathBuf,
    #[command(flatten)]
    pub(crate) report: Report,
}

impl From<FileOrProject> for Source {
    fn from(named: FileOrProject) -> Self {
        Self {
            project: named.project,
            changelog: named.file,
            report: named.report,
        }
    }
}

/// Who answers for an entry, and when.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Signature {
    /// `Name <address>` [default: DEBFULLNAME and DEBEMAIL, or what git is configured with]
    #[arg(long, value_name = "MAINTAINER", env = "PYDEPLOY_MAINTAINER")]
    pub(crate) maintainer: Option<Maintainer>,
    /// Date of the entry: seconds since 1970, YYYYMMDDhhmmss in UTC, or as in RFC 3339 [default: SOURCE_DATE_EPOCH, or now]
    #[arg(long, value_name = "TIME", value_parser = super::time)]
    pub(crate) date: Option<Timestamp>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ChangelogShow {
    #[command(flatten)]
    pub(crate) source: Source,
    /// Every entry
    #[arg(long)]
    pub(crate) all: bool,
    /// The bytes as they are in the file
    #[arg(long)]
    pub(crate) raw: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ChangelogAdd {
    #[command(flatten)]
    pub(crate) source: Source,
    #[command(flatten)]
    pub(crate) signature: Signature,
    /// What has changed; several words are one change
    #[arg(required_unless_present = "from_git")]
    pub(crate) text: Vec<String>,
    /// A change for each commit since the last release that is not listed yet, under its author's name
    #[arg(long, conflicts_with = "text")]
    pub(crate) from_git: bool,
    /// Version of the entry [default: the present one, or the one that follows the released one]
    #[arg(long, value_name = "VERSION")]
    pub(crate) version: Option<DebianVersion>,
    /// Accept a version that is not above the present one
    #[arg(long, requires = "version")]
    pub(crate) allow_lower_version: bool,
    /// low, medium, high, emergency or critical [default: the present one, or medium]
    #[arg(long, value_name = "URGENCY")]
    pub(crate) urgency: Option<Urgency>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ChangelogSnapshot {
    /// Folder of the project
    #[arg(long, value_name = "DIR", default_value = ".", env = "PYDEPLOY_PROJECT")]
    pub(crate) project: PathBuf,
    #[command(flatten)]
    pub(crate) report: Report,
    /// Write the entry into the project's changelog
    #[arg(long)]
    pub(crate) write: bool,
    /// A version that is published already; can be repeated
    #[arg(long, value_name = "VERSION")]
    pub(crate) published: Vec<DebianVersion>,
    /// Accept a work tree with changes that no commit holds, and mark the version
    #[arg(long)]
    pub(crate) allow_dirty: bool,
    /// Time of the snapshot: seconds since 1970, YYYYMMDDhhmmss in UTC, or as in RFC 3339 [default: the commit's]
    #[arg(long, value_name = "TIME", value_parser = super::time)]
    pub(crate) date: Option<Timestamp>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ChangelogRelease {
    #[command(flatten)]
    pub(crate) source: Source,
    #[command(flatten)]
    pub(crate) signature: Signature,
    /// What it is released for; several words with blanks between [default: as the last release, or staging]
    #[arg(long, value_name = "DISTRIBUTION")]
    pub(crate) distribution: Option<Distributions>,
}
