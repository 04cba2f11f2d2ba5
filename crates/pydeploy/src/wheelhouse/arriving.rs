//! A wheel while it arrives: hashed as it is written, gone on with where a connection was cut.

use std::io::{self, Read as _, Seek as _, Sink, Write as _};
use std::mem;

use tempfile::NamedTempFile;
use ureq::Body;
use ureq::http::{Response, StatusCode};

use super::fetch::FetchError;
use super::http::{Failure, connection};
use super::lock::Pinned;
use crate::digest::Hashing;
use crate::sys::files::{At as _, FileError};

/// The largest wheel that is accepted when the lock does not say a size.
const LARGEST: u64 = 8 << 30;

#[derive(Debug)]
pub(super) struct Arriving<'a> {
    pin: &'a Pinned,
    file: NamedTempFile,
    hash: Hashing<Sink>,
}

impl<'a> Arriving<'a> {
    pub(super) fn new(pin: &'a Pinned, file: NamedTempFile) -> Self {
        Self {
            pin,
            file,
            hash: Hashing::new(io::sink()),
        }
    }

    /// How many bytes are there.
    pub(super) fn size(&self) -> u64 {
        self.hash.size()
    }

    pub(super) fn into_file(self) -> NamedTempFile {
        self.file
    }

    /// Takes what a server answers, and checks the whole when it is at its end; its size.
    pub(super) fn take(&mut self, mut response: Response<Body>, url: &str) -> Result<u64, Failure> {
        let goes_on = self.size() > 0 && continues_at(&response, self.size());
        if !goes_on {
            self.restart().map_err(file_error)?;
        }
        let has_length = response.body().content_length().is_some();
        self.copy(&mut response, url)?;
        self.check(goes_on || !has_length)
    }

    fn copy(&mut self, response: &mut Response<Body>, url: &str) -> Result<(), Failure> {
        let file = self.pin.filename.as_str();
        let mut body = response.body_mut().as_reader();
        let mut buffer = vec![0; 64 << 10];
        loop {
            match body.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => self.add(&buffer[..count])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Failure::Passing(connection(file, url, &error))),
            }
        }
    }

    fn add(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let expected = self.pin.size.unwrap_or(LARGEST);
        let actual = self.size() + bytes.len() as u64;
        if actual > expected {
            return Err(Failure::Final(self.size_mismatch(expected, actual)));
        }
        let written = self.file.write_all(bytes).at("write", self.file.path());
        written.map_err(file_error)?;
        // A sink takes everything.
        self.hash
            .write_all(bytes)
            .at("hash", self.file.path())
            .map_err(file_error)
    }

    /// When the bytes came in pieces, or nobody said how many there are, another attempt may bring the right ones.
    fn check(&mut self, may_pass: bool) -> Result<u64, Failure> {
        let size = self.size();
        let hash = mem::replace(&mut self.hash, Hashing::new(io::sink()));
        let (_, _, actual) = hash.finish();
        let error = match self.pin.size {
            Some(expected) if expected != size => self.size_mismatch(expected, size),
            _ if actual == self.pin.sha256 => return Ok(size),
            _ => FetchError::HashMismatch {
                file: self.pin.filename.to_string(),
                expected: self.pin.sha256,
                actual,
            },
        };
        self.restart().map_err(file_error)?;
        Err(if may_pass {
            Failure::Passing(error)
        } else {
            Failure::Final(error)
        })
    }

    fn size_mismatch(&self, expected: u64, actual: u64) -> FetchError {
        FetchError::SizeMismatch {
            file: self.pin.filename.to_string(),
            expected,
            actual,
        }
    }

    fn restart(&mut self) -> Result<(), FileError> {
        self.hash = Hashing::new(io::sink());
        let file = self.file.as_file();
        file.set_len(0).at("empty", self.file.path())?;
        self.file.as_file_mut().rewind().at("empty", self.file.path())
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
