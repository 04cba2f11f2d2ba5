//! Why an environment cannot be made.

use std::path::PathBuf;

use crate::exit;
use crate::python::{CompileError, DistributionName, Target, WheelError};
use crate::sys::files::FileError;

/// An environment cannot be planned or made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// The system refused a file, a folder or a link.
    #[error(transparent)]
    File(#[from] FileError),
    /// A wheel cannot be used.
    #[error(transparent)]
    Wheel(#[from] WheelError),
    /// There is something at the place of the environment.
    #[error("{} exists", dir.display())]
    Exists {
        /// The place.
        dir: PathBuf,
    },
    /// The place of the environment cannot be written into a script.
    #[error("{} cannot be the path of an environment: {reason}", dir.display())]
    Place {
        /// The place.
        dir: PathBuf,
        /// Why.
        reason: &'static str,
    },
    /// No tag of a wheel fits the target.
    #[error("{wheel} does not run on {target}: {reason}")]
    OtherPlatform {
        /// The wheel.
        wheel: String,
        /// The target.
        target: Target,
        /// Which part of its tags does not fit.
        reason: String,
    },
    /// A wheel is for another Python.
    #[error("{wheel} is for Python {requires_python}, {target} has {}", target.python_full())]
    OtherPython {
        /// The wheel.
        wheel: String,
        /// What it requires.
        requires_python: String,
        /// The target.
        target: Target,
    },
    /// Two wheels are of one distribution.
    #[error("{first} and {second} are both of {name}")]
    Twice {
        /// The distribution.
        name: DistributionName,
        /// One wheel.
        first: String,
        /// The other.
        second: String,
    },
    /// Two wheels have one path.
    #[error("{path} is brought by {first} and by {second}")]
    Collision {
        /// The path in the environment.
        path: String,
        /// Who brings it first.
        first: String,
        /// Who brings it again, or needs a folder of that name.
        second: String,
    },
    /// Modules cannot be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
}

impl InstallError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::File(error) => return error.hint(),
            Self::Wheel(error) => return error.hint(),
            Self::Compile(error) => return error.hint(),
            Self::Exists { .. } => {
                "an environment is made whole or not at all: remove it first, or name another folder"
            }
            Self::Place { .. } => "name another folder",
            Self::OtherPlatform { .. } => "take a wheel of it that has the target's tags, or name another target",
            Self::OtherPython { .. } => "take a version of it that fits, or name another target",
            Self::Twice { .. } => "leave one of the two out",
            Self::Collision { .. } => "leave one of the two out: whichever came last would have the file",
        };
        Some(text.to_owned())
    }

    /// The exit code of a command that ends with it.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Exists { .. } => exit::REFUSED,
            Self::Wheel(_) => exit::VERIFICATION,
            _ => exit::FAILED,
        }
    }
}
