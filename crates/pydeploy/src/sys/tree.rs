//! A new folder of many files, written on all cores.
//!
//! Names are given to the system relative to the folder that they lie in, which is opened once for many files. No file is
//! synced: whoever stages a tree syncs its file system once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags};

use super::files::{At as _, FileError};
use super::parallel;

/// How many files and bytes a thread takes at a time.
const FILES_AT_A_TIME: usize = 64;
const BYTES_AT_A_TIME: u64 = 1 << 20;

const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);

/// A folder that did not exist before.
#[derive(Debug)]
pub(crate) struct NewTree {
    path: PathBuf,
    root: OwnedFd,
    /// What the process takes away from the modes of what it creates.
    umask: u32,
}

/// A file that is to be written.
#[derive(Debug)]
pub(crate) struct NewFile<'a, C> {
    /// Relative to the tree, `/` between components; its folder has been made.
    pub(crate) path: &'a str,
    pub(crate) mode: u32,
    pub(crate) size: u64,
    pub(crate) content: C,
}

impl NewTree {
    /// Makes the folder at `path`, which must not exist.
    pub(crate) fn create(path: &Path) -> Result<Self, FileError> {
        // All bits are asked for, so that those that are missing are the umask.
        rustix::fs::mkdirat(CWD, path, Mode::from_raw_mode(0o777))
            .map_err(io::Error::from)
            .at("create the folder", path)?;
        let open = || {
            let root = rustix::fs::openat(CWD, path, FOLDER, Mode::empty())?;
            let umask = 0o777 & !rustix::fs::fstat(&root)?.st_mode;
            rustix::fs::fchmod(&root, Mode::from_raw_mode(0o755))?;
            Ok((root, umask))
        };
        let (root, umask) = open()
            .map_err(|error: rustix::io::Errno| error.into())
            .at("open", path)?;
        Ok(Self {
            path: path.to_owned(),
            root,
            umask,
        })
    }

    /// Makes a folder with mode 0755, whatever the umask is; the folder that it lies in has been made.
    pub(crate) fn make_folder(&self, path: &str) -> Result<(), FileError> {
        let make = || {
            rustix::fs::mkdirat(&self.root, path, Mode::from_raw_mode(0o755))?;
            if self.umask & 0o755 != 0 {
                rustix::fs::chmodat(&self.root, path, Mode::from_raw_mode(0o755), AtFlags::empty())?;
            }
            Ok(())
        };
        make()
            .map_err(|error: rustix::io::Errno| error.into())
            .at("create the folder", &self.path.join(path))
    }

    /// The same, when there may be one already.
    pub(crate) fn make_folder_if_missing(&self, path: &str) -> Result<(), FileError> {
        match self.make_folder(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            made => made,
        }
    }

    /// The tree's own folder.
    pub(crate) fn folder(&self) -> &OwnedFd {
        &self.root
    }

    /// The place of a file in the tree's own folder.
    pub(crate) fn slot<'t>(&'t self, name: &'t str, mode: u32) -> Slot<'t> {
        Slot {
            tree: self,
            folder: self.root.as_fd(),
            name,
            path: name,
            mode,
        }
    }

    /// Makes the folders that these paths lie in, on all cores: those at one depth at a time.
    pub(crate) fn make_folders_of<'p>(&self, paths: impl Iterator<Item = &'p str>) -> Result<(), FileError> {
        folders_by_depth(paths).values().try_for_each(|folders| {
            let batches: Vec<_> = folders.chunks(FILES_AT_A_TIME).collect();
            parallel::for_each(
                &batches,
                || (),
                |(), batch| batch.iter().try_for_each(|folder| self.make_folder(folder)),
            )
        })
    }

    /// Makes a symbolic link. Links come last: while files are written, no path leads through one.
    pub(crate) fn make_link(&self, target: &str, path: &str) -> Result<(), FileError> {
        rustix::fs::symlinkat(target, &self.root, path)
            .map_err(io::Error::from)
            .at("create the link", &self.path.join(path))
    }

    /// Writes files on all cores: `fill` gives each of them its content, with a scratch value that each thread has for
    /// itself. Folders with much in them come first, so that no thread is left with the largest file at the end.
    pub(crate) fn write_files<C, S, E>(
        &self,
        files: &[NewFile<'_, C>],
        scratch: impl Fn() -> S + Sync,
        fill: impl Fn(&mut S, &NewFile<'_, C>, &Slot<'_>) -> Result<(), E> + Sync,
    ) -> Result<(), E>
    where
        C: Sync,
        E: From<FileError> + Send,
    {
        parallel::for_each(&batches(files), scratch, |scratch, batch| {
            let folder = self.open_folder(batch.folder)?;
            batch.files.iter().try_for_each(|file| {
                let slot = Slot {
                    tree: self,
                    folder: folder.as_fd(),
                    name: name(file.path),
                    path: file.path,
                    mode: file.mode,
                };
                fill(scratch, file, &slot)
            })
        })
    }

    fn open_folder(&self, path: &str) -> Result<OwnedFd, FileError> {
        let path = if path.is_empty() { "." } else { path };
        rustix::fs::openat(&self.root, path, FOLDER, Mode::empty())
            .map_err(io::Error::from)
            .at("open", &self.path.join(path))
    }
}

