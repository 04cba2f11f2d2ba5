//! Interpreters, and archives that somebody has changed, for tests.

use std::fs;
use std::path::{Path, PathBuf};

use super::archive::{ZipWriter, sum};
use super::read::FIRST_LINE;
use crate::Timestamp;
use crate::need;
use crate::python::{Archive, Section};

/// The archive again, with members as `change` leaves them, without those that it gives `false` for, and with the digest
/// that is right then.
pub(in crate::artifact) fn rewritten(
    path: &Path,
    at: Timestamp,
    mut change: impl FnMut(&str, &mut Vec<u8>) -> bool,
) -> PathBuf {
    let section = Section::whole(fs::File::open(path).unwrap()).unwrap();
    let archive = Archive::in_section(path, section, FIRST_LINE.len() as u64).unwrap();
    let mut zip = ZipWriter::new(Vec::new(), at, FIRST_LINE).unwrap();
    for (number, member) in archive.members().iter().enumerate() {
        let mut bytes = archive.read(number).unwrap();
        let mode = if member.executable { 0o755 } else { 0o644 };
        match (change(&member.name, &mut bytes), member.name.starts_with("wheels/")) {
            (false, _) => {}
            (true, false) => zip.deflate(&member.name, mode, &bytes).unwrap(),
            (true, true) => {
                let known = sum(&mut bytes.as_slice()).unwrap().0;
                zip.store(&member.name, mode, known, &mut bytes.as_slice()).unwrap();
            }
        }
    }
    fs::write(path, zip.finish().unwrap().0).unwrap();
    path.to_owned()
}

/// An interpreter of this version, as the distribution or pyenv installs it.
pub(in crate::artifact) fn python(minor: &str) -> Option<PathBuf> {
    let name = format!("python{minor}");
    let roots = ["PYENV_ROOT", "HOME"].into_iter().filter_map(std::env::var_os);
    let pyenv = roots.flat_map(|root| {
        [
            Path::new(&root).join("versions"),
            Path::new(&root).join(".pyenv/versions"),
        ]
    });
    let versions = pyenv
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .flatten();
    let kept = versions.map(|version| version.path().join("bin").join(&name));
    let found = std::iter::once(Path::new("/usr/bin").join(&name))
        .chain(kept)
        .find(|path| path.is_file());
    found.or_else(|| match minor {
        "3.11" => need::skip("python3.11"),
        // Other versions are asked where they happen to be.
        _ => None,
    })
}
