//! A part of a file, read by position.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use rawzip::ReaderAt;

use super::on_disk::{Identity, OnDisk};

/// The whole of a file, or a part of it that is an archive of its own.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    place: Place,
    start: u64,
    size: u64,
}

#[derive(Clone, Debug)]
enum Place {
    Open(Arc<File>),
    /// Opened for each read.
    OnDisk(Arc<OnDisk>),
}

impl Section {
    pub(crate) fn whole(file: File) -> io::Result<Self> {
        let size = file.metadata()?.len();
        let (place, start) = (Place::Open(Arc::new(file)), 0);
        Ok(Self { place, start, size })
    }

    /// The same of the file at `path`, which is opened when something is read: a release may have more wheels than a
    /// process may have files open.
    pub(super) fn closed(self, path: &Path) -> io::Result<Self> {
        let place = match self.place {
            Place::Open(file) => Place::OnDisk(Arc::new(OnDisk::of(path, &file)?)),
            place @ Place::OnDisk(_) => place,
        };
        Ok(Self { place, ..self })
    }

    /// The same, held open for several reads.
    pub(super) fn opened(&self) -> io::Result<Self> {
        let file = match &self.place {
            Place::Open(file) => Arc::clone(file),
            Place::OnDisk(on_disk) => Arc::new(on_disk.open()?),
        };
        let (place, start, size) = (Place::Open(file), self.start, self.size);
        Ok(Self { place, start, size })
    }

    /// Which file it is of, when that is not held open.
    pub(super) fn identity(&self) -> Option<Identity> {
        match &self.place {
            Place::Open(_) => None,
            Place::OnDisk(on_disk) => Some(on_disk.identity()),
        }
    }

    /// The `size` bytes that begin at `start`, as far as there are so many.
    #[cfg(any(test, feature = "artifact"))]
    pub(crate) fn part(&self, start: u64, size: u64) -> Self {
        let start = start.min(self.size);
        Self {
            place: self.place.clone(),
            start: self.start + start,
            size: size.min(self.size - start),
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }
}

impl ReaderAt for Section {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = self.size.saturating_sub(offset);
        let count = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        match buffer.get_mut(..count) {
            Some(wanted) if count > 0 => match &self.place {
                Place::Open(file) => file.read_at(wanted, self.start + offset),
                Place::OnDisk(on_disk) => on_disk.open()?.read_at(wanted, self.start + offset),
            },
            _ => Ok(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn nothing_outside_of_it_is_read() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        let section = Section::whole(file).unwrap().part(2, 6).part(1, 3);
        let mut buffer = [0; 8];
        let read = |section: &Section, buffer: &mut [u8; 8], at| section.read_at(buffer, at).unwrap();
        assert_eq!((read(&section, &mut buffer, 0), &buffer[..3]), (3, &b"345"[..]));
        assert_eq!((read(&section, &mut buffer, 2), buffer[0]), (1, b'5'));
        assert_eq!(read(&section, &mut buffer, 3), 0);
        assert_eq!(read(&section, &mut buffer, u64::MAX), 0);
        assert_eq!(section.part(9, 9).size(), 0);
    }
}
