//! What dpkg reads without a word, and what somebody who releases would want to know.

use std::cmp::Ordering;

use super::diagnostic::{self, Kind};
use super::lines;
use super::{Changelog, Diagnostic, Entry};
use crate::version::DebianVersion;

/// Whether an entry without a trailer has a line that would be one if it were indented by one blank.
pub(super) fn trailers(entries: &[Entry<'_>], found: &mut Vec<Diagnostic>) {
    for entry in entries.iter().filter(|entry| entry.trailer.is_none()) {
        let lines = entry.text.split(|&b| b == b'\n').zip(entry.line..);
        for (line, number) in lines.filter(|(line, _)| line.len() > 1) {
            let (indent, rest) = lines::split_while(line, lines::is_space);
            let would_be = || lines::trailer(&[b" ", rest].concat()).is_some();
            if indent != b" " && rest.starts_with(b"-- ") && would_be() {
                found.push(Diagnostic::new(Kind::Indented(indent.len()), number, 1));
            }
        }
    }
}

/// Whether the first entry says clearly that it is released or not.
///
/// Older entries are history: some were never released, and nothing follows from it.
pub(super) fn distributions(changelog: &Changelog<'_>, found: &mut Vec<Diagnostic>) {
    let Some(entry) = changelog.entries.first() else { return };
    let several = entry.distributions().count() > 1;
    for name in entry.distributions() {
        let kind = match name == "UNRELEASED" {
            true if several => Kind::ReleasedBeside,
            false if name.eq_ignore_ascii_case("UNRELEASED") => Kind::Unreleased(name.to_owned()),
            _ => continue,
        };
        found.push(diagnostic::at(entry, name.as_bytes(), kind));
    }
}

/// Whether the version of the first entry is above the one before, or a backport of it: `1.0-1~deb12u1` of `1.0-1`.
///
/// Further down, versions repeat and go back in good files, where the histories of two branches meet.
pub(super) fn order(
    entries: &[Entry<'_>],
    versions: &[Result<DebianVersion, Diagnostic>],
    found: &mut Vec<Diagnostic>,
) {
    let ([newer, older, ..], [Ok(above), Ok(below), ..]) = (entries, versions) else {
        return;
    };
    let rest = above.as_str().strip_prefix(below.as_str());
    if newer.package() != older.package() || rest.is_some_and(|rest| rest.starts_with('~')) {
        return;
    }
    let kind = match above.cmp(below) {
        Ordering::Equal => Kind::SameVersion(older.line),
        Ordering::Less => Kind::NotAbove(below.to_string(), older.line),
        Ordering::Greater => return,
    };
    found.push(diagnostic::at(newer, newer.header.version, kind));
}

/// Whether a line that dpkg takes for the end of the entries has others below it: one heading without its semicolon
/// hides them all. The words `Old Changelog:` say that this is meant.
pub(super) fn tail(changelog: &Changelog<'_>, found: &mut Vec<Diagnostic>) {
    if lines::starts_with_ignoring_case(changelog.tail, b"old changelog:") {
        return;
    }
    let lines = changelog.tail.split(|&b| b == b'\n');
    let hidden = lines.filter(|line| lines::header(line).is_some()).count();
    if hidden > 0 {
        found.push(Diagnostic::new(Kind::Hidden(hidden), tail_line(changelog), 1));
    }
}

fn tail_line(changelog: &Changelog<'_>) -> usize {
    let (line, before) = match changelog.entries.last() {
        Some(entry) => (entry.line, entry.text),
        None => (1, changelog.preamble),
    };
    line + before.iter().filter(|&&b| b == b'\n').count()
}
