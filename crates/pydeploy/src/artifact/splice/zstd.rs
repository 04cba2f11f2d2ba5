//! Pieces compressed with zstd, spliced into one frame ([RFC 8878]).
//!
//! A frame is a header, blocks and perhaps a checksum. A block may copy from what was decoded before it, and it may name a
//! distance by saying "the last one again": a decoder remembers three, which are 1, 4 and 8 when a frame begins. A block
//! that was made as the first of its own frame takes that for granted, and decodes to something else behind another
//! piece. So each piece begins with three blocks that set the three distances back.
//!
//! To do that they have to copy something, that is, produce bytes that the piece really holds: a run of 44 zero bytes,
//! which every tar header has. A piece is therefore:
//!
//! ```text
//! what comes before the run     one raw block
//! the run                       three blocks of one copy each, from distance 8, then 4, then 1
//! the rest                      the blocks of a frame of its own
//! ```
//!
//! [RFC 8878]: https://www.rfc-editor.org/rfc/rfc8878

use std::io::{self, Write};

use zstd::Encoder;

use super::frame::{Block, Blocks};

pub(super) const MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// The longest block of any frame.
pub(super) const LARGEST_BLOCK: u32 = 128 << 10;
/// The largest window that dpkg decodes.
pub(super) const LARGEST_WINDOW: u64 = 1 << 27;
/// The window of a piece that is not shorter, as a power of two: 16 MiB, which the host needs to unpack.
///
/// Larger than what the library takes for most levels. A piece that fits into it is compressed without ever moving the
/// window along, which is cheaper, and a wheel's files resemble each other from farther away.
pub const WINDOW_LOG: u32 = 24;
/// The smallest that a frame can name.
const SMALLEST_WINDOW: u64 = 1 << 10;

/// How far into a piece the run of zero bytes ends at the latest: after a tar header.
pub const HEAD: usize = 512;
/// How long the run is.
pub const RUN: usize = 44;

/// Where in a frame's start it says what its header holds, and the bit that says that a checksum ends the frame.
pub(in crate::artifact) const DESCRIPTOR: usize = 4;
pub(in crate::artifact) const CHECKSUM: u8 = 1 << 2;

/// What ends a frame: a last block with nothing in it.
pub const FRAME_END: [u8; 3] = [1, 0, 0];

/// Something is not a frame whose blocks can be spliced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}, at byte {at}")]
pub struct FrameError {
    /// Where the part of the frame begins.
    pub at: u64,
    /// What is wrong with it.
    pub problem: FrameProblem,
}

/// What can be wrong with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameProblem {
    /// It does not begin as a frame does.
    #[error("not a zstd frame")]
    NotAFrame,
    /// It ends too early.
    #[error("the zstd frame is cut")]
    Cut,
    /// Something comes after it.
    #[error("something follows the zstd frame")]
    Trailing,
    /// It needs a dictionary.
    #[error("the zstd frame needs a dictionary")]
    Dictionary,
    /// It has a bit set, or a kind of block, that the format does not define.
    #[error("the zstd frame uses what the format reserves")]
    Reserved,
    /// It needs more memory than dpkg gives it.
    #[error("the zstd frame has a window of {window} bytes, dpkg allows {LARGEST_WINDOW}")]
    Window {
        /// The window.
        window: u64,
    },
    /// A block is too long, or its sections are longer than the block.
    #[error("a block of the zstd frame has impossible sizes")]
    Block,
    /// A block uses a table of a block that is not there.
    #[error("a block of the zstd frame leans on what came before the frame")]
    Dependent,
}

impl FrameProblem {
    pub(super) fn at(self, at: u64) -> FrameError {
        FrameError { at, problem: self }
    }
}

