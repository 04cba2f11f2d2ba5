//! The compiled modules of a release, which lie in the cache until an artifact is made of them.

use std::path::Path;

use super::error::ReleaseError;
use super::plan::Release;
use super::tree::{Content, Entry, Kind, Owner, ReleaseTree};
use super::{Layout, files::ApplicationFile};
use crate::digest::Sha256;
use crate::python::{Compiler, InstalledContent, Scheme, Wheel};
use crate::wheelhouse::{Kept, ModuleSet, compile_sets, compiled_path};

/// Where modules of the application lie in a release.
const APPLICATION: &str = "app";

/// Every compiled module of a release.
#[derive(Clone, Debug, Default)]
pub(super) struct Bytecode(Vec<Module>);

#[derive(Clone, Debug)]
struct Module {
    /// Relative to the release's folder, and so is its source.
    path: String,
    source: String,
    owner: Owner,
    kept: Kept,
}

/// What compiling a release gave.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct CompileReport {
    /// How many modules were compiled, or were in the cache as such.
    pub modules: usize,
    /// Files called like modules that are not, or not of this Python: templates, and tests of what happens then.
    pub not_compiled: Vec<String>,
}

impl Release {
    /// Compiles every module of the wheels and of the application, or takes it from the folder `cache`: they become files
    /// of the release, which whoever brings the source brings too.
    ///
    /// The bytes are those of the source and of the compiler's full version alone: not of the machine, of where the
    /// release will lie, or of what is in the cache. A RECORD does not list them, as with uv; the manifest does.
    ///
    /// # Errors
    ///
    /// When the compiler cannot be run, a wheel contradicts its RECORD, or the cache cannot be written.
    pub fn compile(&mut self, compiler: &Compiler, cache: &Path) -> Result<CompileReport, ReleaseError> {
        let groups = self.groups(compiler)?;
        let sets: Vec<ModuleSet> = groups.iter().map(Group::set).collect();
        let read = |set: usize, number| groups[set].read(number);
        let kept = compile_sets(cache, compiler, &sets, read)?;
        let (mut modules, mut report) = (Vec::new(), CompileReport::default());
        for (group, kept) in groups.iter().zip(kept) {
            group.take(compiler, kept, &mut modules, &mut report);
        }
        report.modules = modules.len();
        self.bytecode = Bytecode(modules);
        Ok(report)
    }

    fn groups(&self, compiler: &Compiler) -> Result<Vec<Group<'_>>, ReleaseError> {
        let scheme = self.scheme();
        let wheels = self.wheels().iter().map(|wheel| Group::wheel(wheel, &scheme, compiler));
        let mut groups = wheels.collect::<Result<Vec<_>, _>>()?;
        groups.retain(|group| !group.modules.is_empty());
        let application = self.application.iter();
        groups.extend(application.filter_map(|file| Group::of_application(file, compiler)));
        Ok(groups)
    }
}

/// Modules that are kept together.
struct Group<'a> {
    source: Source<'a>,
    key: Sha256,
    /// Number and path in the release's folder.
    modules: Vec<(usize, String)>,
}

enum Source<'a> {
    Wheel(&'a Wheel),
    Application(&'a ApplicationFile),
}

impl<'a> Group<'a> {
    /// Tracebacks name a path in the environment until the module is imported from its own.
    fn wheel(wheel: &'a Wheel, scheme: &Scheme, compiler: &Compiler) -> Result<Self, ReleaseError> {
        let modules = wheel
            .install(scheme)?
            .into_iter()
            .filter_map(|file| match file.content {
                InstalledContent::Member(member) => compiled_path(compiler, &file.path).map(|_| (member, file.path)),
                InstalledContent::Inline(_) => None,
            });
        Ok(Self {
            source: Source::Wheel(wheel),
            key: wheel.content_id(),
            modules: modules.collect(),
        })
    }

    /// One module: of an application, one or the other changes with every release.
    fn of_application(file: &'a ApplicationFile, compiler: &Compiler) -> Option<Self> {
        let path = format!("{APPLICATION}/{}", file.path);
        compiler.compiled_path(&path)?;
        let key = format!("{path}\0{}", file.sha256);
        Some(Self {
            source: Source::Application(file),
            key: Sha256::of(key.as_bytes()),
            modules: vec![(0, path)],
        })
    }

    fn set(&self) -> ModuleSet {
        ModuleSet {
            key: self.key,
            modules: self.modules.clone(),
        }
    }

    fn read(&self, number: usize) -> Result<Vec<u8>, ReleaseError> {
        match self.source {
            Source::Wheel(wheel) => Ok(wheel.read(number)?),
            Source::Application(file) => {
                let content = Content::Disk(file.source.clone());
                Ok(content.read(file.sha256)?.into_owned())
            }
        }
    }

    fn take(&self, compiler: &Compiler, kept: Vec<Kept>, modules: &mut Vec<Module>, report: &mut CompileReport) {
        let mut kept = kept.into_iter().peekable();
        for (number, source) in &self.modules {
            match kept.next_if(|kept| kept.number == *number) {
                Some(kept) => modules.extend(
                    compiler
                        .compiled_path(source)
                        .map(|path| self.module(&path, source, kept)),
                ),
                None => {
                    tracing::info!(source, "not a module of this Python");
                    report.not_compiled.push(source.clone());
                }
            }
        }
    }

    fn module(&self, path: &str, source: &str, kept: Kept) -> Module {
        let (folder, owner) = match self.source {
            Source::Wheel(wheel) => ("venv/", Owner::Wheel(wheel.filename().to_string())),
            Source::Application(_) => ("", Owner::Application),
        };
        Module {
            path: format!("{folder}{path}"),
            source: format!("{folder}{source}"),
            owner,
            kept,
        }
    }
}

impl Bytecode {
    /// Adds the modules, unless they are there, because some wheels bring theirs compiled, or the source is another's: of
    /// two that bring it, one may be left out.
    pub(super) fn add(&self, tree: &mut ReleaseTree, layout: &Layout) -> Result<(), ReleaseError> {
        for Module {
            path,
            source,
            owner,
            kept,
        } in &self.0
        {
            let path = layout.below_prefix(path);
            let source = tree.get(&layout.below_prefix(source));
            if tree.get(&path).is_some() || source.is_none_or(|source| source.owner != *owner) {
                continue;
            }
            let kind = Kind::File {
                content: Content::Disk(kept.file.clone()),
                executable: false,
                size: kept.size,
                sha256: kept.sha256,
            };
            let owner = owner.clone();
            tree.insert(path.parse()?, Entry { kind, owner })?;
        }
        Ok(())
    }
}
