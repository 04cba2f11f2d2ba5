//! A wheelhouse as a folder: wheels, and the lock that names them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use super::download::digest;
use super::fetch::{WheelFile, Wheelhouse};
use super::lock::{Lock, LockError, LockedSource, Pinned, Selection, to_pylock};
use crate::digest::Sha256;
use crate::python::Target;
use crate::sys::files::{self, At as _, FileError};
use crate::sys::lock::{self as system, Lock as SystemLock};

const LOCK: &str = "pylock.toml";
/// How long is waited for another process that writes the same folder.
const PATIENCE: Duration = Duration::from_secs(600);

/// A folder that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WrittenFolder {
    /// The version of this form: 1.
    pub schema: u32,
    /// The lock in the folder.
    pub lock: PathBuf,
    /// The names of the wheels in it.
    pub wheels: Vec<String>,
    /// Wheels of the lock that was there before, which are gone now.
    pub removed: Vec<String>,
}

/// A folder could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteFolderError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Another process writes the folder.
    #[error(transparent)]
    Busy(#[from] system::LockError),
    /// No lock can say what the targets get.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file has changed since it was fetched.
    #[error("{} has sha256 {actual}, the lock says {expected}", file.display())]
    HashMismatch {
        /// The file.
        file: PathBuf,
        /// What the lock says.
        expected: Sha256,
        /// What it has.
        actual: Sha256,
    },
}

impl WriteFolderError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::Busy(_) => Some("wait until it is done".to_owned()),
            Self::Lock(error) => error.hint(),
            Self::HashMismatch { file, .. } => {
                Some(format!("remove {} and run the same command again", file.display()))
            }
        }
    }
}

/// Writes the wheels of some targets into `folder`, with a `pylock.toml` in which each has its path.
///
/// Plain pip and uv install from it without a network: `pip install -r pylock.toml`, `uv pip sync pylock.toml`. Wheels are
/// hard links to where they were found, or copies on another file system. One that was built here has its provenance
/// beside it, as `FILE.provenance.json`.
///
/// The lock is written last, and only then are wheels removed that it does not name and the previous one did; so the
/// folder is right at any time. Files that no lock has named stay.
///
/// # Errors
///
/// When a wheel is not what it was any more, or markers cannot tell the targets apart; the lock is the previous one then.
pub fn write_folder(folder: &Path, parts: &[(Target, Wheelhouse)]) -> Result<WrittenFolder, WriteFolderError> {
    let wheels: BTreeMap<_, _> = parts.iter().flat_map(|(_, part)| &part.wheels).map(by_name).collect();
    let text = to_pylock(&parts.iter().map(locked).collect::<Vec<_>>())?;
    let _writer = SystemLock::acquire(&folder.join(".lock"), PATIENCE)?;
    remove_staged(folder)?;
    for (name, wheel) in &wheels {
        place(wheel, &folder.join(name))?;
        if let Some(provenance) = &wheel.provenance {
            let text = serde_json::to_vec_pretty(provenance).unwrap_or_default();
            files::write_atomic(&folder.join(provenance_name(name)), &text, 0o644)?;
        }
    }
    files::sync_file_system(folder)?;
    let lock = folder.join(LOCK);
    let previous = names_in(&lock);
    files::write_atomic(&lock, text.as_bytes(), 0o644)?;
    let mut removed = Vec::new();
    for name in previous.into_iter().filter(|name| !wheels.contains_key(name.as_str())) {
        if remove(&folder.join(&name))? {
            remove(&folder.join(provenance_name(&name)))?;
            removed.push(name);
        }
    }
    Ok(WrittenFolder {
        schema: 1,
        lock,
        wheels: wheels.into_keys().map(str::to_owned).collect(),
        removed,
    })
}

fn by_name(wheel: &WheelFile) -> (&str, &WheelFile) {
    (wheel.filename.as_str(), wheel)
}

/// What a target gets, at its place in the folder.
fn locked((target, part): &(Target, Wheelhouse)) -> (Target, Selection) {
    let pin = |wheel: &WheelFile| Pinned {
        path: Some(wheel.filename.as_str().into()),
        ..wheel.pin()
    };
    let selection = Selection {
        wheels: part.wheels.iter().map(pin).collect(),
        ..Selection::default()
    };
    (target.clone(), selection)
}

/// Puts a wheel at its path, unless it is there.
fn place(wheel: &WheelFile, path: &Path) -> Result<(), WriteFolderError> {
    if path.is_file() && digest(path)?.1 == wheel.sha256 {
        return Ok(());
    }
    let (_, actual) = digest(&wheel.path)?;
    if actual != wheel.sha256 {
        return Err(WriteFolderError::HashMismatch {
            file: wheel.path.clone(),
            expected: wheel.sha256,
            actual,
        });
    }
    let staged = path.with_file_name(format!(".staged-{}", wheel.filename));
    // A copy must never go through a link into the cache.
    remove(&staged)?;
    if fs::hard_link(&wheel.path, &staged).is_err() {
        fs::copy(&wheel.path, &staged).at("copy", &wheel.path)?;
    }
    Ok(fs::rename(&staged, path).at("rename into place", path)?)
}

