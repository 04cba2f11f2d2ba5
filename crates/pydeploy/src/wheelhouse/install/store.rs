//! Unpacked wheels in the cache: `unpacked/1/ab/<digest of the content>/<number of the member>`, and the modules of a
//! wheel as compiled by one version of Python: `bytecode/1/<magic number>-<version>/ab/…`.
//!
//! A shelf gets its name when everything on it has been checked and has reached the disk, and nothing is ever added to
//! it. Its file `sealed` was written last; a file that has been written to after that is not given out again.

use std::fs;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};

use crate::digest::Sha256;
use crate::sys::files::{self, At as _, FileError};
use crate::sys::tree::{NewTree, Slot};
use crate::wheelhouse::workplace::Workplace;

const SEALED: &str = "sealed";

/// The part of the cache that holds unpacked files.
#[derive(Debug)]
pub(super) struct Store {
    cache: PathBuf,
    /// Where shelves are filled.
    workplace: Workplace,
    /// Whether the file system makes clones that are written apart.
    clones: bool,
}

impl Store {
    /// The store in `cache`, or `None` when `folder` is on another file system: then nothing can be shared.
    pub(super) fn open(cache: &Path, folder: &Path) -> Result<Option<Self>, FileError> {
        let store = Self::within(cache)?;
        let device = |path: &Path| fs::metadata(path).map(|found| found.dev()).at("read", path);
        let same = device(store.folder())? == device(folder)?;
        Ok(same.then_some(store))
    }

    /// The store in `cache`, whose files are used where they are.
    pub(super) fn within(cache: &Path) -> Result<Self, FileError> {
        let workplace = Workplace::new(&cache.join("staging"), ".unpacked-")?;
        Ok(Self {
            cache: cache.to_owned(),
            clones: can_clone(workplace.path())?,
            workplace,
        })
    }

    /// Where shelves are filled.
    pub(super) fn folder(&self) -> &Path {
        self.workplace.path()
    }

    /// The unpacked files of a wheel; `sha256` is what the wheel as a file has to have, when that is known.
    pub(super) fn unpacked(&self, content: &Sha256, sha256: Option<Sha256>) -> Result<Shelf, FileError> {
        self.shelf("unpacked/1", content, sha256)
    }

    /// Modules that are kept together, as one compiler makes them.
    pub(super) fn compiled(&self, compiler: &str, key: &Sha256) -> Result<Shelf, FileError> {
        self.shelf(&format!("bytecode/1/{compiler}"), key, None)
    }

    fn shelf(&self, kind: &str, content: &Sha256, sha256: Option<Sha256>) -> Result<Shelf, FileError> {
        let digits = content.to_string();
        let path = self.cache.join(kind).join(&digits[..2]).join(&digits);
        let proof = sha256.map(|sha256| sha256.to_string()).unwrap_or_default();
        let state = match Sealed::open(&path, &proof) {
            Some(sealed) => State::Sealed(sealed),
            None => State::New(New::stage(
                &self
                    .workplace
                    .path()
                    .join(format!("{}-{digits}", kind.replace('/', "-"))),
            )?),
        };
        Ok(Shelf {
            path,
            clones: self.clones,
            proof,
            state,
        })
    }
}

fn can_clone(staging: &Path) -> Result<bool, FileError> {
    let file = || tempfile::tempfile_in(staging).at("create a file in", staging);
    Ok(rustix::fs::ioctl_ficlone(file()?, file()?).is_ok())
}

/// What became of a file that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// It is in its slot.
    Yes,
    /// It cannot be used.
    No,
    /// It was never put here.
    Missing,
}

/// The place of one wheel's files.
#[derive(Debug)]
pub(super) struct Shelf {
    path: PathBuf,
    clones: bool,
    /// What it is sealed with: the digest of the wheel as a file, when that is known; a list of compiled modules.
    proof: String,
    state: State,
}

#[derive(Debug)]
enum State {
    Sealed(Sealed),
    New(New),
}

/// A shelf that was there.
#[derive(Debug)]
struct Sealed {
    folder: OwnedFd,
    /// Seconds and nanoseconds.
    at: (i64, i64),
    proven: bool,
    spoiled: AtomicBool,
}

impl Sealed {
    fn open(path: &Path, proof: &str) -> Option<Self> {
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let folder = rustix::fs::openat(CWD, path, flags, Mode::empty()).ok()?;
        let sealed = path.join(SEALED);
        let found = fs::symlink_metadata(&sealed).ok()?;
        Some(Self {
            folder,
            at: (found.mtime(), found.mtime_nsec()),
            proven: !proof.is_empty() && fs::read_to_string(&sealed).ok()? == proof,
            spoiled: AtomicBool::new(false),
        })
    }

    /// Whether a file is as it was put there.
    fn is_intact(&self, name: &str, size: Option<u64>, executable: bool) -> Option<bool> {
        let found = rustix::fs::statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        let written = (found.st_mtime, i64::try_from(found.st_mtime_nsec).unwrap_or(i64::MAX));
        let same_size = size.is_none_or(|size| u64::try_from(found.st_size) == Ok(size));
        let is_file = FileType::from_raw_mode(found.st_mode) == FileType::RegularFile;
        let same_mode = (found.st_mode & 0o111 != 0) == executable;
        Some(is_file && same_size && same_mode && written <= self.at)
    }
}

/// A shelf that is being filled.
#[derive(Debug)]
struct New {
    tree: NewTree,
    staged: PathBuf,
}

impl New {
    fn stage(staged: &Path) -> Result<Self, FileError> {
        Ok(Self {
            tree: NewTree::create(staged)?,
            staged: staged.to_owned(),
        })
    }
}

