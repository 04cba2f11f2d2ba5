//! Why a project's description cannot be used.

use std::path::{Path, PathBuf};

use super::ServicesError;
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

/// What is wrong in a file whose name the caller knows.
#[derive(Debug)]
pub(super) enum Problem {
    Missing(&'static str),
    Value {
        key: &'static str,
        message: String,
        hint: Option<String>,
    },
}

impl Problem {
    pub(super) fn value(key: &'static str, message: String) -> Self {
        let hint = None;
        Self::Value { key, message, hint }
    }

    /// With what would be right.
    pub(super) fn hint(self, hint: &str) -> Self {
        match self {
            Self::Value { key, message, .. } => Self::Value {
                key,
                message,
                hint: Some(hint.to_owned()),
            },
            missing @ Self::Missing(_) => missing,
        }
    }

    pub(super) fn of(self, file: &Path) -> ConfigError {
        let file = file.to_owned();
        match self {
            Self::Missing(key) => ConfigError::Missing { file, key },
            Self::Value { key, message, hint } => ConfigError::Value {
                file,
                key,
                message,
                hint,
            },
        }
    }
}

impl From<ServicesError> for Problem {
    fn from(error: ServicesError) -> Self {
        let hint = error.hint();
        Self::value("tool.pydeploy.service", error.to_string()).hint(&hint)
    }
}
