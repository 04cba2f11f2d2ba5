//! Wheels that are taken although their RECORD and their members contradict each other: what the members are counts.

use std::fmt;
use std::io::{self, Write as _};
use std::path::Path;

use super::archive::{Archive, MemberBuffer};
use super::error::{RecordProblem, WheelError, WheelProblem};
use super::metadata::DistInfo;
use super::record::{Record, Rows, compared, is_record, listed};
use crate::digest::{Hashing, Sha256};

/// One thing in which a RECORD and the members of its wheel contradict each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The path in question.
    pub path: String,
    /// What does not fit.
    pub problem: RecordProblem,
}

impl Contradiction {
    /// The error of the wheel `file` that is refused for it.
    pub(crate) fn of(self, file: &Path) -> WheelError {
        let Self { path, problem } = self;
        WheelProblem::Record { path, problem }.of(file)
    }
}

/// As in the error of a wheel that is refused for it.
impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RECORD: `{}`: {}", self.path.escape_debug(), self.problem)
    }
}

/// What the members have, and what the RECORD says otherwise. Every member is read.
pub(super) fn read(archive: &Archive, dist_info: &DistInfo) -> Result<(Record, Vec<Contradiction>), WheelProblem> {
    let mut found = Vec::new();
    let mut rows = found_in(listed(archive, dist_info), &mut found)?;
    let mut buffer = MemberBuffer::default();
    let mut digests = Vec::with_capacity(archive.members().len());
    for (number, member) in archive.members().iter().enumerate() {
        let row = rows.as_mut().and_then(|rows| rows.remove(&member.name));
        if member.is_dir() || is_record(&member.name, &dist_info.folder) {
            digests.push(None);
            continue;
        }
        let actual = digest(archive, number, &mut buffer)?;
        if rows.is_some() {
            found_in(compared(&member.name, member.size, row, actual), &mut found)?;
        }
        digests.push(Some(actual));
    }
    let left = rows.into_iter().flat_map(Rows::into_keys);
    found.extend(left.map(|path| Contradiction {
        path,
        problem: RecordProblem::NoSuchMember,
    }));
    Ok((Record::of(digests), found))
}

/// Notes a problem of the RECORD; any other is one of the wheel.
fn found_in<T>(result: Result<T, WheelProblem>, found: &mut Vec<Contradiction>) -> Result<Option<T>, WheelProblem> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(WheelProblem::Record { path, problem }) => {
            found.push(Contradiction { path, problem });
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

fn digest(archive: &Archive, number: usize, buffer: &mut MemberBuffer) -> Result<Sha256, WheelProblem> {
    let Some(mut stream) = archive.stream(number) else {
        return Ok(Sha256::of(archive.read_with(number, buffer)?));
    };
    let mut digest = Hashing::new(io::sink());
    while let Some(piece) = stream.next()? {
        digest.write_all(piece).map_err(WheelProblem::Unreadable)?;
    }
    Ok(digest.finish().2)
}
