//! More changes for an entry.

use super::editor::Editor;
use super::section::Written;
use super::{Contribution, EditError, wrap};
use crate::changelog::Changelog;

pub(super) fn append(changelog: &Changelog<'_>, changes: &[Contribution]) -> Result<Vec<u8>, EditError> {
    refuse_nothing(changes)?;
    let mut editor = Editor::new(changelog)?;
    editor.refuse_released()?;
    for part in changes.iter().filter(|part| !part.items.is_empty()) {
        add(&mut editor, part)?;
    }
    Ok(editor.bytes)
}

pub(super) fn refuse_nothing(changes: &[Contribution]) -> Result<(), EditError> {
    match changes.iter().all(|part| part.items.is_empty()) {
        true => Err(EditError::NoChanges),
        false => Ok(()),
    }
}

fn add(editor: &mut Editor, part: &Contribution) -> Result<(), EditError> {
    let changes = editor.changes()?;
    let (written, end) = (Written::new(editor, &changes), changes.end);
    let newline = editor.newline;
    let text = wrap::contribution(part, newline);
    if !written.by_other(&part.author) {
        insert(editor, end, &text);
        return Ok(());
    }
    let between = if end.is_some() { newline } else { "" };
    let section = wrap::section(part.author.as_str(), newline);
    insert(editor, end, &format!("{between}{section}{text}"));
    written.name_maintainer(editor);
    Ok(())
}

/// Puts lines behind the last change, or where the first one belongs.
fn insert(editor: &mut Editor, end: Option<usize>, text: &str) {
    let newline = editor.newline;
    let (at, text) = match end {
        Some(end) if editor.ends_a_line(end) => (end, text.to_owned()),
        Some(end) => (end, format!("{newline}{text}")),
        None => first_change(editor, text),
    };
    editor.replace(at..at, text.as_bytes());
}

/// The first change stands between blank lines; those that are there are used.
fn first_change(editor: &Editor, text: &str) -> (usize, String) {
    let newline = editor.newline;
    let blank = |line: &[u8]| line.trim_ascii().is_empty();
    let mut lines = editor.lines().skip(1).take_while(|(_, line)| blank(line));
    match (lines.next(), lines.next()) {
        (None, _) => {
            let end = editor.heading_end();
            let broken = if editor.ends_a_line(end) { "" } else { newline };
            (end, format!("{broken}{newline}{text}{newline}"))
        }
        (Some((first, _)), None) => (first.end, format!("{text}{newline}")),
        (Some((first, _)), Some(_)) => (first.end, text.to_owned()),
    }
}
