//! Debian versions: read, put in order, stored as sortable bytes, and the next one.
//!
//! The order is dpkg's, and these pairs show it, each lower than the next:
//!
//! ```
//! use pydeploy::version::DebianVersion;
//!
//! let chain = [
//!     "1.0.0~rc1",
//!     "1.0.0~rc1+0~20161008120000+git0123456789a",
//!     "1.0.0~rc2",
//!     "1.0.0",
//!     "1.0.0+0~20161009150015+git1233451abcd",
//!     "1.0.0+0",
//!     "1.0.1~20161009150015+git1233451abcd",
//!     "1.0.1",
//!     "1.0.10",
//!     "1:0.9",
//! ];
//! for pair in chain.windows(2) {
//!     assert!(pair[0].parse::<DebianVersion>()? < pair[1].parse()?);
//! }
//! # Ok::<(), pydeploy::version::ParseVersionError>(())
//! ```
//!
//! [`snapshot`] and [`release`] give the next version. [`DebianVersion::from_pep440`] and, with the feature `semver`,
//! `DebianVersion::from_semver` keep the order of versions of Python packages and of semantic ones, which a version
//! that is merely copied does not: as Debian versions `1.0rc1` is above `1.0`, and `1.0.post1` above `1.0.1`.
//! [`DebianVersion::parse_lenient`] compares whatever dpkg compares.
//!
//! ```
//! use pydeploy::version::{DebianVersion, Pep440Options};
//!
//! let copied: (DebianVersion, DebianVersion) = ("1.0rc1".parse()?, "1.0".parse()?);
//! assert!(copied.0 > copied.1);
//!
//! let options = Pep440Options::default();
//! let candidate = DebianVersion::from_pep440(&"1.0rc1".parse()?, &options)?;
//! let release = DebianVersion::from_pep440(&"1.0".parse()?, &options)?;
//! assert_eq!((candidate.as_str(), release.as_str()), ("1.0.0~rc1", "1.0.0"));
//! assert!(candidate < release);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod conflict;
mod difference;
mod lenient;
mod mapping;
mod next;
mod order;
mod parse;
mod pep440;
#[cfg(feature = "semver")]
mod semver;
#[cfg(feature = "base")]
mod serde;
mod snapshot;
mod sort;
mod tag;
#[cfg(test)]
mod tests;
mod text;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::str::FromStr;

#[cfg(feature = "semver")]
pub use self::semver::SemverOptions;
pub use conflict::Conflict;
pub use difference::Difference;
pub use lenient::{LenientVersion, VersionWarning};
pub use mapping::{MappingError, Mode, ParseModeError};
pub use next::{HASH_LENGTH, Head, SnapshotOptions, release, snapshot};
pub use pep440::{ParsePep440Error, Pep440Options, Pep440Version};
pub use snapshot::Snapshot;
use text::Text;

/// A version of a Debian package: `[epoch:]upstream[-revision]` ([Debian Policy 5.6.12], deb-version(7)).
///
/// # Syntax
///
/// The epoch is a number up to 2³¹−1, the upstream version starts with a digit and goes on with ASCII letters, digits
/// and `. + - ~`, and with `:` where there is an epoch. The last hyphen begins the revision, which holds letters,
/// digits and `. + ~`. Nothing is trimmed and nothing is guessed: what dpkg warns about is an error here.
///
/// The text is kept as it was written; [`Display`](fmt::Display) gives it back byte for byte.
///
/// # Ordering
///
/// Epochs are compared as numbers, then upstream versions, then revisions. Those are cut into runs of digits and runs
/// of everything else. Runs of digits, of any length, are compared as numbers; a missing one is zero. In the other
/// runs `~` comes before the end, the end before letters, and letters before `+`, `-`, `.` and `:`.
///
/// `Eq`, `Ord` and `Hash` all follow this order, in which different texts can be equal: `1.0`, `1.0-0`, `0:1.00`.
/// [`is_same_text`](Self::is_same_text) tells them apart.
///
/// ```
/// use pydeploy::version::DebianVersion;
///
/// let version: DebianVersion = "1:1.0.0~rc1-2".parse()?;
/// assert_eq!(version.epoch(), 1);
/// assert_eq!(version.upstream(), "1.0.0~rc1");
/// assert_eq!(version.revision(), Some("2"));
/// assert_eq!(version.to_string(), "1:1.0.0~rc1-2");
///
/// let (short, long): (DebianVersion, DebianVersion) = ("1.0".parse()?, "0:1.00-0".parse()?);
/// assert_eq!(short, long);
/// assert!(!short.is_same_text(&long));
/// # Ok::<(), pydeploy::version::ParseVersionError>(())
/// ```
///
/// [Debian Policy 5.6.12]: https://www.debian.org/doc/debian-policy/ch-controlfields.html#version
#[derive(Clone)]
pub struct DebianVersion {
    text: Text,
    epoch: u32,
    /// The number that the upstream version begins with: it decides most comparisons. None is higher than `u32::MAX`.
    number: u32,
    /// Where the upstream version begins.
    upstream: u32,
    /// Where the upstream version ends: at a hyphen, or with the text.
    upstream_end: u32,
}

