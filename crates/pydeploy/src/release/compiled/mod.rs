//! The compiled files of a release: what they need, and whether the target has it.

mod cache;
mod fit;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

pub use cache::CompiledCache;

use super::plan::Release;
use super::tree::{Content, Entry, Kind, ReleaseTree, TreePath};
use super::{Layout, ReleaseError};
use crate::config::Waivable;
use crate::python::{CompiledMembers, Elf, ElfError, Wheel};
use crate::sys::files::{At as _, FileError};
use crate::sys::parallel;

/// A compiled file of a release, in its place.
#[derive(Debug)]
pub(crate) struct Compiled<'a> {
    pub(crate) path: &'a TreePath,
    pub(crate) entry: &'a Entry,
    /// `WHEEL: MEMBER`, or the application's file.
    pub(crate) name: String,
    pub(crate) elf: Elf,
}

impl Release {
    /// Every compiled file of a tree of this release that can be read; copies below `static` are not run, and left out.
    pub(crate) fn compiled<'t>(
        &self,
        tree: &'t ReleaseTree,
        layout: &Layout,
    ) -> Result<Vec<Compiled<'t>>, ReleaseError> {
        let known = self.known()?;
        let copies = layout.below_prefix("static/");
        let installed = tree.iter().filter(|(path, _)| !path.as_str().starts_with(&copies));
        let mut compiled = Vec::new();
        for (path, entry) in installed {
            if let Some((name, elf)) = of_entry(entry, &known)? {
                compiled.push(Compiled { path, entry, name, elf });
            }
        }
        Ok(compiled)
    }

    /// What is known about each wheel, by its file name. What cannot be read is an error, unless the project accepts it.
    fn known(&self) -> Result<BTreeMap<&str, Members>, ReleaseError> {
        let cache = self.compiled_cache.as_ref();
        let read = |wheel: &Arc<Wheel>| -> Result<CompiledMembers, ReleaseError> {
            match cache {
                Some(cache) => cache.compiled(wheel),
                None => Ok(wheel.compiled(None)?),
            }
        };
        let found = parallel::map(self.wheels(), read)?;
        let named = self.wheels().iter().zip(found);
        let named = named.map(|(wheel, known)| Ok((wheel.filename().as_str(), self.readable(wheel, known)?)));
        named.collect()
    }

    fn readable(&self, wheel: &Wheel, known: CompiledMembers) -> Result<Members, ReleaseError> {
        let accepted = self.waives(wheel, Waivable::Elf);
        let mut members = Members::new();
        for (number, elf) in known {
            match elf {
                Ok(elf) => drop(members.insert(number, elf)),
                Err(_) if accepted => {}
                Err(source) => {
                    let file = member_name(wheel, number);
                    return Err(ReleaseError::Unreadable { file, source });
                }
            }
        }
        Ok(members)
    }

    fn waives(&self, wheel: &Wheel, kind: Waivable) -> bool {
        let file = wheel.filename();
        self.project.waivers.find(file.name(), file.version(), kind).is_some()
    }
}

/// The compiled members of a wheel, by their numbers.
type Members = BTreeMap<usize, Elf>;

fn of_entry(entry: &Entry, known: &BTreeMap<&str, Members>) -> Result<Option<(String, Elf)>, ReleaseError> {
    let Kind::File { content, .. } = &entry.kind else {
        return Ok(None);
    };
    match content {
        Content::Inline(_) => Ok(None),
        Content::Wheel { wheel, member } => {
            let elf = known
                .get(wheel.filename().as_str())
                .and_then(|members| members.get(member));
            Ok(elf.map(|elf| (member_name(wheel, *member), elf.clone())))
        }
        Content::Disk(path) => match of_file(path)? {
            None => Ok(None),
            Some(Ok(elf)) => Ok(Some((path.display().to_string(), elf))),
            Some(Err(source)) => Err(ReleaseError::Unreadable {
                file: path.display().to_string(),
                source,
            }),
        },
    }
}

/// `WHEEL: MEMBER`.
fn member_name(wheel: &Wheel, number: usize) -> String {
    format!(
        "{}: {}",
        wheel.filename(),
        wheel.members().nth(number).unwrap_or_default()
    )
}

/// A file of the application; `None` when it does not begin as a compiled one.
fn of_file(path: &Path) -> Result<Option<Result<Elf, ElfError>>, FileError> {
    let mut file = File::open(path).at("open", path)?;
    let mut head = [0; 4];
    let read = file.by_ref().take(4).read(&mut head).at("read", path)?;
    Ok((read == 4 && head == *crate::python::ELF_MAGIC).then(|| Elf::read(&file)))
}
