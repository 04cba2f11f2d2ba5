//! RECORDs of installed wheels, read to be compared with what is there.

use std::collections::BTreeMap;

use super::record::{self, Row, parse, parse_hash};
use crate::digest::Sha256;

/// What an installed RECORD says about one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordRow {
    /// Relative to the folder that the `.dist-info` folder lies in.
    pub(crate) path: String,
    /// Nothing for the RECORD itself.
    pub(crate) sha256: Option<Sha256>,
    pub(crate) size: Option<u64>,
}

/// Whether a path is that of an installed wheel's RECORD, and not of one that came along with a library that a wheel holds a
/// copy of.
pub(crate) fn is_installed_record(path: &str) -> bool {
    let folder = path
        .strip_suffix(".dist-info/RECORD")
        .and_then(|path| path.rsplit_once('/'));
    folder.is_some_and(|(folder, _)| folder.ends_with("/site-packages"))
}

/// A RECORD of files with their digests and sizes, whose own path in it is `own`.
pub(crate) fn record_text<'a>(files: impl Iterator<Item = (String, &'a Sha256, u64)>, own: &str) -> String {
    let rows = files.map(|(path, sha256, size)| (record::row(&path, sha256, size), path));
    let mut rows: BTreeMap<String, String> = rows.map(|(row, path)| (path, row)).collect();
    rows.insert(own.to_owned(), record::own_row(own));
    rows.into_values().collect()
}

/// Reads an installed RECORD; on failure, says what is wrong and where.
pub(crate) fn rows(bytes: &[u8]) -> Result<Vec<RecordRow>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let rows = parse(text).map_err(|line| format!("line {line} is no row of three fields"))?;
    rows.into_iter().map(installed_row).collect()
}

fn installed_row([path, hash, size]: Row) -> Result<RecordRow, String> {
    let sha256 = (!hash.is_empty()).then(|| parse_hash(&hash)).transpose();
    let sha256 = sha256.map_err(|problem| format!("`{path}`: {problem}"))?;
    let size = (!size.is_empty()).then(|| size.parse()).transpose();
    let size = size.map_err(|_| format!("`{path}` has a size that is no number"))?;
    Ok(RecordRow { path, sha256, size })
}

#[cfg(test)]
mod tests {
    use super::is_installed_record;

    #[test]
    fn a_record_that_came_with_a_copied_library_is_a_file_like_any_other() {
        let site_packages = "/opt/site/venv/lib/python3.11/site-packages";
        assert!(is_installed_record(&format!(
            "{site_packages}/demo-1.0.dist-info/RECORD"
        )));
        assert!(!is_installed_record(&format!(
            "{site_packages}/demo/_vendor/html5lib-1.1.dist-info/RECORD"
        )));
        assert!(!is_installed_record("demo-1.0.dist-info/RECORD"));
    }
}
