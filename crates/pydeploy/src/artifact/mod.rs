//! Releases in the formats that hosts take, and reading them back.
//!
//! [`inspect()`] says what an artifact or a release's folder holds, whatever its format.

mod contents;
pub mod deb;
mod error;
pub mod inspect;

pub use contents::Format;
pub use error::ArtifactError;
pub use inspect::{Inspection, inspect};
