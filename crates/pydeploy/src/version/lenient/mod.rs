//! Versions as dpkg takes them when it compares: with a warning, or without one where it should warn.

mod order;
mod parse;
#[cfg(test)]
mod tests;

use std::fmt;

use super::parse::{ErrorKind, Part};
use super::{DebianVersion, ParseVersionError};

/// A text that dpkg compares, be it a Debian version or not.
///
/// Old changelogs, archives and the commands of others hold versions that [`DebianVersion`] refuses. dpkg warns about
/// most of them and compares them all the same; this type does what dpkg does, and says what is wrong. It cannot
/// become a [`DebianVersion`] unless [`to_strict`](Self::to_strict) finds that nothing is lost.
///
/// What dpkg takes for no version at all, the empty text, is an error here; as `None` of an `Option` it sorts below
/// every version, as it does for `dpkg --compare-versions`.
///
/// # Ordering
///
/// That of [`DebianVersion`], and every other character but `~` after the letters, by its code. Characters outside
/// ASCII are compared byte by byte and stand between letters and all others: so dpkg does it where a C `char` is
/// signed, as on amd64. `Eq`, `Ord` and `Hash` agree.
///
/// ```
/// use pydeploy::version::{DebianVersion, LenientVersion};
///
/// let chain = ["1.0", "1.0a", "1.0é", "1.0!", "1.0+", "1.0_1", "abc", "+1:0"];
/// for pair in chain.windows(2) {
///     assert!(DebianVersion::parse_lenient(pair[0])? < DebianVersion::parse_lenient(pair[1])?, "{pair:?}");
/// }
/// let strict = LenientVersion::from("1.0".parse::<DebianVersion>()?);
/// assert_eq!(DebianVersion::parse_lenient(" 1.00\t")?, strict);
/// # Ok::<(), pydeploy::version::ParseVersionError>(())
/// ```
#[derive(Clone)]
pub struct LenientVersion {
    text: Box<str>,
    epoch: u32,
    upstream: Box<str>,
    revision: Option<Box<str>>,
    warnings: Vec<VersionWarning>,
}

impl LenientVersion {
    /// The text that was parsed, with its blanks.
    ///
    /// ```
    /// let version = pydeploy::version::DebianVersion::parse_lenient(" 1.0")?;
    /// assert_eq!(version.as_str(), " 1.0");
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The epoch; zero when none is written.
    ///
    /// ```
    /// let version = pydeploy::version::DebianVersion::parse_lenient("+1:1.0")?;
    /// assert_eq!(version.epoch(), 1);
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// What stands between the epoch and the revision.
    ///
    /// ```
    /// let version = pydeploy::version::DebianVersion::parse_lenient("v1.0-1")?;
    /// assert_eq!(version.upstream(), "v1.0");
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn upstream(&self) -> &str {
        &self.upstream
    }

    /// What stands after the last hyphen.
    ///
    /// ```
    /// let version = pydeploy::version::DebianVersion::parse_lenient("1.0-1_2")?;
    /// assert_eq!(version.revision(), Some("1_2"));
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn revision(&self) -> Option<&str> {
        self.revision.as_deref()
    }

    /// What is wrong, each kind once, from left to right; empty for a Debian version.
    ///
    /// ```
    /// use pydeploy::version::DebianVersion;
    ///
    /// let version = DebianVersion::parse_lenient("v1.0_1")?;
    /// let warnings: Vec<String> = version.warnings().iter().map(ToString::to_string).collect();
    /// assert_eq!(
    ///     warnings,
    ///     [
    ///         "upstream version begins with 'v', not with a digit, at column 1",
    ///         "unexpected character '_' in upstream version at column 5",
    ///     ]
    /// );
    /// assert!(DebianVersion::parse_lenient("1.0")?.warnings().is_empty());
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn warnings(&self) -> &[VersionWarning] {
        &self.warnings
    }

    /// What `dpkg --validate-version` warns about; `None` when it says nothing and takes the version.
    ///
    /// ```
    /// use pydeploy::version::DebianVersion;
    ///
    /// let version = DebianVersion::parse_lenient("1.0_1")?;
    /// assert_eq!(version.dpkg_warning(), Some("invalid character in version number"));
    /// // Blanks around a version are wrong, but dpkg does not mind.
    /// assert_eq!(DebianVersion::parse_lenient(" 1.0")?.dpkg_warning(), None);
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn dpkg_warning(&self) -> Option<&'static str> {
        self.warnings.iter().find_map(VersionWarning::dpkg)
    }

    /// The Debian version without the blanks around it and the sign before its epoch; `None` when dpkg warns.
    ///
    /// ```
    /// use pydeploy::version::DebianVersion;
    ///
    /// let version = DebianVersion::parse_lenient(" +1:1.0 ")?.to_strict().ok_or("no version")?;
    /// assert_eq!(version.as_str(), "1:1.0");
    /// assert!(DebianVersion::parse_lenient("v1.0")?.to_strict().is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_strict(&self) -> Option<DebianVersion> {
        parse::cleaned(&self.text).parse().ok()
    }
}

