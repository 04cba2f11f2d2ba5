//! Locks that the kernel frees when their holder dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::files::{At as _, FileError, create_dir_all};

/// Held until dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// A lock could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// The lock file could not be opened.
    #[error(transparent)]
    File(#[from] FileError),
    /// Somebody else holds it for longer than this command waits.
    #[error("{} is held by {holder}", path.display())]
    Held {
        /// The lock file.
        path: PathBuf,
        /// `process 4242`, as its holder wrote it.
        holder: String,
    },
}

impl Lock {
    /// Takes the lock file at `path`, waiting for at most `patience`.
    pub(crate) fn acquire(path: &Path, patience: Duration) -> Result<Self, LockError> {
        if let Some(dir) = path.parent() {
            create_dir_all(dir)?;
        }
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .at("open the lock", path)?;
        let deadline = Instant::now() + patience;
        while let Err(error) = file.try_lock() {
            match error {
                TryLockError::Error(source) => Err(source).at("lock", path)?,
                TryLockError::WouldBlock if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(20)),
                TryLockError::WouldBlock => return Err(held(path, &mut file)),
            }
        }
        sign(&mut file).at("write", path)?;
        Ok(Self { _file: file })
    }
}

fn sign(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "process {}", std::process::id())
}

fn held(path: &Path, file: &mut File) -> LockError {
    let mut holder = String::new();
    if file.read_to_string(&mut holder).is_err() || holder.is_empty() {
        "another process".clone_into(&mut holder);
    }
    LockError::Held {
        path: path.to_owned(),
        holder,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_taker_is_told_who_holds_it_and_a_drop_frees_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = Lock::acquire(&path, Duration::ZERO).unwrap();
        let refused = Lock::acquire(&path, Duration::ZERO).unwrap_err();
        assert!(
            refused
                .to_string()
                .ends_with(&format!("process {}", std::process::id()))
        );
        drop(first);
        // A process that another test starts may hold a copy of the file until it has become its program.
        Lock::acquire(&path, Duration::from_secs(5)).unwrap();
    }
}
