//! Bytes to entries.

use super::diagnostic::{Expect, Kind};
use super::lines::{self, Header, Line, is_space};
use super::{Changelog, Diagnostic, Entry, Head, ParseChangelogError, Severity, decode, diagnostic, lack};

/// Goes through the lines as dpkg does, with the same states.
struct Scanner<'a> {
    bytes: &'a [u8],
    /// Where the present line begins and ends.
    at: usize,
    end: usize,
    line: usize,
    expect: Expect,
    /// Whether these lines belong to an entry whose heading is missing.
    lost: bool,
    /// Where the last entry begins.
    start: usize,
    entries: Vec<Entry<'a>>,
    faults: Vec<Diagnostic>,
}

pub(super) fn all(bytes: &[u8]) -> Changelog<'_> {
    let mut scanner = Scanner::new(bytes);
    while let Some(line) = scanner.next() {
        if !scanner.take(line) {
            break;
        }
    }
    scanner.finish()
}

pub(super) fn head(bytes: &[u8]) -> Result<Head, ParseChangelogError> {
    let mut scanner = Scanner::new(bytes);
    while let Some(line) = scanner.next() {
        if scanner.ends_entry(&line) || !scanner.take(line) {
            break;
        }
        if scanner.entries.is_empty() && scanner.is_lost() {
            break;
        }
    }
    match scanner.entries.first() {
        Some(entry) => checked(entry).map_err(ParseChangelogError),
        None => Err(ParseChangelogError(scanner.no_heading())),
    }
}

fn checked(entry: &Entry<'_>) -> Result<Head, Diagnostic> {
    let version = diagnostic::version(entry)?;
    let urgency = entry.urgency().ok_or_else(|| diagnostic::no_urgency(entry))?;
    Ok(Head {
        package: entry.package().to_owned(),
        version,
        distributions: entry.distributions().map(str::to_owned).collect(),
        urgency,
        maintainer: entry.maintainer(),
        date: entry.date(),
        line: entry.line,
    })
}

