//! Folders that processes work in, and that do not outlive them for long.

use std::fs::{self, File};
use std::path::Path;

use tempfile::TempDir;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_behind_is_removed_and_what_is_used_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let names = |expect: &[&str]| {
            let entries = fs::read_dir(dir.path()).unwrap();
            let mut names: Vec<_> = entries
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            assert_eq!(names, expect);
        };
        for name in [".lock.staged-dead", ".other.staged-dead"] {
            fs::create_dir_all(dir.path().join(name).join("deep")).unwrap();
        }
        let first = Workplace::new(dir.path(), ".lock.staged-").unwrap();
        let second = Workplace::new(dir.path(), ".lock.staged-").unwrap();
        assert!(first.path().is_dir() && second.path().is_dir());
        drop((first, second));
        names(&[".other.staged-dead"]);
    }
}
