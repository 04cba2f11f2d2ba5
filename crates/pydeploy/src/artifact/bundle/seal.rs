//! The digest at the end of a bundle, in a frame that every decoder skips ([RFC 8878, 3.1.2]).
//!
//! The frame before it has a checksum of what it decodes to; the same bytes have other compressed forms.
//!
//! [RFC 8878, 3.1.2]: https://www.rfc-editor.org/rfc/rfc8878#section-3.1.2

use crate::digest::Sha256;

/// Skippable frames have sixteen magic numbers; this is the first.
const MAGIC: [u8; 4] = 0x184D_2A50_u32.to_le_bytes();
/// `sha256 ` and 64 digits.
const TEXT: u32 = 71;
/// Magic number, length, text.
pub(in crate::artifact) const SIZE: usize = 8 + TEXT as usize;

/// The frame behind bytes with this digest.
pub(in crate::artifact) fn frame(digest: Sha256) -> Vec<u8> {
    [&MAGIC[..], &TEXT.to_le_bytes(), format!("sha256 {digest}").as_bytes()].concat()
}

/// What the frame says, as text; `None` when the bytes are no such frame.
pub(in crate::artifact) fn said(bytes: &[u8]) -> Option<String> {
    let text = bytes.strip_prefix(&MAGIC)?.strip_prefix(&TEXT.to_le_bytes())?;
    Some(String::from_utf8_lossy(text).into_owned())
}
