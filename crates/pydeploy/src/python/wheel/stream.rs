//! A large member, unpacked piece by piece.

use std::io;

use flate2::{Decompress, FlushDecompress, Status};
use rawzip::ReaderAt as _;

use super::error::WheelProblem;
use super::member::Member;
use super::section::Section;

const PACKED_AT_A_TIME: usize = 64 << 10;
const BYTES_AT_A_TIME: usize = 256 << 10;

/// The content of a member in order, checked against size and checksum at its end.
pub(super) struct Stream<'a> {
    file: Section,
    member: &'a Member,
    /// How many packed bytes have been read from the file, and those of them that wait to be unpacked.
    read: u64,
    packed: Vec<u8>,
    waiting: std::ops::Range<usize>,
    inflate: Option<Decompress>,
    ended: bool,
    bytes: Vec<u8>,
    unpacked: u64,
    crc: libdeflater::Crc,
}

impl<'a> Stream<'a> {
    pub(super) fn new(file: Section, member: &'a Member) -> Self {
        Self {
            file,
            member,
            read: 0,
            packed: vec![0; PACKED_AT_A_TIME],
            waiting: 0..0,
            inflate: member.deflated.then(|| Decompress::new(false)),
            ended: !member.deflated,
            bytes: vec![0; BYTES_AT_A_TIME],
            unpacked: 0,
            crc: libdeflater::Crc::new(),
        }
    }

    /// The next piece; `None` after the last, when all of them were right.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, WheelProblem> {
        let count = match self.inflate.take() {
            None => self.copy()?,
            Some(mut inflate) => {
                let count = self.unpack(&mut inflate)?;
                self.inflate = Some(inflate);
                count
            }
        };
        if count == 0 {
            return self.finish().map(|()| None);
        }
        let piece = self.bytes.get(..count).unwrap_or_default();
        self.unpacked += count as u64;
        self.crc.update(piece);
        match self.unpacked <= self.member.size {
            true => Ok(Some(piece)),
            false => Err(self.damaged("it does not inflate to its size")),
        }
    }

    fn copy(&mut self) -> Result<usize, WheelProblem> {
        self.refill()?;
        let count = self.waiting.len();
        self.bytes[..count].copy_from_slice(&self.packed[self.waiting.clone()]);
        self.waiting = 0..0;
        Ok(count)
    }

    /// How many bytes were unpacked; 0 at the end of the data.
    fn unpack(&mut self, inflate: &mut Decompress) -> Result<usize, WheelProblem> {
        while !self.ended {
            self.refill()?;
            let (packed_before, before) = (inflate.total_in(), inflate.total_out());
            let input = &self.packed[self.waiting.clone()];
            let status = inflate
                .decompress(input, &mut self.bytes, FlushDecompress::None)
                .map_err(|_| self.damaged("it does not inflate to its size"))?;
            let taken = position(inflate.total_in() - packed_before)?;
            let count = position(inflate.total_out() - before)?;
            self.waiting.start += taken;
            self.ended = status == Status::StreamEnd;
            if count > 0 {
                return Ok(count);
            }
            if taken == 0 && !self.ended {
                return Err(self.damaged("it does not inflate to its size"));
            }
        }
        Ok(0)
    }

    /// Reads more when nothing waits.
    fn refill(&mut self) -> Result<(), WheelProblem> {
        if !self.waiting.is_empty() {
            return Ok(());
        }
        let left = position(self.member.packed - self.read)?.min(PACKED_AT_A_TIME);
        self.file
            .read_exact_at(&mut self.packed[..left], self.member.offset + self.read)
            .map_err(WheelProblem::Unreadable)?;
        self.read += left as u64;
        self.waiting = 0..left;
        Ok(())
    }

    fn finish(&self) -> Result<(), WheelProblem> {
        let all_used = self.waiting.is_empty() && self.read == self.member.packed;
        if self.unpacked != self.member.size || !all_used {
            return Err(self.damaged("it does not inflate to its size"));
        }
        match self.crc.sum() == self.member.crc {
            true => Ok(()),
            false => Err(self.damaged("its checksum is wrong")),
        }
    }

    fn damaged(&self, reason: &'static str) -> WheelProblem {
        WheelProblem::Damaged {
            member: self.member.name.clone(),
            reason,
        }
    }
}

fn position(count: u64) -> Result<usize, WheelProblem> {
    usize::try_from(count).map_err(|_| WheelProblem::Unreadable(io::ErrorKind::OutOfMemory.into()))
}
