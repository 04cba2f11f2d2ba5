//! Files that are not whole yet, each with one owner, who may die.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::sys::files::{self, At as _, FileError};

/// A file that this process alone writes, until it is dropped or the process dies: the kernel frees its lock then.
///
/// What a dead owner has left is taken over by the next one.
#[derive(Debug)]
pub(super) struct Partial {
    path: PathBuf,
    file: File,
}

impl Partial {
    /// Takes the file at `path`, making it if it is not there; `None` while it is another's.
    pub(super) fn claim(path: &Path) -> Result<Option<Self>, FileError> {
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        loop {
            let file = options.open(path).at("open", path)?;
            match locked(&file, path).at("lock", path)? {
                Claim::Mine => {
                    break Ok(Some(Self {
                        path: path.to_owned(),
                        file,
                    }));
                }
                Claim::Anothers => break Ok(None),
                // It was given its name, or removed, between opening and locking.
                Claim::Gone => {}
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Gives the file its name, after its content has reached the disk.
    pub(super) fn commit(self, path: &Path) -> Result<(), FileError> {
        let mode = fs::Permissions::from_mode(0o644);
        self.file.set_permissions(mode).at("set the mode of", &self.path)?;
        self.file.sync_all().at("write", &self.path)?;
        let folder = path.parent().unwrap_or(path);
        files::create_dir_all(folder)?;
        fs::rename(&self.path, path).at("rename into place", path)?;
        files::sync_dir(folder)
    }

    pub(super) fn remove_if_empty(self) -> Result<(), FileError> {
        match self.file.metadata().at("look at", &self.path)?.len() {
            0 => self.remove(),
            _ => Ok(()),
        }
    }

    pub(super) fn remove(self) -> Result<(), FileError> {
        fs::remove_file(&self.path).at("remove", &self.path)
    }
}

enum Claim {
    Mine,
    Anothers,
    Gone,
}

fn locked(file: &File, path: &Path) -> io::Result<Claim> {
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(Claim::Anothers),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let mine = file.metadata()?;
    let same = fs::metadata(path).is_ok_and(|found| (found.dev(), found.ino()) == (mine.dev(), mine.ino()));
    Ok(if same { Claim::Mine } else { Claim::Gone })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_file_has_one_owner_and_the_next_takes_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let mut first = Partial::claim(&path).unwrap().unwrap();
        first.file().write_all(b"half").unwrap();
        assert!(Partial::claim(&path).unwrap().is_none());
        drop(first);
        // A process that another test starts may hold a copy of the file until it has become its program.
        let second = std::iter::repeat_with(|| Partial::claim(&path).unwrap())
            .find_map(|claim| claim)
            .unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"half");
        let whole = dir.path().join("whole/b");
        second.commit(&whole).unwrap();
        assert_eq!(fs::read(&whole).unwrap(), b"half");
        assert!(!path.exists());
    }

    #[test]
    fn a_file_that_went_away_is_not_claimed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let file = File::create(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(matches!(locked(&file, &path).unwrap(), Claim::Gone));
    }
}
