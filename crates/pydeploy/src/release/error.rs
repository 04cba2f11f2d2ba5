//! Why a release cannot be planned or laid out.

use std::path::PathBuf;

use super::content::ContentError;
use super::files::FilesError;
use super::template::TemplateProblem;
use super::tree::{PathError, TreeError};
use crate::python::{CompileError, DistributionName, ElfError, Target, WheelError};
use crate::sys::files::FileError;
use crate::wheelhouse::FindingKind;

/// A release cannot be planned.
///
/// ```
/// # mod site { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/site.rs")); }
/// # let dir = tempfile::tempdir()?;
/// # let release = site::release(dir.path(), "1.0")?;
/// use std::path::Path;
/// use pydeploy::config::StaticRoot;
/// use pydeploy::release::Layout;
///
/// # let mut release = release;
/// release.project.static_roots = vec![StaticRoot::Wheel("django/static".to_owned())];
/// let layout = Layout::folder(Path::new("/srv/site"), Path::new("/usr/bin/python3.11"));
/// let error = release.tree(&layout).unwrap_err();
/// assert_eq!(error.to_string(), "no wheel installs anything in `django/static`, which `static` names");
/// assert_eq!(error.hint().as_deref(), Some("check `static` in pyproject.toml against the lock"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// The application's files cannot be gathered.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// A wheel cannot be used.
    #[error(transparent)]
    Wheel(#[from] WheelError),
    /// A path that a release cannot hold.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A template is not text, or asks for what there is not.
    #[error("{}:{problem}", file.display())]
    Template {
        /// The file.
        file: PathBuf,
        /// What is wrong, and where.
        problem: TemplateProblem,
    },
    /// A wheel is for another Python.
    #[error("{wheel} is for Python {requires_python}, {target} has {}", target.python_full())]
    OtherPython {
        /// The wheel.
        wheel: String,
        /// What it requires.
        requires_python: String,
        /// The target.
        target: Box<Target>,
    },
    /// Two bring the same file.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The version cannot name a release.
    #[error(transparent)]
    Id(#[from] super::ParseReleaseIdError),
    /// What is kept about wheels, or a file of the application, cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file begins as a compiled one does and cannot be read as one.
    #[error("{file} cannot be read as a compiled file")]
    Unreadable {
        /// `WHEEL: MEMBER`, or the application's file.
        file: String,
        /// What is wrong with it.
        source: ElfError,
    },
    /// A wheel is not for the target, whatever its tags say.
    #[error("{message}")]
    Unfit {
        /// The distribution.
        package: DistributionName,
        /// What kind of waiver would accept it.
        kind: FindingKind,
        /// The wheel, the member, what it needs, and what the target has.
        message: String,
    },
    /// A folder of static files that no wheel installs.
    #[error("no wheel installs anything in `{folder}`, which `static` names")]
    StaticMissing {
        /// The folder, relative to `site-packages`.
        folder: String,
    },
    /// Modules cannot be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The source of a module cannot be had.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// A service's program is in no wheel.
    #[error("no wheel brings the program `{program}` that {service} runs")]
    ProgramMissing {
        /// The service, in words.
        service: String,
        /// The program.
        program: String,
    },
}

impl ReleaseError {
    /// How a program that stops because of this exits.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Files(error) => error.exit_code(),
            Self::Content(error) => error.exit_code(),
            Self::Wheel(_)
            | Self::Path(_)
            | Self::Tree(_)
            | Self::Template { .. }
            | Self::ProgramMissing { .. }
            | Self::Unreadable { .. }
            | Self::Unfit { .. } => crate::exit::VERIFICATION,
            _ => crate::exit::FAILED,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Files(error) => error.hint(),
            Self::Wheel(error) => error.hint(),
            Self::Compile(error) => error.hint(),
            Self::Content(error) => error.hint(),
            Self::File(error) => error.hint(),
            Self::Unreadable { .. } => Some(
                "fetch the wheel again; if it is meant to be like that, accept it in `tool.pydeploy.waive` with `findings = [\"elf\"]`"
                    .to_owned(),
            ),
            Self::Unfit { package, kind, .. } => Some(format!(
                "lock another version of {package}, drop the target, or accept it in `tool.pydeploy.waive.{package}` with \
                 `findings = [\"{kind}\"]`"
            )),
            Self::Path(_) => Some("rename it, or name it in `exclude` in pyproject.toml".to_owned()),
            Self::Id(_) => None,
            Self::Template { problem, .. } => problem.hint(),
            Self::OtherPython { .. } => Some("lock a version of it that fits, or drop the target".to_owned()),
            Self::Tree(_) => Some("remove one of the two from the lock or from `include`".to_owned()),
            Self::StaticMissing { .. } => Some("check `static` in pyproject.toml against the lock".to_owned()),
            Self::ProgramMissing { program, .. } => Some(format!(
                "add the distribution that has the console script `{program}` to the lock"
            )),
        }
    }
}
