//! Debian binary packages (`deb(5)`).

#[cfg_attr(not(test), allow(dead_code, reason = "writing is for the writer of packages"))]
pub(crate) mod ar;
mod architecture;
mod decompress;
mod error;
mod listing;
mod read;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use ar::ArError;
pub use architecture::{Architecture, ArchitectureError};
pub use error::DebError;
pub use listing::{DebFile, DebFileKind};
pub use read::Deb;
