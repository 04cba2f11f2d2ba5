//! Self-extracting zip archives: a release as one file that a standard Python installs.
//!
//! The archive is a zip behind a first line for the shell. It holds the wheels as they are, the application's files, and
//! a program that puts the release together on the host: it needs Python's standard library, no pip and no network.

mod archive;
mod plan;
mod read;
mod write;

pub(super) use plan::{INTERPRETER, Manifest as Plan, Planned};
pub(super) use read::{DIGEST, FIRST_LINE, PLACE, said_digest};
pub use write::{WrittenZip, write};

#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;
