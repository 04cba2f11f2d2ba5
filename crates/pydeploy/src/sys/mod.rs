//! The one door to processes, atomic files and locks. Private: everything else takes values.

pub(crate) mod files;
pub(crate) mod gpg;
pub(crate) mod lock;
pub(crate) mod parallel;
pub(crate) mod process;
#[cfg(feature = "wheelhouse")]
pub(crate) mod text;
pub(crate) mod tree;
