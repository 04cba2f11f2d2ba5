//! Files by content: `wheels/sha256/ab/<sha256>/<file name>`, and source distributions below `sdists`.
//!
//! A file has its name only after its bytes were checked and have reached the disk. Until then it is
//! `staging/<sha256>.part` and belongs to one process; when that dies, the next one that wants the wheel goes on with what
//! is there, and one that does not removes it. So any number of processes can use the folder, and none is harmed when
//! another is killed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::partial::Partial;
use super::wanted::Wanted;
use crate::digest::Sha256;
use crate::sys::files::{self, At as _, FileError};

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

    /// The file and its size, when it is there.
    pub(super) fn find(&self, wanted: &Wanted<'_>) -> Option<(PathBuf, u64)> {
        let path = self.path(wanted);
        let found = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?.len();
        let right = wanted.size.is_none_or(|size| size == found) && found > 0;
        right.then_some((path, found))
    }

    /// Where the file is, or will be.
    pub(super) fn path(&self, wanted: &Wanted<'_>) -> PathBuf {
        let sha256 = wanted.sha256.to_string();
        self.folder(wanted.file.ends_with(".whl"), &sha256).join(wanted.file)
    }

    /// The folder of a file with this digest.
    fn folder(&self, is_wheel: bool, sha256: &str) -> PathBuf {
        let kind = if is_wheel { "wheels/sha256" } else { "sdists/sha256" };
        self.dir.join(kind).join(&sha256[..2]).join(sha256)
    }

    /// The names of the files with this digest, sorted.
    pub(super) fn names(&self, sha256: &Sha256) -> BTreeSet<String> {
        let folders = [true, false].map(|is_wheel| self.folder(is_wheel, &sha256.to_string()));
        let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.collect()
    }

    /// The file that the wanted one arrives in. While another process brings it, waits, and tells so after a second.
    pub(super) fn claim(&self, wanted: &Wanted<'_>, tell: &dyn Fn(String)) -> Result<Claimed, FileError> {
        files::create_dir_all(&self.staging())?;
        let path = self.staging().join(part_name(wanted));
        let mut looks = 0;
        loop {
            let claimed = Partial::claim(&path)?;
            // Looked for only now: whoever had the claim has let go of it, and may have brought the wheel.
            match (self.find(wanted), claimed) {
                (Some((path, size)), None) => return Ok(Claimed::Whole(path, size)),
                (Some((path, size)), Some(needless)) => {
                    needless.remove()?;
                    return Ok(Claimed::Whole(path, size));
                }
                (None, Some(partial)) => return Ok(Claimed::Mine(partial)),
                (None, None) => {}
            }
            if looks == TOLD_AFTER {
                tell(format!("{} is being downloaded by another process", wanted.file));
            }
            std::thread::sleep(LOOK);
            looks += 1;
        }
    }

    /// The folder of what was built from the source distribution with this digest.
    pub(super) fn built(&self, sdist: &Sha256) -> PathBuf {
        let sha256 = sdist.to_string();
        self.dir.join("built/sha256").join(&sha256[..2]).join(sha256)
    }

    /// An empty folder to build in, for one process at a time; waits until then, or until `is_done` says that another has
    /// done the work.
    pub(super) fn claim_build(&self, name: &str, is_done: &dyn Fn() -> bool) -> Result<BuildClaim, FileError> {
        files::create_dir_all(&self.staging())?;
        let path = self.staging().join(format!("{name}.part"));
        let partial = loop {
            match Partial::claim(&path)? {
                Some(partial) => break Some(partial),
                None if is_done() => break None,
                None => std::thread::sleep(LOOK),
            }
        };
        let folder = build_folder(&path);
        if partial.is_some() {
            remove_folder(&folder)?;
            files::create_dir_all(&folder)?;
        }
        Ok(BuildClaim { partial, folder })
    }

    /// Removes what processes that are gone have left of other files than these. What cannot be removed stays.
    pub(super) fn sweep(&self, wanted: &[Wanted<'_>]) {
        let wanted: BTreeSet<_> = wanted.iter().map(part_name).collect();
        let entries = fs::read_dir(self.staging()).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| !wanted.contains(&*entry.file_name().to_string_lossy())) {
            if let Err(error) = sweep_one(&entry.path()) {
                tracing::debug!(%error, "left as it is");
            }
        }
    }

    fn staging(&self) -> PathBuf {
        self.dir.join("staging")
    }
}

fn part_name(wanted: &Wanted<'_>) -> String {
    format!("{}.part", wanted.sha256)
}

/// A folder that one process builds in. It is gone with this, unless it is committed.
#[derive(Debug)]
pub(super) struct BuildClaim {
    /// `None` when another process has done the work.
    partial: Option<Partial>,
    folder: PathBuf,
}

impl BuildClaim {
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Gives the folder its name, after its content has reached the disk.
    pub(super) fn commit(self, name: &Path) -> Result<(), FileError> {
        remove_folder(name)?;
        let parent = name.parent().unwrap_or(name);
        files::create_dir_all(parent)?;
        files::sync_file_system(&self.folder)?;
        fs::rename(&self.folder, name).at("rename into place", name)?;
        files::sync_dir(parent)
    }
}

impl Drop for BuildClaim {
    fn drop(&mut self) {
        if let Some(partial) = self.partial.take() {
            // What stays is removed by the next sweep.
            drop(remove_folder(&self.folder).and_then(|()| partial.remove()));
        }
    }
}

/// The folder that the owner of a file builds in.
fn build_folder(part: &Path) -> PathBuf {
    part.with_extension("build")
}

fn remove_folder(path: &Path) -> Result<(), FileError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other.at("remove", path),
    }
}

/// A folder goes with the file of its owner.
fn sweep_one(path: &Path) -> Result<(), FileError> {
    if path.extension().is_some_and(|extension| extension == "build") {
        return Ok(());
    }
    let Some(left) = Partial::claim(path)? else {
        return Ok(());
    };
    remove_folder(&build_folder(path))?;
    left.remove()
}
