//! The first entry, and where its parts are.

use std::ops::Range;

use super::{EditError, Order};
use crate::Timestamp;
use crate::changelog::lines::{self, Header, Line, Trailer};
use crate::changelog::{Changelog, Head, parse};
use crate::version::DebianVersion;

/// The bytes of a file whose first entry is being changed.
pub(super) struct Editor {
    pub(super) bytes: Vec<u8>,
    pub(super) head: Head,
    /// Where the first entry is.
    entry: Range<usize>,
    /// The version of the entry below, if it is one.
    pub(super) below: Option<DebianVersion>,
    pub(super) newline: &'static str,
}

/// The end of the first entry's changes, and the trailer behind it.
pub(super) struct Changes<'a> {
    /// Where the first line begins that is not blank.
    pub(super) first: Option<usize>,
    /// Where the last one ends.
    pub(super) end: Option<usize>,
    /// Where the trailer's line is, with its end.
    pub(super) trailer: Option<(Range<usize>, Trailer<'a>)>,
}

impl Editor {
    pub(super) fn new(changelog: &Changelog<'_>) -> Result<Self, EditError> {
        let bytes = changelog.to_bytes();
        let head = parse::head(&bytes).map_err(EditError::Head)?;
        let start = changelog.preamble.len();
        let length = changelog.entries.first().map_or(0, |entry| entry.text.len());
        let below = changelog.entries.get(1).and_then(|entry| entry.version().ok());
        let newline = newline(&bytes);
        Ok(Self {
            bytes,
            head,
            entry: start..start + length,
            below,
            newline,
        })
    }

    /// Where the heading's line ends.
    pub(super) fn heading_end(&self) -> usize {
        self.lines().next().map_or(self.entry.end, |(range, _)| range.end)
    }

    /// Whether what ends here ends with a line end.
    pub(super) fn ends_a_line(&self, end: usize) -> bool {
        self.bytes[..end].ends_with(b"\n")
    }

    /// The lines of the entry with where they are, their ends included.
    pub(super) fn lines(&self) -> impl Iterator<Item = (Range<usize>, &[u8])> {
        let mut at = self.entry.start;
        let mut rest = &self.bytes[self.entry.clone()];
        std::iter::from_fn(move || {
            let line = lines::take_line(&mut rest)?;
            at += line.len();
            Some((at - line.len()..at, line))
        })
    }

    /// The heading's parts; [`head`](crate::changelog::head) has read them before.
    pub(super) fn heading(&self) -> Option<Header<'_>> {
        let (_, line) = self.lines().next()?;
        match lines::classify(line) {
            Line::Header(header) => Some(header),
            _ => None,
        }
    }

    /// Where a slice of the bytes is.
    pub(super) fn range_of(&self, part: &[u8]) -> Range<usize> {
        let start = part.as_ptr().addr() - self.bytes.as_ptr().addr();
        start..start + part.len()
    }

    /// What stands below the heading.
    ///
    /// # Errors
    ///
    /// When a line begins as a trailer does and is none.
    pub(super) fn changes(&self) -> Result<Changes<'_>, EditError> {
        let (mut first, mut end, mut trailer) = (None, None, None);
        for (number, (range, line)) in self.lines().enumerate().skip(1) {
            match lines::classify(line) {
                Line::Trailer(parts) => {
                    trailer = Some((range, parts));
                    break;
                }
                Line::BadTrailer => {
                    let line = self.head.line + number;
                    return Err(EditError::Trailer { line });
                }
                Line::Change | Line::Unrecognised | Line::BadHeading => {
                    first = first.or(Some(range.start));
                    end = Some(range.end);
                }
                _ => {}
            }
        }
        Ok(Changes { first, end, trailer })
    }

    /// Puts `with` in the place of `range`, which lies in the first entry.
    pub(super) fn replace(&mut self, range: Range<usize>, with: &[u8]) {
        self.entry.end = self.entry.end - range.len() + with.len();
        self.bytes.splice(range, with.iter().copied());
    }

    pub(super) fn refuse_released(&self) -> Result<(), EditError> {
        match self.head.is_released() {
            false => Ok(()),
            true => Err(EditError::Released {
                version: self.head.version.clone(),
                distributions: self.head.distributions.join(" "),
            }),
        }
    }
}

/// The end of the file's first line.
pub(super) fn newline(bytes: &[u8]) -> &'static str {
    let first = bytes.iter().position(|&b| b == b'\n');
    match first.and_then(|at| bytes.get(at.checked_sub(1)?)) {
        Some(b'\r') => "\r\n",
        _ => "\n",
    }
}

pub(super) fn check_order(offered: &DebianVersion, present: &DebianVersion, order: Order) -> Result<(), EditError> {
    if order == Order::Any || offered > present {
        return Ok(());
    }
    let (offered, present) = (offered.clone(), present.clone());
    Err(EditError::NotAbove { offered, present })
}

/// ` -- Name <address>  Sun, 09 Oct 2016 15:10:15 +0000`
pub(super) fn trailer(maintainer: &impl std::fmt::Display, at: Timestamp) -> String {
    format!(" -- {maintainer}  {}", at.rfc2822())
}
