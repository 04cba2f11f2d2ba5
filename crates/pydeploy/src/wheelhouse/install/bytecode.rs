//! What compiled modules in the cache are known by.
//!
//! What a shelf of them was sealed with says which there are, each with its size and digest: an artifact that is made again
//! does not read them.

use crate::digest::Sha256;
use crate::python::Compiler;

/// How many modules a worker gets: its start takes as long as compiling a few.
pub(super) const AT_A_TIME: usize = 200;

/// Where the compiled form of a file of an environment lies, when it is a module.
pub(crate) fn compiled_path(compiler: &Compiler, path: &str) -> Option<String> {
    let is_inside = path.starts_with("lib/");
    compiler.compiled_path(path).filter(|_| is_inside)
}

/// What a shelf is sealed with, a line for each module: `NUMBER SIZE SHA256`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) number: usize,
    pub(super) size: u64,
    pub(super) sha256: Sha256,
}

impl Row {
    pub(super) fn of(number: usize, bytes: &[u8]) -> Self {
        Self {
            number,
            size: bytes.len() as u64,
            sha256: Sha256::of(bytes),
        }
    }

    #[cfg(feature = "artifact")]
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let row = Self {
            number: words.next()?.parse().ok()?,
            size: words.next()?.parse().ok()?,
            sha256: words.next()?.parse().ok()?,
        };
        words.next().is_none().then_some(row)
    }
}

pub(super) fn text(rows: &[Row]) -> String {
    let line = |row: &Row| format!("{} {} {}\n", row.number, row.size, row.sha256);
    rows.iter().map(line).collect()
}

#[cfg(feature = "artifact")]
pub(super) fn rows(text: &str) -> Option<Vec<Row>> {
    text.lines().map(Row::parse).collect()
}
