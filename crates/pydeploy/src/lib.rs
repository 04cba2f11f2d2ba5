//! From a locked Python application to a running release: versions, wheelhouses, Debian packages, a signed apt
//! repository and deployments.
//!
//! ```
//! use pydeploy::version::{HASH_LENGTH, SnapshotOptions, snapshot};
//! use pydeploy::{Timestamp, changelog};
//!
//! let head = changelog::head(b"guestbook (1.0.0) UNRELEASED; urgency=medium\n")?;
//! let options = SnapshotOptions {
//!     at: Timestamp::from_compact("20161009150015").ok_or("no date")?,
//!     commit: "1233451abcd0123456789abcdef0123456789abc",
//!     hash_length: HASH_LENGTH,
//!     dirty: false,
//! };
//! let next = snapshot(&head.for_version(), &["1.0.0~rc1".parse()?], &options)?;
//! assert_eq!(next.as_str(), "1.0.0~rc1+0~20161009150015+git1233451abcd");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The way data flows
//!
//! ```text
//! pyproject.toml ──────► project ─┐
//! debian/changelog, git ► version ├─► release ─► release tree ─► artifact ─► repository ─► apt on the hosts
//! lock ─► wheelhouse ─────────────┘                      └─────────────────► deployment
//! ```
//!
//! # Features
//!
//! Nothing is on by default: [`exit`], [`timestamp`], [`version`], [`changelog`] and [`deb822`] need no other crate. `git`
//! adds facts from a git repository; `wheelhouse` targets, locks and the download cache; `artifact` releases and the
//! formats they are written in; `repository` the apt repository; `deploy` deployments; `semver` Debian versions from
//! semantic ones; `full` is all of it.
//!
//! # What pydeploy leaves to others
//!
//! Nothing here prints, reads the clock, the current folder or the environment: those come in as values. Resolving
//! requirements is left to `uv` and pip, signing to `gpg`, facts about commits to `git`.

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

#[cfg(all(test, feature = "wheelhouse"))]
#[path = "../tests/oracle/need.rs"]
mod need;

#[cfg(feature = "base")]
pub use sys::files::FileError;
#[cfg(feature = "base")]
pub use sys::files::replace_file;
#[cfg(feature = "base")]
pub use sys::lock::LockError;
#[cfg(feature = "base")]
pub use sys::process::CommandError;
#[cfg(feature = "wheelhouse")]
pub use sys::text::TextFileError;
pub use timestamp::Timestamp;

/// Pages of the documentation, whose programs are compiled and run.
#[cfg(all(doctest, feature = "git"))]
mod pages {
    #[doc = include_str!("../../../docs/embedding.md")]
    mod embedding {}
}
