//! `pydeploy wheelhouse`

use clap::Subcommand;

use super::{Place, Report, Wheels};

#[derive(Debug, Subcommand)]
pub(crate) enum Wheelhouse {
    /// Download the locked wheels of a target into the cache
    Fetch {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        wheels: Wheels,
        #[command(flatten)]
        report: Report,
    },
}
