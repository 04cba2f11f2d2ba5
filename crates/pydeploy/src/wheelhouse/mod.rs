//! Locks, and the wheels that satisfy them: chosen for a target, downloaded once, checked while they arrive.
//!
//! ```no_run
//! use pydeploy::event::Silent;
//! use pydeploy::wheelhouse::{FetchOptions, Lock, fetch};
//!
//! let lock = Lock::load("pylock.toml".as_ref())?;
//! let pins = lock.select(&"debian12".parse()?)?;
//! let options = FetchOptions::from_env(".cache".as_ref(), ".".as_ref(), &|name| std::env::var(name).ok())?;
//! let wheelhouse = fetch(&pins, &options, &mut Silent)?;
//! assert_eq!(wheelhouse.wheels.len(), pins.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arriving;
mod build;
mod by_hash;
mod cache;
mod check;
mod download;
mod error;
mod fetch;
mod find;
mod folder;
mod html;
mod http;
mod index;
mod install;
mod lock;
mod lookup;
mod netrc;
mod options;
mod outdated;
mod parallel;
mod partial;
mod resolve;
mod retry;
mod simple;
mod url;
mod waive;
mod wanted;

#[cfg(test)]
mod tests;

pub use build::Provenance;
pub use check::{CheckOptions, CheckReport, Finding, FindingKind, Waived, check};
pub use error::FetchError;
pub use fetch::{WheelFile, Wheelhouse, fetch, fetch_selection};
pub use folder::{WriteFolderError, WrittenFolder, write_folder};
pub use index::DEFAULT_INDEX;
pub use install::{InstallError, InstallOptions, InstallPlan, InstallReport, WheelSource, install};
pub use lock::{
    Formats, Hashes, Lock, LockError, LockedPackage, LockedSdist, LockedSource, LockedWheel, Pinned, PinnedSdist,
    RequirementProblem, SelectOptions, Selection, Unlocated, to_pylock,
};
pub use options::{FetchOptions, FindLinks, IndexUrl, Proxies};
pub use outdated::{Outdated, Release, Releases, outdated, releases};
pub use resolve::{Change, Locked, ResolveError, ResolveOptions, ResolverReason, Upgrade, changes, lock, resolve};
pub use simple::{WriteIndexError, WrittenIndex, write_index};
pub use waive::open_wheel;
#[cfg(feature = "artifact")]
pub(crate) use waive::{LeftOut, python as waived_python, records as waived_records};
