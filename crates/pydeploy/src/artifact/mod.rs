//! Releases in the formats that hosts take, and reading them back.

pub mod deb;
pub mod splice;
