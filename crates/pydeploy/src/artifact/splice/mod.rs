//! Compressed pieces put together without compressing them again.
//!
//! dpkg reads the first frame of a `data.tar.zst` or the first stream of a `data.tar.xz` and drops whatever follows, with
//! exit code 0. So pieces that were compressed on their own have to become ONE frame ([`zstd`]) or ONE stream ([`xz`]).
//! Both are functions of bytes: nothing here knows about packages.

mod block;
mod frame;
#[cfg(test)]
pub(crate) mod testing;
pub mod xz;
pub mod zstd;