/// What a process that was killed has left.
fn remove_staged(folder: &Path) -> Result<(), FileError> {
    for entry in fs::read_dir(folder).at("list", folder)?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(".staged-") {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// The wheels in the folder that a lock in it names; none, when there is no lock or it is not one.
fn names_in(lock: &Path) -> BTreeSet<String> {
    let packages = Lock::load(lock).map(|lock| lock.packages).unwrap_or_default();
    let wheels = packages.into_iter().flat_map(|package| match package.source {
        LockedSource::Files { wheels, .. } => wheels,
        _ => Vec::new(),
    });
    let own = wheels.filter(|wheel| wheel.path.as_deref() == Some(wheel.filename.as_str().as_ref()));
    own.map(|wheel| wheel.filename.to_string()).collect()
}

/// Whether there was something to remove.
fn remove(path: &Path) -> Result<bool, FileError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        other => other.at("remove", path).map(|()| true),
    }
}

fn provenance_name(wheel: &str) -> String {
    format!("{wheel}.provenance.json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Silent;
    use crate::python::testing::WheelBuilder;
    use crate::wheelhouse::{FetchOptions, FindLinks, fetch};

    fn part(source: &Path, target: &str, names: &[&str]) -> (Target, Wheelhouse) {
        let pins: Vec<_> = names
            .iter()
            .map(|name| {
                let builder = WheelBuilder::named(name, "1.0");
                builder.write(source);
                Pinned {
                    name: name.parse().unwrap(),
                    version: "1.0".parse().unwrap(),
                    filename: builder.file.parse().unwrap(),
                    url: None,
                    path: None,
                    index: None,
                    size: None,
                    sha256: Sha256::of(&builder.bytes()),
                }
            })
            .collect();
        let mut options = FetchOptions::new(&source.join("cache"), source);
        options.find_links = vec![FindLinks::Folder(source.to_owned())];
        options.offline = true;
        (target.parse().unwrap(), fetch(&pins, &options, &mut Silent).unwrap())
    }

    fn names(dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = entries.filter(|name| name != ".lock").collect();
        names.sort();
        names
    }

    #[test]
    fn the_lock_in_the_folder_gives_each_target_its_wheels() {
        let (source, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let dir = out.path().join("wheelhouse");
        let (one, two) = ("one-1.0-py3-none-any.whl", "two-1.0-py3-none-any.whl");
        let parts = [
            part(source.path(), "debian12", &["one", "two"]),
            part(source.path(), "debian13", &["one"]),
        ];
        let written = write_folder(&dir, &parts).unwrap();
        assert_eq!(written.wheels, [one, two]);
        let lock = Lock::load(&written.lock).unwrap();
        for (target, part) in &parts {
            let pins = lock.select(target).unwrap();
            assert_eq!(pins.len(), part.wheels.len());
            let files = fetch(&pins, &FetchOptions::new(&dir.join("none"), &dir), &mut Silent).unwrap();
            assert!(files.wheels.iter().all(|wheel| wheel.path.starts_with(&dir)));
        }
        let text = fs::read(&written.lock).unwrap();
        assert_eq!(write_folder(&dir, &parts).unwrap(), written);
        assert_eq!(fs::read(&written.lock).unwrap(), text);

        fs::write(dir.join("mine.whl"), "").unwrap();
        fs::write(dir.join(".staged-x"), "left").unwrap();
        let written = write_folder(&dir, &parts[1..]).unwrap();
        assert_eq!(written.removed, [two]);
        assert_eq!(names(&dir), ["mine.whl", one, LOCK]);
    }

    #[test]
    fn a_file_that_changed_is_refused_and_the_lock_stays() {
        let (source, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let parts = [part(source.path(), "debian12", &["one"])];
        write_folder(out.path(), &parts).unwrap();
        let lock = fs::read(out.path().join(LOCK)).unwrap();
        let more = [part(source.path(), "debian12", &["one", "two"])];
        fs::write(source.path().join("two-1.0-py3-none-any.whl"), "x").unwrap();
        let refusal = write_folder(out.path(), &more).unwrap_err().to_string();
        assert!(refusal.contains("two-1.0-py3-none-any.whl has sha256"), "{refusal}");
        assert_eq!(fs::read(out.path().join(LOCK)).unwrap(), lock);
        assert_eq!(names(out.path()), ["one-1.0-py3-none-any.whl", LOCK]);
    }
}
