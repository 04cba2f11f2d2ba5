//! Which libraries the compiled files of a release find in it, and which they need of the system.

use std::collections::{BTreeMap, BTreeSet};

use crate::python::Arch;
use crate::release::Compiled;

/// A library that a file needs of the system.
#[derive(Clone, Copy, Debug)]
pub(in crate::artifact) struct External<'a> {
    pub(in crate::artifact) soname: &'a str,
    pub(in crate::artifact) by: &'a Compiled<'a>,
}

/// The compiled files of one machine, as the dynamic loader ([ld.so(8)]) comes upon them.
///
/// [ld.so(8)]: https://man7.org/linux/man-pages/man8/ld.so.8.html
#[derive(Debug)]
pub(in crate::artifact) struct Environment<'a> {
    files: BTreeMap<&'a str, &'a Compiled<'a>>,
    /// What they are called, by themselves and in their folders.
    names: BTreeSet<&'a str>,
}

impl<'a> Environment<'a> {
    pub(in crate::artifact) fn new(compiled: &'a [Compiled<'a>], arch: Arch) -> Self {
        let own = compiled.iter().filter(|file| file.elf.machine == Some(arch));
        let files: BTreeMap<_, _> = own.map(|file| (file.path.as_str(), file)).collect();
        let sonames = files.values().filter_map(|file| file.elf.soname.as_deref());
        let names = files.keys().filter_map(|path| path.rsplit('/').next());
        Self {
            names: names.chain(sonames).collect(),
            files,
        }
    }

    /// Every library that a file does not find where it looks first: in the folders of its `RUNPATH`, or `RPATH`.
    pub(in crate::artifact) fn external(&self) -> impl Iterator<Item = External<'a>> {
        let needs = self.files.values().flat_map(|by| {
            let needed = by.elf.needed.iter();
            needed.map(|soname| External { soname, by })
        });
        needs.filter(|external| !self.is_found(external))
    }

    /// Whether a file of this name is in the release: the loader takes it when another file has brought it already, be
    /// it by an inherited `RPATH`, be it because the program loads it first.
    pub(in crate::artifact) fn has(&self, soname: &str) -> bool {
        self.names.contains(soname)
    }

    fn is_found(&self, external: &External<'_>) -> bool {
        let elf = &external.by.elf;
        let folders = elf.runpath.iter().chain(&elf.rpath);
        let mut folders = folders.filter_map(|folder| expand(folder, external.by.path.as_str()));
        folders.any(|folder| self.files.contains_key(&*format!("{folder}/{}", external.soname)))
    }
}

/// A folder of a search path in the tree, for the file at `path`.
fn expand(folder: &str, path: &str) -> Option<String> {
    let origin = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let origin = format!("/{origin}");
    let folder = folder.replace("${ORIGIN}", &origin).replace("$ORIGIN", &origin);
    let mut parts = Vec::new();
    for part in folder.strip_prefix('/')?.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn search_paths_are_taken_from_where_the_file_lies() {
        let path = "opt/site/venv/lib/numpy/core/_x.so";
        for (folder, expect) in [
            ("$ORIGIN", Some("opt/site/venv/lib/numpy/core")),
            ("$ORIGIN/../../numpy.libs", Some("opt/site/venv/lib/numpy.libs")),
            ("${ORIGIN}/./lib/", Some("opt/site/venv/lib/numpy/core/lib")),
            ("/usr/local//lib", Some("usr/local/lib")),
            ("$ORIGIN/../../../../../../../..", Some("")),
            ("lib", None),
            ("$LIB", None),
        ] {
            assert_eq!(expand(folder, path).as_deref(), expect, "{folder}");
        }
    }
}
