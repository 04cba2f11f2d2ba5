//! Text to version.

use std::fmt;

use super::{DebianVersion, ParseVersionError};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Epoch,
    Upstream,
    Revision,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ErrorKind {
    Empty(Part),
    EpochTooLarge,
    TooLong,
    NoDigitFirst(char),
    Unexpected(char, Part),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Epoch => "epoch",
            Self::Upstream => "upstream version",
            Self::Revision => "revision",
        })
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty(part) => write!(f, "empty {part}"),
            Self::EpochTooLarge => f.write_str("epoch above 2147483647"),
            Self::TooLong => f.write_str("version of more than 4 GiB"),
            Self::NoDigitFirst(found) => write!(f, "upstream version begins with {found:?}, not with a digit,"),
            Self::Unexpected(found, part) => write!(f, "unexpected character {found:?} in {part}"),
        }
    }
}

/// Reads a version by the letter of the specification.
pub(super) fn strict(text: &str) -> Result<DebianVersion, ParseVersionError> {
    plain(text).map_or_else(|| part_by_part(text), Ok)
}

/// Reads a version without an epoch, as nearly all are, in one go; `None` for everything else.
fn plain(text: &str) -> Option<DebianVersion> {
    let bytes = text.as_bytes();
    let (mut allowed, mut end) = (PLAIN, bytes.len());
    for (at, &byte) in bytes.iter().enumerate() {
        allowed &= CLASSES[usize::from(byte)];
        end = if byte == b'-' { at } else { end };
    }
    let begins = bytes.first()?.is_ascii_digit();
    let upstream_end = u32::try_from(end).ok()?;
    (allowed == PLAIN && begins && end + 1 != bytes.len()).then(|| DebianVersion {
        text: text.into(),
        epoch: 0,
        number: first_number(bytes),
        upstream: 0,
        upstream_end,
    })
}

/// The number that an upstream version begins with, or the highest one there is.
fn first_number(upstream: &[u8]) -> u32 {
    let digits = upstream.iter().take_while(|b| b.is_ascii_digit());
    digits.fold(0, |number: u32, &b| {
        number.saturating_mul(10).saturating_add(u32::from(b - b'0'))
    })
}

fn part_by_part(text: &str) -> Result<DebianVersion, ParseVersionError> {
    let bytes = text.as_bytes();
    let (epoch, upstream) = match bytes.iter().position(|&b| b == b':') {
        Some(colon) => (epoch(text, colon)?, colon + 1),
        None => (0, 0),
    };
    let hyphen = bytes[upstream..].iter().rposition(|&b| b == b'-');
    let upstream_end = hyphen.map_or(text.len(), |at| upstream + at);
    check_upstream(text, upstream, upstream_end)?;
    if hyphen.is_some() {
        check(text, Part::Revision, upstream_end + 1, text.len())?;
    }
    Ok(DebianVersion {
        text: text.into(),
        epoch,
        number: first_number(&bytes[upstream..upstream_end]),
        upstream: offset(text, upstream)?,
        upstream_end: offset(text, upstream_end)?,
    })
}

/// A place in the text, as a version keeps it.
fn offset(text: &str, at: usize) -> Result<u32, ParseVersionError> {
    u32::try_from(at).map_err(|_| error(text, 0, ErrorKind::TooLong))
}

fn epoch(text: &str, colon: usize) -> Result<u32, ParseVersionError> {
    let digits = &text[..colon];
    if digits.is_empty() {
        return Err(error(text, 0, ErrorKind::Empty(Part::Epoch)));
    }
    if let Some(at) = digits.bytes().position(|b| !b.is_ascii_digit()) {
        return Err(error(text, at, ErrorKind::Unexpected(character(text, at), Part::Epoch)));
    }
    let too_large = || error(text, 0, ErrorKind::EpochTooLarge);
    let number = digits.parse::<i32>().map_err(|_| too_large())?;
    u32::try_from(number).map_err(|_| too_large())
}

fn check_upstream(text: &str, from: usize, to: usize) -> Result<(), ParseVersionError> {
    check(text, Part::Upstream, from, to)?;
    if text.as_bytes()[from].is_ascii_digit() {
        return Ok(());
    }
    Err(error(text, from, ErrorKind::NoDigitFirst(character(text, from))))
}

/// Whether `text[from..to]` is not empty and holds only what `part` may hold.
fn check(text: &str, part: Part, from: usize, to: usize) -> Result<(), ParseVersionError> {
    if from == to {
        return Err(error(text, from, ErrorKind::Empty(part)));
    }
    let allowed = if part == Part::Upstream { UPSTREAM } else { REVISION };
    let bytes = &text.as_bytes()[from..to];
    match bytes.iter().position(|&b| CLASSES[usize::from(b)] & allowed == 0) {
        None => Ok(()),
        Some(at) => Err(error(
            text,
            from + at,
            ErrorKind::Unexpected(character(text, from + at), part),
        )),
    }
}

pub(super) fn error(text: &str, at: usize, kind: ErrorKind) -> ParseVersionError {
    let column = column(text, at);
    ParseVersionError { kind, column }
}

/// The column of a byte, counted in characters from 1.
pub(super) fn column(text: &str, at: usize) -> usize {
    let before = text.as_bytes()[..at].iter();
    // Bytes that go on with a character are not counted.
    before.filter(|&&b| b & 0xc0 != 0x80).count() + 1
}

fn character(text: &str, at: usize) -> char {
    let rest = text.get(at..).unwrap_or_default();
    rest.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER)
}

const UPSTREAM: u8 = 1;
const REVISION: u8 = 2;
/// What a version without an epoch may hold.
const PLAIN: u8 = 4;

/// For each byte, the parts that may hold it.
static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0u8;
    while byte < 128 {
        table[byte as usize] = match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.' | b'+' | b'~' => UPSTREAM | REVISION | PLAIN,
            b'-' => UPSTREAM | PLAIN,
            b':' => UPSTREAM,
            _ => 0,
        };
        byte += 1;
    }
    table
}
