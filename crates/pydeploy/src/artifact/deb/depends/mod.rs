//! What the compiled files of a release need of other packages.
//!
//! dpkg-shlibdeps(1) cannot be asked: it stops at the first library that a wheel brings itself. So files are read and
//! libraries looked for as the dynamic loader does it. What is found in the release is the release's own; for the rest,
//! a [table] knows the packages of each distribution.

mod error;
mod resolve;
mod symbols;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use error::DependsError;

pub(in crate::artifact) use self::resolve::{Environment, External};
use self::symbols::Numbering;
use crate::config::{Dependency, PackageName};
use crate::python::Target;
use crate::release::{Compiled, Content, Kind, Release};
use crate::version::DebianVersion;

/// The packages that the files need, sorted by name.
pub(super) fn of(release: &Release, compiled: &[Compiled<'_>]) -> Result<Vec<Dependency>, DependsError> {
    let environment = Environment::new(compiled, release.target.arch());
    let mut needs = Needs::default();
    for external in environment.external() {
        needs.add(release, &environment, &external)?;
    }
    Ok(needs.dependencies())
}

/// The packages that are enough, and the version that is needed at least.
#[derive(Debug, Default)]
struct Needs {
    libraries: BTreeMap<Vec<PackageName>, Option<DebianVersion>>,
    named: Vec<Dependency>,
}

impl Needs {
    fn add(&mut self, release: &Release, own: &Environment<'_>, need: &External<'_>) -> Result<(), DependsError> {
        if let Some(named) = release.project.package.libraries.get(need.soname) {
            let new = named.iter().filter(|new| !self.named.contains(new));
            let new: Vec<_> = new.cloned().collect();
            self.named.extend(new);
            return Ok(());
        }
        let names = names(need.soname, &release.target);
        match table::find(need.soname) {
            Some(row) if !names.is_empty() => {
                let version = minimum(release, need, row.2, &names[0])?;
                let known = self.libraries.entry(names).or_default();
                *known = known.take().max(version);
                Ok(())
            }
            _ if own.has(need.soname) => Ok(()),
            _ => Err(DependsError::Unknown {
                file: need.by.name.clone(),
                soname: need.soname.to_owned(),
                target: release.target.to_string(),
            }),
        }
    }

    fn dependencies(self) -> Vec<Dependency> {
        let libraries = self.libraries.iter();
        let libraries = libraries.map(|(names, version)| Dependency::at_least(names, version.as_ref()));
        libraries.chain(self.named).collect()
    }
}

/// What the target calls the package of a library; nothing when it has none.
fn names(soname: &str, target: &Target) -> Vec<PackageName> {
    let row = table::find(soname);
    let names = row.map(|row| row.1.on(target.distribution())).unwrap_or_default();
    names.iter().filter_map(|name| name.parse().ok()).collect()
}

/// The package of the target that has a library.
pub(in crate::artifact) fn package(soname: &str, target: &Target) -> Option<String> {
    names(soname, target).first().map(ToString::to_string)
}

/// The version that has every symbol which a file needs of a library. One that the target does not have is refused, or
/// left out when the project accepts that.
fn minimum(
    release: &Release,
    need: &External<'_>,
    numbering: Numbering,
    package: &PackageName,
) -> Result<Option<DebianVersion>, DependsError> {
    let versions = need.by.elf.versions.get(need.soname).into_iter().flatten();
    let needed = versions.filter_map(|version| numbering.minimum(version)).max();
    let has = provided(&release.target, numbering);
    match (needed, has) {
        (Some(needed), Some(has)) if needed > has => match is_accepted(release, need.by) {
            true => Ok(None),
            false => Err(DependsError::TooNew {
                file: need.by.name.clone(),
                package: package.clone(),
                needed: needed.to_string(),
                target: release.target.to_string(),
                has: has.to_string(),
            }),
        },
        (needed, _) => Ok(needed),
    }
}

fn provided(target: &Target, numbering: Numbering) -> Option<DebianVersion> {
    let (major, minor) = target.glibc();
    match numbering {
        Numbering::Glibc => format!("{major}.{minor}").parse().ok(),
        other => other.provided(target),
    }
}

/// Whether the project accepts that a file needs a newer C library than the target has.
pub(in crate::artifact) fn is_accepted(release: &Release, by: &Compiled<'_>) -> bool {
    match &by.entry.kind {
        Kind::File {
            content: Content::Wheel { wheel, .. },
            ..
        } => release.waives_glibc(wheel),
        _ => false,
    }
}
