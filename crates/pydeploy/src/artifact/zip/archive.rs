//! A zip archive that is the same bytes for the same members: sizes in front of the data, one time, no extra fields but
//! those of zip64 ([APPNOTE 6.3.10]).
//!
//! [APPNOTE 6.3.10]: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT

use std::io::{self, Read, Write};

use libdeflater::{CompressionLvl, Compressor};

use super::read::DIGEST;
use crate::Timestamp;
use crate::artifact::checksum::{Sum, Summing};
use crate::digest::{Hashing, Sha256};

/// What a field of 32 bits holds when the number stands in a zip64 record.
const LARGE: u32 = u32::MAX;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Names are UTF-8.
const FLAGS: u16 = 0x800;
/// Made on Unix, by the version that zip64 needs.
const MADE_BY: u16 = 0x032d;
const NEEDED: u16 = 45;

pub(super) struct ZipWriter<W> {
    out: Hashing<W>,
    directory: Vec<u8>,
    count: u64,
    /// The time and the date as DOS wrote them.
    at: [u8; 4],
}

/// A member's fields that stand both before its bytes and in the directory.
struct Member<'a> {
    name: &'a str,
    method: u16,
    crc: u32,
    packed: u64,
    size: u64,
}

impl<W: Write> ZipWriter<W> {
    /// Begins with `first`, which is no part of the archive.
    pub(super) fn new(out: W, at: Timestamp, first: &[u8]) -> io::Result<Self> {
        let mut out = Hashing::new(out);
        out.write_all(first)?;
        Ok(Self {
            out,
            directory: Vec::new(),
            count: 0,
            at: dos_time(at),
        })
    }

    /// Adds a member, smaller if it can be.
    pub(super) fn deflate(&mut self, name: &str, mode: u32, bytes: &[u8]) -> io::Result<()> {
        let packed = deflated(bytes)?;
        let (method, data) = match packed.len() < bytes.len() {
            true => (DEFLATED, packed.as_slice()),
            false => (STORED, bytes),
        };
        let (crc, size) = (libdeflater::crc32(bytes), bytes.len() as u64);
        let packed = data.len() as u64;
        let member = Member {
            name,
            method,
            crc,
            packed,
            size,
        };
        self.begin(&member, mode)?;
        self.out.write_all(data)
    }

    /// Adds a member as it is, from a reader of what was summed before.
    pub(super) fn store(&mut self, name: &str, mode: u32, known: Sum, content: &mut dyn Read) -> io::Result<()> {
        let Sum { size, crc32 } = known;
        let member = Member {
            name,
            method: STORED,
            crc: crc32,
            packed: size,
            size,
        };
        self.begin(&member, mode)?;
        let mut summing = Summing::new(&mut self.out);
        io::copy(content, &mut summing)?;
        match summing.finish().1 == known {
            true => Ok(()),
            false => Err(io::Error::other(format!("{name} changed while it was read"))),
        }
    }

    fn begin(&mut self, member: &Member<'_>, mode: u32) -> io::Result<()> {
        let offset = self.out.size();
        let large = member.size >= LARGE.into() || member.packed >= LARGE.into();
        let mut header = b"PK\x03\x04".to_vec();
        header.extend(NEEDED.to_le_bytes());
        self.common(&mut header, member, if large { 20 } else { 0 });
        header.extend(member.name.as_bytes());
        if large {
            header.extend(zip64(&[member.size, member.packed]));
        }
        self.out.write_all(&header)?;
        self.list(member, mode, offset);
        Ok(())
    }

    /// The fields from the flags to the length of what is extra.
    fn common(&self, header: &mut Vec<u8>, member: &Member<'_>, extra: u16) {
        header.extend(FLAGS.to_le_bytes());
        header.extend(member.method.to_le_bytes());
        header.extend(self.at);
        header.extend(member.crc.to_le_bytes());
        let large = extra > 0;
        for size in [member.packed, member.size] {
            header.extend(if large { LARGE } else { small(size) }.to_le_bytes());
        }
        // Paths of a release are shorter than the field can say.
        header.extend(u16::try_from(member.name.len()).unwrap_or(u16::MAX).to_le_bytes());
        header.extend(extra.to_le_bytes());
    }

