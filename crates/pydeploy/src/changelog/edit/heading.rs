//! The heading's parts, and the trailer that a release changes with them.

use super::editor::{self, Editor, check_order};
use super::section::Written;
use super::{EditError, Order};
use crate::Timestamp;
use crate::changelog::lines::{self, is_space, split_while};
use crate::changelog::value::{Distributions, Urgency};
use crate::changelog::{Changelog, Maintainer, parse};
use crate::version::DebianVersion;

pub(super) fn set_version(changelog: &Changelog<'_>, new: &DebianVersion, order: Order) -> Result<Vec<u8>, EditError> {
    let mut editor = Editor::new(changelog)?;
    check_order(new, &editor.head.version, order)?;
    version(&mut editor, new);
    Ok(editor.bytes)
}

pub(super) fn set_distributions(changelog: &Changelog<'_>, new: &Distributions) -> Result<Vec<u8>, EditError> {
    let mut editor = Editor::new(changelog)?;
    distributions(&mut editor, new);
    Ok(editor.bytes)
}

pub(super) fn set_urgency(changelog: &Changelog<'_>, new: Urgency) -> Result<Vec<u8>, EditError> {
    let mut editor = Editor::new(changelog)?;
    let word = editor.heading().and_then(|header| {
        let mut options = parse::options(&header);
        let (_, value) = options.find(|(key, _)| key.eq_ignore_ascii_case(b"urgency"))?;
        Some(editor.range_of(split_while(value, |b| !is_space(b)).0))
    });
    if let Some(range) = word {
        editor.replace(range, new.to_string().as_bytes());
    }
    Ok(editor.bytes)
}

pub(super) fn release(
    changelog: &Changelog<'_>,
    new: &Distributions,
    maintainer: &Maintainer,
    at: Timestamp,
) -> Result<Vec<u8>, EditError> {
    let mut editor = Editor::new(changelog)?;
    editor.refuse_released()?;
    if !new.is_released() {
        let distributions = new.clone();
        return Err(EditError::NotForRelease { distributions });
    }
    trailer(&mut editor, maintainer, at)?;
    distributions(&mut editor, new);
    Ok(editor.bytes)
}

/// Changes the version in the heading.
pub(super) fn version(editor: &mut Editor, new: &DebianVersion) {
    if let Some(range) = editor.heading().map(|header| editor.range_of(header.version)) {
        editor.replace(range, new.as_str().as_bytes());
    }
}

/// Changes the distributions in the heading.
pub(super) fn distributions(editor: &mut Editor, new: &Distributions) {
    if let Some(range) = editor.heading().map(|header| editor.range_of(header.distributions)) {
        editor.replace(range, new.to_string().as_bytes());
    }
}

/// Changes maintainer and date.
fn trailer(editor: &mut Editor, maintainer: &Maintainer, at: Timestamp) -> Result<(), EditError> {
    let changes = editor.changes()?;
    let written = Written::new(editor, &changes);
    let Some((line, _)) = changes.trailer else {
        return add_trailer(editor, maintainer, at);
    };
    let range = without_end(editor, line);
    editor.replace(range, editor::trailer(maintainer, at).as_bytes());
    if written.by_other(maintainer.name()) {
        written.name_maintainer(editor);
    }
    Ok(())
}

/// Changes the date; the maintainer is for an entry that has no trailer.
pub(super) fn date(editor: &mut Editor, maintainer: &Maintainer, at: Timestamp) -> Result<(), EditError> {
    match editor.changes()?.trailer {
        Some((line, trailer)) => {
            let start = editor.range_of(trailer.email).end + b">".len();
            let end = without_end(editor, line).end;
            editor.replace(start..end, format!("  {}", at.rfc2822()).as_bytes());
        }
        None => add_trailer(editor, maintainer, at)?,
    }
    Ok(())
}

fn add_trailer(editor: &mut Editor, maintainer: &Maintainer, at: Timestamp) -> Result<(), EditError> {
    let newline = editor.newline;
    let end = editor.changes()?.end.unwrap_or_else(|| editor.heading_end());
    let broken = if editor.ends_a_line(end) { "" } else { newline };
    let trailer = format!("{broken}{newline}{}{newline}", editor::trailer(maintainer, at));
    editor.replace(end..end, trailer.as_bytes());
    Ok(())
}

/// A line's range without blanks and line end.
fn without_end(editor: &Editor, line: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let text = lines::trim_end(&editor.bytes[line.clone()]);
    line.start..line.start + text.len()
}
