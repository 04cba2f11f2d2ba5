//! Exit codes of the command line, for programs that call it.
//!
//! | code | constant | meaning |
//! |---|---|---|
//! | 0 | [`DONE`] | done |
//! | 1 | [`FAILED`] | failed; what was there before is unchanged |
//! | 2 | [`USAGE`] | the command line was not understood |
//! | 3 | [`REFUSED`] | refused: it would go backwards or conflict with what is published |
//! | 4 | [`VERIFICATION`] | something is not what its hash, signature or record says, or nothing that a release may hold |
//! | 5 | [`ROLLED_BACK`] | a deployment failed and the previous release runs again |
//! | 6 | [`ROLLBACK_FAILED`] | a deployment failed and the previous release could not be brought back |

/// The command did what it was asked.
pub const DONE: u8 = 0;
/// The command failed and changed nothing that was there before.
pub const FAILED: u8 = 1;
/// The arguments were not understood.
pub const USAGE: u8 = 2;
/// The command would go backwards, or conflicts with what is published.
pub const REFUSED: u8 = 3;
/// Content contradicts its hash, its signature or its record, or no release may hold it.
pub const VERIFICATION: u8 = 4;
/// A deployment failed; the previous release is current and running again.
pub const ROLLED_BACK: u8 = 5;
/// A deployment failed and so did bringing the previous release back.
pub const ROLLBACK_FAILED: u8 = 6;
