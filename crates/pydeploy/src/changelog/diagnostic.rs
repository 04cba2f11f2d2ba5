//! What can be wrong, and the words for it.

use std::fmt;

use super::lines::{self, is_space, split_while};
use super::{Changelog, Diagnostic, Entry, date, decode, parse};
use crate::version::{DebianVersion, ParseVersionError};

/// What may come next, in dpkg's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    First,
    Changes,
    More,
    Next,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Found(&'static str, Expect),
    /// What a heading lacks.
    Heading(&'static str),
    NoEntry,
    BadTrailer,
    Unrecognised,
    Version(ParseVersionError),
    NoUrgency,
    Option(String),
    RepeatedOption(String),
    UnknownOption(String),
    OptionValue(String),
    OneBlank,
    UnknownWeekday(String),
    WrongWeekday(String, &'static str),
    Month(String),
    Calendar(String),
}

impl Kind {
    pub(super) const LEADING_BLANK: Self = Self::Found("blank line", Expect::First);
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::First => "first heading",
            Self::Changes => "start of change data",
            Self::More => "more change data or trailer",
            Self::Next => "next heading or end of file",
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found(found, expect) => write!(f, "{found} where {expect} was expected"),
            Self::Heading(lack) => write!(f, "heading without {lack}"),
            Self::NoEntry => f.write_str("end of file without any entry"),
            Self::BadTrailer => {
                f.write_str("trailer that is not ` -- Name <address>  Day, DD Mon YYYY hh:mm:ss +zone`")
            }
            Self::Unrecognised => f.write_str("line that is neither heading, change nor trailer"),
            Self::Version(error) => error.what().fmt(f),
            Self::NoUrgency => f.write_str("heading without an urgency"),
            Self::Option(item) => write!(f, "`{item}` after the semicolon, which is not a key and a value"),
            Self::RepeatedOption(key) => write!(f, "`{key}` a second time"),
            Self::UnknownOption(key) => write!(f, "unknown key `{key}`"),
            Self::OptionValue(item) => write!(f, "value that does not fit its key in `{item}`"),
            Self::OneBlank => f.write_str("one blank between address and date instead of two"),
            Self::UnknownWeekday(day) => write!(f, "unknown weekday `{day}`"),
            Self::WrongWeekday(day, right) => write!(f, "weekday `{day}` of a day that is a {right}"),
            Self::Month(date) => write!(f, "unknown month in `{date}`"),
            Self::Calendar(date) => write!(f, "no such day or time as `{date}`"),
        }
    }
}

pub(super) fn check(changelog: &Changelog<'_>) -> Vec<Diagnostic> {
    let mut found = changelog.faults.clone();
    for entry in &changelog.entries {
        found.extend(version(entry).err());
        options(entry, &mut found);
        trailer(entry, &mut found);
    }
    found.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
    found
}

/// Where `part`, a slice of the heading or the trailer, begins in its line.
fn at(entry: &Entry<'_>, part: &[u8], kind: Kind) -> Diagnostic {
    let address = part.as_ptr().addr();
    let trailer = entry.trailer.map(|trailer| trailer.name.as_ptr().addr());
    match trailer.filter(|&start| address >= start) {
        Some(start) => Diagnostic {
            kind,
            line: entry.line + entry.trailer_line,
            column: address - start + b" -- ".len() + 1,
        },
        None => Diagnostic {
            kind,
            line: entry.line,
            column: address.saturating_sub(entry.header.package.as_ptr().addr()) + 1,
        },
    }
}

/// The version of an entry, or where it is wrong.
pub(super) fn version(entry: &Entry<'_>) -> Result<DebianVersion, Diagnostic> {
    let text = decode(entry.header.version);
    text.parse().map_err(|error: ParseVersionError| {
        let before = text.chars().take(error.column() - 1).map(char::len_utf8).sum::<usize>();
        let mut diagnostic = at(entry, entry.header.version, Kind::Version(error));
        diagnostic.column += before;
        diagnostic
    })
}

pub(super) fn no_urgency(entry: &Entry<'_>) -> Diagnostic {
    at(entry, entry.header.options, Kind::NoUrgency)
}