impl<'a> Scanner<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            end: 0,
            line: 0,
            expect: Expect::First,
            lost: false,
            start: 0,
            entries: Vec::new(),
            faults: Vec::new(),
        }
    }

    fn next(&mut self) -> Option<Line<'a>> {
        let mut rest = &self.bytes[self.end..];
        self.at = self.end;
        let line = lines::take_line(&mut rest)?;
        self.end += line.len();
        self.line += 1;
        Some(lines::classify(line))
    }

    /// Whether the present line belongs to no entry that has begun: a heading, or a change of which the heading is lost.
    fn ends_entry(&self, line: &Line<'_>) -> bool {
        let begins = match line {
            Line::Header(_) => true,
            Line::Change => self.expect == Expect::Next,
            _ => false,
        };
        begins && !self.entries.is_empty()
    }

    /// Whether there was something else where the first heading should be.
    fn is_lost(&self) -> bool {
        let fault = self.faults.last();
        self.expect == Expect::More || fault.is_some_and(|fault| fault.kind != Kind::LEADING_BLANK)
    }

    /// Puts the present line where it belongs; `false` when it begins the tail.
    fn take(&mut self, line: Line<'a>) -> bool {
        match line {
            Line::Header(header) => self.header(header),
            Line::Change => self.change(),
            Line::Blank => self.blank(),
            Line::Trailer(trailer) => self.trailer(trailer),
            Line::Ignored => {}
            Line::Tail => return false,
            Line::BadHeading => {
                let (kind, column) = lack::heading(&self.bytes[self.at..self.end]);
                self.fault(kind, column);
            }
            Line::BadTrailer => {
                let (kind, column) = lack::trailer(&self.bytes[self.at..self.end]);
                self.fault(kind, column);
            }
            Line::Unrecognised => {
                self.fault(Kind::Unrecognised, 1);
                if matches!(self.expect, Expect::First | Expect::Next) {
                    self.expect = Expect::More;
                }
            }
        }
        true
    }

    fn header(&mut self, header: Header<'a>) {
        if !matches!(self.expect, Expect::First | Expect::Next) {
            self.fault(Kind::Found("start of entry", self.expect), 1);
        }
        self.close(self.at);
        self.start = self.at;
        self.lost = false;
        self.entries.push(Entry {
            text: &[],
            line: self.line,
            header,
            trailer: None,
            trailer_line: 0,
            trailer_at: usize::MAX,
        });
        self.expect = Expect::Changes;
    }

    fn change(&mut self) {
        if matches!(self.expect, Expect::First | Expect::Next) {
            self.fault(Kind::Found("change data", self.expect), 1);
        }
        self.lost |= self.expect == Expect::Next;
        self.expect = Expect::More;
    }

    fn blank(&mut self) {
        if self.expect == Expect::First {
            self.fault(Kind::LEADING_BLANK, 1);
        }
    }

    fn trailer(&mut self, trailer: lines::Trailer<'a>) {
        if self.expect != Expect::More {
            self.fault(Kind::Found("trailer", self.expect), 1);
        }
        self.expect = Expect::Next;
        let Some(entry) = self.entries.last_mut().filter(|_| !self.lost) else {
            return diagnostic::trailer(&trailer, self.line, &mut self.faults);
        };
        if let Some(before) = entry.trailer.replace(trailer) {
            diagnostic::trailer(&before, entry.line + entry.trailer_line, &mut self.faults);
        }
        entry.trailer_line = self.line - entry.line;
        entry.trailer_at = self.at - self.start;
    }

    /// Ends the last entry at `end`.
    fn close(&mut self, end: usize) {
        if let Some(entry) = self.entries.last_mut() {
            entry.text = &self.bytes[self.start..end];
            entry.trailer_at = entry.trailer_at.min(entry.text.len());
        }
    }

    fn fault(&mut self, kind: Kind, column: usize) {
        let line = self.line;
        let mut diagnostic = Diagnostic::new(kind, line, column);
        if self.expect == Expect::First && diagnostic.kind != Kind::LEADING_BLANK {
            diagnostic.severity = Severity::Error;
        }
        self.faults.push(diagnostic);
    }

    fn finish(mut self) -> Changelog<'a> {
        // The tail begins with the present line; at the end of the file that is empty.
        let end = self.at;
        self.close(end);
        if end < self.bytes.len() {
            self.tail();
        } else if self.expect != Expect::Next {
            let last = self.bytes.rsplit(|&b| b == b'\n').next().unwrap_or_default();
            self.line += usize::from(last.is_empty());
            self.fault(Kind::Found("end of file", self.expect), last.len() + 1);
        }
        let before = self.bytes.len().min(if self.entries.is_empty() {
            end
        } else {
            self.first_start()
        });
        Changelog {
            preamble: &self.bytes[..before],
            entries: self.entries,
            tail: &self.bytes[end..],
            faults: self.faults,
        }
    }

    /// Says what the line that begins the tail stands in place of.
    fn tail(&mut self) {
        let (kind, column) = match self.expect {
            Expect::Next => return,
            Expect::First => lack::heading(&self.bytes[self.at..self.end]),
            expect => (Kind::Found("an older format or settings of an editor", expect), 1),
        };
        self.fault(kind, column);
    }

    /// Where the first entry begins.
    fn first_start(&self) -> usize {
        let total: usize = self.entries.iter().map(|entry| entry.text.len()).sum();
        self.at - total
    }

    /// Why there is no entry.
    fn no_heading(&self) -> Diagnostic {
        let mut faults = self.faults.iter().filter(|fault| fault.kind != Kind::LEADING_BLANK);
        let line = &self.bytes[self.at..self.end];
        match faults.next() {
            Some(fault) => fault.clone(),
            None if line.is_empty() => Diagnostic::new(Kind::NoEntry, self.line + 1, 1),
            None => {
                let (kind, column) = lack::heading(line);
                Diagnostic::new(kind, self.line, column)
            }
        }
    }
}

pub(super) fn urgency(header: &Header<'_>) -> Option<String> {
    let value = options(header).find(|(key, _)| key.eq_ignore_ascii_case(b"urgency"))?.1;
    let word = value.split(|&b| is_space(b)).next().unwrap_or_default();
    Some(decode(word).to_ascii_lowercase())
}

/// Keys and values after the semicolon.
pub(super) fn options<'a>(header: &Header<'a>) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
    header
        .options
        .split(|&b| b == b',')
        .filter_map(|item| option(lines::trim(item)))
}

pub(super) fn option(item: &[u8]) -> Option<(&[u8], &[u8])> {
    let (key, rest) = lines::split_while(item, |b| b.is_ascii_alphanumeric() || b == b'-');
    let value = rest.strip_prefix(b"=").map(lines::trim)?;
    (!key.is_empty() && !value.is_empty()).then_some((key, value))
}
