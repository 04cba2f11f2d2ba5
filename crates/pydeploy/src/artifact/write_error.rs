//! Why an artifact cannot be written, whatever its format.

use std::io;
use std::path::{Path, PathBuf};

use super::deb::{ControlFileError, DebError, DependsError};
use crate::changelog::ParseChangelogError;
use crate::deb822::{InvalidField, ParseParagraphError};
use crate::exit;
use crate::python::WheelError;
use crate::release::{ContentError, PathError, ReleaseError, TreeError};
use crate::sys::files::FileError;
use crate::sys::process::CommandError;

/// An artifact cannot be written.
///
/// ```
/// # mod site { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/site.rs")); }
/// # let dir = tempfile::tempdir()?;
/// # let release = site::release(dir.path(), "1.0")?;
/// use pydeploy::artifact::bundle::{self, BundleOptions};
/// use pydeploy::{Timestamp, exit};
///
/// let options = BundleOptions {
///     prefix: "srv/site",
///     at: Timestamp::EPOCH,
///     pieces: None,
/// };
/// let error = bundle::write(&release, &options, dir.path()).unwrap_err();
/// assert_eq!(error.hint().as_deref(), Some("name an absolute folder, such as /srv/guestbook"));
/// assert_eq!(error.exit_code(), exit::USAGE);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The release cannot be laid out.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// A file of the release cannot be read, or is not what it should be.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// A file or folder cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The folder that a bundle is for is not absolute, or is one that no release can lie in.
    #[error("a bundle cannot be laid out for `{}`, which is no absolute path of a folder", prefix.escape_debug())]
    Prefix {
        /// The folder.
        prefix: String,
    },
    /// The project says something that no control field can hold.
    #[error("the package's control file cannot be written")]
    Control(#[from] InvalidField),
    /// The project's `debian/control` cannot be honoured.
    #[error(transparent)]
    OwnControl(#[from] ControlFileError),
    /// What a compiled file needs cannot be had on the target.
    #[error(transparent)]
    Depends(#[from] DependsError),
    /// The package that was written cannot be read.
    #[error("the package that was written is damaged")]
    Damaged(#[source] Box<DebError>),
    /// The package that was written holds something else than the release.
    #[error("what the package that was written holds of {piece} is not what went in")]
    Unlike {
        /// A wheel, `the application`, ….
        piece: String,
    },
    /// The changelog of a source package has no first entry that can be read.
    #[error("the source package has no changelog that can be used")]
    Changelog(#[from] ParseChangelogError),
    /// The first entry of a source package's changelog is about something else.
    #[error("the changelog's first entry is of {found}, the source package is {expected}")]
    OtherEntry {
        /// Name and version in the changelog.
        found: String,
        /// Name and version of the release.
        expected: String,
    },
    /// The first entry of a source package's changelog ends without date and maintainer.
    #[error("the changelog's first entry has no line with maintainer and date")]
    NoTrailer,
    /// The control file of the package that a source package describes cannot be read.
    #[error("the control file of the binary package cannot be read")]
    Paragraph(#[from] ParseParagraphError),
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

impl From<PathError> for WriteError {
    fn from(error: PathError) -> Self {
        ReleaseError::from(error).into()
    }
}

impl From<TreeError> for WriteError {
    fn from(error: TreeError) -> Self {
        ReleaseError::from(error).into()
    }
}

impl From<WheelError> for WriteError {
    fn from(error: WheelError) -> Self {
        ReleaseError::from(error).into()
    }
}

impl WriteError {
    /// How a program that stops because of this exits.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Release(error) => error.exit_code(),
            Self::Content(error) => error.exit_code(),
            Self::Depends(error) => error.exit_code(),
            Self::Prefix { .. } => exit::USAGE,
            Self::OtherOrig { .. } => exit::REFUSED,
            Self::Damaged(_) | Self::Unlike { .. } | Self::Signature => exit::VERIFICATION,
            _ => exit::FAILED,
        }
    }

    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Release(error) => return error.hint(),
            Self::Content(error) => return error.hint(),
            Self::File(error) => return error.hint(),
            Self::OwnControl(error) => return error.hint(),
            Self::Depends(error) => return Some(error.hint()),
            Self::Prefix { .. } => "name an absolute folder, such as /srv/guestbook",
            Self::Control(_) => "see `description`, `maintainer` and `urls` in pyproject.toml",
            Self::Damaged(_) | Self::Unlike { .. } => {
                "run the same command again; if it ends in the same way, check memory and disk"
            }
            Self::Changelog(_) => "`pydeploy changelog check` lists everything that is wrong with it",
            Self::OtherEntry { .. } => "add an entry of this version: `pydeploy changelog add`",
            Self::NoTrailer => "end it with ` -- Name <address>  DATE`: `pydeploy changelog release`",
            Self::OtherOrig { .. } => {
                "archives keep the first: raise the upstream version, or write into another folder if it was never uploaded"
            }
            Self::Sign(error) if error.is_missing_program() => "install the package `gnupg`",
            Self::Sign(_) => "list your keys with `gpg --list-secret-keys`",
            Self::Paragraph(_) | Self::Signature => return None,
        };
        Some(hint.to_owned())
    }
}

/// Why a writer stopped. What it writes to has no name, so that only its caller can say where the disk is full.
#[derive(Debug)]
pub(super) enum Stopped {
    Io(io::Error),
    Known(WriteError),
}

impl Stopped {
    /// What it means for an artifact that was to appear in the folder: `action` is `write a package into`, for example.
    pub(super) fn at(self, action: &'static str, dir: &Path) -> WriteError {
        match self {
            Self::Io(error) => FileError::new(action, dir, error).into(),
            Self::Known(error) => error,
        }
    }
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl<E> From<E> for Stopped
where
    WriteError: From<E>,
{
    fn from(error: E) -> Self {
        Self::Known(error.into())
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn a_full_disk_is_told_with_the_folder() {
        let full = Stopped::from(io::Error::from(io::ErrorKind::StorageFull));
        let error = full.at("write a bundle into", Path::new("/srv/out"));
        assert_eq!(error.to_string(), "cannot write a bundle into /srv/out");
        assert!(error.source().is_some() && error.hint().unwrap().starts_with("free some space"));
        assert_eq!(error.exit_code(), exit::FAILED);
        let known = Stopped::from(WriteError::Signature).at("write a bundle into", Path::new("/srv/out"));
        assert_eq!(known.exit_code(), exit::VERIFICATION);
    }
}
