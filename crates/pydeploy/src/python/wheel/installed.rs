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
