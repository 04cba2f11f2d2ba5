//! Real changelogs: those of source packages with long histories, and those of every installed package.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

use crate::step::read;
use crate::target;

/// Source packages, and which of their archives holds `debian/changelog`.
const SOURCES: [(&str, &str); 5] = [
    ("bash", "--diff-only"),
    ("dpkg", "--tar-only"),
    ("glibc", "--diff-only"),
    ("linux", "--diff-only"),
    ("python3.11", "--diff-only"),
];

const DOCUMENTATION: &str = "/usr/share/doc";

/// Where sources come from; the machine itself may know none.
const APT_SOURCE: &str = "Types: deb-src
URIs: http://deb.debian.org/debian
Suites: bookworm
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
";

/// Files of nothing but the changelogs, by package: fetched and unpacked when they are first asked for.
///
/// Those of source packages are in the folder `source`, those of installed ones in `installed`.
pub(crate) fn changelogs(sh: &Shell) -> Result<Vec<PathBuf>> {
    let folder = target().join("real/corpus");
    if !folder.exists() {
        let staged = folder.with_extension("new");
        sh.remove_path(&staged)?;
        fetch_sources(sh, &staged.join("source"))?;
        unpack_installed(sh, &staged.join("installed"))?;
        std::fs::rename(&staged, &folder)?;
    }
    let mut files = sh.read_dir(folder.join("source"))?;
    files.extend(sh.read_dir(folder.join("installed"))?);
    files.sort();
    Ok(files)
}

/// A file with the version of every source package of the release, each once.
pub(crate) fn versions(sh: &Shell) -> Result<PathBuf> {
    let file = target().join("real/versions");
    if !file.exists() {
        let apt = sh.create_temp_dir()?;
        let options = &apt_options(sh, apt.path())?;
        read(cmd!(sh, "apt-get {options...} update"))?;
        let index = sh.read_dir(apt.path().join("lists"))?;
        let index = index.into_iter().find(|file| name_of(file).contains("_Sources"));
        let index = index.context("apt-get update fetched no index of sources")?;
        let stanzas = read(cmd!(sh, "/usr/lib/apt/apt-helper cat-file {index}"))?;
        let versions = stanzas.lines().filter_map(|line| line.strip_prefix("Version: "));
        let versions: BTreeSet<&str> = versions.collect();
        sh.write_file(&file, Vec::from_iter(versions).join("\n"))?;
    }
    Ok(file)
}

fn fetch_sources(sh: &Shell, folder: &Path) -> Result<()> {
    let apt = sh.create_temp_dir()?;
    let options = &apt_options(sh, apt.path())?;
    read(cmd!(sh, "apt-get {options...} update"))?;
    sh.create_dir(folder)?;
    for (package, part) in SOURCES {
        let archive = download(sh, options, apt.path(), (package, part))?;
        unpack(sh, &archive, &folder.join(package))?;
    }
    Ok(())
}

/// Lets apt keep its lists in `folder` and know of one source only, so that nothing of the machine's is touched.
fn apt_options(sh: &Shell, folder: &Path) -> Result<Vec<String>> {
    for inside in ["parts", "lists/partial", "cache/archives/partial"] {
        sh.create_dir(folder.join(inside))?;
    }
    sh.write_file(folder.join("parts/corpus.sources"), APT_SOURCE)?;
    let at = |inside: &str| folder.join(inside).display().to_string();
    let settings = [
        ("Dir::Etc::SourceList", "/dev/null".to_owned()),
        ("Dir::Etc::SourceParts", at("parts")),
        ("Dir::State::Lists", at("lists")),
        ("Dir::Cache", at("cache")),
        // The folder is for its owner alone, and so for apt when it is run by root.
        ("APT::Sandbox::User", "root".to_owned()),
    ];
    Ok(settings
        .map(|(name, value)| format!("--option={name}={value}"))
        .to_vec())
}

/// Downloads one archive into a folder of its own and returns it.
fn download(sh: &Shell, options: &[String], apt: &Path, (package, part): (&str, &str)) -> Result<PathBuf> {
    let folder = apt.join(package);
    let _inside = sh.push_dir(sh.create_dir(&folder)?);
    read(cmd!(
        sh,
        "apt-get {options...} --quiet --download-only {part} source {package}"
    ))?;
    let archive = sh.read_dir(&folder)?.into_iter().find(|file| is_archive(file));
    archive.ok_or_else(|| anyhow::anyhow!("apt-get source downloaded no archive of {package}"))
}

fn is_archive(file: &Path) -> bool {
    file.to_string_lossy().contains(".tar.")
}

/// Writes the `debian/changelog` of an archive to `file`.
fn unpack(sh: &Shell, archive: &Path, file: &Path) -> Result<()> {
    let script = r#"tar --extract --to-stdout --wildcards --file "$1" --no-wildcards-match-slash debian/changelog '*/debian/changelog' >"$2" 2>/dev/null; test -s "$2""#;
    read(cmd!(sh, "sh -c {script} unpack {archive} {file}")).map(drop)
}

/// Decompresses each changelog below `/usr/share/doc` once, however many packages share it.
fn unpack_installed(sh: &Shell, folder: &Path) -> Result<()> {
    sh.create_dir(folder)?;
    let mut seen = BTreeSet::new();
    for package in sh.read_dir(DOCUMENTATION)? {
        for changelog in changelogs_in(sh, &package) {
            if seen.insert(changelog.canonicalize()?) {
                let file = folder.join(name_of(&changelog));
                let script = r#"zcat --force "$1" >"$2""#;
                read(cmd!(sh, "sh -c {script} unpack {changelog} {file}"))?;
            }
        }
    }
    Ok(())
}

/// The changelogs of Debian's packaging. A native package has only one changelog, which has the other name.
fn changelogs_in(sh: &Shell, package: &Path) -> Vec<PathBuf> {
    let files = sh.read_dir(package).unwrap_or_default();
    let named = |prefix: &str| {
        let fits = |file: &&PathBuf| name_of(file).contains(&format!("_{prefix}"));
        files.iter().filter(fits).cloned().collect::<Vec<_>>()
    };
    match named("changelog.Debian") {
        none if none.is_empty() => named("changelog.gz"),
        found => found,
    }
}

/// `PACKAGE_FILE` for a file in the folder of a package.
fn name_of(file: &Path) -> String {
    let names: Vec<_> = file.iter().rev().take(2).map(|name| name.to_string_lossy()).collect();
    names.into_iter().rev().collect::<Vec<_>>().join("_")
}
