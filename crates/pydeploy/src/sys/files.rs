//! Files and links that appear whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown, symlink};
use std::path::{Path, PathBuf};

/// An operation on a path that the system refused.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}", path.display())]
pub struct FileError {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl FileError {
    pub(crate) fn new(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        Self { action, path, source }
    }

    /// The path in question.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the system said.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        self.source.kind()
    }

    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self.source.kind() {
            io::ErrorKind::StorageFull => {
                Some("free some space on that disk and run the same command again".to_owned())
            }
            io::ErrorKind::PermissionDenied => Some("check who owns it, and who you are".to_owned()),
            io::ErrorKind::NotFound => Some("check the path".to_owned()),
            _ => None,
        }
    }
}

/// Adds what was tried and on which path to an [`io::Result`].
pub(crate) trait At<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, FileError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, FileError> {
        self.map_err(|source| FileError::new(action, path, source))
    }
}

/// The mode of a regular file that is installed, whatever it was where it comes from.
pub(crate) fn mode(executable: bool) -> u32 {
    if executable { 0o755 } else { 0o644 }
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    fs::read(path).at("read", path)
}

/// Like [`read`], but `None` when there is no such file.
pub(crate) fn read_if_exists(path: &Path) -> Result<Option<Vec<u8>>, FileError> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.at("read", path).map(Some),
    }
}

/// Removes a file, unless there is none.
pub(crate) fn remove_if_exists(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.at("remove", path),
    }
}

pub(crate) fn create_dir_all(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).at("create the folder", path)
}

/// Writes `bytes` beside `path`, syncs them and renames them into place.
pub(crate) fn write_atomic(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
    let dir = parent(path);
    let mut staged = stage_file(dir)?;
    staged.write_all(bytes).at("write", path)?;
    commit_file(staged, path, mode)
}

/// Replaces the content of a file as a whole: whoever opens it sees all of the old or all of the new one, and so does
/// whoever looks after a crash.
///
/// The file keeps its mode and, where the process may give files away, its owner. A symbolic link stays one: what it
/// points at is replaced. A file that does not exist is made.
///
/// # Errors
///
/// When the file or its folder cannot be read or written. The file is unchanged then.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("changelog");
/// pydeploy::replace_file(&file, b"old")?;
/// pydeploy::replace_file(&file, b"new")?;
/// assert_eq!(std::fs::read(&file)?, b"new");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let target = match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return write_atomic(path, bytes, 0o644),
        other => other.at("find", path)?,
    };
    let before = fs::metadata(&target).at("read", &target)?;
    let mut staged = stage_file(parent(&target))?;
    staged.write_all(bytes).at("write", &target)?;
    // Only root may give a file away; for everybody else it was their own, or becomes so.
    drop(fchown(staged.as_file(), Some(before.uid()), Some(before.gid())));
    commit_file(staged, &target, before.mode() & 0o7777)
}

/// How files are called that have no name yet.
const STAGED: &str = ".staged-";

/// A temporary file in `dir`, gone again unless it is committed.
///
/// It is locked while this process lives, so that [`remove_staged`] knows it from one that was left behind.
pub(crate) fn stage_file(dir: &Path) -> Result<tempfile::NamedTempFile, FileError> {
    create_dir_all(dir)?;
    loop {
        let staged = tempfile::Builder::new()
            .prefix(STAGED)
            .tempfile_in(dir)
            .at("create a file in", dir)?;
        // A file system without locks has nobody who could find it unlocked either.
        drop(staged.as_file().lock());
        // Somebody may have removed it before it was locked.
        if staged.as_file().metadata().at("look at", staged.path())?.nlink() > 0 {
            return Ok(staged);
        }
    }
}

/// Removes files in `dir` that a process staged which was killed. What cannot be looked at or removed stays.
#[cfg(feature = "wheelhouse")]
pub(crate) fn remove_staged(dir: &Path) {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let staged = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(STAGED));
    for entry in staged.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())) {
        let left = fs::File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok());
        if left && let Err(error) = fs::remove_file(entry.path()) {
            tracing::debug!(%error, "left as it is");
        }
    }
}

/// Gives a staged file its mode and its name, after its content has reached the disk.
pub(crate) fn commit_file(staged: tempfile::NamedTempFile, path: &Path, mode: u32) -> Result<(), FileError> {
    let file = staged.as_file();
    file.set_permissions(fs::Permissions::from_mode(mode))
        .at("set the mode of", path)?;
    file.sync_all().at("write", path)?;
    staged
        .persist(path)
        .map_err(|e| e.error)
        .at("rename into place", path)?;
    sync_dir(parent(path))
}

/// Makes `link` point at `target`, atomically, whatever it pointed at before.
pub(crate) fn replace_symlink(target: &Path, link: &Path) -> Result<(), FileError> {
    let dir = parent(link);
    let staging = tempfile::Builder::new()
        .prefix(".staged-")
        .tempdir_in(dir)
        .at("create a folder in", dir)?;
    let staged = staging.path().join("link");
    symlink(target, &staged).at("create the link", &staged)?;
    fs::rename(&staged, link).at("rename into place", link)?;
    sync_dir(dir)
}

/// Marks a file as used just now, by the clock of its file system.
pub(crate) fn touch(file: &File) -> io::Result<()> {
    use rustix::fs::{Timespec, Timestamps, UTIME_NOW, futimens};

    let now = Timespec {
        tv_sec: 0,
        tv_nsec: UTIME_NOW,
    };
    let times = Timestamps {
        last_access: now,
        last_modification: now,
    };
    futimens(file, &times).map_err(io::Error::from)
}

/// Makes the names in `dir` durable.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), FileError> {
    File::open(dir)
        .and_then(|file| file.sync_all())
        .at("sync the folder", dir)
}

/// Makes everything on the file system that holds `dir` durable: one call for a tree of any size.
pub(crate) fn sync_file_system(dir: &Path) -> Result<(), FileError> {
    let file = File::open(dir).at("open", dir)?;
    rustix::fs::syncfs(&file).map_err(io::Error::from).at("sync", dir)
}

fn parent(path: &Path) -> &Path {
    path.parent()
        .filter(|dir| !dir.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_replaced_and_nothing_is_left_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("current");
        for target in ["a", "b"] {
            replace_symlink(Path::new(target), &link).unwrap();
            assert_eq!(fs::read_link(&link).unwrap(), Path::new(target));
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_is_written_with_its_mode() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/secret");
        write_atomic(&path, b"x", 0o600).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[cfg(feature = "wheelhouse")]
    #[test]
    fn a_staged_file_is_removed_when_its_process_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        for name in [".staged-dead", "other"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        fs::create_dir(dir.path().join(".staged-folder")).unwrap();
        let living = stage_file(dir.path()).unwrap();
        remove_staged(dir.path());
        assert!(living.path().exists() && !dir.path().join(".staged-dead").exists());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3);
        commit_file(living, &dir.path().join("whole"), 0o644).unwrap();
        remove_staged(dir.path());
        assert!(dir.path().join("whole").exists());
    }

    #[test]
    fn a_replaced_file_keeps_its_mode_and_its_link() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        write_atomic(&file, b"old", 0o640).unwrap();
        symlink("file", &link).unwrap();
        replace_file(&link, b"new").unwrap();
        assert_eq!(fs::read_link(&link).unwrap(), Path::new("file"));
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
