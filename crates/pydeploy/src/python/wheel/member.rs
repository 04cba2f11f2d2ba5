//! Names of members, checked one by one and against each other.

use std::collections::BTreeMap;

use super::error::{MemberProblem, WheelProblem};
use crate::Timestamp;

/// What dpkg can unpack, as `NAME.dpkg-new`; names in a file system have at most 255 bytes.
const LONGEST_COMPONENT: usize = 246;
/// With the path of an environment before it, a quarter of what the system takes as a path.
const LONGEST_NAME: usize = 1024;

/// One entry of an archive's directory.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// The name; that of a folder ends in `/`.
    pub(crate) name: String,
    /// Where its compressed bytes start, and how many there are.
    pub(super) offset: u64,
    pub(super) packed: u64,
    /// How many bytes it unpacks to.
    pub(crate) size: u64,
    pub(super) crc: u32,
    pub(super) deflated: bool,
    pub(crate) executable: bool,
    /// The day on which it was last changed; `None` when the archive has no date for it.
    pub(super) day: Option<Timestamp>,
}

impl Member {
    pub(crate) fn is_dir(&self) -> bool {
        self.name.ends_with('/')
    }

    pub(super) fn refused(&self, problem: MemberProblem) -> WheelProblem {
        refused(&self.name, problem)
    }
}

pub(super) fn refused(name: &str, problem: MemberProblem) -> WheelProblem {
    WheelProblem::Member {
        member: name.to_owned(),
        problem,
    }
}

/// The name as text, when it stays inside of the folder that it is unpacked into.
///
/// Whether or not the archive marks it as such, a name is read as UTF-8: so is the RECORD, which has to list it.
pub(super) fn checked_name(raw: &[u8]) -> Result<String, WheelProblem> {
    let Ok(name) = str::from_utf8(raw) else {
        return Err(refused(&String::from_utf8_lossy(raw), MemberProblem::NotUtf8));
    };
    match name_problem(name) {
        Some(problem) => Err(refused(name, problem)),
        None => Ok(name.to_owned()),
    }
}

fn name_problem(name: &str) -> Option<MemberProblem> {
    if name.starts_with('/') {
        return Some(MemberProblem::Absolute);
    }
    if name.contains('\\') {
        return Some(MemberProblem::Backslash);
    }
    if name.contains(char::is_control) {
        return Some(MemberProblem::Control);
    }
    if name.len() > 1 && name.as_bytes()[0].is_ascii_alphabetic() && name.as_bytes()[1] == b':' {
        return Some(MemberProblem::Drive);
    }
    if name.len() > LONGEST_NAME {
        return Some(MemberProblem::TooLong);
    }
    let path = name.strip_suffix('/').unwrap_or(name);
    path.split('/').find_map(|component| match component {
        "" => Some(MemberProblem::Empty),
        "." | ".." => Some(MemberProblem::Climbs),
        long if long.len() > LONGEST_COMPONENT => Some(MemberProblem::TooLong),
        _ => None,
    })
}

/// Checks that no two members are in each other's way.
pub(super) fn check_together(members: &[Member]) -> Result<(), WheelProblem> {
    let mut paths: BTreeMap<&str, &Member> = BTreeMap::new();
    let mut folded: BTreeMap<String, &Member> = BTreeMap::new();
    for member in members {
        let path = member.name.trim_end_matches('/');
        if let Some(other) = paths.insert(path, member) {
            return Err(same_path(member, other));
        }
        if let Some(other) = folded.insert(path.to_lowercase(), member) {
            let other = other.name.clone();
            return Err(member.refused(MemberProblem::CaseCollision { other }));
        }
    }
    members.iter().try_for_each(|member| check_folders(member, &paths))
}

fn same_path(member: &Member, other: &Member) -> WheelProblem {
    if member.is_dir() == other.is_dir() {
        return member.refused(MemberProblem::Duplicate);
    }
    let (file, folder) = if member.is_dir() {
        (other, member)
    } else {
        (member, other)
    };
    file.refused(MemberProblem::FileAndFolder {
        other: folder.name.clone(),
    })
}

fn check_folders(member: &Member, paths: &BTreeMap<&str, &Member>) -> Result<(), WheelProblem> {
    let path = member.name.trim_end_matches('/');
    for (at, _) in path.match_indices('/') {
        if let Some(file) = paths.get(&path[..at]).filter(|there| !there.is_dir()) {
            let other = member.name.clone();
            return Err(file.refused(MemberProblem::FileAndFolder { other }));
        }
    }
    Ok(())
}