impl DebianVersion {
    /// Reads what dpkg would compare, and collects what is wrong with it.
    ///
    /// # Errors
    ///
    /// What dpkg refuses too: an empty part, a blank inside, an epoch that is not a number, is negative or above
    /// 2³¹−1.
    ///
    /// ```
    /// use pydeploy::version::{DebianVersion, VersionWarning};
    ///
    /// let version = DebianVersion::parse_lenient("1.0-1_1")?;
    /// assert_eq!(version.warnings(), [VersionWarning::RevisionCharacter { found: '_', column: 6 }]);
    ///
    /// let error = DebianVersion::parse_lenient("1.0 1").unwrap_err();
    /// assert_eq!(error.to_string(), "unexpected character ' ' in upstream version at column 4");
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    pub fn parse_lenient(text: &str) -> Result<LenientVersion, ParseVersionError> {
        parse::version(text)
    }
}

/// Something that a version should not have, and that dpkg compares all the same.
///
/// ```
/// use pydeploy::version::{DebianVersion, VersionWarning};
///
/// let version = DebianVersion::parse_lenient("é1.0 ")?;
/// assert_eq!(
///     version.warnings(),
///     [VersionWarning::SurroundingBlank, VersionWarning::UpstreamStart { found: 'é', column: 1 }]
/// );
/// # Ok::<(), pydeploy::version::ParseVersionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VersionWarning {
    /// Blanks or tabs around the version. dpkg takes them off and says nothing.
    SurroundingBlank,
    /// A sign, or white space that is no blank, before the number of the epoch. dpkg reads over it and says nothing.
    EpochSign,
    /// The upstream version does not begin with a digit.
    UpstreamStart {
        /// What it begins with.
        found: char,
        /// Where in the text, counted in characters from 1.
        column: usize,
    },
    /// A character that the upstream version may not hold; the first one.
    UpstreamCharacter {
        /// The character.
        found: char,
        /// Where in the text, counted in characters from 1.
        column: usize,
    },
    /// A character that the revision may not hold; the first one.
    RevisionCharacter {
        /// The character.
        found: char,
        /// Where in the text, counted in characters from 1.
        column: usize,
    },
}

impl VersionWarning {
    /// The words of dpkg's warning; `None` for what it does not mention.
    ///
    /// ```
    /// use pydeploy::version::VersionWarning;
    ///
    /// let warning = VersionWarning::UpstreamStart { found: 'v', column: 1 };
    /// assert_eq!(warning.dpkg(), Some("version number does not start with digit"));
    /// ```
    #[must_use]
    pub fn dpkg(&self) -> Option<&'static str> {
        match self {
            Self::SurroundingBlank | Self::EpochSign => None,
            Self::UpstreamStart { .. } => Some("version number does not start with digit"),
            Self::UpstreamCharacter { .. } => Some("invalid character in version number"),
            Self::RevisionCharacter { .. } => Some("invalid character in revision number"),
        }
    }
}

impl fmt::Display for VersionWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, column) = match *self {
            Self::SurroundingBlank => return f.write_str("blanks around the version"),
            Self::EpochSign => return f.write_str("a sign or white space before the epoch"),
            Self::UpstreamStart { found, column } => (ErrorKind::NoDigitFirst(found), column),
            Self::UpstreamCharacter { found, column } => (ErrorKind::Unexpected(found, Part::Upstream), column),
            Self::RevisionCharacter { found, column } => (ErrorKind::Unexpected(found, Part::Revision), column),
        };
        write!(f, "{kind} at column {column}")
    }
}

impl From<DebianVersion> for LenientVersion {
    fn from(version: DebianVersion) -> Self {
        Self {
            epoch: version.epoch(),
            upstream: version.upstream().into(),
            revision: version.revision().map(Into::into),
            warnings: Vec::new(),
            text: version.as_str().into(),
        }
    }
}

impl fmt::Display for LenientVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for LenientVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LenientVersion({:?})", self.text)
    }
}
