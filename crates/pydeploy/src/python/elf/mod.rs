//! What compiled files need of the machine that they run on ([System V ABI], [GNU symbol versions]).
//!
//! They are read as the dynamic loader reads them, by their program headers: section headers may be missing or wrong
//! without any harm, and are not looked at.
//!
//! [System V ABI]: https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.dynamic.html
//! [GNU symbol versions]: https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html

mod read;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Arch;

/// What every ELF file begins with.
pub(crate) const MAGIC: &[u8; 4] = b"\x7fELF";

/// A compiled file: what it is for, what it is called, what it needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Elf {
    /// `None` for a machine that no target is.
    pub(crate) machine: Option<Arch>,
    /// What others call it when they need it.
    pub(crate) soname: Option<String>,
    /// The libraries that are loaded before it, in their order.
    pub(crate) needed: Vec<String>,
    /// Versions of symbols that must be there, by library. One that the file can do without (weak) is not here.
    pub(crate) versions: BTreeMap<String, BTreeSet<String>>,
    /// Folders in which libraries are looked for, also those that a library needs in turn; empty beside `runpath`.
    pub(crate) rpath: Vec<String>,
    /// Folders in which the libraries are looked for that the file itself needs.
    pub(crate) runpath: Vec<String>,
}

/// The file begins as a compiled one does and cannot be read as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{reason}")]
pub struct ElfError {
    reason: String,
}

impl Elf {
    /// `None` when the bytes do not begin as an ELF file does.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Result<Self, ElfError>> {
        bytes.starts_with(MAGIC).then(|| read::elf(bytes))
    }

    /// The same for a file on disk that is too large to be held in memory, of which only what is needed is read.
    #[cfg(feature = "artifact")]
    pub(crate) fn read(file: &std::fs::File) -> Result<Self, ElfError> {
        read::elf(&object::ReadCache::new(file))
    }

    /// The newest version of the GNU C library that it needs: its libraries share their versions.
    pub(crate) fn glibc(&self) -> Option<(u16, u16)> {
        self.versions
            .values()
            .flatten()
            .filter_map(|version| glibc(version))
            .max()
    }
}

/// `GLIBC_2.34` is `(2, 34)`. `GLIBC_ABI_DT_RELR` is what a dynamic loader before 2.36 does not have.
pub(crate) fn glibc(version: &str) -> Option<(u16, u16)> {
    let version = version.strip_prefix("GLIBC_")?;
    if version == "ABI_DT_RELR" {
        return Some((2, 36));
    }
    let mut parts = version.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}
