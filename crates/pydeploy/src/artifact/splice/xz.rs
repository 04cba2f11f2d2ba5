//! Pieces compressed with xz, stitched into one stream of blocks ([the .xz file format], 1.2.1).
//!
//! A block leans on nothing before it, so blocks stay as they are; the stream gets a header, an index of all blocks and a
//! footer of its own. All blocks have to use the same kind of check, which the header names.
//!
//! [the .xz file format]: https://tukaani.org/xz/xz-file-format.txt

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

const MAGIC: [u8; 6] = [0xFD, b'7', b'z', b'X', b'Z', 0];
const FOOTER_MAGIC: [u8; 2] = *b"YZ";
/// Bytes of a stream's header, and of its footer.
const ENDS: u64 = 12;
/// The longest index that is read: of more than two million blocks.
const LARGEST_INDEX: u64 = 32 << 20;

/// Something is not one stream of blocks.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum XzError {
    /// It cannot be read.
    #[error("the xz stream cannot be read")]
    Io(#[from] io::Error),
    /// It does not begin or end as a stream does.
    #[error("not an xz stream: its {0} is not one")]
    NotAStream(&'static str),
    /// A checksum does not fit what it stands for.
    #[error("the checksum of the xz stream's {0} is wrong")]
    Checksum(&'static str),
    /// The index does not describe the blocks.
    #[error("the index of the xz stream does not describe its blocks")]
    Index,
    /// Its blocks use another check than those of the streams before.
    #[error("blocks with check {found} cannot be in one xz stream with blocks with check {expected}")]
    Check {
        /// The number of the check in the streams before.
        expected: u8,
        /// The number of the check in this one.
        found: u8,
    },
}

/// What the index says about one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Bytes of the block without the padding at its end.
    pub unpadded: u64,
    /// How many bytes it decodes to.
    pub size: u64,
}

impl Record {
    fn padded(self) -> Option<u64> {
        self.unpadded.checked_next_multiple_of(4)
    }
}

/// A stream, of which only the two ends have been read.
///
/// ```
/// use std::io::{Cursor, Write as _};
/// use lzma_rust2::{XzOptions, XzWriter};
/// use pydeploy::artifact::splice::xz::{Stream, header, index_and_footer};
///
/// let mut writer = XzWriter::new(Vec::new(), XzOptions::with_preset(6))?;
/// writer.write_all(b"one")?;
/// let xz = writer.finish()?;
/// let stream = Stream::read(Cursor::new(&xz))?;
/// assert_eq!(stream.records[0].size, 3);
///
/// let blocks = &xz[stream.blocks.start as usize..stream.blocks.end as usize];
/// let end = index_and_footer(stream.check, &stream.records);
/// assert_eq!([&header(stream.check), blocks, &end].concat(), xz);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// The number of the check that every block carries: 1 CRC32, 4 CRC64, 10 SHA-256.
    pub check: u8,
    /// The blocks in their order.
    pub records: Vec<Record>,
    /// Where the blocks are.
    pub blocks: Range<u64>,
}

impl Stream {
    /// Reads header, index and footer of a file that is one stream and nothing else.
    ///
    /// # Errors
    ///
    /// When it is none, a checksum is wrong, or the index does not fill the space between header and footer.
    pub fn read(mut file: impl Read + Seek) -> Result<Self, XzError> {
        let length = file.seek(SeekFrom::End(0))?;
        if length < 2 * ENDS {
            return Err(XzError::NotAStream("length"));
        }
        let check = read_header(array(&mut file, 0)?)?;
        let (footer_check, index_length) = read_footer(array(&mut file, length - ENDS)?)?;
        if footer_check != check {
            return Err(XzError::NotAStream("footer"));
        }
        let end = (length - 2 * ENDS).checked_sub(index_length).ok_or(XzError::Index)? + ENDS;
        if index_length > LARGEST_INDEX {
            return Err(XzError::Index);
        }
        let mut index = vec![0; index_length as usize];
        file.seek(SeekFrom::Start(end))?;
        file.read_exact(&mut index)?;
        let (records, blocks) = (read_index(&index)?, ENDS..end);
        let sum = records
            .iter()
            .try_fold(0_u64, |sum, record| sum.checked_add(record.padded()?));
        match sum == Some(blocks.end - blocks.start) {
            true => Ok(Self { check, records, blocks }),
            false => Err(XzError::Index),
        }
    }
}

