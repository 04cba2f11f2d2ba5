//! One line that was meant to be ` -- Name <address>  Sun, 09 Oct 2016 15:10:15 +0000`.

use std::ops::Range;

use super::{Kind, date, spliced};
use crate::changelog::lines::{self, is_space, split_while, trim_end};

/// A repair within a line.
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) at: Range<usize>,
    pub(super) with: String,
}

impl Found {
    pub(super) fn new(kind: Kind, at: Range<usize>, with: &str) -> Self {
        let with = with.to_owned();
        Self { kind, at, with }
    }
}

/// What makes a good trailer of the line; nothing when it is one, or when it cannot be understood.
pub(super) fn repairs(line: &[u8]) -> Vec<Found> {
    let found = person(line).unwrap_or_default();
    let splices: Vec<_> = found
        .iter()
        .map(|found| (found.at.clone(), found.with.clone()))
        .collect();
    match is_good(&spliced(line, &splices)) {
        true => found,
        false => Vec::new(),
    }
}

fn is_good(line: &[u8]) -> bool {
    lines::trailer(line).is_some_and(|trailer| trailer.blanks == 2 && date::fits(trailer.weekday, trailer.date))
}

/// Goes through the line from its beginning; `None` where it has another form.
fn person(line: &[u8]) -> Option<Vec<Found>> {
    let mut found = Vec::new();
    let (indent, rest) = split_while(line, is_space);
    if indent != b" " {
        found.push(Found::new(Kind::Indent, 0..indent.len(), " "));
    }
    let name = line.len() - rest.strip_prefix(b"--")?.len();
    if line.get(name) != Some(&b' ') {
        found.push(Found::new(Kind::BlankBefore("name"), blanks_from(line, name), " "));
    }
    let close = line.iter().rposition(|&b| b == b'>')?;
    let open = line[..close].iter().rposition(|&b| b == b'<')?;
    let named = trim_end(line.get(name..open)?);
    if named.trim_ascii().is_empty() {
        return None;
    }
    if line[open - 1] != b' ' {
        found.push(Found::new(Kind::BlankBefore("address"), name + named.len()..open, " "));
    }
    let gap = blanks_from(line, close + 1);
    let start = gap.end;
    if &line[gap.clone()] != b"  " {
        found.push(Found::new(Kind::Blanks(gap.len()), gap, "  "));
    }
    date::repairs(&line[start..], start, &mut found)?;
    Some(found)
}

fn blanks_from(line: &[u8], at: usize) -> Range<usize> {
    at..at + split_while(&line[at..], is_space).0.len()
}
