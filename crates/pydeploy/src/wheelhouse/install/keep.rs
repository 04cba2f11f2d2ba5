//! Compiled modules for artifacts, in the cache: of a wheel together, of an application one by one. Environments of the
//! same wheels share them.

use std::path::{Path, PathBuf};

use super::bytecode::{AT_A_TIME, Row, rows, text};
use super::store::{Shelf, Store};
use crate::digest::Sha256;
use crate::python::{CompileError, Compiler, ModuleSource};
use crate::sys::files::{self, FileError};
use crate::sys::parallel;

/// How many sets are worked on at a time: each holds an open folder.
const SETS_AT_A_TIME: usize = 64;

/// Modules that are kept together.
#[derive(Clone, Debug)]
pub(crate) struct ModuleSet {
    /// Everything about the sources that the compiled forms depend on.
    pub(crate) key: Sha256,
    /// The number by which each is kept, and the file that its tracebacks name.
    pub(crate) modules: Vec<(usize, String)>,
}

/// A compiled module in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Its number in the set.
    pub(crate) number: usize,
    /// Where its bytes are.
    pub(crate) file: PathBuf,
    pub(crate) size: u64,
    pub(crate) sha256: Sha256,
}

/// Compiles what the cache does not have; `read` gives the source of a module, named by the position of its set and its
/// number. What is returned for each set are those that could be compiled, in the order of their numbers.
pub(crate) fn compile<E>(
    cache: &Path,
    compiler: &Compiler,
    sets: &[ModuleSet],
    read: impl Fn(usize, usize) -> Result<Vec<u8>, E> + Sync,
) -> Result<Vec<Vec<Kept>>, E>
where
    E: From<CompileError> + From<FileError> + Send,
{
    let store = Store::within(cache)?;
    let mut kept = Vec::new();
    for (at, group) in sets.chunks(SETS_AT_A_TIME).enumerate() {
        let read = |set: usize, number| read(at * SETS_AT_A_TIME + set, number);
        kept.extend(Group::open(&store, compiler, group)?.compile(read)?);
    }
    Ok(kept)
}

/// Some sets and their shelves.
struct Group<'a> {
    store: &'a Store,
    compiler: &'a Compiler,
    sets: &'a [ModuleSet],
    shelves: Vec<Shelf>,
    rows: Vec<Vec<Row>>,
}

impl<'a> Group<'a> {
    fn open(store: &'a Store, compiler: &'a Compiler, sets: &'a [ModuleSet]) -> Result<Self, FileError> {
        let mut group = Self {
            store,
            compiler,
            sets,
            shelves: Vec::new(),
            rows: Vec::new(),
        };
        sets.iter().try_for_each(|set| group.add(set))?;
        Ok(group)
    }

    fn add(&mut self, set: &ModuleSet) -> Result<(), FileError> {
        let find = || self.store.compiled(&self.compiler.identity(), &set.key);
        let mut shelf = find()?;
        let mut rows = shelf.sealed_with().and_then(|text| rows(&text)).unwrap_or_default();
        let intact = |row: &Row| shelf.has(row.number, row.size);
        if !shelf.is_new() && !rows.iter().all(intact) {
            shelf.spoil();
            shelf.close()?;
            (shelf, rows) = (find()?, Vec::new());
        }
        self.shelves.push(shelf);
        self.rows.push(rows);
        Ok(())
    }

    fn compile<E>(mut self, read: impl Fn(usize, usize) -> Result<Vec<u8>, E> + Sync) -> Result<Vec<Vec<Kept>>, E>
    where
        E: From<CompileError> + From<FileError> + Send,
    {
        let fresh: Vec<(usize, &(usize, String))> = self.fresh();
        let batches: Vec<_> = fresh.chunks(AT_A_TIME).collect();
        let made = parallel::map(&batches, |batch| self.batch(batch, &read))?;
        let is_new = !made.is_empty();
        for (set, row) in made.into_iter().flatten() {
            self.rows[set].push(row);
        }
        for (shelf, rows) in self.shelves.iter_mut().zip(&self.rows) {
            shelf.describe(text(rows));
            shelf.seal()?;
        }
        if is_new {
            files::sync_file_system(self.store.folder())?;
        }
        let sets = self.shelves.into_iter().zip(self.rows);
        sets.map(|(shelf, rows)| Ok(close(shelf, rows)?)).collect()
    }

    fn fresh(&self) -> Vec<(usize, &'a (usize, String))> {
        let sets = self.sets.iter().zip(&self.shelves).enumerate();
        sets.filter(|(_, (_, shelf))| shelf.is_new())
            .flat_map(|(at, (set, _))| set.modules.iter().map(move |module| (at, module)))
            .collect()
    }

    /// Compiles some modules and puts them on their shelves.
    fn batch<E>(
        &self,
        batch: &[(usize, &(usize, String))],
        read: &impl Fn(usize, usize) -> Result<Vec<u8>, E>,
    ) -> Result<Vec<(usize, Row)>, E>
    where
        E: From<CompileError> + From<FileError>,
    {
        let source = |&(set, (number, name)): &(usize, &(usize, String))| {
            let (name, bytes) = (name.clone(), read(set, *number)?);
            Ok::<_, E>(ModuleSource { name, bytes })
        };
        let sources = batch.iter().map(source).collect::<Result<Vec<_>, E>>()?;
        let compiled = self.compiler.compile(&sources)?;
        let mut rows = Vec::new();
        for (&(set, &(number, _)), bytes) in batch.iter().zip(compiled) {
            let Some(bytes) = bytes else { continue };
            self.shelves[set].put(number, &bytes)?;
            rows.push((set, Row::of(number, &bytes)));
        }
        Ok(rows)
    }
}

fn close(shelf: Shelf, rows: Vec<Row>) -> Result<Vec<Kept>, FileError> {
    let kept = |row: Row| Kept {
        number: row.number,
        file: shelf.path().join(row.number.to_string()),
        size: row.size,
        sha256: row.sha256,
    };
    let kept = rows.into_iter().map(kept).collect();
    shelf.close()?;
    Ok(kept)
}
