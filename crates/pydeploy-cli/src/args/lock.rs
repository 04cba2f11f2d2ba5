//! `pydeploy wheelhouse lock | outdated`

use pydeploy::python::{DistributionName, Target};

use super::{Place, Report};

#[derive(Debug, clap::Args)]
pub(crate) struct Lock {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) resolve: Resolve,
    /// Let the versions of all distributions change, or of those that are named
    #[arg(long, value_name = "NAME", num_args = 0..=1, value_delimiter = ',')]
    pub(crate) upgrade: Option<Vec<DistributionName>>,
    #[command(flatten)]
    pub(crate) report: Report,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Outdated {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) resolve: Resolve,
    /// Target to look at, once for each [default: all of the project's]
    #[arg(
        long = "target",
        value_name = "TARGET",
        env = "PYDEPLOY_TARGET",
        value_delimiter = ' '
    )]
    pub(crate) targets: Vec<Target>,
    #[command(flatten)]
    pub(crate) report: Report,
}

/// How versions are found.
#[derive(Debug, clap::Args)]
pub(crate) struct Resolve {
    /// Distribution that may be built from source where no wheel fits, once for each
    #[arg(long, value_name = "NAME")]
    pub(crate) from_source: Vec<DistributionName>,
    /// Package index [default: PIP_INDEX_URL, UV_INDEX_URL, or the public one]
    #[arg(long, value_name = "URL", env = "PYDEPLOY_INDEX_URL", hide_env_values = true)]
    pub(crate) index_url: Option<String>,
    /// Use no network: what the resolver has in its cache has to do
    #[arg(long, env = "PYDEPLOY_OFFLINE")]
    pub(crate) offline: bool,
}
