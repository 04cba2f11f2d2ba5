//! The changelog that a command is about: where it comes from and where it goes.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use pydeploy::changelog::{self, Head};
use pydeploy::config::{ConfigError, Project};
use pydeploy::exit;

use crate::args::Source;
use crate::error::CliError;
use crate::output::Output;

/// The bytes of a changelog.
#[derive(Debug)]
pub(super) struct Document {
    /// `None` for standard input.
    path: Option<PathBuf>,
    pub(super) bytes: Vec<u8>,
}

impl Document {
    pub(super) fn read(source: &Source) -> Result<Self, CliError> {
        let named = source.changelog.as_deref();
        if named == Some(Path::new("-")) {
            let mut bytes = Vec::new();
            io::stdin().read_to_end(&mut bytes)?;
            return Ok(Self { path: None, bytes });
        }
        let path = named.map_or_else(|| of_project(&source.project), |path| Ok(path.to_owned()))?;
        let bytes = std::fs::read(&path).map_err(|error| {
            let message = format!("cannot read {}: {error}", path.display());
            let hint = "name another changelog, or the folder of a project with `--project`";
            CliError::message(exit::FAILED, message, hint)
        })?;
        let path = Some(path);
        Ok(Self { path, bytes })
    }

    pub(super) fn name(&self) -> String {
        let path = self.path.as_ref().map(|path| path.display().to_string());
        path.unwrap_or_else(|| "standard input".to_owned())
    }

    pub(super) fn is_standard_input(&self) -> bool {
        self.path.is_none()
    }

    pub(super) fn head(&self) -> Result<Head, CliError> {
        changelog::head(&self.bytes).map_err(|error| {
            let message = format!("{}: {error}", self.name());
            CliError::message(exit::FAILED, message, error.hint())
        })
    }

    /// An error with the name of the file in front.
    pub(super) fn error(&self, error: &changelog::EditError) -> CliError {
        let message = format!("{}: {error}", self.name());
        CliError::message(CliError::code_of(error), message, error.hint())
    }

    /// Puts the changed bytes where the old ones came from.
    pub(super) fn store(&self, bytes: &[u8], output: &mut Output) -> Result<(), CliError> {
        match &self.path {
            Some(_) if bytes == self.bytes => Ok(()),
            Some(path) => Ok(pydeploy::replace_file(path, bytes)?),
            None => output.bytes(bytes),
        }
    }
}

/// What the project says, or else where every Debian package has it.
fn of_project(folder: &Path) -> Result<PathBuf, CliError> {
    let path = match folder.join("pyproject.toml").exists().then(|| Project::load(folder)) {
        Some(Ok(project)) => project.changelog,
        None
        | Some(Err(ConfigError::Missing {
            key: "tool.pydeploy", ..
        })) => folder.join("debian/changelog"),
        Some(Err(error)) => return Err(error.into()),
    };
    let plain = path.strip_prefix(".").map(Path::to_owned);
    Ok(plain.unwrap_or(path))
}
