//! Whether a wheelhouse is what its lock says and all that its targets need.

mod closure;
mod findings;
mod report;
mod select;
mod target;
mod wheel;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

pub use self::report::{CheckReport, Finding, FindingKind, Waived};

use self::findings::Findings;
use self::select::Selected;
use self::wheel::{Examined, is_of_record};
use super::cache::Cache;
use super::download::{digest, local_paths};
use super::error::FetchError;
use super::lock::{Lock, LockedSource, LockedWheel, Pinned, SelectOptions};
use super::options::FetchOptions;
use super::wanted::Wanted;
use crate::config::Waivers;
use crate::python::{Requirement, Target, WheelFilename};
use crate::sys::files::FileError;

/// What is checked, and against what.
#[derive(Clone, Copy, Debug)]
pub struct CheckOptions<'a> {
    /// The lock.
    pub lock: &'a Lock,
    /// The targets.
    pub targets: &'a [Target],
    /// What of the lock they get.
    pub select: &'a SelectOptions,
    /// The folder of the wheelhouse, when the wheels are not beside the lock: all of them have to be in it.
    pub folder: Option<&'a Path>,
    /// Where else the wheels can be: beside the lock, in a folder with links, in the cache. The network is not used.
    pub places: &'a FetchOptions,
    /// What the project itself requires.
    pub requirements: &'a [Requirement],
    /// What the project accepts.
    pub waivers: &'a Waivers,
}

/// Checks the wheels of a lock, for each target and all at once.
///
/// - Every locked wheel is there and has the hash in the lock, and fits the target's tags and Python.
/// - Every requirement of the project and of every wheel is there in a version that it wants, with markers and extras
///   evaluated for the target.
/// - Every member of every wheel is what RECORD says, and no two wheels bring one path.
/// - Compiled files are for the target's machine and need no newer C library than it has.
/// - The folder of the wheelhouse and those beside the lock hold no wheel that the lock does not know.
///
/// # Errors
///
/// When a file or a folder cannot be read. What is wrong with wheels is no error but a finding.
pub fn check(options: &CheckOptions<'_>) -> Result<CheckReport, FetchError> {
    let mut findings = Findings::new(options.waivers);
    let selected = select::select(options, &mut findings)?;
    let wheels = examine(&selected, options)?;
    let mut counts = Counts::default();
    for part in &selected {
        let right = target::check(options, part, &wheels, &mut findings);
        counts.add(part.target, right);
    }
    for examined in wheels.values() {
        add_problems(examined, &mut findings);
    }
    add_unknown(options, &mut findings)?;
    Ok(findings.report(options.targets, counts))
}

/// How many of the locked wheels are there and right.
#[derive(Debug, Default)]
struct Counts {
    all: BTreeSet<String>,
    targets: BTreeMap<String, usize>,
}

impl Counts {
    fn add(&mut self, target: &Target, right: Vec<String>) {
        self.targets.insert(target.to_string(), right.len());
        self.all.extend(right);
    }
}

/// By path.
type Wheels = BTreeMap<PathBuf, Examined>;

/// Where a wheel is. A folder has to have all of them itself.
fn candidates(pin: &Pinned, options: &CheckOptions<'_>) -> BTreeSet<PathBuf> {
    let wanted = Wanted::from(pin);
    let local = local_paths(&wanted, options.places);
    let paths: Vec<_> = match options.folder {
        Some(folder) => local
            .filter(|path| path.starts_with(folder))
            .chain([folder.join(wanted.file)])
            .collect(),
        None => local.chain([Cache::at(&options.places.cache).path(&wanted)]).collect(),
    };
    paths.into_iter().filter(|path| path.is_file()).collect()
}

/// Reads every wheel that any target gets, several at a time.
fn examine(selected: &[Selected<'_>], options: &CheckOptions<'_>) -> Result<Wheels, FileError> {
    let pins = selected.iter().flat_map(|part| &part.pins);
    let paths: BTreeSet<_> = pins.flat_map(|pin| candidates(pin, options)).collect();
    let minors: BTreeSet<_> = selected.iter().map(|part| part.target.python_minor()).collect();
    let (queue, wheels) = (Mutex::new(paths.into_iter()), Mutex::new(Ok(Wheels::new())));
    let next = || queue.lock().ok()?.next();
    let work = || {
        while let Some(path) = next() {
            let examined = Examined::read(&path, &minors);
            let Ok(mut wheels) = wheels.lock() else { return };
            match (&mut *wheels, examined) {
                (Ok(wheels), Ok(examined)) => drop(wheels.insert(path, examined)),
                (Ok(_), Err(error)) => *wheels = Err(error),
                (Err(_), _) => return,
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    wheels.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// What is wrong with a wheel whatever the target.
fn add_problems(examined: &Examined, findings: &mut Findings<'_>) {
    let name = examined.file_name();
    let file = name.parse::<WheelFilename>().ok();
    let package = file.as_ref().map(|file| (file.name(), file.version()));
    for error in &examined.problems {
        let kind = match is_of_record(error) {
            true => FindingKind::Record,
            false => FindingKind::Wheel,
        };
        findings.add(kind, package, None, format!("{name}: {}", error.problem));
    }
    for compiled in &examined.compiled {
        if let Err(error) = &compiled.elf {
            let message = format!("{name}: {} cannot be read as a compiled file: {error}", compiled.member);
            findings.add(FindingKind::Elf, package, None, message);
        }
    }
    for error in examined
        .requires
        .iter()
        .filter_map(|requirement| requirement.as_ref().err())
    {
        findings.add(FindingKind::Requirement, package, None, format!("{name}: {error}"));
    }
}

/// Wheels in the folders that the lock does not know: by name, or by hash where it says no more.
fn add_unknown(options: &CheckOptions<'_>, findings: &mut Findings<'_>) -> Result<(), FileError> {
    let names: BTreeSet<_> = locked_wheels(options.lock)
        .map(|wheel| wheel.filename.as_str())
        .collect();
    for folder in folders(options) {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        let found = entries.flatten().map(|entry| entry.path());
        for path in found.filter(|path| path.extension().is_some_and(|extension| extension == "whl")) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if !names.contains(&*name) && !is_locked_by_hash(options.lock, &path)? {
                let message = format!("{} is not in the lock", path.display());
                findings.add(FindingKind::Unknown, None, None, message);
            }
        }
    }
    Ok(())
}

/// The folder of the wheelhouse, and those beside the lock in which it says that wheels are.
fn folders(options: &CheckOptions<'_>) -> BTreeSet<PathBuf> {
    let beside = locked_wheels(options.lock).filter_map(|wheel| wheel.path.as_deref().and_then(Path::parent));
    let beside = beside.map(|folder| options.places.lock_dir.join(folder));
    options.folder.map(Path::to_owned).into_iter().chain(beside).collect()
}

fn locked_wheels(lock: &Lock) -> impl Iterator<Item = &LockedWheel> {
    lock.packages.iter().flat_map(|package| match &package.source {
        LockedSource::Files { wheels, .. } => wheels.iter(),
        _ => [].iter(),
    })
}

fn is_locked_by_hash(lock: &Lock, path: &Path) -> Result<bool, FileError> {
    let hashes = lock.packages.iter().filter_map(|package| match &package.source {
        LockedSource::Hashes(hashes) => Some(&hashes.sha256),
        _ => None,
    });
    let hashes: Vec<_> = hashes.collect();
    Ok(!hashes.is_empty() && {
        let (_, sha256) = digest(path)?;
        hashes.iter().any(|known| known.contains(&sha256))
    })
}
