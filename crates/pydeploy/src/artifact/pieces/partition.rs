//! Which piece holds which part of a tree.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::Codec;
use crate::Timestamp;
use crate::artifact::deb::tarball::member_size;
use crate::digest::{Hashing, Sha256};
use crate::python::Wheel;
use crate::release::{Content, Entry, Kind, Owner, ReleaseTree, TreePath};

/// What a piece holds, in the order of the pieces in an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part<'a> {
    /// Every folder: some are needed by several other parts.
    Folders,
    /// What one wheel brings, by its file name.
    Wheel(&'a str),
    /// What the project brings.
    Application,
    /// What says which version it is, and so never comes again.
    Generated,
    /// What ends an archive.
    End,
}

impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folders => f.write_str("the folders"),
            Self::Wheel(file) => f.write_str(file),
            Self::Application => f.write_str("the application"),
            Self::Generated => f.write_str("what pydeploy generates"),
            Self::End => f.write_str("the end"),
        }
    }
}

/// Part of a tree, not compressed yet.
#[derive(Clone, Debug)]
pub(super) struct Plan<'a> {
    pub(super) part: Part<'a>,
    pub(super) entries: Vec<(&'a TreePath, &'a Entry)>,
    /// The time of every member.
    pub(super) at: Timestamp,
    /// Digest of the entries: paths, kinds, modes, digests of contents.
    identity: Sha256,
}

/// The tree in pieces, each entry in one.
pub(super) fn partition(tree: &ReleaseTree, at: Timestamp) -> Vec<Plan<'_>> {
    let mut parts: BTreeMap<Part<'_>, Vec<_>> = BTreeMap::from([(Part::Folders, Vec::new()), (Part::End, Vec::new())]);
    for (path, entry) in tree.iter() {
        parts.entry(part(entry)).or_default().push((path, entry));
    }
    parts
        .into_iter()
        .map(|(part, entries)| Plan::new(part, entries, at))
        .collect()
}

fn part(entry: &Entry) -> Part<'_> {
    match (&entry.kind, &entry.owner) {
        (Kind::Directory, _) => Part::Folders,
        (_, Owner::Wheel(file)) => Part::Wheel(file),
        (_, Owner::Application) => Part::Application,
        (_, Owner::Generated) => Part::Generated,
    }
}

impl<'a> Plan<'a> {
    fn new(part: Part<'a>, entries: Vec<(&'a TreePath, &'a Entry)>, at: Timestamp) -> Self {
        let identity = identity(&entries);
        let at = match part {
            Part::Wheel(_) => wheel_time(&entries, identity).min(at),
            _ => at,
        };
        Self {
            part,
            entries,
            at,
            identity,
        }
    }

    /// What the compressed piece, with or without MD5, is known by; `None` when it is not worth keeping.
    pub(super) fn key(&self, codec: Codec, md5sums: bool) -> Option<Sha256> {
        let (codec, at) = (codec.identity(), self.at.as_second());
        let text = format!(
            "pydeploy piece 2\n{codec}\n{md5sums}\n{at}\n{}\n{}\n",
            matches!(self.part, Part::Folders),
            self.identity
        );
        (!matches!(self.part, Part::Generated | Part::End)).then(|| Sha256::of(text.as_bytes()))
    }

    /// How long the piece's part of the tar stream is.
    pub(super) fn size(&self) -> u64 {
        let own = match self.part {
            Part::Folders => 512,
            Part::End => 1024,
            _ => 0,
        };
        own + self
            .entries
            .iter()
            .map(|(path, entry)| entry_size(path, entry))
            .sum::<u64>()
    }
}

/// A name is written as `./NAME`, that of a folder as `./NAME/`.
fn entry_size(path: &TreePath, entry: &Entry) -> u64 {
    let name = path.as_str().len() + 2;
    match &entry.kind {
        Kind::Directory => member_size(name + 1, 0, 0),
        Kind::Symlink { target } => member_size(name, target.len(), 0),
        Kind::File { size, .. } => member_size(name, 0, *size),
    }
}

/// The digest of lines that no two different lists of entries have in common: no path holds a newline.
fn identity(entries: &[(&TreePath, &Entry)]) -> Sha256 {
    let mut hash = Hashing::new(std::io::sink());
    for (path, entry) in entries {
        let line = match &entry.kind {
            Kind::Directory => format!("d {path}\n"),
            Kind::Symlink { target } => format!("l {path}\n{} {target}\n", target.len()),
            Kind::File {
                executable,
                size,
                sha256,
                ..
            } => format!("f {executable} {size} {sha256} {path}\n"),
        };
        // A sink takes everything.
        drop(std::io::Write::write_all(&mut hash, line.as_bytes()));
    }
    hash.finish().2
}

/// Wheels without a date claim to be of 1980.
const EARLIEST: Timestamp = Timestamp::YEAR_2000;
const DAY: i64 = 86_400;

/// The time of what a wheel brings: a second of the day before that of the wheel's newest member.
///
/// It must not depend on the commit, or no piece could be used again. It must change with the content, or whoever
/// compares times and sizes, as Python does for bytecode and web servers do for `ETag`, takes a new file for the old one:
/// the content chooses the second, for tools that give the wheels of all versions the same date. The day before, so that
/// the second has passed in every time zone when a release is made of a wheel of today.
fn wheel_time(entries: &[(&TreePath, &Entry)], identity: Sha256) -> Timestamp {
    let day = entries
        .iter()
        .find_map(|(_, entry)| wheel(entry))
        .and_then(|wheel| wheel.newest_day());
    let day = day.map_or(0, |day| day.as_second() - DAY).max(EARLIEST.as_second());
    let [a, b, c, d, ..] = *identity.as_bytes();
    let second = i64::from(u32::from_be_bytes([a, b, c, d])) % DAY;
    Timestamp::from_second(day + second).unwrap_or(EARLIEST)
}

fn wheel(entry: &Entry) -> Option<&Arc<Wheel>> {
    match &entry.kind {
        Kind::File {
            content: Content::Wheel { wheel, .. },
            ..
        } => Some(wheel),
        _ => None,
    }
}
