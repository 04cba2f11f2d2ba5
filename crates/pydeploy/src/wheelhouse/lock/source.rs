//! The text of a lock in TOML, for errors that name a line.

use std::path::Path;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use toml::Spanned;

use super::{Lines, LockError};
use crate::sys::text;

#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) file: &'a Path,
    text: &'a str,
    /// Where each line but the first starts.
    line_starts: Vec<usize>,
}

impl<'a> Source<'a> {
    pub(super) fn new(file: &'a Path, text: &'a str) -> Self {
        Self {
            file,
            text,
            line_starts: text.match_indices('\n').map(|(at, _)| at + 1).collect(),
        }
    }

    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, LockError> {
        Ok(text::toml(self.file, self.text)?)
    }

    pub(super) fn line(&self, at: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= at) + 1
    }

    pub(super) fn line_of<T>(&self, value: &Spanned<T>) -> usize {
        self.line(value.span().start)
    }

    /// The lines of what a lock says about Pythons and environments.
    pub(super) fn lines(&self, requires_python: Option<&Spanned<String>>, environments: &[Spanned<String>]) -> Lines {
        let line = |value: Option<&Spanned<String>>| value.map_or(1, |value| self.line_of(value));
        Lines {
            requires_python: line(requires_python),
            environments: line(environments.first()),
        }
    }

    pub(super) fn optional<T: FromStr<Err: ToString>>(
        &self,
        package: Option<&str>,
        key: &'static str,
        text: Option<&Spanned<String>>,
    ) -> Result<Option<T>, LockError> {
        text.map(|text| self.value(package, key, text)).transpose()
    }

    pub(super) fn values<T: FromStr<Err: ToString>, C: FromIterator<T>>(
        &self,
        key: &'static str,
        texts: &[Spanned<String>],
    ) -> Result<C, LockError> {
        texts.iter().map(|text| self.value(None, key, text)).collect()
    }

    pub(super) fn value<T: FromStr<Err: ToString>>(
        &self,
        package: Option<&str>,
        key: &'static str,
        text: &Spanned<String>,
    ) -> Result<T, LockError> {
        let line = self.line_of(text);
        text.get_ref()
            .parse()
            .map_err(|error: T::Err| self.wrong(line, package, key, quoting(text.get_ref(), &error.to_string())))
    }

    pub(super) fn wrong(
        &self,
        line: usize,
        package: Option<&str>,
        key: &'static str,
        message: impl Into<String>,
    ) -> LockError {
        LockError::Value {
            file: self.file.to_owned(),
            line,
            package: package.map(str::to_owned),
            key,
            message: message.into(),
        }
    }
}

/// The first line of what a parser says, and the value where that does not quote it.
fn quoting(value: &str, message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    match message.contains(value) {
        true => message.to_owned(),
        false => format!("`{value}`: {message}"),
    }
}
