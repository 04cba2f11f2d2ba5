//! From wheels to a virtual environment: planned, staged beside its place, verified, synced, renamed.

mod bytecode;
mod compile;
mod error;
#[cfg(feature = "artifact")]
mod keep;
mod plan;
mod stage;
mod store;

#[cfg(test)]
mod compile_tests;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(feature = "artifact")]
pub(crate) use bytecode::compiled_path;
pub use error::InstallError;
#[cfg(feature = "artifact")]
pub(crate) use keep::{Kept, ModuleSet, compile as compile_sets};
pub use plan::{InstallPlan, WheelSource};

use crate::python::{MemberBuffer, Part};
use crate::sys::files::{self, FileError};
use crate::sys::parallel;
use crate::sys::tree::{NewFile, NewTree, Slot};

use plan::Source;
use stage::Staging;
use store::{Given, Shelf, Store};

/// How an environment is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstallOptions {
    /// The cache's folder. With it, unpacked files are kept and shared with other environments: see [`install`].
    pub cache: Option<PathBuf>,
    /// Whether modules are compiled, by the interpreter of the environment.
    pub compile: bool,
}

/// What was installed.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct InstallReport {
    /// How many wheels.
    pub wheels: usize,
    /// How many files, those of the environment itself included.
    pub files: usize,
    /// How many bytes they have.
    pub bytes: u64,
    /// How many of the files are shared with the cache.
    pub shared: u64,
    /// How many modules were compiled or taken from the cache as such.
    pub compiled: usize,
    /// Files called like modules that the interpreter could not compile: templates, or of another Python.
    pub not_compiled: Vec<String>,
}

/// Makes the virtual environment `plan` at `dir`, which must not exist.
///
/// Everything is written into a folder beside `dir`, each member of a wheel checked against its RECORD and each wheel with
/// a known digest against that; the file system is synced once; then the folder gets its name. Whenever the process or
/// the machine dies, `dir` is whole or is not there, and the same command does the rest.
///
/// # Sharing
///
/// With a cache, unpacked files are kept there by the content of their wheel. A later environment on the same file
/// system shares them: on btrfs and XFS as a clone that is written apart when it is changed; elsewhere as a hard link,
/// which is one file with several names. To keep a change in one environment from reaching others, linked files are
/// read-only, and a cached file that was written to since it was put there is not used again: its wheel is unpacked anew.
/// Root can write to them all the same. Without a cache, every file is the environment's own; deployments never share.
///
/// # Compiled modules
///
/// They are [unchecked hash-based] `.pyc` files: right whatever the clock says, the same on every machine, and never
/// written again at run time. As uv does, and pip by name only, they are not listed in RECORD.
///
/// # Errors
///
/// When `dir` exists; when a wheel is not what its digest or its RECORD says; when the system refuses something; when
/// modules are to be compiled and the interpreter is not on this machine. Nothing is left behind then.
///
/// [unchecked hash-based]: https://docs.python.org/3/reference/import.html#pyc-invalidation
pub fn install(plan: &InstallPlan, dir: &Path, options: &InstallOptions) -> Result<InstallReport, InstallError> {
    let staging = Staging::beside(dir)?;
    let store = match &options.cache {
        Some(cache) => Store::open(cache, staging.folder())?,
        None => None,
    };
    let mut shelves = shelves(plan, store.as_ref())?;
    verify(plan, &shelves)?;
    let tree = NewTree::create(&staging.tree())?;
    let mut report = write(plan, &tree, &shelves)?;
    if options.compile {
        shelves.extend(compile::compile(
            plan,
            &tree,
            &staging.tree(),
            store.as_ref(),
            &mut report,
        )?);
    }
    make_links(plan, &tree)?;
    shelves.iter().try_for_each(Shelf::seal)?;
    files::sync_file_system(staging.folder())?;
    shelves.into_iter().try_for_each(Shelf::close)?;
    staging.commit()?;
    Ok(report)
}

/// The places of the wheels' unpacked files in the store, if there is one.
fn shelves(plan: &InstallPlan, store: Option<&Store>) -> Result<Vec<Shelf>, FileError> {
    let Some(store) = store else { return Ok(Vec::new()) };
    parallel::map(&plan.wheels, |planned| {
        store.unpacked(&planned.wheel.content_id(), planned.sha256)
    })
}

/// Checks the digests of wheels as files. What the store got from a file of that digest needs no second look.
fn verify(plan: &InstallPlan, shelves: &[Shelf]) -> Result<(), InstallError> {
    let mut wheels: Vec<_> = plan.wheels.iter().enumerate().collect();
    wheels.retain(|(number, _)| !shelves.get(*number).is_some_and(Shelf::is_proven));
    parallel::for_each(
        &wheels,
        || (),
        |(), (_, planned)| match planned.sha256 {
            Some(sha256) => Ok(planned.wheel.verify(sha256)?),
            None => Ok(()),
        },
    )
}

fn write(plan: &InstallPlan, tree: &NewTree, shelves: &[Shelf]) -> Result<InstallReport, InstallError> {
    tree.make_folders_of(plan.paths())?;
    let files: Vec<_> = plan
        .files()
        .map(|(path, file)| NewFile {
            path,
            mode: files::mode(file.executable),
            size: file.size,
            content: &file.source,
        })
        .collect();
    let shared = AtomicU64::new(0);
    tree.write_files(&files, MemberBuffer::default, |buffer, file, slot| {
        let is_shared = write_file(plan, shelves, buffer, file, slot)?;
        shared.fetch_add(u64::from(is_shared), Ordering::Relaxed);
        Ok::<_, InstallError>(())
    })?;
    Ok(InstallReport {
        wheels: plan.wheels.len(),
        files: files.len(),
        bytes: files.iter().map(|file| file.size).sum(),
        shared: shared.into_inner(),
        ..InstallReport::default()
    })
}

/// Writes one file; whether it is shared with the store.
fn write_file(
    plan: &InstallPlan,
    shelves: &[Shelf],
    buffer: &mut MemberBuffer,
    file: &NewFile<'_, &Source>,
    slot: &Slot<'_>,
) -> Result<bool, InstallError> {
    let (wheel, member) = match file.content {
        Source::Inline(bytes) => {
            slot.write(bytes)?;
            return Ok(false);
        }
        Source::Member { wheel, member } => (*wheel, *member),
    };
    let shelf = shelves.get(wheel);
    if shelf.is_some_and(|shelf| shelf.give(member, Some(file.size), slot) == Given::Yes) {
        return Ok(true);
    }
    let mut copy = |slot: &Slot<'_>| -> Result<(), InstallError> {
        let mut out = slot.open()?;
        let wheel = &plan.wheels[wheel].wheel;
        wheel.copy(member, buffer, |bytes| Ok(out.write(bytes)?))
    };
    if let Some(shelf) = shelf {
        return shelf.keep(member, slot, copy);
    }
    copy(slot)?;
    Ok(false)
}

fn make_links(plan: &InstallPlan, tree: &NewTree) -> Result<(), FileError> {
    let parts = plan.environment().parts();
    parts.iter().try_for_each(|(path, part)| match part {
        Part::Link { target } => tree.make_link(target, path),
        Part::File { .. } => Ok(()),
    })
}
