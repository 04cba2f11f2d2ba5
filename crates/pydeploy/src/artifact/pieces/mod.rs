//! An archive of a release tree, made of pieces that are compressed once and kept.
//!
//! A piece is a part of a tar stream: the folders, one for each wheel, the application, what pydeploy generates, and the
//! end. Together they are the whole tree, each entry in one of them; what a piece lies in comes before it, because all
//! folders come first. A piece's bytes depend on its entries, its time, the codec and nothing else, not on whether it was
//! kept, nor on how many threads there are.

mod archive;
mod cache;
mod codec;
mod make;
mod partition;
mod spool;
#[cfg(test)]
mod tests;

pub(super) use archive::{Archive, Recipe};
pub use cache::PieceCache;
pub(super) use codec::Codec;