impl DebianVersion {
    /// The text that was parsed.
    ///
    /// ```
    /// let version: pydeploy::version::DebianVersion = "0:1.00".parse()?;
    /// assert_eq!(version.as_str(), "0:1.00");
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// The version as names of files have it: some file systems do not take the colon behind an epoch.
    ///
    /// ```
    /// let version: pydeploy::version::DebianVersion = "2:1.0-1".parse()?;
    /// assert_eq!(version.without_epoch(), "1.0-1");
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn without_epoch(&self) -> &str {
        let text = self.as_str();
        text.split_once(':').map_or(text, |(_, rest)| rest)
    }

    /// The epoch; zero when none is written.
    ///
    /// ```
    /// let version: pydeploy::version::DebianVersion = "2:1.0".parse()?;
    /// assert_eq!(version.epoch(), 2);
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// What stands between the epoch and the revision.
    ///
    /// ```
    /// let version: pydeploy::version::DebianVersion = "1:2.0-rc-1".parse()?;
    /// assert_eq!(version.upstream(), "2.0-rc");
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn upstream(&self) -> &str {
        self.as_str().get(self.upstream_range()).unwrap_or_default()
    }

    /// What stands after the last hyphen; `None` for a native version.
    ///
    /// ```
    /// let version: pydeploy::version::DebianVersion = "2.0-1ubuntu1".parse()?;
    /// assert_eq!(version.revision(), Some("1ubuntu1"));
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn revision(&self) -> Option<&str> {
        self.as_str().get(self.upstream_range().end + 1..)
    }

    /// Whether both were written alike, which `==` does not ask.
    ///
    /// ```
    /// use pydeploy::version::DebianVersion;
    ///
    /// let (a, b): (DebianVersion, DebianVersion) = ("1.0+git007".parse()?, "1.0+git7".parse()?);
    /// assert!(a == b && !a.is_same_text(&b));
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn is_same_text(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }

