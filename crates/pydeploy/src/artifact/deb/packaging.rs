//! What the project says about its package.

use super::OwnScripts;
use crate::Timestamp;

/// What a package, binary or source, holds besides the release: most of what Debian's maintainers keep in `debian/`.
///
/// ```
/// use pydeploy::Timestamp;
/// use pydeploy::artifact::deb::Packaging;
///
/// let at = Timestamp::from_compact("20161009151015").ok_or("no date")?;
/// let changelog = b"site (1.0) development; urgency=medium\n";
/// let copyright = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n";
/// let packaging = Packaging {
///     copyright: Some(copyright),
///     ..Packaging::new(at, "Ada Example <ada@example.org>", changelog)
/// };
/// assert!(packaging.scripts.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Packaging<'a> {
    /// The time of everything inside, but of the `orig` tarballs of a source package.
    pub at: Timestamp,
    /// `Name <address>`; a project without one of its own in `pyproject.toml` may name another in `debian/control`.
    pub maintainer: &'a str,
    /// The package's changelog, its first entry being the one of this version. In a source package it also says which
    /// distribution the package is for.
    pub changelog: &'a [u8],
    /// The project's `debian/copyright`, if it has one.
    pub copyright: Option<&'a str>,
    /// The project's own maintainer scripts, if it has any.
    pub scripts: Option<&'a OwnScripts>,
}

impl<'a> Packaging<'a> {
    /// What every project has: copyright and maintainer scripts are generated.
    #[must_use]
    pub fn new(at: Timestamp, maintainer: &'a str, changelog: &'a [u8]) -> Self {
        Self {
            at,
            maintainer,
            changelog,
            copyright: None,
            scripts: None,
        }
    }
}
