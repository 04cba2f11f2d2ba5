//! Repairs of what people and scripts often get wrong in trailers.

mod date;
mod line;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;

use super::lines::{self, trim_end};
use super::{Changelog, Entry};

/// A changelog after its repair.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fixed {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// What was repaired, in order of lines. Without any, the bytes are those that were parsed.
    pub repairs: Vec<Repair>,
}

/// One thing that was repaired, and where it stood before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    kind: Kind,
    line: usize,
    column: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Indent,
    BlankBefore(&'static str),
    Blanks(usize),
    Weekday(String, &'static str),
    Comma,
    Month(String, &'static str),
    Order(String),
}

impl Repair {
    /// The line, counted from 1.
    ///
    /// ```
    /// let text = b"a (1) b; urgency=low\n\n  * c\n\n -- D <d@e> Sun, 09 Oct 2016 15:10:15 +0000\n";
    /// let fixed = pydeploy::changelog::Changelog::parse(text).fix();
    /// assert_eq!(fixed.repairs[0].line(), 5);
    /// ```
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// The byte in the line before the repair, counted from 1.
    ///
    /// ```
    /// let text = b"a (1) b; urgency=low\n\n  * c\n\n -- D <d@e> Sun, 09 Oct 2016 15:10:15 +0000\n";
    /// let fixed = pydeploy::changelog::Changelog::parse(text).fix();
    /// assert_eq!(fixed.repairs[0].column(), 12);
    /// ```
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }

    /// What was done, without the place.
    ///
    /// ```
    /// let text = b"a (1) b; urgency=low\n\n  * c\n\n -- D <d@e> Sun, 09 Oct 2016 15:10:15 +0000\n";
    /// let fixed = pydeploy::changelog::Changelog::parse(text).fix();
    /// assert_eq!(fixed.repairs[0].message(), "one blank before the date made two");
    /// ```
    #[must_use]
    pub fn message(&self) -> String {
        self.kind.to_string()
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {}, column {}", self.kind, self.line, self.column)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Indent => f.write_str("trailer moved to column 2"),
            Self::BlankBefore(what) => write!(f, "blank put before the {what}"),
            Self::Blanks(0) => f.write_str("two blanks put before the date"),
            Self::Blanks(1) => f.write_str("one blank before the date made two"),
            Self::Blanks(count) => write!(f, "{count} blanks before the date made two"),
            Self::Weekday(old, new) => write!(f, "weekday `{old}` made `{new}`"),
            Self::Comma => f.write_str("comma put behind the weekday"),
            Self::Month(old, new) => write!(f, "month `{old}` made `{new}`"),
            Self::Order(old) => write!(f, "day put before the month in `{old}`"),
        }
    }
}

impl Changelog<'_> {
    /// The file with its trailers repaired, as far as it is certain what they mean: where the line begins, the blanks
    /// around the address and before the date, a weekday that is wrong, misspelled or without its comma, a month that
    /// is written out, and a month before its day.
    ///
    /// A line is repaired whole or left alone: afterwards dpkg reads it without a warning. A weekday that does not fit
    /// is taken to be wrong, not its date. What is not a date of the calendar stays.
    ///
    /// ```
    /// use pydeploy::changelog::Changelog;
    ///
    /// let text = b"a (1) b; urgency=low\n\n  * c\n\n -- D <d@e> Thr, October 9, 2016 15:10:15 +0000\n";
    /// let fixed = Changelog::parse(text).fix();
    /// assert!(fixed.bytes.ends_with(b" -- D <d@e>  Sun, 9 Oct 2016 15:10:15 +0000\n"));
    /// let repairs: Vec<String> = fixed.repairs.iter().map(ToString::to_string).collect();
    /// assert_eq!(repairs, [
    ///     "one blank before the date made two at line 5, column 12",
    ///     "weekday `Thr` made `Sun` at line 5, column 13",
    ///     "day put before the month in `October 9,` at line 5, column 18",
    /// ]);
    /// assert!(Changelog::parse(&fixed.bytes).check().is_empty());
    /// ```
    #[must_use]
    pub fn fix(&self) -> Fixed {
        let mut splices = Vec::new();
        let mut repairs = Vec::new();
        let mut at = self.preamble.len();
        for entry in &self.entries {
            for (number, start, line) in trailers(entry) {
                for found in line::repairs(line) {
                    splices.push((at + start + found.at.start..at + start + found.at.end, found.with));
                    repairs.push(Repair {
                        kind: found.kind,
                        line: entry.line + number,
                        column: found.at.start + 1,
                    });
                }
            }
            at += entry.text.len();
        }
        let bytes = spliced(&self.to_bytes(), &splices);
        Fixed { bytes, repairs }
    }
}

/// The lines that are trailers or were meant to be, with their number in the entry and where they begin in it.
fn trailers<'a>(entry: &Entry<'a>) -> Vec<(usize, usize, &'a [u8])> {
    let mut rest = entry.text;
    let mut found = Vec::new();
    let mut last = None;
    let mut at = 0;
    for number in 0.. {
        let Some(line) = lines::take_line(&mut rest) else { break };
        let (start, line) = (at, trim_end(line));
        at = entry.text.len() - rest.len();
        if line.starts_with(b" --") {
            found.push((number, start, line));
        }
        if !line.is_empty() {
            last = Some((number, start, line));
        }
    }
    // A list can have a line that begins with two hyphens; the end of an entry is no list.
    if found.is_empty() {
        found.extend(last.filter(|(_, _, line)| line.trim_ascii_start().starts_with(b"--")));
    }
    found
}

/// Puts each text in the place of its range; the ranges follow each other.
fn spliced(bytes: &[u8], splices: &[(Range<usize>, String)]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for (range, with) in splices {
        text.extend_from_slice(&bytes[at..range.start]);
        text.extend_from_slice(with.as_bytes());
        at = range.end;
    }
    text.extend_from_slice(&bytes[at..]);
    text
}
