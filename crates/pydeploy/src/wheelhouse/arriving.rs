//! A wheel while it arrives: hashed as it is written, gone on with where it was cut.

use std::fs::File;
use std::io::{self, Read, Seek as _, Sink, Write as _};
use std::mem;
use std::path::Path;

use ureq::Body;
use ureq::http::{Response, StatusCode};

use super::error::FetchError;
use super::http::connection;
use super::partial::Partial;
use super::retry::Failure;
use super::wanted::Wanted;
use crate::digest::Hashing;
use crate::sys::files::{At as _, FileError};

/// The largest wheel that is accepted when the lock does not say a size.
const LARGEST: u64 = 8 << 30;
/// How many new bytes make an attempt worth another one.
const PROGRESS: u64 = 64 << 10;

#[derive(Debug)]
pub(super) struct Arriving<'a> {
    wanted: Wanted<'a>,
    partial: Partial,
    hash: Hashing<Sink>,
    /// The most that was ever there.
    reached: u64,
}

impl<'a> Arriving<'a> {
    /// Goes on with what is there.
    pub(super) fn new(wanted: Wanted<'a>, mut partial: Partial) -> Result<Self, FileError> {
        let mut hash = Hashing::new(io::sink());
        let path = partial.path().to_owned();
        io::copy(partial.file(), &mut hash).at("read", &path)?;
        Ok(Self {
            wanted,
            partial,
            reached: hash.size(),
            hash,
        })
    }

    /// How many bytes are there.
    pub(super) fn size(&self) -> u64 {
        self.hash.size()
    }

    /// Whether nothing is left to ask for.
    pub(super) fn is_whole(&self) -> bool {
        self.wanted.size.is_some_and(|size| self.size() >= size)
    }

    pub(super) fn into_partial(self) -> Partial {
        self.partial
    }

    /// Takes what a server answers, and checks the whole when it is at its end; its size.
    pub(super) fn take(&mut self, mut response: Response<Body>, url: &str) -> Result<u64, Failure> {
        let goes_on = self.size() > 0 && continues_at(&response, self.size());
        if !goes_on {
            self.restart().map_err(file_error)?;
        }
        let has_length = response.body().content_length().is_some();
        self.copy(&mut response.body_mut().as_reader(), url)?;
        self.check(goes_on || !has_length)
    }

    /// Takes a file of this machine.
    pub(super) fn take_file(&mut self, path: &Path, url: &str) -> Result<u64, Failure> {
        self.restart().map_err(file_error)?;
        let mut file = File::open(path).at("open", path).map_err(file_error)?;
        self.copy(&mut file, url)?;
        self.check(false)
    }

    fn copy(&mut self, body: &mut dyn Read, url: &str) -> Result<(), Failure> {
        let file = self.wanted.file;
        let mut buffer = vec![0; 64 << 10];
        loop {
            match body.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => self.add(&buffer[..count])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(Failure::Passing {
                        error: connection(file, url, &error),
                        wait: None,
                        progress: self.got_on(),
                    });
                }
            }
        }
    }

    fn got_on(&mut self) -> bool {
        let new = self.size().saturating_sub(self.reached);
        self.reached += new;
        new >= PROGRESS
    }

    fn add(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let expected = self.wanted.size.unwrap_or(LARGEST);
        let actual = self.size() + bytes.len() as u64;
        if actual > expected {
            let error = self.size_mismatch(expected, actual);
            self.restart().map_err(file_error)?;
            return Err(Failure::Final(error));
        }
        let written = self.partial.file().write_all(bytes).at("write", self.partial.path());
        written.map_err(file_error)?;
        // A sink takes everything.
        let hashed = self.hash.write_all(bytes).at("hash", self.partial.path());
        hashed.map_err(file_error)
    }

    /// Checks the whole. When the bytes came in pieces, or nobody said how many there are, another attempt may bring the
    /// right ones.
    pub(super) fn check(&mut self, may_pass: bool) -> Result<u64, Failure> {
        let size = self.size();
        let hash = mem::replace(&mut self.hash, Hashing::new(io::sink()));
        let (_, _, actual) = hash.finish();
        let error = match self.wanted.size {
            Some(expected) if expected != size => self.size_mismatch(expected, size),
            _ if actual == self.wanted.sha256 => return Ok(size),
            _ => FetchError::HashMismatch {
                file: self.wanted.file.to_owned(),
                expected: self.wanted.sha256,
                actual,
            },
        };
        self.restart().map_err(file_error)?;
        Err(match may_pass {
            true => Failure::passing(error),
            false => Failure::Final(error),
        })
    }

    fn size_mismatch(&self, expected: u64, actual: u64) -> FetchError {
        FetchError::SizeMismatch {
            file: self.wanted.file.to_owned(),
            expected,
            actual,
        }
    }

    /// Drops everything that is there.
    pub(super) fn restart(&mut self) -> Result<(), FileError> {
        self.hash = Hashing::new(io::sink());
        let path = self.partial.path().to_owned();
        self.partial.file().set_len(0).at("empty", &path)?;
        self.partial.file().rewind().at("empty", &path)
    }
}

fn file_error(error: FileError) -> Failure {
    Failure::Final(error.into())
}

/// Whether the answer is what follows the first `from` bytes.
fn continues_at(response: &Response<Body>, from: u64) -> bool {
    let range = response
        .headers()
        .get("Content-Range")
        .and_then(|value| value.to_str().ok());
    let starts = format!("bytes {from}-");
    response.status() == StatusCode::PARTIAL_CONTENT && range.is_some_and(|range| range.starts_with(&starts))
}
