//! A folder beside the place of an environment, until it gets its name.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags};
use rustix::io::Errno;
use tempfile::TempDir;

use super::InstallError;
use crate::sys::files::{self, At as _, FileError};

/// A folder of one process. It is removed with the value, or by the next process when this one is killed.
#[derive(Debug)]
pub(super) struct Workplace {
    folder: TempDir,
    /// Locked while this process lives: whoever finds the folder and can lock it knows that it was left behind.
    _lock: File,
}

impl Workplace {
    /// A folder in `parent`, after those with the same prefix that were left behind have been removed.
    pub(super) fn new(parent: &Path, prefix: &str) -> Result<Self, FileError> {
        files::create_dir_all(parent)?;
        // One process at a time: whoever finds a folder here that is not locked knows that nobody is about to lock it.
        let alone = File::open(parent).at("open", parent)?;
        alone.lock().at("lock", parent)?;
        remove_left_behind(parent, prefix)?;
        let folder = tempfile::Builder::new()
            .prefix(prefix)
            .tempdir_in(parent)
            .at("create a folder in", parent)?;
        let lock = File::open(folder.path()).at("open", folder.path())?;
        lock.lock().at("lock", folder.path())?;
        Ok(Self { folder, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

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

/// Removes what a process that died left behind.
fn remove_left_behind(parent: &Path, prefix: &str) -> Result<(), FileError> {
    for entry in fs::read_dir(parent).at("read", parent)? {
        let entry = entry.at("read", parent)?;
        if !entry.file_name().to_string_lossy().starts_with(prefix) {
            continue;
        }
        let Ok(folder) = File::open(entry.path()) else { continue };
        if folder.try_lock().is_ok() {
            fs::remove_dir_all(entry.path()).at("remove", &entry.path())?;
        }
    }
    Ok(())
}
