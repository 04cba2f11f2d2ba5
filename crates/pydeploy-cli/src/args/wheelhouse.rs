//! `pydeploy wheelhouse`

use clap::Subcommand;

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