fn options(entry: &Entry<'_>, found: &mut Vec<Diagnostic>) {
    if entry.urgency().is_none() {
        found.push(no_urgency(entry));
    }
    let mut seen: Vec<&[u8]> = Vec::new();
    for item in entry.header.options.split(|&b| b == b',').map(<[u8]>::trim_ascii) {
        let Some((key, value)) = parse::option(item) else {
            if !item.is_empty() {
                found.push(at(entry, item, Kind::Option(decode(item).into_owned())));
            }
            continue;
        };
        let name = || decode(key).into_owned();
        if seen.iter().any(|other| other.eq_ignore_ascii_case(key)) {
            found.push(at(entry, item, Kind::RepeatedOption(name())));
        }
        seen.push(key);
        match fits(key, value) {
            Some(true) => {}
            Some(false) => found.push(at(entry, item, Kind::OptionValue(decode(item).into_owned()))),
            None => found.push(at(entry, item, Kind::UnknownOption(name()))),
        }
    }
}

/// Whether the value is one for this key; `None` when the key is unknown.
fn fits(key: &[u8], value: &[u8]) -> Option<bool> {
    if key.eq_ignore_ascii_case(b"urgency") {
        let (word, rest) = split_while(value, |b| b.is_ascii_alphanumeric() || b == b'-');
        return Some(!word.is_empty() && rest.first().is_none_or(|&b| is_space(b)));
    }
    if key.eq_ignore_ascii_case(b"binary-only") {
        return Some(value == b"yes");
    }
    let rest = key.strip_prefix(b"x").or_else(|| key.strip_prefix(b"X"))?;
    let (kinds, rest) = split_while(rest, |b| matches!(b.to_ascii_lowercase(), b'b' | b'c' | b's'));
    (!kinds.is_empty() && rest.starts_with(b"-")).then_some(true)
}

fn trailer(entry: &Entry<'_>, found: &mut Vec<Diagnostic>) {
    let Some(trailer) = entry.trailer else { return };
    let text = |bytes: &[u8]| decode(bytes).into_owned();
    if trailer.blanks == 1 {
        let mut diagnostic = at(entry, trailer.email, Kind::OneBlank);
        diagnostic.column += trailer.email.len() + 1;
        found.push(diagnostic);
    }
    match date::parse(trailer.date) {
        Err(date::Fault::Month) => found.push(at(entry, trailer.date, Kind::Month(text(trailer.date)))),
        Err(date::Fault::Calendar) => found.push(at(entry, trailer.date, Kind::Calendar(text(trailer.date)))),
        Ok(date) if !trailer.weekday.is_empty() && trailer.weekday != date.weekday.as_bytes() => {
            let known = matches!(
                trailer.weekday,
                b"Mon" | b"Tue" | b"Wed" | b"Thu" | b"Fri" | b"Sat" | b"Sun"
            );
            let kind = match known {
                true => Kind::WrongWeekday(text(trailer.weekday), date.weekday),
                false => Kind::UnknownWeekday(text(trailer.weekday)),
            };
            found.push(at(entry, trailer.weekday, kind));
        }
        Ok(_) => {}
    }
}

/// What a line at the left margin lacks to be a heading, and the column where.
pub(super) fn heading(line: &[u8]) -> (Kind, usize) {
    let line = lines::trim_end(line);
    let column = |rest: &[u8]| line.len() - rest.len() + 1;
    let (package, rest) = split_while(line, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.'));
    if !package.first().is_some_and(u8::is_ascii_alphanumeric) {
        return (Kind::Heading("the name of a package"), 1);
    }
    let Some(version) = rest.strip_prefix(b" (") else {
        return (
            Kind::Heading("a blank and a version in parentheses after the package"),
            column(rest),
        );
    };
    let (text, rest) = split_while(version, |b| !matches!(b, b'(' | b')' | b' ' | b'\t'));
    if text.is_empty() || !rest.starts_with(b")") {
        return (Kind::Heading("a version in parentheses"), column(rest));
    }
    let distributions = &rest[1..];
    match distributions.iter().position(|&b| b == b';') {
        None => (Kind::Heading("a semicolon after the distributions"), line.len() + 1),
        Some(_) => (
            Kind::Heading("distributions between version and semicolon"),
            column(distributions),
        ),
    }
}
