//! Names of services.

use crate::sys::text;
use std::fmt;
use std::str::FromStr;

/// The name of a service beside the main one: lower-case letters, digits, `-` and `_`, a letter or a digit first, 40
/// characters at most. Its units are called `PACKAGE-NAME`.
///
/// ```
/// use pydeploy::config::ServiceName;
///
/// let name: ServiceName = "worker".parse()?;
/// assert_eq!(name.as_str(), "worker");
/// assert!("worker@2".parse::<ServiceName>().is_err());
/// # Ok::<(), pydeploy::config::ParseServiceNameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceName(String);

impl ServiceName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is no service's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no service's name: lower-case letters, digits, `-` and `_`, a letter or digit first, 40 at most")]
pub struct ParseServiceNameError(String);

impl FromStr for ServiceName {
    type Err = ParseServiceNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let first = text.bytes().next().is_some_and(letter);
        let all = text.bytes().all(|b| letter(b) || b"-_".contains(&b));
        match first && all && text.len() <= 40 {
            true => Ok(Self(text.to_owned())),
            false => Err(ParseServiceNameError(text.to_owned())),
        }
    }
}

text::as_text!(ServiceName);
