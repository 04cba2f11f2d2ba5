//! A zstd frame, taken apart while it passes ([RFC 8878, 3.1.1]).
//!
//! [RFC 8878, 3.1.1]: https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1

use std::io::{self, Write};

use super::block::Tables;
use super::zstd::{FrameError, FrameProblem, LARGEST_BLOCK, LARGEST_WINDOW, MAGIC};

/// Where the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Header,
    Blocks,
    Checksum,
    End,
}

/// Takes in one frame and hands on its blocks, none of which is marked as the last.
///
/// Every block is checked before it is handed on: it has to be of a known kind and size, and to lean on no table that the
/// frame has not brought itself.
#[derive(Debug)]
pub(super) struct Blocks<W> {
    out: W,
    state: State,
    /// What has come and is not complete.
    pending: Vec<u8>,
    /// Bytes before `pending`.
    passed: u64,
    window: u64,
    checksum: bool,
    tables: Tables,
}

impl<W: Write> Blocks<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            state: State::Header,
            pending: Vec::new(),
            passed: 0,
            window: 0,
            checksum: false,
            tables: Tables::default(),
        }
    }

    /// What the blocks were handed to, and the window that their decoder needs.
    pub(super) fn finish(self) -> Result<(W, u64), FrameError> {
        match self.state {
            State::End => Ok((self.out, self.window)),
            _ => Err(FrameProblem::Cut.at(self.passed + self.pending.len() as u64)),
        }
    }

    /// Takes in what is complete of `pending`.
    fn advance(&mut self) -> io::Result<()> {
        let mut at = 0;
        while let Some(length) = self.step(at)? {
            at += length;
        }
        self.pending.drain(..at);
        self.passed += at as u64;
        Ok(())
    }

    /// The length of the part of the frame that begins at `at`; `None` when it is not complete.
    fn step(&mut self, at: usize) -> io::Result<Option<usize>> {
        let bytes = &self.pending[at..];
        let problem = |problem: FrameProblem| io::Error::from(problem.at(self.passed + at as u64));
        match self.state {
            State::Header => {
                let Some(header) = Header::read(bytes).map_err(problem)? else {
                    return Ok(None);
                };
                (self.window, self.checksum, self.state) = (header.window, header.checksum, State::Blocks);
                Ok(Some(header.length))
            }
            State::Blocks => {
                let Some(block) = Block::read(bytes).map_err(problem)? else {
                    return Ok(None);
                };
                if block.kind == Block::COMPRESSED {
                    self.tables.pass(block.body).map_err(problem)?;
                }
                // A raw block of no bytes says nothing.
                if block.size > 0 {
                    self.out.write_all(&Block::header(block.kind, block.size))?;
                    self.out.write_all(block.body)?;
                }
                if block.last {
                    self.state = if self.checksum { State::Checksum } else { State::End };
                }
                Ok(Some(3 + block.body.len()))
            }
            State::Checksum => Ok((bytes.len() >= 4).then(|| {
                self.state = State::End;
                4
            })),
            State::End if bytes.is_empty() => Ok(None),
            State::End => Err(problem(FrameProblem::Trailing)),
        }
    }
}

impl<W: Write> Write for Blocks<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pending.extend_from_slice(bytes);
        self.advance()?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// What a frame says about itself.
struct Header {
    length: usize,
    window: u64,
    checksum: bool,
}

impl Header {
    /// `None` when more bytes are needed.
    fn read(bytes: &[u8]) -> Result<Option<Self>, FrameProblem> {
        let known = bytes.len().min(4);
        if bytes[..known] != MAGIC[..known] {
            return Err(FrameProblem::NotAFrame);
        }
        let Some(&descriptor) = bytes.get(4) else {
            return Ok(None);
        };
        let (single, checksum) = (descriptor & 0x20 != 0, descriptor & 4 != 0);
        if descriptor & 3 != 0 {
            return Err(FrameProblem::Dictionary);
        }
        if descriptor & 8 != 0 {
            return Err(FrameProblem::Reserved);
        }
        let window_bytes = usize::from(!single);
        let size_bytes = match descriptor >> 6 {
            0 => usize::from(single),
            flag => 1 << flag,
        };
        let length = 5 + window_bytes + size_bytes;
        let Some(fields) = bytes.get(5..length) else {
            return Ok(None);
        };
        let window = match fields.first() {
            Some(&descriptor) if !single => window(descriptor),
            _ => content_size(fields),
        };
        if window > LARGEST_WINDOW {
            return Err(FrameProblem::Window { window });
        }
        Ok(Some(Self {
            length,
            window,
            checksum,
        }))
    }
}

fn window(descriptor: u8) -> u64 {
    let base = 1_u64 << (10 + (descriptor >> 3));
    base + base / 8 * u64::from(descriptor & 7)
}

fn content_size(field: &[u8]) -> u64 {
    let value = field.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte));
    // Two bytes begin where one byte ends.
    if field.len() == 2 { value + 256 } else { value }
}

/// One block of a frame.
pub(super) struct Block<'a> {
    kind: u8,
    last: bool,
    size: u32,
    body: &'a [u8],
}

impl<'a> Block<'a> {
    pub(super) const RAW: u8 = 0;
    pub(super) const RLE: u8 = 1;
    pub(super) const COMPRESSED: u8 = 2;

    /// `None` when more bytes are needed.
    fn read(bytes: &'a [u8]) -> Result<Option<Self>, FrameProblem> {
        let &[a, b, c, ref rest @ ..] = bytes else {
            return Ok(None);
        };
        let header = u32::from_le_bytes([a, b, c, 0]);
        let (kind, size) = ((header >> 1 & 3) as u8, header >> 3);
        if kind > Self::COMPRESSED {
            return Err(FrameProblem::Reserved);
        }
        if size > LARGEST_BLOCK {
            return Err(FrameProblem::Block);
        }
        let length = if kind == Self::RLE { 1 } else { size as usize };
        let last = header & 1 == 1;
        Ok(rest.get(..length).map(|body| Self { kind, last, size, body }))
    }

    /// The three bytes before the body of a block that is not the last.
    pub(super) fn header(kind: u8, size: u32) -> [u8; 3] {
        let [a, b, c, _] = (u32::from(kind) << 1 | size << 3).to_le_bytes();
        [a, b, c]
    }
}
