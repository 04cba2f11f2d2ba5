//! The four ways in which `dpkg` of every supported release reads an archive inside a `.deb`.

use std::io::{self, BufRead, BufReader, Read};

use super::listing::Place;
use super::{ArError, DebError};

/// More memory than `xz -9` needs, and what `dpkg` allows.
const XZ_MEMORY_KIB: u32 = 256 * 1024;

/// How an archive inside a `.deb` is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::artifact) enum Compression {
    None,
    Gzip,
    Xz,
    Zstd,
}

impl Compression {
    /// Reads what follows `control.tar` or `data.tar` in a member's name.
    pub(super) fn from_suffix(suffix: &str) -> Option<Self> {
        match suffix {
            "" => Some(Self::None),
            ".gz" => Some(Self::Gzip),
            ".xz" => Some(Self::Xz),
            ".zst" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// Calls `consume` with the content of `input`, which it must read to the end; then makes sure that nothing follows.
    pub(in crate::artifact) fn read<T>(
        self,
        place: Place<'_>,
        input: impl Read,
        consume: impl FnOnce(&mut dyn Read) -> Result<T, DebError>,
    ) -> Result<T, DebError> {
        let mut input = BufReader::with_capacity(1 << 16, input);
        let content = self.decode(place, &mut input, consume)?;
        match input.fill_buf() {
            Ok([]) => Ok(content),
            Ok(_) => Err(place.trailing_data()),
            Err(error) => Err(place.damaged(error)),
        }
    }

    fn decode<T>(
        self,
        place: Place<'_>,
        input: &mut impl BufRead,
        consume: impl FnOnce(&mut dyn Read) -> Result<T, DebError>,
    ) -> Result<T, DebError> {
        match self {
            Self::None => consume(input),
            Self::Gzip => consume(&mut flate2::bufread::GzDecoder::new(input)),
            Self::Xz => consume(&mut lzma_rust2::XzReader::new_mem_limit(input, false, XZ_MEMORY_KIB)),
            Self::Zstd => {
                let decoder = zstd::Decoder::with_buffer(input).map_err(|error| place.damaged(error))?;
                let mut decoder = decoder.single_frame();
                let content = consume(&mut decoder)?;
                decoder.finish_frame().map_err(|error| place.damaged(error))?;
                Ok(content)
            }
        }
    }
}

/// The archive error that a reader wrapped to get it through [`io::Read`], if it is one.
pub(super) fn container_error(error: io::Error) -> Result<ArError, io::Error> {
    error.downcast::<ArError>()
}
