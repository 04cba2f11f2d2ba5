//! Debian binary packages (`deb(5)`): written straight from a release, and read back.

pub(crate) mod ar;
mod architecture;
mod bytecode;
mod control;
mod copyright;
mod data;
mod decompress;
pub(in crate::artifact) mod depends;
mod error;
mod init_script;
mod listing;
mod own_control;
mod package;
mod packaging;
mod read;
mod same;
mod scripts;
pub(super) mod seal;
pub(super) mod tarball;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod units;
mod write;

pub use ar::ArError;
pub use architecture::{Architecture, ArchitectureError};
pub(in crate::artifact) use decompress::Compression;
pub use depends::DependsError;
pub use error::DebError;
pub use listing::{DebFile, DebFileKind};
pub(in crate::artifact) use listing::{Place, walk};
pub use own_control::ControlFileError;
pub(in crate::artifact) use package::Package;
pub use packaging::Packaging;
pub use read::Deb;
pub(crate) use read::Visit;
pub use scripts::{OwnScriptError, OwnScripts};
pub(in crate::artifact) use tarball::TarWriter;
pub use write::{DebOptions, WrittenDeb, write};
