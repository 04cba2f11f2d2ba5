//! What the mappings between Debian versions and those of other schemes have in common.

use std::fmt;
use std::str::FromStr;

use super::{DebianVersion, Pep440Version};

/// How the Debian version of another scheme's version is spelled.
///
/// Both keep the order of releases, pre-releases, post-releases and development releases; each method that takes a
/// mode says what it means there.
///
/// # Syntax
///
/// `natural` or `strict`.
///
/// ```
/// use pydeploy::version::Mode;
///
/// assert_eq!("strict".parse::<Mode>()?, Mode::Strict);
/// assert_eq!(Mode::default().to_string(), "natural");
/// # Ok::<(), pydeploy::version::ParseModeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// As a person would write it. Where the other scheme compares words by their letters, Debian compares the numbers
    /// in them, so that `rc10` comes after `rc2`.
    #[default]
    Natural,
    /// The order of the other scheme for every pair of versions; words are spelled so that dpkg cannot see a number.
    Strict,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Natural => "natural",
            Self::Strict => "strict",
        })
    }
}

impl FromStr for Mode {
    type Err = ParseModeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "natural" => Ok(Self::Natural),
            "strict" => Ok(Self::Strict),
            _ => Err(ParseModeError { found: text.to_owned() }),
        }
    }
}

/// The text is not a [`Mode`].
///
/// ```
/// let error = "exact".parse::<pydeploy::version::Mode>().unwrap_err();
/// assert_eq!(error.to_string(), "`exact` is neither `natural` nor `strict`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseModeError {
    found: String,
}

impl fmt::Display for ParseModeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is neither `natural` nor `strict`", self.found)
    }
}

impl std::error::Error for ParseModeError {}

/// A version has no counterpart in the other scheme.
///
/// ```
/// use pydeploy::version::{DebianVersion, MappingError, Pep440Options};
///
/// let version: DebianVersion = "1.0.0+dfsg1".parse()?;
/// let error = version.to_pep440(&Pep440Options::default()).unwrap_err();
/// assert!(matches!(error, MappingError::DebianSuffix { .. }));
/// assert_eq!(error.to_string(), "version 1.0.0+dfsg1 ends in `+dfsg1`, which belongs to Debian");
/// # Ok::<(), pydeploy::version::ParseVersionError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MappingError {
    /// The epoch is above 2³¹−1, the highest that Debian has.
    EpochTooLarge {
        /// The version that has it.
        version: Pep440Version,
    },
    /// The version ends in what Debian's packaging adds to a version: a revision, a snapshot's suffix, `+b1`, `+dfsg1`.
    DebianSuffix {
        /// The whole version.
        version: DebianVersion,
        /// Its end.
        suffix: String,
    },
    /// No version of the other scheme is mapped to this one.
    NoCounterpart {
        /// The Debian version.
        version: DebianVersion,
        /// The other scheme, `PEP 440` or `SemVer`.
        scheme: &'static str,
    },
}

impl MappingError {
    /// What a person can do about it, in one sentence.
    ///
    /// ```
    /// use pydeploy::version::{DebianVersion, Pep440Options};
    ///
    /// let error = "1.0-1".parse::<DebianVersion>()?.to_pep440(&Pep440Options::default()).unwrap_err();
    /// assert_eq!(error.hint(), "take `-1` off the version first");
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::EpochTooLarge { .. } => "an epoch counts the changes of scheme: take a small number".to_owned(),
            Self::DebianSuffix { suffix, .. } => format!("take `{suffix}` off the version first"),
            Self::NoCounterpart { .. } => {
                "only a version that was mapped can be mapped back, with the options that it was mapped with".to_owned()
            }
        }
    }
}

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EpochTooLarge { version } => write!(f, "epoch of {version} is above 2147483647"),
            Self::DebianSuffix { version, suffix } => {
                write!(f, "version {version} ends in `{suffix}`, which belongs to Debian")
            }
            Self::NoCounterpart { version, scheme } => write!(f, "no {scheme} version is mapped to {version}"),
        }
    }
}

impl std::error::Error for MappingError {}

/// Refuses a version that ends in what only Debian's packaging adds.
pub(super) fn refuse_suffix(version: &DebianVersion) -> Result<(), MappingError> {
    let Some(suffix) = suffix(version) else { return Ok(()) };
    Err(MappingError::DebianSuffix {
        version: version.clone(),
        suffix: suffix.to_owned(),
    })
}

fn suffix(version: &DebianVersion) -> Option<&str> {
    let text = version.as_str();
    if version.revision().is_some() {
        return text.get(version.upstream_end as usize..);
    }
    if let Some(snapshot) = version.as_snapshot() {
        return text.get(snapshot.base().as_str().len()..);
    }
    let upstream = version.upstream();
    let ends = upstream.rmatch_indices(['+', '~']).map(|(at, _)| &upstream[at..]);
    ends.take(2).find(|end| is_suffix(end))
}

/// `+b1` of a rebuild, `+nmu1`, `+dfsg1`, `+ds1`, `+really1.0`, `+deb12u1` and `~deb12u1` of a stable update,
/// `~bpo12+1` of a backport.
fn is_suffix(end: &str) -> bool {
    let rest = |name| end.strip_prefix(name);
    let counted = |name| rest(name).is_some_and(is_number);
    let repacked =
        |name| rest(name).is_some_and(|rest| rest.trim_start_matches('.').bytes().all(|b| b.is_ascii_digit()));
    let pair = |name, between| rest(name).and_then(|rest| rest.split_once(between));
    let paired = |name, between| pair(name, between).is_some_and(|(a, b)| is_number(a) && is_number(b));
    counted("+b")
        || counted("+nmu")
        || repacked("+dfsg")
        || repacked("+ds")
        || rest("+really").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        || paired("+deb", 'u')
        || paired("~deb", 'u')
        || paired("~bpo", '+')
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}
