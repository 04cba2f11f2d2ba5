//! What programs that put a release together on a host are told about it.

use serde::{Deserialize, Serialize};

use crate::digest::Sha256;
use crate::sys::files;

/// A wheel that lies beside a plan, as it was published.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PlannedWheel {
    /// In `wheels/` of a zip archive, or below the folder of a source package.
    pub(super) file: String,
    pub(super) size: u64,
    pub(super) sha256: Sha256,
}

/// The mode of a file as plans have it: `0755` or `0644`.
pub(super) fn mode(executable: bool) -> String {
    format!("{:04o}", files::mode(executable))
}
