//! Text to paragraphs.

use std::fmt;
use std::io::BufRead as _;
use std::str;

use super::write::{self, Fault};
use super::{Field, Paragraph, Paragraphs, ParseParagraphError};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ErrorKind {
    NotUtf8,
    Duplicate(Box<str>),
    NoColon,
    Name(Fault),
    Continuation,
    Blank,
    Missing,
    Second,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => f.write_str("unexpected bytes that are not UTF-8"),
            Self::Duplicate(name) => write!(f, "unexpected second field `{name}`"),
            Self::NoColon => f.write_str("unexpected line without a colon"),
            Self::Name(Fault::Name(found)) => write!(f, "unexpected character {found:?} in the name of a field"),
            Self::Name(_) => f.write_str("unexpected field without a name"),
            Self::Continuation => f.write_str("unexpected continuation before any field"),
            Self::Blank => f.write_str("unexpected line of white space"),
            Self::Missing => f.write_str("unexpected end of a file without a paragraph"),
            Self::Second => f.write_str("unexpected second paragraph"),
        }
    }
}

pub(super) fn one(bytes: &[u8]) -> Result<Paragraph, ParseParagraphError> {
    let mut paragraphs = Paragraphs::new(bytes);
    let first = paragraphs.next().ok_or(ParseParagraphError {
        kind: ErrorKind::Missing,
        line: 1,
    })??;
    paragraphs.skip_empty_lines();
    if paragraphs.rest.is_empty() {
        return Ok(first);
    }
    paragraphs.line += 1;
    Err(paragraphs.error(ErrorKind::Second))
}

impl<'a> Paragraphs<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, line: 0 }
    }

    fn skip_empty_lines(&mut self) {
        while let Some(rest) = self.rest.strip_prefix(b"\n") {
            (self.rest, self.line) = (rest, self.line + 1);
        }
    }

    /// The next line without its end; `None` at an empty line and at the end of the file.
    fn line(&mut self) -> Result<Option<&'a str>, ParseParagraphError> {
        let mut after = self.rest;
        let length = after.skip_until(b'\n').unwrap_or(self.rest.len());
        let line = &self.rest[..length];
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if line.is_empty() {
            return Ok(None);
        }
        (self.rest, self.line) = (after, self.line + 1);
        let text = str::from_utf8(line).map_err(|_| self.error(ErrorKind::NotUtf8))?;
        Ok(Some(text))
    }

    fn paragraph(&mut self) -> Result<Paragraph, ParseParagraphError> {
        let mut lines = Vec::with_capacity(32);
        let mut fields: Vec<Field> = Vec::with_capacity(32);
        while let Some(line) = self.line()? {
            if !line.starts_with([' ', '\t']) {
                fields.push(self.field(line)?);
                lines.push(self.line);
                continue;
            }
            let Some(field) = fields.last_mut() else {
                return Err(self.error(ErrorKind::Continuation));
            };
            field.value.push('\n');
            field.value.push_str(self.continuation(line)?);
        }
        refuse_duplicates(&fields, &lines)?;
        Ok(Paragraph { fields })
    }

    fn field(&self, line: &str) -> Result<Field, ParseParagraphError> {
        let (name, value) = line.split_once(':').ok_or_else(|| self.error(ErrorKind::NoColon))?;
        let name = name.trim_end_matches([' ', '\t']);
        write::check_name(name).map_err(|fault| self.error(ErrorKind::Name(fault)))?;
        Ok(Field {
            name: name.into(),
            value: value.trim_ascii().to_owned(),
        })
    }

    fn continuation<'l>(&self, line: &'l str) -> Result<&'l str, ParseParagraphError> {
        if line.trim_ascii().is_empty() {
            return Err(self.error(ErrorKind::Blank));
        }
        let text = &line[1..];
        Ok(if text.trim_ascii_end() == "." { "" } else { text })
    }

    fn error(&self, kind: ErrorKind) -> ParseParagraphError {
        ParseParagraphError { kind, line: self.line }
    }
}

impl Iterator for Paragraphs<'_> {
    type Item = Result<Paragraph, ParseParagraphError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.skip_empty_lines();
        if self.rest.is_empty() {
            return None;
        }
        let paragraph = self.paragraph();
        if paragraph.is_err() {
            self.rest = &[];
        }
        Some(paragraph)
    }
}

/// Finds names that stand twice by sorting them, so that a million fields take no million times a million steps.
fn refuse_duplicates(fields: &[Field], lines: &[usize]) -> Result<(), ParseParagraphError> {
    let lower = |at: usize| fields[at].name.bytes().map(|b| b.to_ascii_lowercase());
    let mut order: Vec<usize> = (0..fields.len()).collect();
    order.sort_by(|&a, &b| lower(a).cmp(lower(b)));
    let twice = order.windows(2).filter(|pair| lower(pair[0]).eq(lower(pair[1])));
    match twice.map(|pair| pair[1]).min() {
        None => Ok(()),
        Some(at) => Err(ParseParagraphError {
            kind: ErrorKind::Duplicate(fields[at].name.clone()),
            line: lines[at],
        }),
    }
}
