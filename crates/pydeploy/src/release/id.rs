//! The identity of a release.

use crate::sys::text;
use std::fmt;
use std::str::FromStr;

/// What a running site answers when it is asked which release it is: the Debian version, with `%3a` for the colon of an
/// epoch, so that it can name a folder and stand in a URL.
///
/// ```
/// use pydeploy::release::ReleaseId;
///
/// let id = ReleaseId::from_version("1:1.2.0~20261121093000+git1233451abcd")?;
/// assert_eq!(id.as_str(), "1%3a1.2.0~20261121093000+git1233451abcd");
/// # Ok::<(), pydeploy::release::ParseReleaseIdError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReleaseId(String);

impl ReleaseId {
    /// The id of the release with this version.
    ///
    /// # Errors
    ///
    /// When the text holds what no Debian version can.
    pub fn from_version(version: &str) -> Result<Self, ParseReleaseIdError> {
        version.replace(':', "%3a").parse()
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReleaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is not a release id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a release id: a digit first, then letters, digits, `.`, `+`, `~`, `-` and `%3a`")]
pub struct ParseReleaseIdError(String);

impl FromStr for ReleaseId {
    type Err = ParseReleaseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = text.replace("%3a", "");
        let valid = text.starts_with(|c: char| c.is_ascii_digit())
            && text.len() <= 200
            && plain.bytes().all(|b| b.is_ascii_alphanumeric() || b".+~-".contains(&b));
        valid
            .then(|| Self(text.to_owned()))
            .ok_or_else(|| ParseReleaseIdError(text.to_owned()))
    }
}

text::as_text!(ReleaseId);
