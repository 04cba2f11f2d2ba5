//! What can be wrong, how bad dpkg finds it, and the words for it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use super::lines::{self, Trailer, is_space, split_while};
use super::{Changelog, Diagnostic, Entry, Severity, date, decode, notice, parse};
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
    /// What a trailer lacks.
    Trailer(&'static str),
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
    MonthInAnotherCase(String, &'static str),
    Calendar(String),
    /// A trailer that is indented by this many bytes.
    Indented(usize),
    /// A spelling of `UNRELEASED` that is a distribution like any other.
    Unreleased(String),
    ReleasedBeside,
    /// The line of the other entry.
    SameVersion(usize),
    NotAbove(String, usize),
    /// How many headings the tail holds.
    Hidden(usize),
}

impl Kind {
    pub(super) const LEADING_BLANK: Self = Self::Found("blank line", Expect::First);

    /// What dpkg makes of it, wherever it stands.
    fn severity(&self) -> Severity {
        match self {
            Self::NoEntry | Self::NoUrgency | Self::Version(_) => Severity::Error,
            Self::WrongWeekday(..) | Self::MonthInAnotherCase(..) => Severity::Notice,
            Self::Unreleased(_) | Self::ReleasedBeside | Self::SameVersion(_) | Self::NotAbove(..) => Severity::Notice,
            Self::Hidden(_) | Self::Indented(_) => Severity::Notice,
            // dpkg counts on from a day that the month does not have.
            Self::Calendar(date) if date::rolls_over(date.as_bytes()) => Severity::Notice,
            _ => Severity::Warning,
        }
    }
}

impl Diagnostic {
    pub(super) fn new(kind: Kind, line: usize, column: usize) -> Self {
        let severity = kind.severity();
        Self {
            kind,
            severity,
            line,
            column,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
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
            Self::Trailer(lack) => write!(f, "trailer without {lack}"),
            Self::Unrecognised => f.write_str("line that is neither heading, change nor trailer"),
            Self::Version(error) => error.what().fmt(f),
            Self::NoUrgency => f.write_str("heading without an urgency"),
            Self::Option(item) if item.is_empty() => f.write_str("nothing before a comma"),
            Self::Option(item) => write!(f, "`{item}` after the semicolon, which is not a key and a value"),
            Self::RepeatedOption(key) => write!(f, "`{key}` a second time"),
            Self::UnknownOption(key) => write!(f, "unknown key `{key}`"),
            Self::OptionValue(item) => write!(f, "value that does not fit its key in `{item}`"),
            Self::OneBlank => f.write_str("one blank between address and date instead of two"),
            Self::UnknownWeekday(day) => write!(f, "unknown weekday `{day}`"),
            Self::WrongWeekday(day, right) => write!(f, "weekday `{day}` of a day that is a {right}"),
            Self::Month(date) => write!(f, "unknown month in `{date}`"),
            Self::MonthInAnotherCase(month, right) => write!(f, "month `{month}` instead of `{right}`"),
            Self::Calendar(date) => write!(f, "no such day or time as `{date}`"),
            Self::Indented(count) => write!(f, "trailer indented by {count} instead of one blank"),
            Self::Unreleased(name) => {
                write!(
                    f,
                    "distribution `{name}`, which is not `UNRELEASED` and counts as released,"
                )
            }
            Self::ReleasedBeside => f.write_str("`UNRELEASED` among other distributions, which counts as released,"),
            Self::SameVersion(line) => write!(f, "same version as that of the entry at line {line},"),
            Self::NotAbove(below, line) => write!(f, "version that is not above `{below}` at line {line},"),
            Self::Hidden(1) => f.write_str("line that hides the entry below it from dpkg"),
            Self::Hidden(count) => write!(f, "line that hides the {count} entries below it from dpkg"),
        }
    }
}

pub(super) fn check(changelog: &Changelog<'_>) -> Vec<Diagnostic> {
    let mut found = changelog.faults.clone();
    let versions: Vec<_> = changelog.entries.iter().map(version).collect();
    for (entry, version) in changelog.entries.iter().zip(&versions) {
        found.extend(version.as_ref().err().cloned());
        options(entry, &mut found);
        if let Some(last) = &entry.trailer {
            trailer(last, entry.line + entry.trailer_line, &mut found);
        }
    }
    notice::trailers(&changelog.entries, &mut found);
    notice::distributions(changelog, &mut found);
    notice::order(&changelog.entries, &versions, &mut found);
    notice::tail(changelog, &mut found);
    found.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
    found
}

/// Where `part`, a slice of the heading, begins in its line.
pub(super) fn at(entry: &Entry<'_>, part: &[u8], kind: Kind) -> Diagnostic {
    Diagnostic::new(kind, entry.line, distance(entry.header.package, part) + 1)
}

/// How many bytes after the start of one slice the other begins.
fn distance(from: &[u8], to: &[u8]) -> usize {
    to.as_ptr().addr().saturating_sub(from.as_ptr().addr())
}

/// The version of an entry, or where it is wrong.
pub(super) fn version(entry: &Entry<'_>) -> Result<DebianVersion, Diagnostic> {
    let text = decode(entry.header.version);
    text.parse().map_err(|error: ParseVersionError| {
        let before = error.column() - 1;
        let before = match &text {
            Cow::Borrowed(text) => text.chars().take(before).map(char::len_utf8).sum(),
            // In Latin-1 each character is a byte.
            Cow::Owned(_) => before,
        };
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
    let mut seen = BTreeSet::new();
    for item in items(entry.header.options) {
        let Some((key, value)) = parse::option(item) else {
            found.push(at(entry, item, Kind::Option(decode(item).into_owned())));
            continue;
        };
        let name = || decode(key).into_owned();
        if !seen.insert(key.to_ascii_lowercase()) {
            found.push(at(entry, item, Kind::RepeatedOption(name())));
        }
        match fits(key, value) {
            Some(true) => {}
            Some(false) => found.push(at(entry, item, Kind::OptionValue(decode(item).into_owned()))),
            None => found.push(at(entry, item, Kind::UnknownOption(name()))),
        }
    }
}

/// What stands between the commas; commas at the end are not minded.
fn items(options: &[u8]) -> impl Iterator<Item = &[u8]> {
    let end = options.iter().rposition(|&b| b != b',' && !is_space(b));
    let options = end.map(|end| &options[..=end]);
    options
        .into_iter()
        .flat_map(|options| options.split(|&b| b == b',').map(lines::trim))
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

pub(super) fn trailer(trailer: &Trailer<'_>, line: usize, found: &mut Vec<Diagnostic>) {
    let text = |bytes: &[u8]| decode(bytes).into_owned();
    let column = |part: &[u8]| b" -- ".len() + distance(trailer.name, part) + 1;
    if trailer.blanks == 1 {
        let after = column(trailer.email) + trailer.email.len() + b">".len();
        found.push(Diagnostic::new(Kind::OneBlank, line, after));
    }
    let mut say = |part: &[u8], kind: Kind| found.push(Diagnostic::new(kind, line, column(part)));
    let weekday = trailer.weekday;
    if !weekday.is_empty() && !date::is_weekday(weekday) {
        say(weekday, Kind::UnknownWeekday(text(weekday)));
    }
    match date::parse(trailer.date) {
        Err(date::Fault::Month) => say(date::month(trailer.date), Kind::Month(text(trailer.date))),
        Err(date::Fault::Calendar) => say(trailer.date, Kind::Calendar(text(trailer.date))),
        Ok(date) if date::is_weekday(weekday) && weekday != date.weekday.as_bytes() => {
            say(weekday, Kind::WrongWeekday(text(weekday), date.weekday));
        }
        Ok(_) => {}
    }
    let month = date::month(trailer.date);
    if let Some(right) = date::month_name(month).filter(|right| right.as_bytes() != month) {
        say(month, Kind::MonthInAnotherCase(text(month), right));
    }
}
