//! The text of `debian/control`, without its comments, and where in it something stands.

use std::path::{Path, PathBuf};

use super::ControlFileError;
use crate::deb822::{self, Paragraph};

/// A file with its paragraphs.
#[derive(Debug)]
pub(super) struct ControlText {
    file: PathBuf,
    /// Numbers and texts of the lines that are no comments.
    lines: Vec<(usize, String)>,
    pub(super) paragraphs: Vec<Paragraph>,
}

impl ControlText {
    pub(super) fn parse(file: &Path, bytes: &[u8]) -> Result<Self, ControlFileError> {
        let text = String::from_utf8_lossy(bytes);
        let lines = text.lines().map(str::to_owned).zip(1..);
        let lines = lines.filter(|(line, _)| !line.starts_with('#'));
        let mut read = Self {
            file: file.to_owned(),
            lines: lines.map(|(line, number)| (number, line)).collect(),
            paragraphs: Vec::new(),
        };
        let text: String = read.lines.iter().map(|(_, line)| format!("{line}\n")).collect();
        let found = std::str::from_utf8(bytes).map(|_| deb822::parse(text.as_bytes()));
        read.paragraphs = match found {
            Ok(Ok(paragraphs)) => paragraphs,
            Ok(Err(error)) => {
                let line = read.lines.get(error.line() - 1).map_or(error.line(), |line| line.0);
                let message = error.to_string();
                let what = message.split(" at line ").next().unwrap_or_default();
                return Err(read.error(line, what.to_owned(), "`man deb-src-control` shows the form"));
            }
            Err(_) => return Err(read.error(1, "it is not UTF-8 text".to_owned(), "save it as UTF-8")),
        };
        Ok(read)
    }

    /// The line of a field of a paragraph, or the one in it that holds `needle`.
    pub(super) fn line(&self, paragraph: usize, field: &str, needle: &str) -> usize {
        let mut inside = false;
        let mut first = None;
        for (number, line) in self.lines_of(paragraph) {
            if !line.starts_with([' ', '\t']) {
                let name = line.split(':').next().unwrap_or_default();
                inside = name.trim_end().eq_ignore_ascii_case(field);
            }
            if inside {
                first = first.or(Some(number));
                if line.contains(needle) {
                    return number;
                }
            }
        }
        first
            .or_else(|| self.lines_of(paragraph).next().map(|line| line.0))
            .unwrap_or(1)
    }

    fn lines_of(&self, paragraph: usize) -> impl Iterator<Item = (usize, &str)> {
        let blocks = self.lines.split(|(_, line)| line.is_empty());
        let mut blocks = blocks.filter(|block| !block.is_empty());
        let block = blocks.nth(paragraph).unwrap_or_default();
        block.iter().map(|(number, line)| (*number, line.as_str()))
    }

    pub(super) fn error(&self, line: usize, message: String, hint: &'static str) -> ControlFileError {
        ControlFileError::Content {
            file: self.file.clone(),
            line,
            message,
            hint,
        }
    }
}
