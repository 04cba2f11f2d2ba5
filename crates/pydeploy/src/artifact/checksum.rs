//! CRC-32 of what passes.
//!
//! It tells what went wrong by accident, on a disk or in a program, for a fraction of what SHA-256 costs. It tells nothing
//! about people, nor need it: whoever can change a piece can change what is said about it too.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

/// How many bytes there are, and their CRC-32 (ISO-HDLC, as in gzip).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sum {
    pub(super) size: u64,
    pub(super) crc32: u32,
}

/// Hands on what is written to it, and sums it up.
pub(super) struct Summing<W> {
    out: W,
    crc: libdeflater::Crc,
    size: u64,
}

impl<W> Summing<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            crc: libdeflater::Crc::new(),
            size: 0,
        }
    }

    /// How many bytes have passed.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// What was written to, and the sum of all that passed.
    pub(super) fn finish(self) -> (W, Sum) {
        let sum = Sum {
            size: self.size,
            crc32: self.crc.sum(),
        };
        (self.out, sum)
    }
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.crc.update(&bytes[..count]);
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
