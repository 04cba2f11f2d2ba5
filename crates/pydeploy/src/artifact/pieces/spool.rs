//! Where compressed pieces wait to be put together.
//!
//! Each waits in an open file: what lies in the cache may be removed at any time. Many would be more than a process may have
//! open, so that after the first of them they wait one after the other in a single file.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::make::Made;
use crate::artifact::Stopped;
use crate::sys::files::At as _;

/// How many pieces keep a file of their own.
const MOST_FILES: usize = 128;

/// Takes pieces, and gives back the files of all but the first.
#[derive(Debug)]
pub(super) struct Spool<'a> {
    scratch: &'a Path,
    taken: AtomicUsize,
    file: Mutex<Option<Arc<File>>>,
}

impl<'a> Spool<'a> {
    /// A spool whose file has no name and lies in the folder `scratch`.
    pub(super) fn new(scratch: &'a Path) -> Self {
        Self {
            scratch,
            taken: AtomicUsize::new(0),
            file: Mutex::default(),
        }
    }

    /// The piece where it waits.
    pub(super) fn settle(&self, made: Made) -> Result<Made, Stopped> {
        if self.taken.fetch_add(1, Ordering::Relaxed) < MOST_FILES {
            return Ok(made);
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match &*file {
            Some(file) => file,
            None => file.insert(Arc::new(
                tempfile::tempfile_in(self.scratch).at("create a file in", self.scratch)?,
            )),
        };
        Ok(append(file, made)?)
    }
}

fn append(file: &Arc<File>, mut made: Made) -> io::Result<Made> {
    let mut out = file.as_ref();
    let start = out.stream_position()?;
    let length = io::copy(&mut Sections::of(std::iter::once(&made)), &mut out)?;
    made.about.packed.start = start;
    made.about.packed.end = start + length;
    made.file = Arc::clone(file);
    Ok(made)
}

/// Part of a file.
struct Section<'a> {
    file: &'a File,
    at: u64,
    end: u64,
}

impl<'a> Section<'a> {
    fn of(made: &'a Made) -> Self {
        Self {
            file: &made.file,
            at: made.about.packed.start,
            end: made.about.packed.end,
        }
    }
}

/// Parts of files, one after the other.
pub(super) struct Sections<'a>(VecDeque<Section<'a>>);

impl<'a> Sections<'a> {
    pub(super) fn of(pieces: impl Iterator<Item = &'a Made>) -> Self {
        Self(pieces.map(Section::of).collect())
    }
}

impl Read for Sections<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(section) = self.0.front_mut() {
            let left = usize::try_from(section.end - section.at).unwrap_or(usize::MAX);
            let wanted = buffer.len().min(left);
            if wanted == 0 && !buffer.is_empty() {
                self.0.pop_front();
                continue;
            }
            let count = section.file.read_at(&mut buffer[..wanted], section.at)?;
            if count == 0 && wanted > 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            section.at += count as u64;
            return Ok(count);
        }
        Ok(0)
    }
}
