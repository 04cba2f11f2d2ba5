//! What is known about the compiled files of wheels: `compiled/ab/<key>`.
//!
//! A file is JSON and, on a line of its own, the SHA-256 of that. It gets its name by a rename when it is complete and
//! is checked whenever it is read: one that is damaged is made again.

use std::path::{Path, PathBuf};

use std::io::Write as _;

use crate::digest::Sha256;
use crate::python::{CompiledMembers, Wheel};
use crate::release::ReleaseError;
use crate::sys::files::{self, At as _, FileError};

/// What the key of a wheel begins with: another form of the files gets another number.
const FORM: &str = "pydeploy compiled 1";

/// A folder with what is known about the compiled files of wheels, which releases of all projects can share.
///
/// With it, a wheel is read for that once and never again. A few kilobytes for each wheel; the folder may be removed at
/// any time.
///
/// ```
/// use pydeploy::release::CompiledCache;
///
/// let cache = CompiledCache::at("/var/cache/pydeploy");
/// assert_eq!(cache.dir(), std::path::Path::new("/var/cache/pydeploy/compiled"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompiledCache {
    dir: PathBuf,
}

impl CompiledCache {
    /// The folder `compiled` in a folder of caches.
    pub fn at(caches: impl AsRef<Path>) -> Self {
        Self {
            dir: caches.as_ref().join("compiled"),
        }
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What is known about a wheel, read from it when that is not kept yet.
    pub(super) fn compiled(&self, wheel: &Wheel) -> Result<CompiledMembers, ReleaseError> {
        let path = self.path(wheel.sha256()?);
        let kept = files::read_if_exists(&path)?.and_then(|bytes| parse(&bytes));
        if let Some(known) = kept {
            return Ok(known);
        }
        let known = wheel.compiled(Some(&self.dir))?;
        keep(&path, &known)?;
        Ok(known)
    }

    fn path(&self, wheel: Sha256) -> PathBuf {
        let key = Sha256::of(format!("{FORM}\n{wheel}\n").as_bytes()).to_string();
        self.dir.join(&key[..2]).join(key)
    }
}

/// `None` when it is not whole.
fn parse(bytes: &[u8]) -> Option<CompiledMembers> {
    let text = str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
    let (json, sum) = text.rsplit_once('\n')?;
    let whole = sum.parse() == Ok(Sha256::of(json.as_bytes()));
    serde_json::from_str(json).ok().filter(|_| whole)
}

fn keep(path: &Path, known: &CompiledMembers) -> Result<(), FileError> {
    let json = serde_json::to_string(known).map_err(std::io::Error::other);
    let json = json.at("write", path)?;
    let mut staged = files::stage_file(path.parent().unwrap_or(path))?;
    let text = format!("{json}\n{}\n", Sha256::of(json.as_bytes()));
    staged.write_all(text.as_bytes()).at("write", path)?;
    let renamed = staged.persist(path).map_err(|error| error.error);
    renamed.at("rename into place", path).map(drop)
}
