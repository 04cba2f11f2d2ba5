//! How pieces are compressed, and what makes one archive of them.

use std::fs::File;
use std::io::{self, Seek as _, Write};

use lzma_rust2::{XzOptions, XzReader, XzWriter};

use super::make::{About, Packed};
use crate::artifact::checksum::Summing;
use crate::artifact::splice::xz::{self, Record};
use crate::artifact::splice::zstd::{FRAME_END, PieceWriter, WINDOW_LOG, frame_header};

/// A compression and its level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::artifact) enum Codec {
    /// zstd, level 1 to 19.
    Zstd(i32),
    /// xz, preset 0 to 9.
    Xz(u32),
}

impl Codec {
    /// Everything about it that decides about a piece's bytes.
    pub(super) fn identity(self) -> String {
        match self {
            Self::Zstd(level) => format!(
                "zstd {} level {level} window {WINDOW_LOG}",
                zstd::zstd_safe::version_string()
            ),
            Self::Xz(preset) => format!(
                "xz preset {preset} of pydeploy {}, read back",
                env!("CARGO_PKG_VERSION")
            ),
        }
    }

    /// A compressor of one piece of `size` bytes into an empty file.
    pub(super) fn writer(self, file: &File, size: u64) -> io::Result<Compressor<'_>> {
        match self {
            Self::Zstd(level) => Ok(Compressor::Zstd(PieceWriter::new(
                io::BufWriter::new(file),
                level,
                Some(size),
            ))),
            Self::Xz(preset) => {
                let options = XzOptions::with_preset(preset);
                XzWriter::new(io::BufWriter::new(file), options).map(|xz| Compressor::Xz(Box::new(xz)))
            }
        }
    }

    /// Whether a piece is known to decode to what went in wherever it stands.
    ///
    /// A block of xz leans on nothing before it, and is read back when it is made. One of zstd does not because of how it
    /// is written; an archive of them is read as a whole.
    pub(in crate::artifact) fn is_read_back(self) -> bool {
        matches!(self, Self::Xz(_))
    }

    /// Reads a piece of xz back from the file that it was compressed into, as the stream of its own that it is there.
    pub(super) fn read_back(self, mut file: &File, about: &About) -> io::Result<()> {
        if !self.is_read_back() {
            return Ok(());
        }
        file.rewind()?;
        let mut sum = Summing::new(io::sink());
        io::copy(
            &mut XzReader::new(io::BufReader::with_capacity(1 << 16, file), false),
            &mut sum,
        )?;
        match sum.finish().1 == about.tar && about.packed.is_whole(about.tar.size) {
            true => Ok(()),
            false => Err(io::Error::other("what was compressed does not decode to what went in")),
        }
    }

    /// What comes before the pieces, and what comes after them.
    pub(super) fn ends<'a>(self, pieces: impl Iterator<Item = (&'a Packed, u64)>) -> (Vec<u8>, Vec<u8>) {
        match self {
            Self::Zstd(_) => {
                let (window, size) = pieces.fold((0, 0), |(window, sum), (packed, size)| {
                    (packed.window.max(window), sum + size)
                });
                (frame_header(window, size).to_vec(), FRAME_END.to_vec())
            }
            Self::Xz(_) => {
                let records: Vec<_> = pieces.flat_map(|(packed, _)| packed.records()).collect();
                (
                    xz::header(xz::CRC64).to_vec(),
                    xz::index_and_footer(xz::CRC64, &records),
                )
            }
        }
    }
}

/// A writer of one piece.
pub(super) enum Compressor<'a> {
    Zstd(PieceWriter<io::BufWriter<&'a File>>),
    Xz(Box<XzWriter<io::BufWriter<&'a File>>>),
}

impl Compressor<'_> {
    /// Where in the file the piece is, and what its place in an archive depends on.
    pub(super) fn finish(self) -> io::Result<Packed> {
        match self {
            Self::Zstd(zstd) => {
                let (out, window) = zstd.finish()?;
                let mut file = out.into_inner()?;
                Ok(Packed {
                    start: 0,
                    end: file.stream_position()?,
                    window,
                    blocks: Vec::new(),
                })
            }
            Self::Xz(xz) => {
                let file = xz.finish()?.into_inner()?;
                let stream = xz::Stream::read(file).and_then(|stream| {
                    xz::same_check(xz::CRC64, &stream)?;
                    Ok(stream)
                });
                let stream = stream.map_err(io::Error::other)?;
                Ok(Packed {
                    start: stream.blocks.start,
                    end: stream.blocks.end,
                    window: 0,
                    blocks: stream
                        .records
                        .iter()
                        .map(|block| (block.unpadded, block.size))
                        .collect(),
                })
            }
        }
    }
}

impl Packed {
    fn records(&self) -> impl Iterator<Item = Record> {
        self.blocks.iter().map(|&(unpadded, size)| Record { unpadded, size })
    }

    /// Whether the blocks that an index will name are all of the piece, and decode to `size` bytes.
    fn is_whole(&self, size: u64) -> bool {
        let packed: u64 = self.records().map(|record| record.unpadded.next_multiple_of(4)).sum();
        let decoded: u64 = self.records().map(|record| record.size).sum();
        (packed, decoded) == (self.end - self.start, size)
    }
}

impl Write for Compressor<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Zstd(zstd) => zstd.write(bytes),
            Self::Xz(xz) => xz.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
