//! How the archives of a package are compressed.

use std::io;

use lzma_rust2::{XzOptions, XzWriter};

use crate::artifact::pieces::Codec;
use crate::python::Target;

/// The data archive's compression: dpkg reads zstd since 1.21.18 in Debian, that is, from Debian 12 on.
///
/// zstd's level 9 takes a third as much time again to save two hundredths, and what xz saves the host pays ten times when
/// it unpacks; the figures are in `docs/performance.md`.
pub(super) fn codec(target: &Target) -> Codec {
    match target.distribution() {
        "debian11" => Codec::Xz(2),
        _ => Codec::Zstd(7),
    }
}

/// What comes after `.tar.` in a member's name.
pub(super) fn extension(codec: Codec) -> &'static str {
    match codec {
        Codec::Zstd(_) => "zst",
        Codec::Xz(_) => "xz",
    }
}

/// A compressor for the control archive, which is always xz: every dpkg reads it, and lintian knows no zstd here.
///
/// Nearly all of it are digests, of which a higher preset makes little more, in eight times the time.
pub(super) fn control_writer() -> io::Result<XzWriter<Vec<u8>>> {
    XzWriter::new(Vec::new(), XzOptions::with_preset(0))
}
