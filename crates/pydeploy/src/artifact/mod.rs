//! Releases in the formats that hosts take, and reading them back.
//!
//! [`inspect()`] says what an artifact or a release's folder holds, whatever its format; [`verify()`] whether it is what it
//! says that it is.

mod contents;
pub mod deb;
mod error;
pub mod inspect;
#[cfg(test)]
mod testing;
pub mod verify;

pub use contents::Format;
pub use error::ArtifactError;
pub use inspect::{Inspection, inspect};
pub use verify::{Verification, verify};
