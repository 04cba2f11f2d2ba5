//! What a failing command says and how it exits.

use std::error::Error;

use pydeploy::exit;
use serde::Serialize;

/// An error as a person sees it: one line, its causes, what to do.
#[derive(Debug, Serialize)]
pub(crate) struct CliError {
    code: u8,
    message: String,
    causes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl CliError {
    pub(crate) fn new(code: u8, error: &dyn Error, hint: Option<String>) -> Self {
        let causes = std::iter::successors(error.source(), |cause| (*cause).source());
        Self {
            code,
            message: error.to_string(),
            causes: causes.map(ToString::to_string).collect(),
            hint,
        }
    }

    pub(crate) fn message(code: u8, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            causes: Vec::new(),
            hint: Some(hint.into()),
        }
    }

    /// The same error with one more cause.
    pub(crate) fn because(mut self, cause: String) -> Self {
        self.causes.push(cause);
        self
    }

    /// An exit code that is the whole answer.
    pub(crate) fn silent(code: u8) -> Self {
        Self {
            code,
            message: String::new(),
            causes: Vec::new(),
            hint: None,
        }
    }

    /// Whether there is nothing to say beside the exit code.
    pub(crate) fn is_silent(&self) -> bool {
        self.message.is_empty()
    }

    pub(crate) fn code(&self) -> u8 {
        self.code
    }

    /// `error: … / cause: … / hint: …`
    pub(crate) fn lines(&self) -> String {
        if self.is_silent() {
            return String::new();
        }
        let causes: String = self.causes.iter().map(|cause| format!("  cause: {cause}\n")).collect();
        let hint = self
            .hint
            .as_ref()
            .map_or(String::new(), |hint| format!("hint: {hint}\n"));
        format!("error: {}\n{causes}{hint}", self.message)
    }
}

/// Errors whose exit code is the same for every variant.
macro_rules! from {
    ($($error:path => $code:expr),* $(,)?) => {$(
        impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                let hint = error.hint();
                Self::new($code, &error, hint)
            }
        }
    )*};
}

/// Errors that know their exit code.
macro_rules! from_coded {
    ($($error:path),* $(,)?) => {$(
        impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                let (code, hint) = (error.exit_code(), error.hint());
                Self::new(code, &error, hint)
            }
        }
    )*};
}

from! {
    pydeploy::config::ConfigError => exit::FAILED,
    pydeploy::FileError => exit::FAILED,
    pydeploy::python::ProbeError => exit::FAILED,
    pydeploy::wheelhouse::LockError => exit::FAILED,
    pydeploy::wheelhouse::ResolveError => exit::FAILED,
    pydeploy::release::BuildError => exit::FAILED,
    pydeploy::artifact::deb::OwnScriptError => exit::FAILED,
}

from_coded! {
    pydeploy::repository::RepositoryError,
    pydeploy::deploy::DeployError,
    pydeploy::python::LibrariesError,
    pydeploy::release::ReleaseError,
    pydeploy::artifact::ArtifactError,
    pydeploy::artifact::WriteError,
    pydeploy::wheelhouse::InstallError,
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        Self::new(exit::FAILED, &error, None)
    }
}

impl From<pydeploy::vcs::VcsError> for CliError {
    fn from(error: pydeploy::vcs::VcsError) -> Self {
        let hint = error.hint().map(ToOwned::to_owned);
        Self::new(exit::FAILED, &error, hint)
    }
}

impl From<pydeploy::version::Conflict> for CliError {
    fn from(error: pydeploy::version::Conflict) -> Self {
        let code = match error {
            pydeploy::version::Conflict::CommitHash { .. } => exit::USAGE,
            _ => exit::REFUSED,
        };
        Self::new(code, &error, Some(error.hint()))
    }
}

impl CliError {
    /// The exit code of a change to a changelog that was refused.
    pub(crate) fn code_of(error: &pydeploy::changelog::EditError) -> u8 {
        use pydeploy::changelog::EditError::{NotAbove, NotForRelease, Released};
        match error {
            NotAbove { .. } | NotForRelease { .. } | Released { .. } => exit::REFUSED,
            _ => exit::FAILED,
        }
    }
}

impl From<pydeploy::changelog::EditError> for CliError {
    fn from(error: pydeploy::changelog::EditError) -> Self {
        let hint = error.hint();
        Self::new(Self::code_of(&error), &error, Some(hint))
    }
}

impl From<pydeploy::changelog::ParseValueError> for CliError {
    fn from(error: pydeploy::changelog::ParseValueError) -> Self {
        let hint = error.hint().to_owned();
        Self::new(exit::FAILED, &error, Some(hint))
    }
}

impl From<pydeploy::wheelhouse::WriteIndexError> for CliError {
    fn from(error: pydeploy::wheelhouse::WriteIndexError) -> Self {
        let code = match error {
            pydeploy::wheelhouse::WriteIndexError::Wheel(_) => exit::VERIFICATION,
            _ => exit::FAILED,
        };
        let hint = error.hint();
        Self::new(code, &error, hint)
    }
}

impl From<pydeploy::wheelhouse::WriteFolderError> for CliError {
    fn from(error: pydeploy::wheelhouse::WriteFolderError) -> Self {
        let code = match error {
            pydeploy::wheelhouse::WriteFolderError::HashMismatch { .. } => exit::VERIFICATION,
            _ => exit::FAILED,
        };
        let hint = error.hint();
        Self::new(code, &error, hint)
    }
}

impl From<pydeploy::wheelhouse::FetchError> for CliError {
    fn from(error: pydeploy::wheelhouse::FetchError) -> Self {
        use pydeploy::wheelhouse::FetchError::{BadBuild, ForeignBuild, HashMismatch, IndexUrl, SizeMismatch};
        let code = match error {
            HashMismatch { .. } | SizeMismatch { .. } | BadBuild { .. } => exit::VERIFICATION,
            ForeignBuild { .. } => exit::REFUSED,
            IndexUrl { .. } => exit::USAGE,
            _ => exit::FAILED,
        };
        let hint = error.hint();
        Self::new(code, &error, hint)
    }
}
