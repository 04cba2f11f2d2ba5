//! `pydeploy version`

use clap::{Subcommand, ValueEnum};
use pydeploy::Timestamp;
use pydeploy::version::DebianVersion;

use super::{Place, Report, Which};

#[derive(Debug, Subcommand)]
pub(crate) enum Version {
    /// Print the version that comes next
    Next(VersionNext),
    /// Compare two versions as dpkg does: exit status 0 when it holds, 1 when not
    Compare {
        /// One version
        a: DebianVersion,
        /// lt, le, eq, ne, ge or gt; <<, <=, =, >= or >>
        operator: Operator,
        /// The other version
        b: DebianVersion,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct VersionNext {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) report: Report,
    #[command(flatten)]
    pub(crate) which: Which,
    /// A version that is published already; can be repeated
    #[arg(long, value_name = "VERSION")]
    pub(crate) published: Vec<DebianVersion>,
    /// Accept a work tree with changes that no commit holds, and mark the version
    #[arg(long)]
    pub(crate) allow_dirty: bool,
    /// Time of the snapshot, seconds since 1970 [default: the commit's]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) date: Option<Timestamp>,
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
