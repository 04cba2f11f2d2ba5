//! The tarballs of a source package: written, and read back.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek as _, Write};
use std::path::Path;

use flate2::Compression as Level;
use flate2::write::GzEncoder;
use tempfile::NamedTempFile;

use super::sums::{Summing, Sums};
use crate::Timestamp;
use crate::artifact::deb::{Compression, DebError, Place, TarWriter, walk};
use crate::artifact::{Stopped, WriteError};
use crate::digest::{Hashing, Sha256};
use crate::release::{Content, ContentError, Entry, Kind, ReleaseTree};
use crate::sys::files::{self, At as _, FileError};

/// A tarball that has been written and has no name yet.
#[derive(Debug)]
pub(super) struct Tarball {
    pub(super) name: String,
    pub(super) sums: Sums,
    /// Nothing, when it was there before.
    staged: Option<NamedTempFile>,
}

impl Tarball {
    /// Writes the tree, and reads it back.
    pub(super) fn write(name: String, tree: &ReleaseTree, at: Timestamp, dir: &Path) -> Result<Self, Stopped> {
        let staged = files::stage_file(dir)?;
        let sums = pack(tree, at, staged.as_file())?;
        check(&name, tree, staged.as_file()).map_err(|error| WriteError::Damaged(Box::new(error)))?;
        let staged = Some(staged);
        Ok(Self { name, sums, staged })
    }

    /// The one that lies in the folder: it has to hold this tree.
    pub(super) fn find(name: &str, tree: &ReleaseTree, dir: &Path) -> Result<Option<Self>, WriteError> {
        let path = dir.join(name);
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.at("open", &path)?,
        };
        if check(name, tree, &file).is_err() {
            return Err(WriteError::OtherOrig { path });
        }
        let mut summing = Summing::new(io::sink());
        (&file).rewind().at("read", &path)?;
        io::copy(&mut &file, &mut summing).at("read", &path)?;
        Ok(Some(Self {
            name: name.to_owned(),
            sums: summing.finish().1,
            staged: None,
        }))
    }

    /// Gives it its name in the folder.
    pub(super) fn commit(self, dir: &Path) -> Result<(), FileError> {
        match self.staged {
            Some(staged) => files::commit_file(staged, &dir.join(self.name), 0o644),
            None => Ok(()),
        }
    }
}

fn pack(tree: &ReleaseTree, at: Timestamp, file: &File) -> Result<Sums, Stopped> {
    let out = Summing::new(BufWriter::with_capacity(1 << 18, file));
    // Without name and time: the same tree gives the same bytes.
    let mut tar = TarWriter::part(GzEncoder::new(out, Level::default()), at);
    for (path, entry) in tree.iter() {
        let path = path.as_str();
        match &entry.kind {
            Kind::Directory => tar.directory(path)?,
            Kind::Symlink { target } => tar.symlink(path, target)?,
            Kind::File { .. } => add(&mut tar, path, entry)?,
        }
    }
    let (mut buffer, sums) = tar.finish()?.finish()?.finish();
    buffer.flush()?;
    Ok(sums)
}

fn add<W: Write>(tar: &mut TarWriter<W>, path: &str, entry: &Entry) -> Result<(), Stopped> {
    let Kind::File {
        content,
        executable,
        size,
        sha256,
    } = &entry.kind
    else {
        return Ok(());
    };
    let mode = files::mode(*executable);
    match content {
        // A wheel can be larger than memory.
        Content::Disk(source) => {
            let file = File::open(source).at("open", source)?;
            let mut file = Hashing::new(file.take(*size));
            tar.stream(path, mode, *size, &mut file)?;
            Ok(unchanged(source, *sha256, file.finish().2)?)
        }
        other => Ok(tar.file(path, mode, &other.read(*sha256)?)?),
    }
}

fn unchanged(source: &Path, planned: Sha256, found: Sha256) -> Result<(), ContentError> {
    let file = source.display().to_string();
    match planned == found {
        true => Ok(()),
        false => Err(ContentError::Changed { file, planned, found }),
    }
}

/// Reads the tarball as any other would, and compares what it holds with the tree.
fn check(name: &str, tree: &ReleaseTree, mut file: &File) -> Result<(), DebError> {
    let archive = "the archive";
    let place = Place {
        path: Path::new(name),
        archive,
    };
    file.rewind().map_err(|error| place.damaged(error))?;
    let listed = Compression::Gzip.read(place, file, |content| {
        walk(place, content, u64::MAX, |member, content| {
            let mut hash = Hashing::new(content);
            io::copy(&mut hash, &mut io::sink()).map_err(|error| place.damaged(error))?;
            let (_, _, found) = hash.finish();
            match tree.get(member.path.as_str()).map(|entry| &entry.kind) {
                Some(Kind::File { sha256, .. }) if *sha256 != found => Err(unlike(place)),
                Some(_) => Ok(()),
                None => Err(unlike(place)),
            }
        })
    })?;
    match listed.len() == tree.len() {
        true => Ok(()),
        false => Err(unlike(place)),
    }
}

fn unlike(place: Place<'_>) -> DebError {
    place.damaged(io::Error::new(
        io::ErrorKind::InvalidData,
        "it does not hold what went in",
    ))
}
