use std::path::PathBuf;

use crate::sys::files::FileError;

/// The project's own `debian/control` cannot be honoured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlFileError {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// Something in it cannot be.
    #[error("{}:{line}: {message}", file.display())]
    Content {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
        /// What would be right.
        hint: &'static str,
    },
}

impl ControlFileError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::Content { hint, .. } => Some((*hint).to_owned()),
        }
    }
}
