use std::io;
use std::path::PathBuf;

use crate::artifact::deb::{DebError, WriteDebError};
use crate::changelog::ParseChangelogError;
use crate::deb822::{InvalidField, ParseParagraphError};
use crate::exit;
use crate::release::{ContentError, PathError, ReleaseError, TreeError};
use crate::sys::files::FileError;
use crate::sys::process::CommandError;

/// A source package cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteSourceError {
    /// There is no binary package to describe.
    #[error(transparent)]
    Package(#[from] WriteDebError),
    /// A wheel or a file of the project cannot be read, or is not what it should be.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The changelog has no first entry that can be read.
    #[error("the source package has no changelog that can be used")]
    Changelog(#[from] ParseChangelogError),
    /// The changelog's first entry is about something else.
    #[error("the changelog's first entry is of {found}, the source package is {expected}")]
    OtherEntry {
        /// Name and version in the changelog.
        found: String,
        /// Name and version of the release.
        expected: String,
    },
    /// The changelog's first entry ends without date and maintainer.
    #[error("the changelog's first entry has no line with maintainer and date")]
    NoTrailer,
    /// The project says something that no control field can hold.
    #[error("the source package's control file cannot be written")]
    Control(#[from] InvalidField),
    /// The control file of the binary package cannot be read.
    #[error("the control file of the binary package cannot be read")]
    Paragraph(#[from] ParseParagraphError),
    /// A file or folder cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A tarball cannot be written.
    #[error("cannot write the source package")]
    Io(#[from] io::Error),
    /// A tarball that was written cannot be read, or holds something else than the release.
    #[error("the source package that was written is damaged")]
    Damaged(#[source] Box<DebError>),
    /// There is a tarball of this upstream version that holds something else.
    #[error("{} is there and holds something else", path.display())]
    OtherOrig {
        /// The tarball.
        path: PathBuf,
    },
    /// gpg failed or is not there.
    #[error("the source package cannot be signed")]
    Sign(#[from] CommandError),
    /// What gpg made is no signature of what was to be signed.
    #[error("the signature that gpg made is of another text")]
    Signature,
}

impl From<PathError> for WriteSourceError {
    fn from(error: PathError) -> Self {
        WriteDebError::from(ReleaseError::from(error)).into()
    }
}

impl From<TreeError> for WriteSourceError {
    fn from(error: TreeError) -> Self {
        WriteDebError::from(ReleaseError::from(error)).into()
    }
}

impl WriteSourceError {
    /// How a program that stops because of this exits.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Package(error) => error.exit_code(),
            Self::Content(ContentError::Wheel(_)) | Self::Damaged(_) | Self::Signature => exit::VERIFICATION,
            Self::OtherOrig { .. } => exit::REFUSED,
            _ => exit::FAILED,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Package(error) => return error.hint(),
            Self::Content(ContentError::Wheel(error)) => return error.hint(),
            Self::Content(ContentError::File(error)) | Self::File(error) => return error.hint(),
            Self::Content(ContentError::Changed { .. }) => "run the same command again",
            Self::Changelog(_) => "`pydeploy changelog check` lists everything that is wrong with it",
            Self::OtherEntry { .. } => "add an entry of this version: `pydeploy changelog add`",
            Self::NoTrailer => "end it with ` -- Name <address>  DATE`: `pydeploy changelog release`",
            Self::Control(_) => "see `description`, `maintainer` and `urls` in pyproject.toml",
            Self::OtherOrig { .. } => {
                "archives keep the first: raise the upstream version, or write into another folder if it was never uploaded"
            }
            Self::Sign(error) if error.is_missing_program() => "install the package `gnupg`",
            Self::Sign(_) => "list your keys with `gpg --list-secret-keys`",
            Self::Io(error) if error.kind() == io::ErrorKind::StorageFull => "free some space on that disk",
            Self::Damaged(_) => "run the same command again; if it ends in the same way, check memory and disk",
            Self::Paragraph(_) | Self::Io(_) | Self::Signature => return None,
        };
        Some(hint.to_owned())
    }
}
