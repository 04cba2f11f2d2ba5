//! Changelogs of installed packages, and of source packages with long histories.
//!
//! `PYDEPLOY_ORACLE_CHANGELOGS` names a folder with those of the sources, each file called after its package.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use pydeploy::changelog::Changelog;

use crate::need;
use crate::oracle::{self, differences, parsed_by_dpkg};

type File = (PathBuf, Vec<u8>);

/// Every changelog of the installed packages, once: those of Debian and those in whatever format authors chose.
fn installed() -> &'static [File] {
    static FILES: LazyLock<Vec<File>> = LazyLock::new(read_installed);
    &FILES
}

fn read_installed() -> Vec<File> {
    let folders = std::fs::read_dir("/usr/share/doc").into_iter().flatten().flatten();
    let names = ["changelog.Debian.gz", "changelog.gz", "changelog.Debian", "changelog"];
    let files = folders.flat_map(|folder| names.map(|name| folder.path().join(name)));
    let mut files: Vec<_> = files.filter(|file| file.is_file() && !file.is_symlink()).collect();
    files.sort();
    let mut seen = BTreeSet::new();
    let files = files.into_iter().filter_map(unpacked);
    files.filter(|(_, bytes)| seen.insert(bytes.clone())).collect()
}

fn unpacked(file: PathBuf) -> Option<File> {
    let bytes = match file.extension() {
        Some(end) if end == "gz" => Command::new("gzip").arg("-dc").arg(&file).output().ok()?.stdout,
        _ => std::fs::read(&file).ok()?,
    };
    Some((file, bytes))
}

fn sources() -> Vec<File> {
    let Some(folder) = std::env::var_os("PYDEPLOY_ORACLE_CHANGELOGS") else {
        return need::skip("PYDEPLOY_ORACLE_CHANGELOGS, a folder of changelogs");
    };
    let packages = ["bash", "dpkg", "glibc", "linux", "python3.11"];
    let files = packages.map(|package| Path::new(&folder).join(package));
    files
        .into_iter()
        .map(|file| unpacked(file).expect("a changelog"))
        .collect()
}

#[test]
fn every_byte_is_kept() {
    for (file, bytes) in installed().iter().chain(&sources()) {
        assert!(Changelog::parse(bytes).to_bytes() == *bytes, "{}", file.display());
    }
}

#[test]
fn dpkg_reads_installed_changelogs_as_we_do() {
    agree(installed());
}

#[test]
fn dpkg_reads_long_histories_as_we_do() {
    let sources = sources();
    for (file, bytes) in &sources {
        let count = Changelog::parse(bytes).entries().len();
        assert!(count > 100, "{}: {count} entries", file.display());
    }
    agree(&sources);
}

fn agree(files: &[File]) {
    if files.is_empty() || !oracle::installed() {
        return;
    }
    let theirs = parsed_by_dpkg(files.iter().map(|(_, bytes)| &**bytes));
    assert_eq!(theirs.len(), files.len());
    for ((file, bytes), theirs) in files.iter().zip(&theirs) {
        let found = differences(bytes, theirs);
        assert!(
            found.is_empty(),
            "{}: {}",
            file.display(),
            found.join(
                "
"
            )
        );
    }
}

/// What is installed has been released, in order: a word about that would be a false one.
#[test]
fn released_changelogs_are_in_order() {
    let words = [
        "version that is not above",
        "same version",
        "distribution `",
        "`UNRELEASED` among",
    ];
    for (file, bytes) in installed().iter().chain(&sources()) {
        let found = Changelog::parse(bytes).check();
        let mut texts = found.iter().map(ToString::to_string);
        let said = texts.find(|text| words.iter().any(|word| text.starts_with(word)));
        assert_eq!(said, None, "{}", file.display());
    }
}
