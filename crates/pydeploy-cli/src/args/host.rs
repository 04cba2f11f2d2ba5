//! `pydeploy deploy | rollback | status | history | stop | start`

use std::net::SocketAddr;

use pydeploy::release::ReleaseId;

use super::{Place, Report, Wheels, Which};

#[derive(Debug, clap::Args)]
pub(crate) struct Deploy {
    #[command(flatten)]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) wheels: Wheels,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Address to serve at [default: the project's]
    #[arg(long, value_name = "ADDRESS", env = "PYDEPLOY_LISTEN")]
    pub(crate) listen: Option<SocketAddr>,
    /// Print the steps and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Which host, and how the answer is printed.
#[derive(Debug, clap::Args)]
pub(crate) struct Host {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) report: Report,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Rollback {
    #[command(flatten)]
    pub(crate) host: Host,
    /// Release to go back to [default: the one before the current]
    #[arg(long, value_name = "RELEASE")]
    pub(crate) to: Option<ReleaseId>,
}
