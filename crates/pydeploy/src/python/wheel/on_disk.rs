//! A file that is not held open: a release may have more wheels than a process may have files.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// A file that was looked at once and is opened again whenever its bytes are needed.
#[derive(Debug)]
pub(super) struct OnDisk {
    path: PathBuf,
    identity: Identity,
}

/// Which file it is, and that nobody wrote to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

impl OnDisk {
    /// The open `file`, which lies at `path`.
    pub(super) fn of(path: &Path, file: &File) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            identity: Identity::of(file)?,
        })
    }

    pub(super) fn identity(&self) -> Identity {
        self.identity
    }

    /// The file, when it is still the same.
    pub(super) fn open(&self) -> io::Result<File> {
        let file = File::open(&self.path)?;
        match Identity::of(&file)? == self.identity {
            true => Ok(file),
            false => Err(io::Error::other("it was replaced or written to while it was used")),
        }
    }
}

impl Identity {
    fn of(file: &File) -> io::Result<Self> {
        let found = file.metadata()?;
        Ok(Self {
            device: found.dev(),
            inode: found.ino(),
            size: found.len(),
            modified: (found.mtime(), found.mtime_nsec()),
        })
    }
}