    fn list(&mut self, member: &Member<'_>, mode: u32, offset: u64) {
        let large = [member.size, member.packed, offset]
            .iter()
            .any(|&number| number >= LARGE.into());
        let mut entry = b"PK\x01\x02".to_vec();
        entry.extend(MADE_BY.to_le_bytes());
        entry.extend(NEEDED.to_le_bytes());
        self.common(&mut entry, member, if large { 28 } else { 0 });
        // No comment, first disk, no internal attributes; a regular file of this mode.
        entry.extend([0; 6]);
        entry.extend(((0o100_000 | mode) << 16).to_le_bytes());
        entry.extend(if large { LARGE } else { small(offset) }.to_le_bytes());
        entry.extend(member.name.as_bytes());
        if large {
            entry.extend(zip64(&[member.size, member.packed, offset]));
        }
        self.directory.extend(entry);
        self.count += 1;
    }

    /// Writes the directory, and as the archive's comment the digest of everything before it.
    pub(super) fn finish(mut self) -> io::Result<(W, u64, Sha256)> {
        let start = self.out.size();
        let directory = std::mem::take(&mut self.directory);
        self.out.write_all(&directory)?;
        let (size, end) = (directory.len() as u64, self.out.size());
        let large = self.count >= u16::MAX.into() || start >= LARGE.into() || size >= LARGE.into();
        if large {
            self.out.write_all(&zip64_end(self.count, size, start, end))?;
        }
        let count = if large {
            u16::MAX
        } else {
            u16::try_from(self.count).unwrap_or(u16::MAX)
        };
        let (size, start) = if large {
            (LARGE, LARGE)
        } else {
            (small(size), small(start))
        };
        let mut record = b"PK\x05\x06\0\0\0\0".to_vec();
        record.extend([count, count].iter().flat_map(|count| count.to_le_bytes()));
        record.extend([size, start].iter().flat_map(|number| number.to_le_bytes()));
        record.extend((DIGEST as u16).to_le_bytes());
        self.out.write_all(&record)?;
        let digest = self.out.so_far();
        self.out.write_all(super::read::digest_text(digest).as_bytes())?;
        Ok(self.out.finish())
    }
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(LARGE)
}

/// The extra field with numbers of 64 bits.
fn zip64(numbers: &[u64]) -> Vec<u8> {
    let length = u16::try_from(numbers.len() * 8).unwrap_or(u16::MAX);
    let head = [1u16, length].into_iter().flat_map(u16::to_le_bytes);
    head.chain(numbers.iter().flat_map(|number| number.to_le_bytes()))
        .collect()
}

/// The record that has the numbers of the directory, and the one that says where it is.
fn zip64_end(count: u64, size: u64, start: u64, at: u64) -> Vec<u8> {
    let mut record = b"PK\x06\x06".to_vec();
    record.extend(44u64.to_le_bytes());
    record.extend([MADE_BY, NEEDED].iter().flat_map(|number| number.to_le_bytes()));
    record.extend([0; 8]);
    record.extend(
        [count, count, size, start]
            .iter()
            .flat_map(|number| number.to_le_bytes()),
    );
    record.extend(b"PK\x06\x07\0\0\0\0");
    record.extend(at.to_le_bytes());
    record.extend(1u32.to_le_bytes());
    record
}

/// Two-second steps since 1980; what is earlier becomes 1980.
fn dos_time(at: Timestamp) -> [u8; 4] {
    let civil = at.civil();
    let field = |number: u8| u16::from(number);
    let year = u16::try_from(civil.year).unwrap_or(1980);
    let (time, date) = match year {
        1980..=2107 => (
            (field(civil.hour) << 11) | (field(civil.minute) << 5) | (field(civil.second) / 2),
            ((year - 1980) << 9) | (field(civil.month) << 5) | field(civil.day),
        ),
        _ => (0, (1 << 5) | 1),
    };
    let ([a, b], [c, d]) = (time.to_le_bytes(), date.to_le_bytes());
    [a, b, c, d]
}

fn deflated(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut compressor = Compressor::new(CompressionLvl::new(9).unwrap_or_default());
    let mut packed = vec![0; compressor.deflate_compress_bound(bytes.len())];
    let length = compressor
        .deflate_compress(bytes, &mut packed)
        .map_err(io::Error::other)?;
    packed.truncate(length);
    Ok(packed)
}

/// What [`ZipWriter::store`] has to know before it copies; and the digest.
pub(super) fn sum(content: &mut dyn Read) -> io::Result<(Sum, Sha256)> {
    let mut summing = Summing::new(Hashing::new(io::sink()));
    io::copy(content, &mut summing)?;
    let (hashing, sum) = summing.finish();
    Ok((sum, hashing.finish().2))
}
