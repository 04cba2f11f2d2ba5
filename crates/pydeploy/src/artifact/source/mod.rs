//! Debian source packages: a release for those who build packages themselves, a personal package archive (PPA) for one.
//!
//! A source package holds the application's files, the wheels as they are, and `debian/` with a plan of every file that
//! the binary package installs. Whoever builds it needs no network, no pydeploy and no debhelper: a program of a hundred
//! lines for the target's Python takes every file from where the plan says and compares its digest; `dpkg-gencontrol` and
//! `dpkg-deb` do the rest. What is installed is what pydeploy's own package installs, file for file.
//!
//! # Form
//!
//! | version | format | tarballs |
//! |---|---|---|
//! | `1.2.0` | `3.0 (native)` | `NAME_1.2.0.tar.gz` |
//! | `1.2.0-1` | `3.0 (quilt)` | `NAME_1.2.0.orig.tar.gz`, the application; `NAME_1.2.0.orig-wheels-DIGEST.tar.gz`, the wheels; `NAME_1.2.0-1.debian.tar.gz` |
//!
//! An archive takes one `orig` tarball of a name and keeps it: neither depends on the revision or on the time, and the name
//! of the second tells which wheels it holds, so that targets with other wheels have the application's tarball in common.
//!
//! Tarballs are compressed with gzip: wheels are compressed already, and of 101 wheels of 115.5 MB gzip makes 113.3 MB in
//! 2.5 s, `xz -6` 112.8 MB in 64 s.
//!
//! One source package is for one target: where wheels are compiled its binary package has the target's architecture, else
//! `all`. There is no `.buildinfo`: it would list the packages of Debian that took part, and none did.
//!
//! See `dsc(5)`, `deb-src-control(5)`, `deb-changes(5)` and Debian Policy 5.

mod changes;
mod control;
mod dsc;
mod names;
mod parts;
pub(super) mod plan;
mod sums;
mod tarball;
#[cfg(test)]
mod tests;
mod write;

pub use write::{SourceOptions, WrittenFile, WrittenSource, write};
