//! Bytes of a release's files, checked against what was planned.

use std::borrow::Cow;

use super::tree::Content;
use crate::digest::Sha256;
use crate::exit;
use crate::python::{MemberBuffer, WheelError};
use crate::sys::files::{self, FileError};

/// The bytes of a file cannot be had, or are not those that were planned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// A file of the project cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A wheel contradicts itself.
    #[error(transparent)]
    Wheel(#[from] WheelError),
    /// A file changed between planning and reading.
    #[error("{file} changed while it was read: it had sha256 {planned}, now it has {found}")]
    Changed {
        /// The file.
        file: String,
        /// The digest when the release was planned.
        planned: Sha256,
        /// The digest now.
        found: Sha256,
    },
}

impl ContentError {
    /// How a program that stops because of this exits.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Wheel(_) => exit::VERIFICATION,
            Self::File(_) | Self::Changed { .. } => exit::FAILED,
        }
    }

    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::Wheel(error) => error.hint(),
            Self::Changed { .. } => Some("run the same command again".to_owned()),
        }
    }
}

impl Content {
    /// The whole content, which has the digest `planned`.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or has another digest.
    pub fn read(&self, planned: Sha256) -> Result<Cow<'_, [u8]>, ContentError> {
        match self {
            Self::Inline(bytes) => Ok(Cow::Borrowed(bytes)),
            // The wheel's reader checks the member against the digest in the wheel's RECORD, which is the planned one.
            Self::Wheel { wheel, member } => Ok(Cow::Owned(wheel.read(*member)?)),
            Self::Disk(path) => {
                let bytes = files::read(path)?;
                let found = Sha256::of(&bytes);
                if found == planned {
                    return Ok(Cow::Owned(bytes));
                }
                Err(ContentError::Changed {
                    file: path.display().to_string(),
                    planned,
                    found,
                })
            }
        }
    }

    /// The same, with a buffer that is used again and again.
    pub(crate) fn read_with<'a>(
        &'a self,
        planned: Sha256,
        buffer: &'a mut MemberBuffer,
    ) -> Result<Cow<'a, [u8]>, ContentError> {
        match self {
            Self::Wheel { wheel, member } => Ok(Cow::Borrowed(wheel.read_with(*member, buffer)?)),
            other => other.read(planned),
        }
    }
}
