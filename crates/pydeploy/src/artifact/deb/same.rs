//! Whether what was written is what was to be written.

use std::io::{self, Read, Write};

/// Compares what is written to it with what a reader gives, both once from beginning to end.
#[derive(Debug)]
pub(super) struct Same<R> {
    expected: R,
    buffer: Vec<u8>,
    same: bool,
}

impl<R: Read> Same<R> {
    pub(super) fn to(expected: R) -> Self {
        Self {
            expected,
            buffer: Vec::new(),
            same: true,
        }
    }

    /// Whether all that was expected was written, and nothing more.
    pub(super) fn finish(mut self) -> io::Result<bool> {
        Ok(self.same && self.expected.read(&mut [0])? == 0)
    }
}

impl<R: Read> Write for Same<R> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.resize(bytes.len(), 0);
        match self.expected.read_exact(&mut self.buffer) {
            Ok(()) => self.same &= self.buffer == bytes,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => self.same = false,
            Err(error) => return Err(error),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: &[u8], pieces: &[&[u8]], same: bool) {
        let mut comparison = Same::to(expected);
        for piece in pieces {
            comparison.write_all(piece).unwrap();
        }
        assert_eq!(comparison.finish().unwrap(), same);
    }

    #[test]
    fn only_all_of_it_is_the_same() {
        check(b"abcd", &[b"ab", b"", b"cd"], true);
        check(b"", &[], true);
        check(b"abcd", &[b"ab", b"cx"], false);
        check(b"abcd", &[b"abc"], false);
        check(b"abcd", &[b"abcd", b"e"], false);
    }
}
