//! Text files that people write, and where in them something is wrong.

use std::path::{Path, PathBuf};

use super::files::{self, FileError};

/// A text file cannot be read, or its text is not of its format.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextFileError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not UTF-8.
    #[error("{} is not UTF-8 text", file.display())]
    NotText {
        /// The file.
        file: PathBuf,
    },
    /// The file is not TOML, or a key is missing, not known or of another type.
    #[error("{}:{line}:{column}: {message}", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
}

impl TextFileError {
    /// What to do about it, where that does not depend on what the file is for.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::NotText { .. } => Some("save it as UTF-8".to_owned()),
            Self::Syntax { .. } => None,
        }
    }
}

pub(crate) fn read(file: &Path) -> Result<String, TextFileError> {
    String::from_utf8(files::read(file)?).map_err(|_| TextFileError::NotText { file: file.to_owned() })
}

/// Reads the text of `file` as TOML.
pub(crate) fn toml<T: serde::de::DeserializeOwned>(file: &Path, text: &str) -> Result<T, TextFileError> {
    toml::from_str(text).map_err(|error| {
        let before = text.get(..error.span().map_or(0, |span| span.start)).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        TextFileError::Syntax {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: error.message().to_owned(),
        }
    })
}

/// serde of a type as its text: what its `Display` writes and its `FromStr` reads.
macro_rules! as_text {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use as_text;
