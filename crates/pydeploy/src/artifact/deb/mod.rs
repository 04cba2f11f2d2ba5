//! Debian binary packages (`deb(5)`): written straight from a release, and read back.

pub(crate) mod ar;
mod control;
mod data;
mod package;
mod scripts;
mod tarball;
mod units;
mod write;

pub use ar::ArError;
pub use write::{DebOptions, WriteDebError, WrittenDeb, write};