/// One stream of the blocks of all `streams`, each of which is a whole `.xz` file.
///
/// ```
/// use std::io::{Read as _, Write as _};
/// use lzma_rust2::{XzOptions, XzReader, XzWriter};
/// use pydeploy::artifact::splice::xz::stitch;
///
/// let compress = |bytes: &[u8]| {
///     let mut xz = XzWriter::new(Vec::new(), XzOptions::with_preset(6))?;
///     xz.write_all(bytes)?;
///     xz.finish()
/// };
/// let stream = stitch(&[&compress(b"one, ")?, &compress(b"two")?])?;
/// let mut text = String::new();
/// XzReader::new(stream.as_slice(), false).read_to_string(&mut text)?;
/// assert_eq!(text, "one, two");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When one of them is not one stream, or they do not use the same check.
pub fn stitch(streams: &[&[u8]]) -> Result<Vec<u8>, XzError> {
    let (mut check, mut records, mut blocks) = (None, Vec::new(), Vec::new());
    for bytes in streams {
        let stream = Stream::read(io::Cursor::new(bytes))?;
        same_check(*check.get_or_insert(stream.check), &stream)?;
        blocks.extend_from_slice(&bytes[stream.blocks.start as usize..stream.blocks.end as usize]);
        records.extend(stream.records);
    }
    let check = check.unwrap_or(CRC64);
    Ok([&header(check)[..], &blocks, &index_and_footer(check, &records)].concat())
}

/// What a stream uses when nothing else is said.
pub const CRC64: u8 = 4;

/// Whether the blocks of `stream` can be in a stream with this check.
///
/// # Errors
///
/// When they use another.
pub fn same_check(expected: u8, stream: &Stream) -> Result<(), XzError> {
    let found = stream.check;
    if found == expected {
        Ok(())
    } else {
        Err(XzError::Check { expected, found })
    }
}

/// What begins a stream of blocks with this check.
#[must_use]
pub fn header(check: u8) -> [u8; 12] {
    let mut header = [0; 12];
    let flags = [0, check];
    header[..6].copy_from_slice(&MAGIC);
    header[6..8].copy_from_slice(&flags);
    header[8..].copy_from_slice(&crc(&flags));
    header
}

/// What ends a stream of these blocks.
#[must_use]
pub fn index_and_footer(check: u8, records: &[Record]) -> Vec<u8> {
    let mut bytes = vec![0];
    put(&mut bytes, records.len() as u64);
    for record in records {
        put(&mut bytes, record.unpadded);
        put(&mut bytes, record.size);
    }
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend(crc(&bytes));
    let backward = (bytes.len() / 4 - 1) as u32;
    let fields = [&backward.to_le_bytes()[..], &[0, check]].concat();
    [&bytes[..], &crc(&fields), &fields, &FOOTER_MAGIC].concat()
}

fn crc(bytes: &[u8]) -> [u8; 4] {
    libdeflater::crc32(bytes).to_le_bytes()
}