/// Some files of one folder.
struct Batch<'f, 'a, C> {
    folder: &'a str,
    files: Vec<&'f NewFile<'a, C>>,
    bytes: u64,
}

/// The largest first.
fn batches<'f, 'a, C>(files: &'f [NewFile<'a, C>]) -> Vec<Batch<'f, 'a, C>> {
    let mut sorted: Vec<_> = files.iter().collect();
    sorted.sort_by_key(|file| (folder(file.path), file.path));
    let mut batches: Vec<Batch<'_, '_, C>> = Vec::new();
    for file in sorted {
        match batches.last_mut() {
            Some(batch) if batch.takes(file) => {
                batch.bytes += file.size;
                batch.files.push(file);
            }
            _ => batches.push(Batch {
                folder: folder(file.path),
                bytes: file.size,
                files: vec![file],
            }),
        }
    }
    batches.sort_by_key(|batch| std::cmp::Reverse(batch.bytes));
    batches
}

impl<C> Batch<'_, '_, C> {
    fn takes(&self, file: &NewFile<'_, C>) -> bool {
        self.folder == folder(file.path)
            && self.files.len() < FILES_AT_A_TIME
            && self.bytes.saturating_add(file.size) <= BYTES_AT_A_TIME
    }
}

/// In order, so that neighbours have their parent in common.
fn folders_by_depth<'p>(paths: impl Iterator<Item = &'p str>) -> BTreeMap<usize, Vec<&'p str>> {
    let mut all = BTreeSet::new();
    for path in paths {
        let mut rest = path;
        while let Some((folder, _)) = rest.rsplit_once('/') {
            if !all.insert(folder) {
                break;
            }
            rest = folder;
        }
    }
    let mut depths: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for folder in all {
        depths.entry(folder.matches('/').count()).or_default().push(folder);
    }
    depths
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// Where a file's content goes.
#[derive(Debug)]
pub(crate) struct Slot<'t> {
    tree: &'t NewTree,
    folder: BorrowedFd<'t>,
    name: &'t str,
    path: &'t str,
    mode: u32,
}

impl Slot<'_> {
    /// Creates the file with these bytes.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), FileError> {
        self.open()?.write(bytes)
    }

    /// Creates the file, to be written in pieces.
    pub(crate) fn open(&self) -> Result<SlotFile<'_>, FileError> {
        let file = self.create().at("create", &self.full_path())?;
        Ok(SlotFile { slot: self, file })
    }

    fn create(&self) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(self.mode);
        let file = rustix::fs::openat(self.folder, self.name, flags, mode)?;
        if self.tree.umask & self.mode != 0 {
            rustix::fs::fchmod(&file, mode)?;
        }
        Ok(file.into())
    }

    /// Creates the file as a clone of an open one: they share their blocks until one is written to.
    pub(crate) fn clone_from(&self, source: &OwnedFd) -> io::Result<()> {
        let file = self.create()?;
        rustix::fs::ioctl_ficlone(&file, source).map_err(|error| {
            let _ = rustix::fs::unlinkat(self.folder, self.name, AtFlags::empty());
            error.into()
        })
    }

    /// The mode that the file is to have.
    pub(crate) fn mode(&self) -> u32 {
        self.mode
    }

    /// Makes the file a second name of `name` in the open folder `from`.
    pub(crate) fn link_from(&self, from: BorrowedFd<'_>, name: &str) -> io::Result<()> {
        Ok(rustix::fs::linkat(
            from,
            name,
            self.folder,
            self.name,
            AtFlags::empty(),
        )?)
    }

    /// For an error.
    fn full_path(&self) -> PathBuf {
        self.tree.path.join(self.path)
    }
}

/// A new file in its slot.
#[derive(Debug)]
pub(crate) struct SlotFile<'s> {
    slot: &'s Slot<'s>,
    file: File,
}

impl SlotFile<'_> {
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        self.file.write_all(bytes).at("write", &self.slot.full_path())
    }
}
