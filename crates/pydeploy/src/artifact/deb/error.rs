use std::io;
use std::path::PathBuf;

use super::ArError;
use crate::FileError;

/// A file is not a package that every `dpkg` installs the same way.
///
/// ```
/// use pydeploy::artifact::deb::Deb;
///
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("site.deb");
/// std::fs::write(&path, "!<arch>\n")?;
/// let error = Deb::open(&path).unwrap_err();
/// assert_eq!(error.exit_code(), pydeploy::exit::VERIFICATION);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DebError {
    /// The file could not be opened or read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The container is broken.
    #[error("{} is not a Debian package", path.display())]
    Container {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ArError,
    },
    /// Members are missing, or not in the order that `dpkg` wants.
    #[error("{} {problem}", path.display())]
    Layout {
        /// The file.
        path: PathBuf,
        /// What is out of place.
        problem: String,
    },
    /// Compressed content is cut, or a checksum does not match.
    #[error("{archive} in {} is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// `control.tar.xz` or `data.tar.xz`, for example.
        archive: String,
        /// What the reader of that format says.
        source: io::Error,
    },
    /// Content follows where the archive ends, which `dpkg` drops without a word.
    #[error("{archive} in {} goes on after its end", path.display())]
    TrailingData {
        /// The file.
        path: PathBuf,
        /// `data.tar.zst`, for example.
        archive: String,
    },
    /// A member of one of the two archives cannot be accepted.
    #[error("{archive} in {} holds `{}`: {reason}", path.display(), member.escape_debug())]
    Member {
        /// The file.
        path: PathBuf,
        /// `data.tar.xz`, for example.
        archive: String,
        /// The member as it is written there.
        member: String,
        /// Why it is refused.
        reason: String,
    },
    /// The control file is not one paragraph of fields.
    #[error("the control file of {} cannot be used: {reason}", path.display())]
    Control {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A field of the control file is missing or not what it must be.
    #[error("the control file of {} has no usable {field}: {reason}", path.display())]
    Field {
        /// The file.
        path: PathBuf,
        /// The field's name.
        field: &'static str,
        /// What is wrong with its value.
        reason: String,
    },
}

impl DebError {
    /// How a program that stops because of this exits.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::File(_) => crate::exit::FAILED,
            _ => crate::exit::VERIFICATION,
        }
    }

    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::Container { .. } | Self::Damaged { .. } => {
                Some("copy the file again: it may have been cut on its way".to_owned())
            }
            Self::TrailingData { .. } => {
                Some("build the package again, with one compressed stream for each archive".to_owned())
            }
            _ => None,
        }
    }
}
