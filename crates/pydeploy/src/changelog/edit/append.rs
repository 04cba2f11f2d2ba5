//! More changes for an entry.

use super::editor::{Changes, Editor};
use super::{Contribution, EditError, wrap};
use crate::changelog::lines;
use crate::changelog::{Changelog, decode};

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

/// Who wrote what stands in the entry.
struct Written {
    /// The last author that a line names.
    section: Option<String>,
    /// The maintainer, in the bytes of the file and as text.
    maintainer: Option<(Vec<u8>, String)>,
}

fn add(editor: &mut Editor, part: &Contribution) -> Result<(), EditError> {
    let changes = editor.changes()?;
    let written = written(editor, &changes);
    let author = part.author.as_str();
    let last = written.section.as_deref();
    let last = last.or(written.maintainer.as_ref().map(|(_, name)| name.as_str()));
    let other = last.is_some_and(|last| last != author);
    let (first, end) = (changes.first, changes.end);
    let newline = editor.newline;
    let mut text = wrap::contribution(part, newline);
    if other {
        let between = if end.is_some() { newline } else { "" };
        text = format!("{between}{}{text}", wrap::section(author, newline));
    }
    insert(editor, end, &text);
    if let (true, None, Some(first), Some((name, _))) = (other, written.section, first, written.maintainer) {
        let section = [b"  [ ", name.as_slice(), b" ]", newline.as_bytes()].concat();
        editor.replace(first..first, &section);
    }
    Ok(())
}

fn written(editor: &Editor, changes: &Changes<'_>) -> Written {
    let end = changes.end.unwrap_or(0);
    let lines = editor.lines().take_while(|(range, _)| range.end <= end);
    let section = lines.filter_map(|(_, line)| section(line)).last();
    let maintainer = changes.trailer.as_ref().map(|(_, trailer)| trailer.name);
    Written {
        section: section.map(|name| decode(name).into_owned()),
        maintainer: maintainer.map(|name| (name.to_owned(), decode(name).into_owned())),
    }
}

/// `Name` of the line `  [ Name ]`.
fn section(line: &[u8]) -> Option<&[u8]> {
    let line = lines::trim_end(line);
    line.strip_prefix(b"  [ ")?.strip_suffix(b" ]").map(<[u8]>::trim_ascii)
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
