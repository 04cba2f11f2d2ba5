//! Modules compiled by the environment's own interpreter, as worker processes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::plan::Source;
use super::store::{Given, Shelf, Store};
use super::{InstallError, InstallPlan, InstallReport};
use crate::sys::files::FileError;
use crate::sys::parallel;
use crate::sys::process::{Invocation, Runner as _, SystemRunner};
use crate::sys::tree::{NewFile, NewTree};

/// Prints version, magic number and the tag in the names of compiled modules.
const IDENTIFY: &str = "import sys, importlib.util as u\n\
    print('%d.%d' % sys.version_info[:2], u.MAGIC_NUMBER.hex(), sys.implementation.cache_tag)";

const WORKER: &str = include_str!("compile.py");

/// How many modules a worker gets: its start takes as long as compiling a few.
const AT_A_TIME: usize = 200;

/// A module, and what it becomes.
struct Module<'p> {
    path: &'p str,
    compiled: String,
    wheel: usize,
    member: usize,
}

/// The Python that compiles.
struct Compiler {
    interpreter: String,
    magic: String,
    tag: String,
}

/// Compiles the modules that were written below `dir`, or takes them from the store; returns shelves to close.
pub(super) fn compile(
    plan: &InstallPlan,
    tree: &NewTree,
    dir: &Path,
    store: Option<&Store>,
    report: &mut InstallReport,
) -> Result<Vec<Shelf>, InstallError> {
    let compiler = Compiler::identify(plan, dir)?;
    let modules = compiler.modules(plan);
    make_folders(tree, &modules)?;
    let shelves = compiler.shelves(plan, &modules, store)?;
    let (fresh, mut not_compiled) = take(tree, &modules, &shelves)?;
    let failed = compiler.run(dir, &fresh)?;
    keep(dir, &shelves, &fresh, &failed)?;
    not_compiled.extend(failed);
    report.compiled = modules.len() - not_compiled.len();
    report.not_compiled = not_compiled.into_iter().collect();
    Ok(shelves.into_values().collect())
}

impl Compiler {
    fn identify(plan: &InstallPlan, dir: &Path) -> Result<Self, InstallError> {
        let interpreter = plan.environment().interpreter.clone();
        let answer = run(&interpreter, dir, IDENTIFY, Vec::new())?;
        let mut words = answer.split_whitespace().map(str::to_owned);
        let (found, wanted) = (
            words.next().unwrap_or_default(),
            plan.environment().scheme().python_minor,
        );
        if found != wanted {
            return Err(InstallError::OtherCompiler {
                interpreter,
                found,
                wanted,
            });
        }
        Ok(Self {
            interpreter,
            magic: words.next().unwrap_or_default(),
            tag: words.next().unwrap_or_default(),
        })
    }

    /// What wheels brought as a module, unless they brought it compiled too.
    fn modules<'p>(&self, plan: &'p InstallPlan) -> Vec<Module<'p>> {
        let modules = plan.files().filter_map(|(path, file)| match file.source {
            Source::Member { wheel, member } => Some(Module {
                path,
                compiled: self.compiled(path)?,
                wheel,
                member,
            }),
            Source::Inline(_) => None,
        });
        modules.filter(|module| !plan.has(&module.compiled)).collect()
    }

    /// `a/b.py` is compiled as `a/__pycache__/b.cpython-311.pyc`.
    fn compiled(&self, path: &str) -> Option<String> {
        let (folder, name) = path.rsplit_once('/')?;
        let stem = name.strip_suffix(".py")?;
        let is_module = folder.starts_with("lib/") && !folder.ends_with("/__pycache__");
        is_module.then(|| format!("{folder}/__pycache__/{stem}.{}.pyc", self.tag))
    }

    fn shelves(
        &self,
        plan: &InstallPlan,
        modules: &[Module<'_>],
        store: Option<&Store>,
    ) -> Result<BTreeMap<usize, Shelf>, FileError> {
        let Some(store) = store else {
            return Ok(BTreeMap::new());
        };
        let wheels: BTreeSet<usize> = modules.iter().map(|module| module.wheel).collect();
        wheels
            .into_iter()
            .map(|number| {
                let content = plan.wheels[number].wheel.content_id();
                Ok((number, store.compiled(&self.magic, &content)?))
            })
            .collect()
    }

    /// Compiles each module beside itself; returns the paths of those that are not Python, or another one's.
    fn run(&self, dir: &Path, modules: &[&Module<'_>]) -> Result<BTreeSet<String>, InstallError> {
        let batches: Vec<_> = modules.chunks(AT_A_TIME).collect();
        let failed = parallel::map(&batches, |batch| {
            let lines = batch
                .iter()
                .map(|module| format!("{}\0{}\n", module.path, module.compiled));
            run(&self.interpreter, dir, WORKER, lines.collect::<String>().into_bytes())
        })?;
        Ok(failed.iter().flat_map(|text| text.lines()).map(str::to_owned).collect())
    }
}

/// Runs the interpreter on its own: no variables, no `site`, nothing of the current folder.
fn run(interpreter: &str, dir: &Path, script: &str, stdin: Vec<u8>) -> Result<String, InstallError> {
    let invocation = Invocation::new(interpreter, dir)
        .args(["-I", "-S", "-X", "utf8", "-W", "ignore", "-c", script])
        .stdin(stdin);
    match SystemRunner.run(&invocation) {
        Ok(output) => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(source) => Err(InstallError::Compiler {
            interpreter: interpreter.to_owned(),
            source,
        }),
    }
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

fn keep(
    dir: &Path,
    shelves: &BTreeMap<usize, Shelf>,
    modules: &[&Module<'_>],
    failed: &BTreeSet<String>,
) -> Result<(), FileError> {
    for module in modules.iter().filter(|module| !failed.contains(module.path)) {
        if let Some(shelf) = shelves.get(&module.wheel) {
            shelf.adopt(module.member, &dir.join(&module.compiled))?;
        }
    }
    Ok(())
}
