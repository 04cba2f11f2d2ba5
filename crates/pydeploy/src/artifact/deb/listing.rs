//! The members of a tar archive inside a `.deb`, each checked before it is believed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::Path;

use tar::EntryType;

use super::DebError;
use super::decompress::container_error;
use crate::release::TreePath;

/// What a package installs at one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebFile {
    /// Where, below `/`.
    pub path: TreePath,
    /// Permission bits, with set-user-id, set-group-id and sticky.
    pub mode: u32,
    /// Size in bytes; 0 for all but regular files.
    pub size: u64,
    /// What it is.
    pub kind: DebFileKind,
}

/// What lies at a path of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DebFileKind {
    /// A regular file.
    File,
    /// A folder.
    Directory,
    /// A symbolic link.
    Symlink {
        /// What it points at, as written.
        target: String,
    },
    /// Another name of a file that comes earlier in the package.
    HardLink {
        /// That file.
        target: TreePath,
    },
}

/// Which archive of which file is read, for messages.
#[derive(Clone, Copy, Debug)]
pub(in crate::artifact) struct Place<'a> {
    pub(in crate::artifact) path: &'a Path,
    pub(in crate::artifact) archive: &'a str,
}

impl Place<'_> {
    pub(in crate::artifact) fn damaged(self, error: io::Error) -> DebError {
        let path = self.path.to_owned();
        match container_error(error) {
            Ok(source) => DebError::Container { path, source },
            Err(source) => DebError::Damaged {
                path,
                archive: self.archive.to_owned(),
                source,
            },
        }
    }

    pub(in crate::artifact) fn trailing_data(self) -> DebError {
        DebError::TrailingData {
            path: self.path.to_owned(),
            archive: self.archive.to_owned(),
        }
    }

    /// A file's content that cannot be read, or that its reader refuses.
    pub(in crate::artifact) fn content(self, file: &DebFile, error: io::Error) -> DebError {
        match error.kind() {
            io::ErrorKind::FileTooLarge => self.member(file.path.as_str().as_bytes(), error.to_string()),
            _ => self.damaged(error),
        }
    }

    pub(super) fn member(self, member: &[u8], reason: impl Into<String>) -> DebError {
        DebError::Member {
            path: self.path.to_owned(),
            archive: self.archive.to_owned(),
            member: String::from_utf8_lossy(member).into_owned(),
            reason: reason.into(),
        }
    }
}

/// Reads a tar archive of at most `limit` bytes to its end; `visit` gets every member but the root folder.
pub(in crate::artifact) fn walk(
    place: Place<'_>,
    input: &mut dyn Read,
    limit: u64,
    mut visit: impl FnMut(&DebFile, &mut dyn Read) -> Result<(), DebError>,
) -> Result<Vec<DebFile>, DebError> {
    let damaged = |error| place.damaged(error);
    let mut archive = tar::Archive::new(Tail::new(input, limit));
    let mut listing = Listing::new(place);
    for entry in archive.entries().map_err(damaged)?.raw(true) {
        let mut entry = entry.map_err(damaged)?;
        if let Some(file) = listing.next(&mut entry)? {
            visit(&file, &mut entry)?;
            listing.push(file);
        }
    }
    listing.finish()?;
    let mut tail = archive.into_inner();
    let rest = io::copy(&mut tail, &mut io::sink()).map_err(damaged)?;
    tail.check(rest).map_err(damaged)?;
    Ok(listing.files)
}

/// What has been seen so far.
struct Listing<'a> {
    place: Place<'a>,
    files: Vec<DebFile>,
    by_path: BTreeMap<TreePath, usize>,
    /// What something lies in, whether or not it is there itself.
    folders: BTreeSet<TreePath>,
    seen_root: bool,
    long_name: Option<Vec<u8>>,
    long_link: Option<Vec<u8>>,
}

impl<'a> Listing<'a> {
    fn new(place: Place<'a>) -> Self {
        Self {
            place,
            files: Vec::new(),
            by_path: BTreeMap::new(),
            folders: BTreeSet::new(),
            seen_root: false,
            long_name: None,
            long_link: None,
        }
    }

    /// The file that a tar record describes; `None` for the root folder and for records that describe the next one.
    fn next<R: Read>(&mut self, entry: &mut tar::Entry<'_, R>) -> Result<Option<DebFile>, DebError> {
        let kind = entry.header().entry_type();
        if kind.is_gnu_longname() {
            self.long_name = Some(self.long(entry, self.long_name.is_some())?);
            return Ok(None);
        }
        if kind.is_gnu_longlink() {
            self.long_link = Some(self.long(entry, self.long_link.is_some())?);
            return Ok(None);
        }
        let name = self.long_name.take().unwrap_or_else(|| entry.path_bytes().into_owned());
        let link = self
            .long_link
            .take()
            .or_else(|| entry.link_name_bytes().map(Into::into));
        let Some(path) = self.path(&name, kind)? else {
            return Ok(None);
        };
        let kind = self.kind(&name, kind, link)?;
        self.check_parents(&name, &path)?;
        if kind != DebFileKind::Directory && self.folders.contains(&path) {
            return Err(self.place.member(&name, "something that comes before lies below it"));
        }
        let regular = kind == DebFileKind::File;
        let mode = entry.header().mode().map_err(|e| self.place.damaged(e))?;
        Ok(Some(DebFile {
            path,
            mode: mode & 0o7777,
            size: if regular {
                entry.size()
            } else {
                self.empty(&name, entry.size())?
            },
            kind,
        }))
    }

