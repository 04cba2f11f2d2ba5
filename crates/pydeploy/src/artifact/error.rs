use std::path::PathBuf;

use super::deb::DebError;
use crate::FileError;
use crate::exit;
use crate::python::{WheelError, WheelProblem};
use crate::release::ManifestError;

/// Something cannot be read as an artifact or as the folder of a release.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArtifactError {
    /// The system refused a file or a folder.
    #[error(transparent)]
    File(#[from] FileError),
    /// The container or an archive in it is refused.
    #[error(transparent)]
    Archive(#[from] DebError),
    /// A zip archive, or a wheel in it, is refused.
    #[error(transparent)]
    Zip(#[from] WheelError),
    /// The file does not begin as any artifact does.
    #[error("{} is no artifact", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
    },
    /// There is no manifest where there must be one.
    #[error("{} holds no manifest.json", path.display())]
    NoManifest {
        /// The artifact or folder.
        path: PathBuf,
    },
    /// The manifest cannot be relied on.
    #[error("{member} in {} cannot be used", path.display())]
    Manifest {
        /// The artifact or folder.
        path: PathBuf,
        /// The manifest's path in it.
        member: String,
        /// What is wrong with it.
        source: ManifestError,
    },
    /// A name on disk that no release has.
    #[error("{} has a name that no release holds: {reason}", path.display())]
    Name {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It has no list of components.
    #[error("{} holds no sbom.cdx.json", path.display())]
    NoSbom {
        /// The artifact or folder.
        path: PathBuf,
    },
}

impl ArtifactError {
    /// How a program that stops because of this exits.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::File(_) | Self::NoSbom { .. } => exit::FAILED,
            Self::Archive(error) => error.exit_code(),
            Self::Zip(error) if matches!(*error.problem, WheelProblem::Unreadable(_)) => exit::FAILED,
            _ => exit::VERIFICATION,
        }
    }

    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::File(error) => return error.hint(),
            Self::Archive(error) => return error.hint(),
            Self::Zip(_) => "copy the file again: it may have been cut or changed on its way",
            Self::Unknown { .. } => "artifacts are files that `pydeploy build` wrote; releases are folders",
            Self::NoManifest { .. } => "name the folder that holds venv, app and manifest.json, or build it again",
            Self::NoSbom { .. } => "build it again: every artifact has one",
            Self::Manifest { .. } | Self::Name { .. } => return None,
        };
        Some(hint.to_owned())
    }
}
