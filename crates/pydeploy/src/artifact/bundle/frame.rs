//! The frame that a bundle is: pieces, a checksum of what they decode to, and the digest behind it.

use std::fs::File;
use std::hash::Hasher as _;
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};

use twox_hash::XxHash64;

use super::seal;
use crate::artifact::pieces::Archive;
use crate::artifact::splice::zstd::{CHECKSUM, DESCRIPTOR};
use crate::artifact::{Stopped, WriteError};
use crate::digest::{Hashing, Sha256};

/// Writes the bundle into an empty file, and returns its size and digest.
///
/// The frame has a checksum, for whoever unpacks it with tar alone. It is that of what a decoder makes of the file.
pub(super) fn write(file: &File, archive: &Archive) -> Result<(u64, Sha256), Stopped> {
    let mut out = Hashing::new(BufWriter::with_capacity(1 << 18, file));
    out.write_all(&announcing_checksum(archive.start()))?;
    io::copy(&mut archive.rest(), &mut out)?;
    out.flush()?;
    let checksum = read_back(file, archive)?;
    out.write_all(&checksum.to_le_bytes())?;
    let seal = seal::frame(out.so_far());
    out.write_all(&seal)?;
    out.flush()?;
    let (_, size, sha256) = out.finish();
    Ok((size, sha256))
}

/// The start of a frame with a checksum at its end.
fn announcing_checksum(start: &[u8]) -> Vec<u8> {
    let mut start = start.to_vec();
    start[DESCRIPTOR] |= CHECKSUM;
    start
}

/// Compares what the file decodes to with what went in, and returns the checksum of that: the lower half of its XXH64.
///
/// Leaves the file where it ends.
fn read_back(mut file: &File, archive: &Archive) -> Result<u32, Stopped> {
    file.seek(SeekFrom::Start(archive.start().len() as u64))?;
    let frame = archive.start().chain(BufReader::with_capacity(1 << 17, file));
    let mut decoder = zstd::Decoder::with_buffer(frame)?.single_frame();
    let (mut comparison, mut hash) = (archive.comparison(), XxHash64::with_seed(0));
    let mut buffer = vec![0; 1 << 17];
    loop {
        match decoder.read(&mut buffer)? {
            0 => break,
            count => {
                comparison.write_all(&buffer[..count])?;
                hash.write(&buffer[..count]);
            }
        }
    }
    comparison
        .finish()
        .map_err(|error| WriteError::Unlike { piece: error.piece })?;
    file.seek(SeekFrom::End(0))?;
    Ok(hash.finish() as u32)
}
