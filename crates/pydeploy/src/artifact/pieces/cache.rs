//! Compressed pieces by what went in: `pieces/ab/<key>`.
//!
//! A file is the piece as it was compressed, what is known about it as JSON, the length of that in four bytes, and the
//! CRC-32 of all that. It gets its name by a rename when it is complete and is checked whenever it is opened, so that
//! any number of processes can use the folder, none is harmed when another dies, and one that the system did not write
//! back before the power went is made again.

use std::fs::{self, File, Permissions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::make::{About, Made};
use crate::artifact::checksum::Summing;
use crate::digest::Sha256;
use crate::sys::files::{self, At as _, FileError};

/// Bytes after what is known about a piece: its length and the checksum.
const TRAILER: u64 = 4 + 4;
/// The longest text about a piece that is read.
const LARGEST_ABOUT: u64 = 256 << 20;
/// How long a file that is being written is left alone.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// A folder of compressed pieces, which packages of all projects can share.
///
/// A package is the same with and without it. The folder may be removed at any time; after each package, the pieces that
/// were not used for longest are removed until the rest has no more than the limit.
///
/// ```
/// use pydeploy::artifact::PieceCache;
///
/// let cache = PieceCache::at("/var/cache/pydeploy").limited_to(1 << 30);
/// assert_eq!(cache.dir(), std::path::Path::new("/var/cache/pydeploy/pieces"));
/// ```
#[derive(Clone, Debug)]
pub struct PieceCache {
    dir: PathBuf,
    limit: u64,
}

impl PieceCache {
    /// The folder `pieces` in a folder of caches, with a limit of 4 GiB.
    pub fn at(caches: impl AsRef<Path>) -> Self {
        Self {
            dir: caches.as_ref().join("pieces"),
            limit: 4 << 30,
        }
    }

    /// The same folder with another limit, in bytes.
    #[must_use]
    pub fn limited_to(self, limit: u64) -> Self {
        Self { limit, ..self }
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    fn path(&self, key: Sha256) -> PathBuf {
        let key = key.to_string();
        self.dir.join(&key[..2]).join(key)
    }

    /// The piece, when it is there and whole.
    pub(super) fn find(&self, key: Sha256) -> Result<Option<Made>, FileError> {
        let path = self.path(key);
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.at("open", &path)?,
        };
        let about = read(&file).at("read", &path)?;
        if about.is_some() {
            // Somebody else's folder is used as it is.
            drop(files::touch(&file));
        }
        let file = Arc::new(file);
        Ok(about.map(|about| Made { file, about }))
    }

    /// An empty file for a piece.
    pub(super) fn stage(&self) -> Result<tempfile::NamedTempFile, FileError> {
        files::stage_file(&self.dir)
    }

    /// Keeps a piece that was compressed into a staged file.
    pub(super) fn keep(&self, key: Sha256, staged: tempfile::NamedTempFile, about: About) -> Result<Made, FileError> {
        let path = self.path(key);
        complete(staged.as_file(), &about).at("write", staged.path())?;
        if let Some(folder) = path.parent() {
            files::create_dir_all(folder)?;
        }
        let file = staged
            .persist(&path)
            .map_err(|error| error.error)
            .at("rename into place", &path)?;
        let file = Arc::new(file);
        Ok(Made { file, about })
    }

    /// Removes what is over the limit, and what others left when they died.
    pub(super) fn prune(&self) -> Result<(), FileError> {
        let mut kept = list(&self.dir).at("read", &self.dir)?;
        kept.sort_by(|a, b| b.used.cmp(&a.used).then_with(|| a.path.cmp(&b.path)));
        let newest = kept.first().map(|newest| newest.used);
        let mut sum = 0;
        for file in kept {
            if file.is_staged() {
                let age = newest.and_then(|newest| newest.duration_since(file.used).ok());
                if age.is_some_and(|age| age > ABANDONED) {
                    remove(&file.path)?;
                }
                continue;
            }
            sum += file.size;
            if sum > self.limit {
                remove(&file.path)?;
            }
        }
        Ok(())
    }
}

/// Writes what comes after the piece.
fn complete(mut file: &File, about: &About) -> io::Result<()> {
    let text = serde_json::to_vec(about)?;
    let length = u32::try_from(text.len()).map_err(io::Error::other)?;
    file.seek(SeekFrom::End(0))?;
    file.write_all(&[&text[..], &length.to_le_bytes()].concat())?;
    let checksum = checksum(file, file.stream_position()?)?;
    file.write_all(&checksum.to_le_bytes())?;
    file.set_permissions(Permissions::from_mode(0o644))
}

/// The checksum of the first bytes.
fn checksum(mut file: &File, length: u64) -> io::Result<u32> {
    file.rewind()?;
    let mut sum = Summing::new(io::sink());
    io::copy(&mut io::BufReader::with_capacity(1 << 16, file.take(length)), &mut sum)?;
    Ok(sum.finish().1.crc32)
}

/// What the file says about its piece; `None` when it is not whole.
fn read(file: &File) -> io::Result<Option<About>> {
    let Some(end) = file.metadata()?.len().checked_sub(TRAILER) else {
        return Ok(None);
    };
    let (mut length, mut sum) = ([0; 4], [0; 4]);
    file.read_exact_at(&mut length, end)?;
    file.read_exact_at(&mut sum, end + 4)?;
    let length = u64::from(u32::from_le_bytes(length));
    let Some(start) = end.checked_sub(length).filter(|_| length <= LARGEST_ABOUT) else {
        return Ok(None);
    };
    if checksum(file, end + 4)? != u32::from_le_bytes(sum) {
        return Ok(None);
    }
    let mut text = vec![0; length as usize];
    file.read_exact_at(&mut text, start)?;
    Ok(serde_json::from_slice(&text).ok())
}

/// A file of the folder.
struct Kept {
    path: PathBuf,
    size: u64,
    used: SystemTime,
}

impl Kept {
    fn is_staged(&self) -> bool {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().starts_with('.')
    }
}

/// Every file; another process may remove some meanwhile.
fn list(dir: &Path) -> io::Result<Vec<Kept>> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in gone_is(fs::read_dir(folder))?.into_iter().flatten() {
            let entry = entry?;
            match gone_is(entry.metadata())? {
                Some(meta) if meta.is_dir() => folders.push(entry.path()),
                Some(meta) => found.push(Kept {
                    path: entry.path(),
                    size: meta.len(),
                    used: meta.modified()?,
                }),
                None => {}
            }
        }
    }
    Ok(found)
}

fn remove(path: &Path) -> Result<(), FileError> {
    gone_is(fs::remove_file(path)).at("remove", path).map(drop)
}

fn gone_is<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}
