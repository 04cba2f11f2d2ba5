//! What a release needs of a host that no package manager looks after.

use std::collections::BTreeMap;

use super::deb::depends::{Environment, External, is_accepted, package};
use crate::python::{Library, glibc_version};
use crate::release::{Layout, Release, ReleaseError, ReleaseTree};

/// The shared libraries that the compiled files of a release need and do not find in it, by soname.
///
/// Those that a package depends on ([`deb`](super::deb)), but for what the project says is not on its package's account
/// (`"libcuda.so.1" = ""`), and what another file of the release is called: that one is taken when it is loaded first.
///
/// # Errors
///
/// When a file begins as a compiled one does and cannot be read.
pub fn libraries(release: &Release, tree: &ReleaseTree, layout: &Layout) -> Result<Vec<Library>, ReleaseError> {
    let compiled = release.compiled(tree, layout)?;
    let environment = Environment::new(&compiled, release.target.arch());
    let mut libraries = BTreeMap::new();
    for need in environment.external() {
        let waived = matches!(release.project.package.libraries.get(need.soname), Some(None));
        if waived || environment.has(need.soname) {
            continue;
        }
        let library = libraries.entry(need.soname).or_insert_with(|| library(release, &need));
        for version in versions(release, &need) {
            let file = || need.by.name.clone();
            library.versions.entry(version.clone()).or_insert_with(file);
        }
    }
    Ok(libraries.into_values().collect())
}

fn library(release: &Release, need: &External<'_>) -> Library {
    let named = release.project.package.libraries.get(need.soname).cloned().flatten();
    let named = named.map(|dependency| dependency.to_string());
    Library {
        soname: need.soname.to_owned(),
        versions: [].into(),
        needed_by: need.by.name.clone(),
        package: named.or_else(|| package(need.soname, &release.target)),
    }
}

/// What the file cannot be loaded without. A C library that is newer than the target's has been accepted, or refused.
fn versions<'a>(release: &'a Release, need: &External<'a>) -> impl Iterator<Item = &'a String> + use<'a> {
    let accepted = is_accepted(release, need.by);
    let has = release.target.glibc();
    let versions = need.by.elf.versions.get(need.soname).into_iter().flatten();
    let beyond = move |version: &str| glibc_version(version).is_some_and(|needed| needed > has);
    versions.filter(move |version| !(accepted && beyond(version)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::artifact::testing::{demo, release};
    use crate::config::{Waivable, Waiver};
    use crate::python::elf_testing::{AARCH64, ElfBuilder, X86_64};
    use crate::python::testing::WheelBuilder;

    fn x86() -> ElfBuilder {
        ElfBuilder::new(X86_64)
    }

    /// A line for each library: what it must have, and what brings it.
    fn needs(dir: &Path, files: &[(&str, ElfBuilder)], change: impl FnOnce(&mut Release)) -> Vec<String> {
        let wheel = WheelBuilder::named("fast", "1.0");
        let wheel = files
            .iter()
            .fold(wheel, |wheel, (path, elf)| wheel.file(path, elf.clone().build()));
        let mut release = release(dir, "1.0", &[demo(), wheel]);
        change(&mut release);
        let layout = Layout::folder("/srv/site".as_ref(), "/usr/bin/python3.11".as_ref());
        let found = libraries(&release, &release.tree(&layout).unwrap(), &layout).unwrap();
        let line = |one: &Library| {
            let versions: Vec<_> = one.versions.keys().map(String::as_str).collect();
            format!(
                "{} [{}] {}",
                one.soname,
                versions.join(" "),
                one.package.as_deref().unwrap_or("-")
            )
        };
        found.iter().map(line).collect()
    }

    #[test]
    fn what_no_file_of_the_release_is_has_to_be_there() {
        let dir = tempfile::tempdir().unwrap();
        let files = [
            (
                "fast/_a.so",
                x86()
                    .needs("libstdc++.so.6", &["GLIBCXX_3.4.22"])
                    .needs("libown-1.so", &[]),
            ),
            (
                "fast/_b.so",
                x86()
                    .needs("libstdc++.so.6", &["CXXABI_1.3", "?GLIBCXX_3.4.30"])
                    .needs("libodd.so.7", &[]),
            ),
            (
                "fast.libs/libown-1.so",
                x86().soname("libown-1.so").needs("libssl.so.3", &[]),
            ),
            ("fast/_arm.so", ElfBuilder::new(AARCH64).needs("libnone.so.1", &[])),
        ];
        assert_eq!(
            needs(dir.path(), &files, |_| ()),
            [
                "libodd.so.7 [] -",
                "libssl.so.3 [] libssl3",
                "libstdc++.so.6 [CXXABI_1.3 GLIBCXX_3.4.22] libstdc++6"
            ]
        );
    }

    #[test]
    fn a_version_is_that_of_the_file_that_needs_it() {
        let dir = tempfile::tempdir().unwrap();
        let needing = |version: &str| x86().needs("libc.so.6", &["GLIBC_2.2.5", version]).build();
        let wheel = WheelBuilder::named("fast", "1.0").file("fast/_a.so", needing("GLIBC_2.17"));
        let release = release(
            dir.path(),
            "1.0",
            &[demo(), wheel.file("fast/_b.so", needing("GLIBC_2.34"))],
        );
        let layout = Layout::folder("/srv/site".as_ref(), "/usr/bin/python3.11".as_ref());
        let found = libraries(&release, &release.tree(&layout).unwrap(), &layout).unwrap();
        let file = |version: &str| found[0].versions[version].rsplit('/').next().unwrap();
        assert_eq!(
            ["GLIBC_2.2.5", "GLIBC_2.17", "GLIBC_2.34"].map(file),
            ["_a.so", "_a.so", "_b.so"]
        );
    }

    #[test]
    fn what_the_project_accepts_is_not_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let files = [(
            "fast/_a.so",
            x86()
                .needs("libc.so.6", &["GLIBC_2.2.5", "GLIBC_2.38"])
                .needs("libcuda.so.1", &[]),
        )];
        let whole = ["libc.so.6 [GLIBC_2.2.5 GLIBC_2.38] libc6", "libcuda.so.1 [] -"];
        assert_eq!(needs(dir.path(), &files, |_| ()), whole);
        let accepting = |release: &mut Release| {
            let waiver = Waiver {
                findings: [Waivable::Glibc].into(),
                version: None,
                reason: "never loaded".to_owned(),
            };
            release.project.waivers.0.insert("fast".parse().unwrap(), waiver);
            release
                .project
                .package
                .libraries
                .insert("libcuda.so.1".to_owned(), None);
        };
        assert_eq!(needs(dir.path(), &files, accepting), ["libc.so.6 [GLIBC_2.2.5] libc6"]);
    }
}
