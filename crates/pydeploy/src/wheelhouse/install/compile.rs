//! Modules compiled by the environment's own interpreter, as worker processes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::bytecode::{AT_A_TIME, Row, text};
use super::plan::Source;
use super::store::{Given, Shelf, Store};
use super::{InstallError, InstallPlan, InstallReport};
use crate::python::{Compiler, ModuleSource};
use crate::sys::files::{self, FileError};
use crate::sys::parallel;
use crate::sys::tree::{NewFile, NewTree};

/// How many modules are compiled before they are written, which is what is held in memory.
const IN_MEMORY: usize = 8 * AT_A_TIME;

/// A module, and what it becomes.
struct Module<'p> {
    path: &'p str,
    compiled: String,
    wheel: usize,
    member: usize,
}

/// Compiles the modules that were written below `dir`, or takes them from the store; returns shelves to close.
pub(super) fn compile(
    plan: &InstallPlan,
    tree: &NewTree,
    dir: &Path,
    store: Option<&Store>,
    report: &mut InstallReport,
) -> Result<Vec<Shelf>, InstallError> {
    let environment = plan.environment();
    let compiler = Compiler::of(environment.interpreter.as_ref(), &environment.scheme().python_minor)?;
    let modules = modules(plan, &compiler);
    make_folders(tree, &modules)?;
    let mut shelves = shelves(plan, &compiler, &modules, store)?;
    let (fresh, mut not_compiled) = take(tree, &modules, &shelves)?;
    let mut rows: BTreeMap<usize, Vec<Row>> = BTreeMap::new();
    for some in fresh.chunks(IN_MEMORY) {
        for (module, row) in make(&compiler, tree, dir, some, &shelves)? {
            match row {
                Some(row) => rows.entry(module.wheel).or_default().push(row),
                None => drop(not_compiled.insert(module.path.to_owned())),
            }
        }
    }
    for (wheel, shelf) in &mut shelves {
        shelf.describe(text(&rows.remove(wheel).unwrap_or_default()));
    }
    report.compiled = modules.len() - not_compiled.len();
    report.not_compiled = not_compiled.into_iter().collect();
    Ok(shelves.into_values().collect())
}

/// What wheels brought as a module, unless they brought it compiled too.
fn modules<'p>(plan: &'p InstallPlan, compiler: &Compiler) -> Vec<Module<'p>> {
    let modules = plan.files().filter_map(|(path, file)| match file.source {
        Source::Member { wheel, member } => Some(Module {
            path,
            compiled: super::bytecode::compiled_path(compiler, path)?,
            wheel,
            member,
        }),
        Source::Inline(_) => None,
    });
    modules.filter(|module| !plan.has(&module.compiled)).collect()
}

fn shelves(
    plan: &InstallPlan,
    compiler: &Compiler,
    modules: &[Module<'_>],
    store: Option<&Store>,
) -> Result<BTreeMap<usize, Shelf>, FileError> {
    let Some(store) = store else {
        return Ok(BTreeMap::new());
    };
    let wheels: BTreeSet<usize> = modules.iter().map(|module| module.wheel).collect();
    let shelf = |number: usize| {
        let content = plan.wheels[number].wheel.content_id();
        Ok((number, store.compiled(&compiler.identity(), &content)?))
    };
    wheels.into_iter().map(shelf).collect()
}

/// Compiles some modules beside their sources and keeps them; those that are not Python, or another one's, have no row.
fn make<'m, 'p>(
    compiler: &Compiler,
    tree: &NewTree,
    dir: &Path,
    modules: &[&'m Module<'p>],
    shelves: &BTreeMap<usize, Shelf>,
) -> Result<Vec<(&'m Module<'p>, Option<Row>)>, InstallError> {
    let batches: Vec<_> = modules.chunks(AT_A_TIME).collect();
    let compiled = parallel::map(&batches, |batch| {
        let source = |module: &&Module<'_>| {
            let (name, bytes) = (module.path.to_owned(), files::read(&dir.join(module.path))?);
            Ok::<_, InstallError>(ModuleSource { name, bytes })
        };
        let sources = batch.iter().map(source).collect::<Result<Vec<_>, _>>()?;
        Ok::<_, InstallError>(compiler.compile(&sources)?)
    })?;
    let compiled: Vec<_> = modules.iter().zip(compiled.into_iter().flatten()).collect();
    write(tree, dir, &compiled, shelves)?;
    let row = |(module, bytes): (&&'m Module<'p>, Option<Vec<u8>>)| {
        let row = bytes.map(|bytes| Row::of(module.member, &bytes));
        (*module, row)
    };
    Ok(compiled.into_iter().map(row).collect())
}

fn write(
    tree: &NewTree,
    dir: &Path,
    compiled: &[(&&Module<'_>, Option<Vec<u8>>)],
    shelves: &BTreeMap<usize, Shelf>,
) -> Result<(), InstallError> {
    let files: Vec<_> = compiled
        .iter()
        .filter_map(|(module, bytes)| {
            let bytes = bytes.as_deref()?;
            Some(NewFile {
                path: module.compiled.as_str(),
                mode: 0o644,
                size: bytes.len() as u64,
                content: (**module, bytes),
            })
        })
        .collect();
    tree.write_files(
        &files,
        || (),
        |(), file, slot| {
            let (module, bytes) = file.content;
            slot.write(bytes)?;
            let shelf = shelves.get(&module.wheel);
            Ok(shelf.map_or(Ok(()), |shelf| shelf.adopt(module.member, &dir.join(file.path)))?)
        },
    )
}

fn make_folders(tree: &NewTree, modules: &[Module<'_>]) -> Result<(), FileError> {
    let folders: BTreeSet<&str> = modules
        .iter()
        .filter_map(|module| Some(module.compiled.rsplit_once('/')?.0))
        .collect();
    folders
        .into_iter()
        .try_for_each(|folder| tree.make_folder_if_missing(folder))
}

/// Takes from the store what it has; returns what is still to be compiled, and what is known not to be possible.
fn take<'m, 'p>(
    tree: &NewTree,
    modules: &'m [Module<'p>],
    shelves: &BTreeMap<usize, Shelf>,
) -> Result<(Vec<&'m Module<'p>>, BTreeSet<String>), InstallError> {
    let files: Vec<_> = modules
        .iter()
        .map(|module| NewFile {
            path: module.compiled.as_str(),
            mode: 0o644,
            size: 0,
            content: module,
        })
        .collect();
    let left = Mutex::new((Vec::new(), BTreeSet::new()));
    tree.write_files(
        &files,
        || (),
        |(), file, slot| {
            let module = file.content;
            let shelf = shelves.get(&module.wheel).filter(|shelf| !shelf.is_new());
            let given = shelf.map_or(Given::No, |shelf| shelf.give(module.member, None, slot));
            let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
            match given {
                Given::Yes => {}
                Given::No => left.0.push(module),
                Given::Missing => drop(left.1.insert(module.path.to_owned())),
            }
            Ok::<_, InstallError>(())
        },
    )?;
    let (mut fresh, missing) = left.into_inner().unwrap_or_else(PoisonError::into_inner);
    fresh.sort_by_key(|module| module.path);
    Ok((fresh, missing))
}
