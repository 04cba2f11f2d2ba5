//! Why a project's description cannot be used.

use std::path::PathBuf;

use crate::sys::text::TextFileError;

/// The project's description could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read, is not TOML, or holds a key or a value that cannot be.
    #[error(transparent)]
    Text(#[from] TextFileError),
    /// A key that must be there is not.
    #[error("{}: `{key}` is missing", file.display())]
    Missing {
        /// The file.
        file: PathBuf,
        /// The key, with its table.
        key: &'static str,
    },
    /// A value is of the right type but not of the right form.
    #[error("{}: `{key}`: {message}", file.display())]
    Value {
        /// The file.
        file: PathBuf,
        /// The key, with its table.
        key: &'static str,
        /// What is wrong with the value.
        message: String,
        /// What would be right.
        hint: Option<String>,
    },
}

impl ConfigError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Text(TextFileError::File(error)) => Some(format!(
                "a project is a folder with a `pyproject.toml`; {}",
                error.hint().unwrap_or_else(|| "check the path".to_owned())
            )),
            Self::Text(TextFileError::Syntax { .. }) => {
                Some("docs/guide.md lists every key with its default".to_owned())
            }
            Self::Text(error) => error.hint(),
            Self::Missing { key, .. } => Some(format!("add `{key}`; docs/guide.md shows an example")),
            Self::Value { hint, .. } => hint.clone(),
        }
    }
}
