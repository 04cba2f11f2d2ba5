//! A part of a file, read by position.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use rawzip::ReaderAt;

/// The whole of a file, or a part of it that is an archive of its own.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    file: Arc<File>,
    start: u64,
    size: u64,
}

impl Section {
    pub(crate) fn whole(file: File) -> io::Result<Self> {
        let size = file.metadata()?.len();
        let (file, start) = (Arc::new(file), 0);
        Ok(Self { file, start, size })
    }

    /// The `size` bytes that begin at `start`, as far as there are so many.
    #[cfg(any(test, feature = "artifact"))]
    pub(crate) fn part(&self, start: u64, size: u64) -> Self {
        let start = start.min(self.size);
        Self {
            file: Arc::clone(&self.file),
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
            Some(wanted) if count > 0 => self.file.read_at(wanted, self.start + offset),
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