    /// What decides the order of two versions; `None` when they are equal.
    ///
    /// ```
    /// use pydeploy::version::DebianVersion;
    ///
    /// let (candidate, release): (DebianVersion, DebianVersion) = ("1.0~rc1".parse()?, "1.0".parse()?);
    /// let difference = candidate.difference(&release).ok_or("equal")?;
    /// assert_eq!(difference.to_string(), "upstream version, after `1.0`: `~` comes before the end");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<Difference> {
        difference::find(self, other)
    }

    /// The version that a git tag names: `v1.0`, `1.0` or `debian/1.0`, with `%` for `:` and `_` for `~` ([DEP-14]).
    ///
    /// ```
    /// use pydeploy::version::DebianVersion;
    ///
    /// let version = DebianVersion::from_tag("debian/1%1.0_rc1").ok_or("no version")?;
    /// assert_eq!(version.as_str(), "1:1.0~rc1");
    /// assert!(DebianVersion::from_tag("nightly").is_none());
    /// # Ok::<(), &str>(())
    /// ```
    ///
    /// [DEP-14]: https://dep-team.pages.debian.net/deps/dep14/
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        tag::from_tag(tag)
    }

    /// The version as the name of a git tag can hold it, without a prefix ([DEP-14]).
    ///
    /// ```
    /// let version: pydeploy::version::DebianVersion = "1:1.0~rc1".parse()?;
    /// assert_eq!(version.to_tag(), "1%1.0_rc1");
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    ///
    /// [DEP-14]: https://dep-team.pages.debian.net/deps/dep14/
    #[must_use]
    pub fn to_tag(&self) -> String {
        tag::to_tag(self)
    }

    /// Whether this is a version that [`snapshot`] makes, so that it belongs in `development` and a release does not.
    ///
    /// ```
    /// use pydeploy::version::DebianVersion;
    ///
    /// assert!("1.0~20161009150015+git1233451abcd".parse::<DebianVersion>()?.is_snapshot());
    /// assert!(!"1.0~rc1".parse::<DebianVersion>()?.is_snapshot());
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn is_snapshot(&self) -> bool {
        self.as_snapshot().is_some()
    }

    /// The parts of a version that [`snapshot`] made; `None` for any other version.
    ///
    /// ```
    /// let version: pydeploy::version::DebianVersion = "1.0+0~20161009150015+git1233451abcd".parse()?;
    /// let snapshot = version.as_snapshot().ok_or("no snapshot")?;
    /// assert_eq!(snapshot.base().as_str(), "1.0");
    /// assert_eq!(snapshot.hash(), "1233451abcd");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn as_snapshot(&self) -> Option<Snapshot> {
        snapshot::recognise(self)
    }

    /// Bytes whose order is the order of versions, for a database column, a file or a long sort.
    ///
    /// Equal versions have equal keys, and no key is the beginning of another, so that a key can stand before other
    /// columns in a longer key.
    ///
    /// # Format
    ///
    /// Four bytes of epoch, most significant first; then, for the upstream version and for the revision, pairs of a
    /// run of other characters (possibly empty, at the start) and a number (zero where missing), and a byte 2.
    /// In a run `~` is 1, a letter is its ASCII code, `+ - . :` are their ASCII codes plus 128. A number is the count
    /// of its digits without leading zeros, plus 2, and then the digits in ASCII. For 62 digits and more the count is
    /// the byte 64, a byte 255 for each further 255, and a byte for what is left. An absent revision is written as `0`.
    ///
    /// ```
    /// use pydeploy::version::DebianVersion;
    ///
    /// let mut versions: Vec<DebianVersion> = vec!["1.10".parse()?, "1.9".parse()?, "1.9~rc1".parse()?];
    /// versions.sort_by_cached_key(DebianVersion::sort_key);
    /// assert!(versions.iter().map(DebianVersion::as_str).eq(["1.9~rc1", "1.9", "1.10"]));
    /// assert_eq!(versions[1].sort_key(), b"\0\0\0\0\x031\xae\x039\x02\x02\x02");
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn sort_key(&self) -> Vec<u8> {
        let mut key = Vec::with_capacity(2 * self.as_bytes().len() + 8);
        self.append_sort_key(&mut key);
        key
    }

    /// Puts the [`sort_key`](Self::sort_key) behind what is there: columns that come before the version.
    ///
    /// ```
    /// let version: pydeploy::version::DebianVersion = "1.0".parse()?;
    /// let mut key = b"guestbook\0".to_vec();
    /// version.append_sort_key(&mut key);
    /// assert_eq!(key, [b"guestbook\0", version.sort_key().as_slice()].concat());
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    pub fn append_sort_key(&self, key: &mut Vec<u8>) {
        order::push_key(key, self, 0);
    }

    fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    fn upstream_bytes(&self) -> &[u8] {
        self.as_bytes().get(self.upstream_range()).unwrap_or_default()
    }

    fn revision_bytes(&self) -> &[u8] {
        self.as_bytes().get(self.upstream_range().end + 1..).unwrap_or_default()
    }

    fn upstream_range(&self) -> Range<usize> {
        self.upstream as usize..self.upstream_end as usize
    }
}

impl FromStr for DebianVersion {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse::strict(text)
    }
}

impl fmt::Display for DebianVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for DebianVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DebianVersion({})", self.as_str())
    }
}

impl AsRef<str> for DebianVersion {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Ord for DebianVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        order::compare(self, other)
    }
}

impl PartialOrd for DebianVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for DebianVersion {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for DebianVersion {}

impl Hash for DebianVersion {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.sort_key());
    }
}

/// Sorts as `versions.sort()` does, in a fraction of the time where there are many.
///
/// Versions that are equal keep their order.
///
/// ```
/// use pydeploy::version::{self, DebianVersion};
///
/// let mut versions: Vec<DebianVersion> = vec!["1.10".parse()?, "1.9".parse()?, "1.9~rc1".parse()?];
/// version::sort(&mut versions);
/// assert!(versions.iter().map(DebianVersion::as_str).eq(["1.9~rc1", "1.9", "1.10"]));
/// # Ok::<(), pydeploy::version::ParseVersionError>(())
/// ```
pub fn sort(versions: &mut [DebianVersion]) {
    sort::sort(versions);
}

/// The text is not a Debian version.
///
/// ```
/// use pydeploy::version::DebianVersion;
///
/// let error = "1.0é".parse::<DebianVersion>().unwrap_err();
/// assert_eq!(error.to_string(), "unexpected character 'é' in upstream version at column 4");
/// assert_eq!(error.column(), 4);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseVersionError {
    kind: parse::ErrorKind,
    /// Counted in characters, from 1.
    column: usize,
}

impl ParseVersionError {
    /// Where in the text, counted in characters from 1.
    ///
    /// ```
    /// let error = "v1.0".parse::<pydeploy::version::DebianVersion>().unwrap_err();
    /// assert_eq!(error.column(), 1);
    /// ```
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }

    /// The message without the column, for errors that count columns from somewhere else.
    pub(crate) fn what(&self) -> &impl fmt::Display {
        &self.kind
    }
}

impl fmt::Display for ParseVersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at column {}", self.kind, self.column)
    }
}

impl std::error::Error for ParseVersionError {}
