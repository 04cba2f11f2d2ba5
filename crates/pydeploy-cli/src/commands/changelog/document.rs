//! The changelog that a command is about: where it comes from and where it goes.

use std::path::{Path, PathBuf};

use pydeploy::changelog::{self, Head};

use crate::args::Source;
use crate::error::CliError;
use crate::next::ChangelogFile;
use crate::output::Output;
use crate::workspace::project_in;

/// A changelog that may be changed.
#[derive(Debug)]
pub(super) struct Document {
    /// `None` for standard input.
    path: Option<PathBuf>,
    file: ChangelogFile,
}

impl Document {
    /// Reads it for a command that answers in the form that is asked for.
    pub(super) fn open(source: &Source, output: &mut Output) -> Result<Self, CliError> {
        output.set_render(source.report.format);
        let named = source.changelog.clone();
        let path = named.map_or_else(|| of_project(&source.project), Ok)?;
        let file = ChangelogFile::read(&path)?;
        let path = Some(path).filter(|path| path != Path::new("-"));
        Ok(Self { path, file })
    }

    pub(super) fn name(&self) -> String {
        self.file.name.clone()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.file.bytes
    }

    pub(super) fn is_standard_input(&self) -> bool {
        self.path.is_none()
    }

    pub(super) fn head(&self) -> Result<Head, CliError> {
        self.file.head()
    }

    /// An error with the name of the file in front.
    pub(super) fn error(&self, error: &changelog::EditError) -> CliError {
        let message = format!("{}: {error}", self.name());
        CliError::message(CliError::code_of(error), message, error.hint())
    }

    /// Puts the changed bytes where the old ones came from.
    pub(super) fn store(&self, bytes: &[u8], output: &mut Output) -> Result<(), CliError> {
        match &self.path {
            Some(_) if bytes == self.bytes() => Ok(()),
            Some(path) => Ok(pydeploy::replace_file(path, bytes)?),
            None => output.bytes(bytes),
        }
    }
}

/// What the project says, or else where every Debian package has it.
fn of_project(folder: &Path) -> Result<PathBuf, CliError> {
    let path = match project_in(folder)? {
        Some(project) => project.changelog,
        None => folder.join("debian/changelog"),
    };
    let plain = path.strip_prefix(".").map(Path::to_owned);
    Ok(plain.unwrap_or(path))
}