impl From<FrameError> for io::Error {
    fn from(error: FrameError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

/// A compressed piece: blocks that decode to the same bytes wherever in a frame they stand.
///
/// ```
/// use pydeploy::artifact::splice::zstd::{Piece, splice};
///
/// let one = [b"name".as_slice(), &[0; 44], b"content"].concat();
/// let two = [[0; 44].as_slice(), &b"again and ".repeat(1000)].concat();
/// let frame = splice(&[Piece::compress(&one, 19)?, Piece::compress(&two, 3)?]);
/// assert_eq!(zstd::decode_all(frame.as_slice())?, [one, two].concat());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The blocks, none marked as the last.
    pub blocks: Vec<u8>,
    /// The window that their decoder needs, in bytes.
    pub window: u64,
    /// How many bytes they decode to.
    pub size: u64,
}

impl Piece {
    /// Compresses `bytes`, which hold a run of 44 zero bytes in the first 512 when there are as many.
    ///
    /// # Errors
    ///
    /// When there is no such run, or the library does not know the level.
    pub fn compress(bytes: &[u8], level: i32) -> io::Result<Self> {
        let mut writer = PieceWriter::new(Vec::new(), level, Some(bytes.len() as u64));
        writer.write_all(bytes)?;
        let (blocks, window) = writer.finish()?;
        let size = bytes.len() as u64;
        Ok(Self { blocks, window, size })
    }
}

/// One frame of all pieces, in their order: with its content's size, without a checksum.
#[must_use]
pub fn splice(pieces: &[Piece]) -> Vec<u8> {
    let window = pieces.iter().map(|piece| piece.window).max().unwrap_or(0);
    let mut frame = frame_header(window, pieces.iter().map(|piece| piece.size).sum()).to_vec();
    pieces.iter().for_each(|piece| frame.extend_from_slice(&piece.blocks));
    frame.extend_from_slice(&FRAME_END);
    frame
}

/// What begins a frame: pieces follow whose largest window is `window` and whose sizes add up to `size`, then
/// [`FRAME_END`].
#[must_use]
pub fn frame_header(window: u64, size: u64) -> [u8; 14] {
    let mut header = [0; 14];
    header[..4].copy_from_slice(&MAGIC);
    // The content's size in eight bytes, no checksum, a window of its own.
    header[DESCRIPTOR] = 3 << 6;
    header[5] = window_descriptor(window);
    header[6..].copy_from_slice(&size.to_le_bytes());
    header
}

/// The smallest window that can be named and is not smaller: a power of two and up to seven eighths of it.
fn window_descriptor(window: u64) -> u8 {
    let window = window.max(SMALLEST_WINDOW);
    let log = window.ilog2();
    let (base, eighth) = (1_u64 << log, 1_u64 << (log - 3));
    let eighths = (window - base).div_ceil(eighth);
    // Eight eighths are the next power.
    u8::try_from(u64::from(log - 10) * 8 + eighths).unwrap_or(u8::MAX)
}

/// Compresses one piece while it is written.
///
/// ```
/// use std::io::Write as _;
/// use pydeploy::artifact::splice::zstd::{FRAME_END, PieceWriter, frame_header};
///
/// let bytes = [[0; 44].as_slice(), &b"again and ".repeat(1000)].concat();
/// let mut writer = PieceWriter::new(Vec::new(), 3, None);
/// writer.write_all(&bytes)?;
/// let (blocks, window) = writer.finish()?;
/// let header = frame_header(window, bytes.len() as u64);
/// let frame = [&header, blocks.as_slice(), &FRAME_END].concat();
/// assert_eq!(zstd::decode_all(frame.as_slice())?, bytes);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct PieceWriter<W: Write> {
    level: i32,
    size: Option<u64>,
    state: State<W>,
}

enum State<W: Write> {
    /// The first bytes, in which the run is looked for.
    Head { out: W, head: Vec<u8> },
    /// What comes after the run.
    Rest(Encoder<'static, Blocks<W>>),
    /// An error has occurred.
    Broken,
}

impl<W: Write> std::fmt::Debug for State<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Head { .. } => "Head",
            Self::Rest(_) => "Rest",
            Self::Broken => "Broken",
        })
    }
}

impl<W: Write> PieceWriter<W> {
    /// A piece of `size` bytes, where that is known: the library chooses better then.
    pub fn new(out: W, level: i32, size: Option<u64>) -> Self {
        let head = Vec::with_capacity(HEAD);
        Self {
            level,
            size,
            state: State::Head { out, head },
        }
    }

