//! Debian binary packages (`deb(5)`).

pub(crate) mod ar;

pub use ar::ArError;
