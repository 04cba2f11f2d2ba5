//! Entries on top, and the entry of a snapshot.

use super::editor::{self, Editor, check_order};
use super::{EditError, NewEntry, append, heading, wrap};
use crate::changelog::diagnostic::Kind;
use crate::changelog::lines;
use crate::changelog::{Changelog, parse};

pub(super) fn prepend(changelog: &Changelog<'_>, entry: &NewEntry) -> Result<Vec<u8>, EditError> {
    append::refuse_nothing(&entry.changes)?;
    let bytes = changelog.to_bytes();
    let package = match parse::head(&bytes) {
        Ok(head) => {
            check_order(&entry.version, &head.version, entry.order)?;
            entry.package.as_ref().map_or(head.package, ToString::to_string)
        }
        Err(error) if error.0.kind == Kind::NoEntry => {
            let package = entry.package.as_ref().ok_or(EditError::NoPackage)?;
            package.to_string()
        }
        Err(error) => return Err(EditError::Head(error)),
    };
    Ok(inserted(&bytes, top(changelog), &package, entry))
}

/// Behind the comments above the first entry; blank lines are not kept above it.
fn top(changelog: &Changelog<'_>) -> usize {
    let mut rest = changelog.preamble;
    let (mut at, mut top) = (0, 0);
    while let Some(line) = lines::take_line(&mut rest) {
        at += line.len();
        if !line.trim_ascii().is_empty() {
            top = at;
        }
    }
    top
}

fn inserted(bytes: &[u8], at: usize, package: &str, entry: &NewEntry) -> Vec<u8> {
    let newline = editor::newline(bytes);
    let (before, after) = bytes.split_at(at);
    let mut text = before.to_owned();
    if before.last().is_some_and(|&b| b != b'\n') {
        text.extend(newline.bytes());
    }
    text.extend(written(package, entry, newline).bytes());
    let next = lines::take_line(&mut &*after);
    if next.is_some_and(|line| !line.trim_ascii().is_empty()) {
        text.extend(newline.bytes());
    }
    text.extend(after);
    text
}

fn written(package: &str, entry: &NewEntry, newline: &str) -> String {
    let NewEntry {
        version,
        distributions,
        urgency,
        ..
    } = entry;
    let changes = changes(entry, newline);
    let trailer = editor::trailer(&entry.maintainer, entry.at);
    format!(
        "{package} ({version}) {distributions}; urgency={urgency}{newline}{newline}{changes}{newline}{trailer}{newline}"
    )
}

/// With the authors' names, unless the maintainer is the only one.
fn changes(entry: &NewEntry, newline: &str) -> String {
    let written: Vec<_> = entry.changes.iter().filter(|part| !part.items.is_empty()).collect();
    let alone = written.iter().all(|part| part.author == *entry.maintainer.name());
    let parts = written.iter().map(|part| match alone {
        true => wrap::contribution(part, newline),
        false => wrap::section(part.author.as_str(), newline) + &wrap::contribution(part, newline),
    });
    let between = if alone { "" } else { newline };
    parts.collect::<Vec<_>>().join(between)
}

pub(super) fn snapshot(changelog: &Changelog<'_>, entry: &NewEntry) -> Result<Vec<u8>, EditError> {
    let mut editor = Editor::new(changelog)?;
    if editor.head.is_released() && !editor.head.version.is_snapshot() {
        return prepend(changelog, entry);
    }
    if let Some(below) = &editor.below {
        check_order(&entry.version, below, entry.order)?;
    }
    heading::date(&mut editor, &entry.maintainer, entry.at)?;
    heading::distributions(&mut editor, &entry.distributions);
    heading::version(&mut editor, &entry.version);
    Ok(editor.bytes)
}
