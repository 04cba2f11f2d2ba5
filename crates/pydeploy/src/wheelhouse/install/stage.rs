//! A folder beside the place of an environment, until it gets its name.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags};
use rustix::io::Errno;

use super::InstallError;
use crate::sys::files::{self, At as _};
use crate::wheelhouse::workplace::Workplace;

/// Removed again unless it is committed.
#[derive(Debug)]
pub(super) struct Staging {
    place: PathBuf,
    parent: PathBuf,
    folder: Workplace,
}

impl Staging {
    /// A folder for what will be `place`, which must not exist.
    pub(super) fn beside(place: &Path) -> Result<Self, InstallError> {
        // A link that leads nowhere is there too.
        if fs::symlink_metadata(place).is_ok() {
            return Err(exists(place));
        }
        let (Some(parent), Some(name)) = (place.parent(), place.file_name()) else {
            return Err(exists(place));
        };
        let prefix = format!(".{}.staged-", name.to_string_lossy());
        Ok(Self {
            place: place.to_owned(),
            parent: parent.to_owned(),
            folder: Workplace::new(parent, &prefix)?,
        })
    }

    /// The folder, which lies on the file system that the environment will lie on.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What becomes the environment.
    pub(super) fn tree(&self) -> PathBuf {
        self.folder.path().join("tree")
    }

    /// Gives the tree its name, unless something got it in the meantime.
    pub(super) fn commit(self) -> Result<(), InstallError> {
        let mut renamed = rustix::fs::renameat_with(CWD, self.tree(), CWD, &self.place, RenameFlags::NOREPLACE);
        // Some network file systems cannot look and rename in one step.
        if renamed == Err(Errno::INVAL) && fs::symlink_metadata(&self.place).is_err() {
            renamed = rustix::fs::rename(self.tree(), &self.place);
        }
        if renamed == Err(Errno::EXIST) {
            return Err(exists(&self.place));
        }
        renamed.map_err(io::Error::from).at("rename into place", &self.place)?;
        Ok(files::sync_dir(&self.parent)?)
    }
}

fn exists(place: &Path) -> InstallError {
    InstallError::Exists { dir: place.to_owned() }
}