fn array(file: &mut (impl Read + Seek), at: u64) -> io::Result<[u8; ENDS as usize]> {
    let mut bytes = [0; ENDS as usize];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The check that the header names.
fn read_header(bytes: [u8; 12]) -> Result<u8, XzError> {
    if bytes[..6] != MAGIC {
        return Err(XzError::NotAStream("header"));
    }
    if bytes[8..] != crc(&bytes[6..8]) {
        return Err(XzError::Checksum("header"));
    }
    read_flags([bytes[6], bytes[7]]).ok_or(XzError::NotAStream("header"))
}

/// The check that the footer names, and the length of the index.
fn read_footer(bytes: [u8; 12]) -> Result<(u8, u64), XzError> {
    let [a, b, c, d, e, f, g, h, flags @ .., y, z] = bytes;
    if [y, z] != FOOTER_MAGIC {
        return Err(XzError::NotAStream("footer"));
    }
    if [a, b, c, d] != crc(&bytes[4..10]) {
        return Err(XzError::Checksum("footer"));
    }
    let check = read_flags(flags).ok_or(XzError::NotAStream("footer"))?;
    Ok((check, (u64::from(u32::from_le_bytes([e, f, g, h])) + 1) * 4))
}

fn read_flags([reserved, check]: [u8; 2]) -> Option<u8> {
    (reserved == 0 && check < 16).then_some(check)
}

fn read_index(index: &[u8]) -> Result<Vec<Record>, XzError> {
    let (fields, sum) = index.split_at_checked(index.len() - 4).ok_or(XzError::Index)?;
    if sum != crc(fields) {
        return Err(XzError::Checksum("index"));
    }
    read_records(fields).ok_or(XzError::Index)
}

/// `None` when the fields are not an index, or not all of it.
fn read_records(fields: &[u8]) -> Option<Vec<Record>> {
    let (&0, mut rest) = fields.split_first()? else {
        return None;
    };
    let count = take(&mut rest)?;
    let mut records = Vec::new();
    for _ in 0..count {
        let record = Record {
            unpadded: take(&mut rest)?,
            size: take(&mut rest)?,
        };
        (record.unpadded >= 5).then(|| records.push(record))?;
    }
    (rest.len() < 4 && rest.iter().all(|&byte| byte == 0)).then_some(records)
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// At most nine bytes, the last of which is not needless.
fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return (byte != 0 || shift == 0).then_some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use lzma_rust2::{CheckType, XzOptions, XzReader, XzWriter};

    use super::super::testing::Random;
    use super::*;

    fn compress(bytes: &[u8], preset: u32, check: CheckType) -> Vec<u8> {
        let mut options = XzOptions::with_preset(preset);
        options.set_check_sum_type(check);
        let mut xz = XzWriter::new(Vec::new(), options).unwrap();
        xz.write_all(bytes).unwrap();
        xz.finish().unwrap()
    }

    fn decode(stream: &[u8]) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        XzReader::new(stream, false).read_to_end(&mut bytes).map(|_| bytes)
    }

    #[test]
    fn hundreds_of_stitched_streams_decode_to_what_went_in() {
        let mut random = Random(11);
        for _ in 0..500 {
            let count = random.below(7);
            let check = [CheckType::Crc32, CheckType::Crc64, CheckType::Sha256][random.below(3)];
            let pieces: Vec<_> = (0..count)
                .map(|_| {
                    let length = random.length() / 20;
                    random.content(length)
                })
                .collect();
            let streams: Vec<_> = pieces
                .iter()
                .map(|piece| compress(piece, random.below(7) as u32, check))
                .collect();
            let streams: Vec<_> = streams.iter().map(Vec::as_slice).collect();
            let stitched = stitch(&streams).unwrap();
            assert_eq!(decode(&stitched).unwrap(), pieces.concat());
            let whole = Stream::read(io::Cursor::new(&stitched)).unwrap();
            assert_eq!(
                whole.records.iter().map(|r| r.size).sum::<u64>(),
                pieces.concat().len() as u64
            );
            assert_eq!(
                stitch(&[&stitched]).unwrap(),
                stitched,
                "a stream of blocks is itself a piece"
            );
        }
    }

    #[test]
    fn checks_are_not_mixed() {
        let (one, two) = (compress(b"a", 1, CheckType::Crc64), compress(b"b", 1, CheckType::Crc32));
        let error = stitch(&[&one, &two]).unwrap_err();
        assert!(matches!(error, XzError::Check { expected: 4, found: 1 }), "{error}");
    }

    #[test]
    fn ends_that_are_cut_or_changed_are_refused() {
        let stream = stitch(&[
            &compress(b"one", 6, CheckType::Crc64),
            &compress(b"two", 6, CheckType::Crc64),
        ])
        .unwrap();
        let good = Stream::read(io::Cursor::new(&stream)).unwrap();
        for cut in 0..stream.len() {
            Stream::read(io::Cursor::new(&stream[..cut])).expect_err("cut");
            Stream::read(io::Cursor::new(&stream[cut + 1..])).expect_err("headless");
        }
        for at in (0..stream.len()).filter(|&at| !good.blocks.contains(&(at as u64))) {
            for bit in 0..8 {
                let mut bytes = stream.clone();
                bytes[at] ^= 1 << bit;
                Stream::read(io::Cursor::new(&bytes)).expect_err("changed");
            }
        }
        let twice = [stream.as_slice(), &stream].concat();
        assert!(matches!(Stream::read(io::Cursor::new(twice)), Err(XzError::Index)));
    }

    #[test]
    fn any_bytes_are_an_error_and_no_panic() {
        let mut random = Random(12);
        for _ in 0..20_000 {
            let fields: Vec<_> = (0..random.below(40)).map(|_| random.next() as u8).collect();
            let mut index = [&[0], fields.as_slice()].concat();
            index.resize(index.len().next_multiple_of(4), 0);
            index.extend(crc(&index));
            drop(read_index(&index));
            let backward = ((index.len() / 4 - 1) as u32).to_le_bytes();
            let flags = [&backward[..], &[0, 4]].concat();
            let bytes = [&header(4)[..], &fields, &index, &crc(&flags), &flags, b"YZ"].concat();
            drop(Stream::read(io::Cursor::new(bytes)));
        }
    }
}
