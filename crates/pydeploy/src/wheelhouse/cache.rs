//! Wheels by content: `wheels/sha256/ab/<sha256>/<file name>`.
//!
//! A file has its name only after its bytes were checked and have reached the disk, so that any number of processes can
//! use the folder, and none is harmed when another dies.

use std::fs;
use std::path::{Path, PathBuf};

use super::lock::Pinned;
use crate::sys::files::{self, FileError};

#[derive(Debug)]
pub(super) struct Cache<'a> {
    dir: &'a Path,
}

impl<'a> Cache<'a> {
    pub(super) fn at(dir: &'a Path) -> Self {
        Self { dir }
    }

    /// The wheel and its size, when it is there.
    pub(super) fn find(&self, pin: &Pinned) -> Option<(PathBuf, u64)> {
        let path = self.path(pin);
        let found = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?.len();
        let right = pin.size.is_none_or(|size| size == found) && found > 0;
        right.then_some((path, found))
    }

    /// Where the wheel is, or will be.
    pub(super) fn path(&self, pin: &Pinned) -> PathBuf {
        let sha256 = pin.sha256.to_string();
        let folders = self.dir.join("wheels/sha256").join(&sha256[..2]);
        folders.join(&sha256).join(pin.filename.as_str())
    }

    /// A file that does not have its name yet.
    pub(super) fn stage(&self) -> Result<tempfile::NamedTempFile, FileError> {
        files::stage_file(&self.dir.join("staging"))
    }

    /// Gives a checked file its name.
    pub(super) fn commit(&self, pin: &Pinned, staged: tempfile::NamedTempFile) -> Result<PathBuf, FileError> {
        let path = self.path(pin);
        if let Some(folder) = path.parent() {
            files::create_dir_all(folder)?;
        }
        files::commit_file(staged, &path, 0o644)?;
        Ok(path)
    }
}
