//! Everything that is there, compared with the manifest.

use super::super::contents::{Contents, Format, Item, ItemKind, MANIFEST, bytecode_of};
use super::{Findings, Problem};
use crate::release::{Manifest, ManifestEntry};

const BY: &str = "the manifest";
/// Beside the manifest in a deployed release: its digest there vouches for the manifest.
const DEPLOYED: &str = "release.json";
/// Folders that a deployment makes even when they are empty.
const DEPLOYED_FOLDERS: [&str; 3] = ["app", "etc", "static"];

/// Returns how many entries were compared.
pub(super) fn check(contents: &Contents, findings: &mut Findings) -> usize {
    let special = contents
        .items
        .iter()
        .filter(|(_, item)| item.mode & 0o7000 != 0 && !is_link(item));
    for (path, item) in special {
        let (expected, found) = (format!("{:04o}", item.mode & 0o777), item.mode);
        findings.add(path, Problem::Mode { expected, found });
    }
    let Some(manifest) = &contents.manifest else { return 0 };
    for entry in &manifest.files {
        findings.named.insert(entry.path().to_owned());
        compare(entry, contents.items.get(entry.path()), findings);
    }
    extra(contents, manifest, findings);
    deployed(contents, manifest, findings);
    agree(contents, manifest, findings);
    manifest.files.len()
}

fn is_link(item: &Item) -> bool {
    matches!(item.kind, ItemKind::Symlink { .. })
}

fn compare(entry: &ManifestEntry, item: Option<&Item>, findings: &mut Findings) {
    let path = entry.path();
    let Some(item) = item else {
        let by = BY.to_owned();
        return findings.add(path, Problem::Missing { by });
    };
    match (entry, &item.kind) {
        (
            ManifestEntry::File { mode, size, sha256, .. },
            ItemKind::File {
                size: found_size,
                sha256: found,
                ..
            },
        ) => {
            if let Some(problem) = Problem::content(BY, (*sha256, *size), (*found, *found_size)) {
                findings.add(path, problem);
            }
            if format!("{:04o}", item.mode & 0o777) != *mode {
                let (expected, found) = (mode.clone(), item.mode);
                findings.add(path, Problem::Mode { expected, found });
            }
        }
        (ManifestEntry::Link { target, .. }, ItemKind::Symlink { target: found }) => {
            if target != found {
                let (expected, found) = (target.clone(), found.clone());
                findings.add(path, Problem::Target { expected, found });
            }
        }
        (ManifestEntry::File { .. }, other) => findings.add(path, kind("file", other)),
        (ManifestEntry::Link { .. }, other) => findings.add(path, kind("link", other)),
    }
}

fn kind(expected: &'static str, found: &ItemKind) -> Problem {
    let found = found.name();
    Problem::Kind { expected, found }
}

/// What lies in the release's folder and is not in the manifest.
fn extra(contents: &Contents, manifest: &Manifest, findings: &mut Findings) {
    let folder = format!("{}/", manifest.prefix);
    for (path, item) in contents.items.range(folder.clone()..) {
        let Some(below) = path.strip_prefix(&folder) else { break };
        if item.kind == ItemKind::Directory {
            folder_of(contents, path, below, item, findings);
        } else if !findings.named.contains(path) && !is_expected(contents, below) && !is_bytecode(path, item, findings)
        {
            let by = BY.to_owned();
            findings.add(path, Problem::Extra { by });
        }
    }
}

/// A file that no manifest can name.
fn is_expected(contents: &Contents, below: &str) -> bool {
    below == MANIFEST || (below == DEPLOYED && contents.format == Format::Folder)
}

/// `__pycache__/NAME.*.pyc` beside a `NAME.py` of the release: what the interpreter writes by itself.
fn is_bytecode(path: &str, item: &Item, findings: &Findings) -> bool {
    item.size().is_some() && bytecode_of(path).is_some_and(|source| findings.named.contains(&source))
}

/// A folder has mode 0755 and something in it.
fn folder_of(contents: &Contents, path: &str, below: &str, item: &Item, findings: &mut Findings) {
    if path.ends_with("/__pycache__") {
        return;
    }
    let inside = format!("{path}/");
    let next = contents.items.range(inside.clone()..).next();
    let is_empty = next.is_none_or(|(path, _)| !path.starts_with(&inside));
    if is_empty && !(DEPLOYED_FOLDERS.contains(&below) && contents.format == Format::Folder) {
        let by = BY.to_owned();
        findings.add(path, Problem::Extra { by });
    } else if item.mode & 0o777 != 0o755 {
        let (expected, found) = ("0755".to_owned(), item.mode);
        findings.add(path, Problem::Mode { expected, found });
    }
}

/// The manifest of a deployed release is the one that was deployed.
fn deployed(contents: &Contents, manifest: &Manifest, findings: &mut Findings) {
    #[derive(serde::Deserialize)]
    struct Deployed {
        tree: crate::digest::Sha256,
    }
    let (Some(deployed), Some(own)) = (contents.beside_manifest(DEPLOYED), contents.beside_manifest(MANIFEST)) else {
        return;
    };
    let path = |name| format!("{}/{name}", manifest.prefix);
    let Ok(Deployed { tree }) = serde_json::from_slice(deployed) else {
        let reason = "it names no digest of the tree".to_owned();
        return findings.add(&path(DEPLOYED), Problem::Unusable { reason });
    };
    if let Some(found) = manifest.tree_digest(own).filter(|found| *found != tree) {
        let problem = Problem::Contradiction {
            field: "a tree with sha256",
            found: found.to_string(),
            by: DEPLOYED.to_owned(),
            expected: tree.to_string(),
        };
        findings.add(&path(MANIFEST), problem);
    }
}

/// The manifest names the package's name, its version and the folder that a package of this name has.
fn agree(contents: &Contents, manifest: &Manifest, findings: &mut Findings) {
    let Some(control) = &contents.control else { return };
    let value = |field| control.get(field).unwrap_or_default();
    let (by, place) = ("the control file", format!("/opt/{}", value("Package")));
    let said = [
        ("name", manifest.name.as_str(), by, value("Package")),
        ("version", &manifest.version, by, value("Version")),
        ("prefix", &manifest.prefix, "its place", &place),
    ];
    for (field, found, by, expected) in said.into_iter().filter(|(_, found, _, expected)| found != expected) {
        let problem = Problem::Contradiction {
            field,
            found: found.to_owned(),
            by: by.to_owned(),
            expected: expected.to_owned(),
        };
        findings.add(&format!("{}/{MANIFEST}", manifest.prefix), problem);
    }
}
