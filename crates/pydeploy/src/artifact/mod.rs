//! Releases in the formats that hosts take, and reading them back.
//!
//! [`inspect()`] says what an artifact or a release's folder holds, whatever its format; [`verify()`] whether it is what it
//! says that it is; [`diff()`] what one has that another has not.

pub mod bundle;
mod contents;
pub mod deb;
pub mod diff;
mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod inspect;
mod libraries;
mod pieces;
#[cfg(test)]
mod refused;
pub mod source;
pub mod splice;
#[cfg(test)]
mod testing;
pub mod verify;
pub mod zip;

pub use contents::Format;
pub use diff::{Difference, diff};
pub use error::ArtifactError;
pub use inspect::{Inspection, inspect};
pub use libraries::libraries;
pub use pieces::PieceCache;
pub use verify::{Verification, verify};
