//! Releases in the formats that hosts take, and reading them back.

pub mod deb;
mod pieces;
pub mod splice;
pub mod zip;

pub use pieces::PieceCache;
