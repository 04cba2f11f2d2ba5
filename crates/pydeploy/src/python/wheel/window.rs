//! A file read by position, where one read often brings what the next ones ask for.

use std::cell::RefCell;
use std::io;

use rawzip::ReaderAt;

use super::section::Section;

/// Room for a header, the name after it, and often the next small members.
const WINDOW: usize = 2 << 10;

/// The headers of an archive's members are read in three pieces each; this makes one call, or none, of three.
#[derive(Debug)]
pub(super) struct Window {
    file: Section,
    seen: RefCell<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    start: u64,
    bytes: Vec<u8>,
}

impl Seen {
    /// What lies here of what is at `offset`.
    fn at(&self, offset: u64) -> &[u8] {
        let start = offset.checked_sub(self.start).and_then(|at| usize::try_from(at).ok());
        start.and_then(|start| self.bytes.get(start..)).unwrap_or_default()
    }
}

impl Window {
    pub(super) fn new(file: Section) -> Self {
        Self {
            file,
            seen: RefCell::default(),
        }
    }

    pub(super) fn into_inner(self) -> Section {
        self.file
    }

    fn look(&self, seen: &mut Seen, offset: u64) -> io::Result<()> {
        seen.start = offset;
        seen.bytes.resize(WINDOW, 0);
        let count = self.file.read_at(&mut seen.bytes, offset);
        seen.bytes.truncate(*count.as_ref().unwrap_or(&0));
        count.map(drop)
    }
}

impl ReaderAt for Window {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        if buffer.len() >= WINDOW {
            return self.file.read_at(buffer, offset);
        }
        let mut seen = self.seen.borrow_mut();
        if seen.at(offset).len() < buffer.len() {
            self.look(&mut seen, offset)?;
        }
        let there = seen.at(offset);
        let count = there.len().min(buffer.len());
        buffer[..count].copy_from_slice(&there[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn every_read_is_that_of_the_file() {
        let bytes: Vec<u8> = (0..10_000u32).map(|n| (n % 251) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let window = Window::new(Section::whole(file).unwrap());
        // Forwards, backwards, within what was seen, across its end, larger than it, over the file's end.
        for (offset, length) in [
            (0, 30),
            (30, 100),
            (2040, 30),
            (100, 10),
            (9_990, 10),
            (9_990, 100),
            (10_000, 1),
            (20_000, 5),
            (0, 5_000),
        ] {
            let mut buffer = vec![0; length];
            let count = window.read_at(&mut buffer, offset).unwrap();
            let start = usize::try_from(offset).unwrap().min(bytes.len());
            assert_eq!(
                buffer[..count],
                bytes[start..bytes.len().min(start + length)],
                "{offset}+{length}"
            );
        }
    }
}