    /// What the blocks were written to, and the window that their decoder needs.
    ///
    /// # Errors
    ///
    /// When fewer bytes were written than announced, or the blocks cannot be written.
    pub fn finish(mut self) -> io::Result<(W, u64)> {
        if matches!(&self.state, State::Head { head, .. } if find_run(head).is_some()) {
            self.begin()?;
        }
        match self.state {
            State::Head { mut out, head } => raw(&mut out, &head).map(|()| (out, 0)),
            State::Rest(encoder) => Ok(encoder.finish()?.finish()?),
            State::Broken => Err(broken()),
        }
    }

    /// Writes the head, sets the distances back and begins the frame of the rest.
    fn begin(&mut self) -> io::Result<()> {
        let State::Head { mut out, head } = std::mem::replace(&mut self.state, State::Broken) else {
            return Err(broken());
        };
        let run = find_run(&head).ok_or_else(|| {
            let text = format!("a piece needs {RUN} zero bytes among its first {HEAD}");
            io::Error::new(io::ErrorKind::InvalidInput, text)
        })?;
        let (before, after) = (&head[..run], &head[run + RUN..]);
        raw(&mut out, before)?;
        out.write_all(&reset())?;
        let mut encoder = Encoder::new(Blocks::new(out), self.level)?;
        let rest = self.size.map(|size| size.saturating_sub((run + RUN) as u64));
        encoder.set_pledged_src_size(rest)?;
        encoder.window_log(WINDOW_LOG)?;
        encoder.write_all(after)?;
        self.state = State::Rest(encoder);
        Ok(())
    }
}

impl<W: Write> Write for PieceWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.state {
            State::Rest(encoder) => encoder.write(bytes),
            State::Broken => Err(broken()),
            State::Head { head, .. } => {
                let count = bytes.len().min(HEAD - head.len());
                head.extend_from_slice(&bytes[..count]);
                if head.len() == HEAD {
                    self.begin()?;
                }
                Ok(count)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The blocks of a whole frame, none marked as the last, and the window that their decoder needs.
#[cfg(fuzzing)]
pub(crate) fn take_apart(frame: &[u8]) -> io::Result<(Vec<u8>, u64)> {
    let mut blocks = Blocks::new(Vec::new());
    blocks.write_all(frame)?;
    Ok(blocks.finish()?)
}

fn broken() -> io::Error {
    io::Error::other("the piece could not be begun")
}

fn find_run(head: &[u8]) -> Option<usize> {
    head.windows(RUN)
        .position(|window| window.iter().all(|&byte| byte == 0))
}

/// Blocks of bytes as they are.
fn raw(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    bytes.chunks(HEAD).try_for_each(|chunk| {
        out.write_all(&Block::header(Block::RAW, chunk.len() as u32))?;
        out.write_all(chunk)
    })
}

/// Blocks that decode to [`RUN`] zero bytes and leave the distances 1, 4 and 8 behind.
fn reset() -> Vec<u8> {
    [copy(8, 8, 12), copy(0, 4, 12), copy(0, 1, 12)].concat()
}

/// A compressed block: `zeros` zero bytes, then `length` bytes copied from `distance` before.
///
/// The three tables are of one symbol each, so that all that is left for the bit stream are the distance's extra bits.
fn copy(zeros: u8, distance: u32, length: u8) -> Vec<u8> {
    let value = distance + 3;
    let code = value.ilog2();
    let literals: &[u8] = if zeros > 0 { &[1 | zeros << 3, 0] } else { &[0] };
    let sequence = [1, 0b01_01_01_00, zeros, code as u8, length - 3];
    // The lowest bits first, above them a single one that marks the end.
    let bits = value.to_le_bytes();
    let bits = &bits[..(code as usize + 1).div_ceil(8)];
    let size = literals.len() + sequence.len() + bits.len();
    [
        &Block::header(Block::COMPRESSED, size as u32),
        literals,
        &sequence,
        bits,
    ]
    .concat()
}

#[cfg(test)]
#[path = "zstd_tests.rs"]
mod tests;
