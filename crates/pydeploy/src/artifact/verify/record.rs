//! The RECORD of every wheel, row by row.

use std::collections::BTreeSet;

use super::super::contents::{Contents, ItemKind, bytecode_of};
use super::{Findings, Problem};
use crate::python::{RecordRow, WheelFilename, is_installed_record, record_rows};
use crate::release::ManifestEntry;

/// Returns how many RECORDs were compared.
pub(super) fn check(contents: &Contents, findings: &mut Findings) -> usize {
    let records = contents.texts.iter().filter(|(path, _)| is_installed_record(path));
    let mut recorded = BTreeSet::new();
    let (mut count, mut readable) = (0, true);
    for (path, bytes) in records {
        count += 1;
        match record_rows(bytes) {
            Err(reason) => {
                readable = false;
                findings.add_first(path, Problem::Unusable { reason });
            }
            Ok(rows) => rows
                .iter()
                .for_each(|row| recorded.extend(one(contents, path, row, findings))),
        }
    }
    if readable {
        not_recorded(contents, &recorded, findings);
    }
    count
}

/// Compares the file that a row names, and returns its path.
fn one(contents: &Contents, record: &str, row: &RecordRow, findings: &mut Findings) -> Option<String> {
    let Some(path) = resolve(record, &row.path) else {
        let reason = format!("`{}` leads out of every folder", row.path.escape_debug());
        findings.add_first(record, Problem::Unusable { reason });
        return None;
    };
    match contents.items.get(&path).map(|item| &item.kind) {
        None => findings.add_first(&path, Problem::Missing { by: record.to_owned() }),
        Some(ItemKind::File { size, sha256, .. }) => {
            let expected = (row.sha256.unwrap_or(*sha256), row.size.unwrap_or(*size));
            if row.sha256.is_none() && path != record {
                let reason = format!("`{}` has no hash", row.path.escape_debug());
                findings.add_first(record, Problem::Unusable { reason });
            } else if let Some(problem) = Problem::content(record, expected, (*sha256, *size)) {
                findings.add_first(&path, problem);
            }
        }
        Some(other) => {
            let (expected, found) = ("file", other.name());
            findings.add_first(&path, Problem::Kind { expected, found });
        }
    }
    Some(path)
}

/// The absolute path of a row, which is relative to the folder with the `.dist-info` folder.
fn resolve(record: &str, row: &str) -> Option<String> {
    if row.starts_with('/') {
        return None;
    }
    let site_packages = record.rsplitn(3, '/').nth(2)?;
    let mut path: Vec<&str> = site_packages.split('/').collect();
    for component in row.split('/') {
        match component {
            ".." => drop(path.pop().filter(|name| !name.is_empty())?),
            "" | "." => return None,
            name => path.push(name),
        }
    }
    Some(path.join("/"))
}

/// What a wheel brings into the environment is in its RECORD, or was compiled from what is.
fn not_recorded(contents: &Contents, recorded: &BTreeSet<String>, findings: &mut Findings) {
    let Some(manifest) = &contents.manifest else { return };
    let venv = format!("{}/venv/", manifest.prefix);
    let of_wheels =
        |entry: &&ManifestEntry| entry.path().starts_with(&venv) && entry.owner().parse::<WheelFilename>().is_ok();
    let is_recorded = |path: &str| {
        let source = || bytecode_of(path).is_some_and(|source| recorded.contains(&source));
        recorded.contains(path) || source()
    };
    for entry in manifest
        .files
        .iter()
        .filter(of_wheels)
        .filter(|entry| !is_recorded(entry.path()))
    {
        let by = format!("the RECORD of {}", entry.owner());
        findings.add_first(entry.path(), Problem::Extra { by });
    }
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn rows_lead_to_files() {
        let record = "/opt/site/venv/lib/python3.11/site-packages/demo-1.0.dist-info/RECORD";
        let resolved = |row| resolve(record, row);
        assert_eq!(resolved("../../../bin/demo").unwrap(), "/opt/site/venv/bin/demo");
        assert_eq!(
            resolved("demo/a.py").unwrap(),
            "/opt/site/venv/lib/python3.11/site-packages/demo/a.py"
        );
        for bad in ["/etc/passwd", "../../../../../../../../etc/passwd", "a//b", "./a", ""] {
            assert_eq!(resolved(bad), None, "{bad}");
        }
    }
}