    fn push(&mut self, file: DebFile) {
        self.folders.extend(file.path.parents());
        self.by_path.insert(file.path.clone(), self.files.len());
        self.files.push(file);
    }

    fn finish(&self) -> Result<(), DebError> {
        match self.long_name.as_ref().or(self.long_link.as_ref()) {
            Some(name) => Err(self.place.member(name, "nothing follows this long name")),
            None => Ok(()),
        }
    }

    fn long<R: Read>(&self, entry: &mut tar::Entry<'_, R>, again: bool) -> Result<Vec<u8>, DebError> {
        let mut name = Vec::new();
        let read = entry.by_ref().take(1 << 16).read_to_end(&mut name);
        read.map_err(|error| self.place.damaged(error))?;
        if again || name.len() as u64 != entry.size() {
            return Err(self.place.member(&name, "one of two long names, or longer than 64 KiB"));
        }
        let end = name.iter().position(|b| *b == 0).unwrap_or(name.len());
        name.truncate(end);
        Ok(name)
    }

    /// The path of a member, `None` for the root folder, which may stand there once.
    fn path(&mut self, name: &[u8], kind: EntryType) -> Result<Option<TreePath>, DebError> {
        let below = name.strip_prefix(b"./").unwrap_or(name);
        let below = if kind.is_dir() {
            below.strip_suffix(b"/").unwrap_or(below)
        } else {
            below
        };
        if kind.is_dir() && matches!(below, b"" | b".") && !name.starts_with(b"/") {
            let again = std::mem::replace(&mut self.seen_root, true);
            return if again {
                Err(self.place.member(name, "it is there twice"))
            } else {
                Ok(None)
            };
        }
        let path = self.parse(name, below)?;
        if self.by_path.contains_key(&path) {
            return Err(self.place.member(name, "it is there twice"));
        }
        Ok(Some(path))
    }

    fn parse(&self, name: &[u8], below: &[u8]) -> Result<TreePath, DebError> {
        let text = std::str::from_utf8(below).map_err(|_| self.place.member(name, "the name is not UTF-8"))?;
        text.parse().map_err(|e| self.place.member(name, format!("{e}")))
    }

    fn kind(&self, name: &[u8], kind: EntryType, link: Option<Vec<u8>>) -> Result<DebFileKind, DebError> {
        let refuse = |reason: &str| Err(self.place.member(name, reason));
        match kind {
            EntryType::Regular | EntryType::Continuous => Ok(DebFileKind::File),
            EntryType::Directory => Ok(DebFileKind::Directory),
            EntryType::Symlink => match link.map(String::from_utf8) {
                Some(Ok(target)) if !target.is_empty() => Ok(DebFileKind::Symlink { target }),
                _ => refuse("the link has no target, or one that is not UTF-8"),
            },
            EntryType::Link => self.hard_link(name, &link.unwrap_or_default()),
            EntryType::XHeader | EntryType::XGlobalHeader => refuse("dpkg does not read pax headers"),
            _ => refuse("it is a device, a pipe or something else that is no file, folder or link"),
        }
    }

    fn hard_link(&self, name: &[u8], link: &[u8]) -> Result<DebFileKind, DebError> {
        let target = self.parse(name, link.strip_prefix(b"./").unwrap_or(link))?;
        match self.by_path.get(&target).map(|at| &self.files[*at].kind) {
            Some(DebFileKind::File | DebFileKind::HardLink { .. }) => Ok(DebFileKind::HardLink { target }),
            _ => Err(self
                .place
                .member(name, "it is a hard link to nothing that comes before it")),
        }
    }

    fn check_parents(&self, name: &[u8], path: &TreePath) -> Result<(), DebError> {
        let kind = |parent| self.by_path.get(&parent).map(|at| &self.files[*at].kind);
        match path
            .parents()
            .filter_map(kind)
            .find(|kind| **kind != DebFileKind::Directory)
        {
            Some(_) => Err(self.place.member(name, "it lies below something that is no folder")),
            None => Ok(()),
        }
    }

    fn empty(&self, name: &[u8], size: u64) -> Result<u64, DebError> {
        match size {
            0 => Ok(0),
            _ => Err(self.place.member(name, "it is no regular file and has content")),
        }
    }
}

/// Knows how a stream ends: a tar archive ends in two blocks of zeros.
struct Tail<'a> {
    inner: &'a mut dyn Read,
    left: u64,
    total: u64,
    zeros: u64,
}

impl<'a> Tail<'a> {
    fn new(inner: &'a mut dyn Read, limit: u64) -> Self {
        Self {
            inner,
            left: limit,
            total: 0,
            zeros: 0,
        }
    }

    /// Whether what was read after the archive's own end, `rest` bytes, and at least two blocks in all are zeros.
    fn check(&self, rest: u64) -> io::Result<()> {
        if self.zeros >= rest.max(1024) && self.total.is_multiple_of(512) {
            return Ok(());
        }
        Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the archive has no end, or goes on after it",
        ))
    }
}

impl Read for Tail<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let zeros = buffer[..count].iter().rev().take_while(|b| **b == 0).count();
        self.zeros = if zeros == count { self.zeros } else { 0 } + zeros as u64;
        self.total += count as u64;
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it is larger than such an archive may be"))?;
        Ok(count)
    }
}
