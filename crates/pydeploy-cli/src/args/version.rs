//! `pydeploy version`

use std::fmt;
use std::num::NonZeroU8;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Subcommand, ValueEnum};
use pydeploy::Timestamp;
use pydeploy::repository::Suite;
use pydeploy::version::{DebianVersion, HASH_LENGTH, Mode};

use super::{Report, Which};

#[derive(Debug, Subcommand)]
pub(crate) enum Version {
    /// Print the version that comes next
    Next(VersionNext),
    /// Compare two versions as dpkg does: exit status 0 when it holds, 1 when not
    Compare(VersionCompare),
    /// Print versions, lowest first
    Sort(VersionLines),
    /// Say whether texts are Debian versions: exit status 0 when all are, 1 when not
    Check(VersionLines),
    /// Print the Debian versions of versions of another kind, in the same order
    Convert(VersionConvert),
    /// Show the parts of a version, or what decides the order of two
    Explain {
        #[command(flatten)]
        report: Report,
        /// A version
        version: DebianVersion,
        /// One to compare it with
        other: Option<DebianVersion>,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct VersionNext {
    /// Folder with the project's `pyproject.toml`, or with `debian/changelog`
    #[arg(default_value = ".", env = "PYDEPLOY_PROJECT")]
    pub(crate) project: PathBuf,
    #[command(flatten)]
    pub(crate) report: Report,
    #[command(flatten)]
    pub(crate) which: Which,
    /// The changelog; `-` for standard input [default: the project's]
    #[arg(long, value_name = "FILE", env = "PYDEPLOY_CHANGELOG")]
    pub(crate) changelog: Option<PathBuf>,
    /// A version that is published already; can be repeated
    #[arg(long, value_name = "VERSION", env = "PYDEPLOY_PUBLISHED", value_delimiter = ' ')]
    pub(crate) published: Vec<DebianVersion>,
    /// A repository's suite that hosts install from; can be repeated
    #[arg(
        long,
        value_name = "REPOSITORY:SUITE",
        env = "PYDEPLOY_PUBLISHED_FROM",
        value_delimiter = ' '
    )]
    pub(crate) published_from: Vec<PublishedFrom>,
    /// Accept a work tree with changes that no commit holds, and mark the version
    #[arg(long, env = "PYDEPLOY_ALLOW_DIRTY")]
    pub(crate) allow_dirty: bool,
    /// Time of the snapshot: seconds since 1970, YYYYMMDDhhmmss in UTC, or as in RFC 3339 [default: the commit's]
    #[arg(long, value_name = "TIME", env = "PYDEPLOY_DATE", value_parser = super::time)]
    pub(crate) date: Option<Timestamp>,
    /// The commit; with `--date`, git is not asked [default: HEAD]
    #[arg(long, value_name = "COMMIT", env = "PYDEPLOY_COMMIT")]
    pub(crate) commit: Option<String>,
    /// How many digits of the commit's hash: always the same number
    #[arg(long, value_name = "DIGITS", env = "PYDEPLOY_HASH_LENGTH", default_value_t = HASH_LENGTH)]
    pub(crate) hash_length: usize,
}

/// A repository's folder and one of its suites.
#[derive(Clone, Debug)]
pub(crate) struct PublishedFrom {
    pub(crate) repository: PathBuf,
    pub(crate) suite: Suite,
}

impl FromStr for PublishedFrom {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (repository, suite) = text.rsplit_once(':').ok_or("no `:` and suite after the folder")?;
        let suite = suite.parse().map_err(|error| format!("{error}"))?;
        let repository = repository.into();
        Ok(Self { repository, suite })
    }
}

impl fmt::Display for PublishedFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.repository.display(), self.suite)
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct VersionCompare {
    #[command(flatten)]
    pub(crate) report: Report,
    /// One version
    #[arg(required_unless_present = "stdin")]
    pub(crate) a: Option<DebianVersion>,
    /// lt, le, eq, ne, ge or gt; <<, <=, =, >= or >>
    #[arg(required_unless_present = "stdin")]
    pub(crate) operator: Option<Operator>,
    /// The other version
    #[arg(required_unless_present = "stdin")]
    pub(crate) b: Option<DebianVersion>,
    /// Read lines of two versions with a tab between them, and answer lt, eq or gt to each
    #[arg(long, conflicts_with_all = ["a", "operator", "b"])]
    pub(crate) stdin: bool,
}

/// Versions, or lines of standard input.
#[derive(Debug, clap::Args)]
pub(crate) struct VersionLines {
    #[command(flatten)]
    pub(crate) report: Report,
    /// The versions
    #[arg(required_unless_present = "stdin", value_name = "VERSION")]
    pub(crate) versions: Vec<String>,
    /// Read the versions from standard input, one a line, and answer each with one line
    #[arg(long, conflicts_with = "versions")]
    pub(crate) stdin: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct VersionConvert {
    /// What kind of versions they are
    #[arg(long, value_enum)]
    pub(crate) from: Scheme,
    /// natural: readable, exact for usual versions; strict: exact for all
    #[arg(long, default_value_t, value_name = "MODE")]
    pub(crate) mode: Mode,
    /// The least number of components of a Python version; never change it for a package [default: 3]
    #[arg(long, value_name = "N")]
    pub(crate) width: Option<NonZeroU8>,
    #[command(flatten)]
    pub(crate) lines: VersionLines,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scheme {
    /// Versions of Python packages
    Pep440,
    /// Semantic versions
    Semver,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Operator {
    #[value(alias = "<<")]
    Lt,
    #[value(alias = "<=")]
    Le,
    #[value(alias = "=")]
    Eq,
    #[value(alias = "!=")]
    Ne,
    #[value(alias = ">=")]
    Ge,
    #[value(alias = ">>")]
    Gt,
}
