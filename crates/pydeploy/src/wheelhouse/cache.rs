//! Wheels by content: `wheels/sha256/ab/<sha256>/<file name>`.
//!
//! A file has its name only after its bytes were checked and have reached the disk. Until then it is
//! `staging/<sha256>.part` and belongs to one process; when that dies, the next one that wants the wheel goes on with what
//! is there, and one that does not removes it. So any number of processes can use the folder, and none is harmed when
//! another is killed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::lock::Pinned;
use super::partial::Partial;
use crate::sys::files::{self, FileError};

/// How often is looked whether another process is done, and after how many times that is told.
const LOOK: Duration = Duration::from_millis(25);
const TOLD_AFTER: usize = 40;

#[derive(Debug)]
pub(super) struct Cache<'a> {
    dir: &'a Path,
}

/// What there is of a wheel.
#[derive(Debug)]
pub(super) enum Claimed {
    /// Another process has just brought it.
    Whole(PathBuf, u64),
    /// This process is to bring it.
    Mine(Partial),
}

impl<'a> Cache<'a> {
    pub(super) fn at(dir: &'a Path) -> Self {
        Self { dir }
    }

    /// The wheel and its size, when it is there.
    pub(super) fn find(&self, pin: &Pinned) -> Option<(PathBuf, u64)> {
        let path = self.path(pin);
        let found = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?.len();
        let right = pin.size.is_none_or(|size| size == found) && found > 0;
        right.then_some((path, found))
    }

    /// Where the wheel is, or will be.
    pub(super) fn path(&self, pin: &Pinned) -> PathBuf {
        let sha256 = pin.sha256.to_string();
        let folders = self.dir.join("wheels/sha256").join(&sha256[..2]);
        folders.join(&sha256).join(pin.filename.as_str())
    }

    /// The file that the wheel arrives in. While another process brings it, waits, and tells so after a second.
    pub(super) fn claim(&self, pin: &Pinned, tell: &dyn Fn(String)) -> Result<Claimed, FileError> {
        files::create_dir_all(&self.staging())?;
        let path = self.staging().join(part_name(pin));
        for look in 0_usize.. {
            let claimed = Partial::claim(&path)?;
            // Looked for only now: whoever had the claim has let go of it, and may have brought the wheel.
            match (self.find(pin), claimed) {
                (Some((path, size)), None) => return Ok(Claimed::Whole(path, size)),
                (Some((path, size)), Some(needless)) => {
                    needless.remove()?;
                    return Ok(Claimed::Whole(path, size));
                }
                (None, Some(partial)) => return Ok(Claimed::Mine(partial)),
                (None, None) => {}
            }
            if look == TOLD_AFTER {
                tell(format!("{} is being downloaded by another process", pin.filename));
            }
            std::thread::sleep(LOOK);
        }
        unreachable!("the loop has no end")
    }

    /// Removes what processes that are gone have left of other wheels than these. What cannot be removed stays.
    pub(super) fn sweep(&self, wanted: &[&Pinned]) {
        let wanted: BTreeSet<_> = wanted.iter().map(|pin| part_name(pin)).collect();
        let entries = fs::read_dir(self.staging()).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| !wanted.contains(&*entry.file_name().to_string_lossy())) {
            let left = Partial::claim(&entry.path()).and_then(|left| left.map_or(Ok(()), Partial::remove));
            if let Err(error) = left {
                tracing::debug!(%error, "left as it is");
            }
        }
    }

    fn staging(&self) -> PathBuf {
        self.dir.join("staging")
    }
}

fn part_name(pin: &Pinned) -> String {
    format!("{}.part", pin.sha256)
}
