//! Releases in the formats that hosts take, and reading them back.
//!
//! [`inspect()`] says what an artifact or a release's folder holds, whatever its format; [`verify()`] whether it is what it
//! says that it is; [`diff()`] what one has that another has not.

pub mod bundle;
mod checksum;
mod contents;
pub mod deb;
pub mod diff;
mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod inspect;
mod libraries;
mod pieces;
mod planned;
#[cfg(test)]
mod refused;
pub mod source;
pub mod splice;
#[cfg(test)]
mod testing;
pub mod verify;
mod write_error;
pub mod zip;

pub use contents::Format;
pub use diff::{Difference, diff};
pub use error::ArtifactError;
pub use inspect::{Inspection, inspect};
pub use libraries::libraries;
pub use pieces::PieceCache;
pub use verify::{Verification, verify};
use write_error::Stopped;

use crate::release::Release;

/// The name of an artifact that is for one target, in which a machine stands behind a `/`.
fn file_name(release: &Release, extension: &str) -> String {
    let (name, version) = (&release.project.name, release.version.without_epoch());
    let target = release.target.to_string().replace('/', "-");
    format!("{name}_{version}_{target}.{extension}")
}
pub use write_error::WriteError;
