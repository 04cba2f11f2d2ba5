//! From a locked Python application to a running release: versions, wheelhouses, Debian packages, a signed apt
//! repository and deployments.
//!
//! # Features
//!
//! Nothing is on by default: [`exit`], [`timestamp`], [`version`], [`changelog`] and [`deb822`] need no other crate. `git`
//! adds facts from a git repository; `wheelhouse` targets, locks and the download cache; `artifact` releases and the
//! formats they are written in; `repository` the apt repository; `deploy` deployments; `semver` Debian versions from
//! semantic ones; `full` is all of it.

pub mod changelog;
pub mod deb822;
pub mod exit;
pub mod timestamp;
pub mod version;

#[cfg(feature = "base")]
pub mod digest;
#[cfg(feature = "base")]
pub mod event;
#[cfg(feature = "base")]
#[cfg_attr(
    not(feature = "full"),
    allow(dead_code, reason = "each feature uses its part of the door")
)]
mod sys;

#[cfg(feature = "git")]
pub mod vcs;

#[cfg(feature = "wheelhouse")]
pub mod config;
#[cfg(feature = "wheelhouse")]
pub mod python;
#[cfg(feature = "wheelhouse")]
pub mod wheelhouse;

#[cfg(feature = "artifact")]
pub mod artifact;
#[cfg(feature = "artifact")]
pub mod release;

#[cfg(feature = "deploy")]
pub mod deploy;
#[cfg(feature = "repository")]
pub mod repository;

#[cfg(feature = "base")]
pub use sys::files::FileError;
#[cfg(feature = "base")]
pub use sys::files::replace_file;
#[cfg(feature = "base")]
pub use sys::lock::LockError;
#[cfg(feature = "base")]
pub use sys::process::CommandError;
pub use timestamp::Timestamp;
