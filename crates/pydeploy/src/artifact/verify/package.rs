//! What a Debian package says about its files: `md5sums` and `conffiles`.

use std::collections::{BTreeMap, BTreeSet};

use super::super::contents::{Contents, Format, ItemKind};
use super::{Findings, Problem};
use crate::release::TreePath;

/// Returns how many lines of `md5sums` were compared.
pub(super) fn check(contents: &Contents, findings: &mut Findings) -> usize {
    let conffiles = conffiles(contents, findings);
    let sums = sums(contents, findings);
    for (path, expected) in &sums {
        one(contents, path, expected, findings);
    }
    if contents.format == Format::Deb && contents.control_files.contains_key("md5sums") {
        not_listed(contents, &sums, &conffiles, findings);
    }
    sums.len()
}

/// The configuration files, each of which has to be there.
fn conffiles(contents: &Contents, findings: &mut Findings) -> BTreeSet<String> {
    let text = contents
        .control_files
        .get("conffiles")
        .map(|bytes| String::from_utf8_lossy(bytes));
    let paths: BTreeSet<String> = text
        .iter()
        .flat_map(|text| text.lines())
        .map(ToOwned::to_owned)
        .collect();
    for path in paths
        .iter()
        .filter(|path| contents.format == Format::Deb && !contents.items.contains_key(*path))
    {
        let by = "conffiles".to_owned();
        findings.add_first(path, Problem::Missing { by });
    }
    paths
}

/// Digests by absolute path.
fn sums(contents: &Contents, findings: &mut Findings) -> BTreeMap<String, String> {
    let text = contents
        .control_files
        .get("md5sums")
        .map(|bytes| String::from_utf8_lossy(bytes));
    let mut sums = BTreeMap::new();
    for (line, number) in text.iter().flat_map(|text| text.lines()).zip(1..) {
        match parse(line) {
            Some((path, sum)) => drop(sums.insert(path, sum)),
            None => {
                let reason = format!("line {number} is no digest, two spaces and a path");
                findings.add_first("md5sums", Problem::Unusable { reason });
            }
        }
    }
    sums
}

fn parse(line: &str) -> Option<(String, String)> {
    let (sum, path) = line.split_once("  ")?;
    let hexadecimal = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    let path: TreePath = path.parse().ok()?;
    (sum.len() == 32 && sum.bytes().all(hexadecimal)).then(|| (format!("/{path}"), sum.to_owned()))
}

fn one(contents: &Contents, path: &str, expected: &str, findings: &mut Findings) {
    match contents.items.get(path).map(|item| &item.kind) {
        None => {
            let by = "md5sums".to_owned();
            findings.add_first(path, Problem::Missing { by });
        }
        Some(ItemKind::File { md5, .. }) if md5.to_string() == expected => {}
        Some(ItemKind::File { md5, .. }) => {
            let (expected, found) = (expected.to_owned(), md5.to_string());
            findings.add_first(path, Problem::Md5 { expected, found });
        }
        Some(other) => {
            let (expected, found) = ("file", other.name());
            findings.add_first(path, Problem::Kind { expected, found });
        }
    }
}

/// Every regular file has its line, but for configuration files.
fn not_listed(
    contents: &Contents,
    sums: &BTreeMap<String, String>,
    conffiles: &BTreeSet<String>,
    findings: &mut Findings,
) {
    for (path, item) in &contents.items {
        let is_file = matches!(item.kind, ItemKind::File { .. });
        if is_file && !sums.contains_key(path) && !conffiles.contains(path) {
            let by = "md5sums".to_owned();
            findings.add_first(path, Problem::Extra { by });
        }
    }
}