impl Shelf {
    /// Whether what lies here came from a file with the digest that is asked for.
    pub(super) fn is_proven(&self) -> bool {
        matches!(&self.state, State::Sealed(sealed) if sealed.proven)
    }

    /// Whether files are to be put here.
    pub(super) fn is_new(&self) -> bool {
        matches!(self.state, State::New(_))
    }

    /// Says what it will be sealed with.
    pub(super) fn describe(&mut self, text: String) {
        self.proof = text;
    }

    /// Gives a file out, if it is there and as it was. Without a size it is one that may be missing.
    pub(super) fn give(&self, member: usize, size: Option<u64>, slot: &Slot<'_>) -> Given {
        let State::Sealed(sealed) = &self.state else {
            return Given::No;
        };
        let name = member.to_string();
        match sealed.is_intact(&name, size, slot.mode() & 0o111 != 0) {
            Some(true) if self.share(&sealed.folder, &name, slot) => Given::Yes,
            Some(true) => Given::No,
            None if size.is_none() => Given::Missing,
            Some(false) | None => {
                sealed.spoiled.store(true, Ordering::Relaxed);
                Given::No
            }
        }
    }

    /// Keeps a file that was written elsewhere; it stays there too.
    pub(super) fn adopt(&self, member: usize, file: &Path) -> Result<(), FileError> {
        let State::New(new) = &self.state else { return Ok(()) };
        let (name, mode) = (member.to_string(), self.mode(0o644));
        if self.clones {
            return new.tree.slot(&name, mode).write(&files::read(file)?);
        }
        let link = || {
            rustix::fs::chmodat(CWD, file, Mode::from_raw_mode(mode), AtFlags::empty())?;
            rustix::fs::linkat(CWD, file, new.tree.folder(), &name, AtFlags::empty())
        };
        link().map_err(io::Error::from).at("link", file)
    }

    /// Keeps a file that `copy` writes and gives it out; whether it could be shared.
    pub(super) fn keep<E>(
        &self,
        member: usize,
        slot: &Slot<'_>,
        mut copy: impl FnMut(&Slot<'_>) -> Result<(), E>,
    ) -> Result<bool, E> {
        if let State::New(new) = &self.state {
            let name = member.to_string();
            copy(&new.tree.slot(&name, self.mode(slot.mode())))?;
            if self.share(new.tree.folder(), &name, slot) {
                return Ok(true);
            }
        }
        copy(slot)?;
        Ok(false)
    }

    /// A linked file is one file: nobody is to write to it.
    fn mode(&self, mode: u32) -> u32 {
        if self.clones { mode } else { mode & 0o555 }
    }

    fn share(&self, folder: &OwnedFd, name: &str, slot: &Slot<'_>) -> bool {
        if !self.clones {
            return slot.link_from(folder.as_fd(), name).is_ok();
        }
        let source = rustix::fs::openat(folder, name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
        let Ok(source) = source else { return false };
        slot.clone_from(&source).is_ok()
    }

    /// Says that everything is here; before the file system is synced.
    pub(super) fn seal(&self) -> Result<(), FileError> {
        match &self.state {
            State::New(new) => new.tree.slot(SEALED, 0o444).write(self.proof.as_bytes()),
            State::Sealed(_) => Ok(()),
        }
    }

    /// Gives a new shelf its name, and clears one away that somebody wrote to; after the file system has been synced.
    pub(super) fn close(self) -> Result<(), FileError> {
        let Self { path, state, .. } = self;
        match state {
            State::New(new) => publish(&new.staged, &path),
            State::Sealed(sealed) => match sealed.spoiled.into_inner() {
                true => remove(&path),
                false => Ok(()),
            },
        }
    }
}

/// What is used where it lies.
#[cfg(feature = "artifact")]
impl Shelf {
    /// Where it lies once it is closed.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What it was sealed with, when it was there.
    pub(super) fn sealed_with(&self) -> Option<String> {
        match self.state {
            State::Sealed(_) => fs::read_to_string(self.path.join(SEALED)).ok(),
            State::New(_) => None,
        }
    }

    /// Whether a plain file of this size is there as it was put there.
    pub(super) fn has(&self, number: usize, size: u64) -> bool {
        match &self.state {
            State::Sealed(sealed) => sealed.is_intact(&number.to_string(), Some(size), false) == Some(true),
            State::New(_) => false,
        }
    }

    /// Puts a plain file here.
    pub(super) fn put(&self, number: usize, bytes: &[u8]) -> Result<(), FileError> {
        match &self.state {
            State::New(new) => new.tree.slot(&number.to_string(), self.mode(0o644)).write(bytes),
            State::Sealed(_) => Ok(()),
        }
    }

    /// Makes it go away when it is closed.
    pub(super) fn spoil(&self) {
        if let State::Sealed(sealed) = &self.state {
            sealed.spoiled.store(true, Ordering::Relaxed);
        }
    }
}

fn publish(shelf: &Path, path: &Path) -> Result<(), FileError> {
    if let Some(folder) = path.parent() {
        files::create_dir_all(folder)?;
    }
    match fs::rename(shelf, path) {
        // Somebody else has just put the same there.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists
            ) =>
        {
            Ok(())
        }
        renamed => renamed.at("rename into place", path),
    }
}

fn remove(path: &Path) -> Result<(), FileError> {
    let away = path.with_extension(format!("away-{}", std::process::id()));
    match fs::rename(path, &away) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        renamed => renamed.and_then(|()| fs::remove_dir_all(&away)).at("remove", path),
    }
}
