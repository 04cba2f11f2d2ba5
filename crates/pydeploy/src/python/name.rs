//! Names of distributions.

use crate::sys::text;
use std::fmt;
use std::str::FromStr;

/// The normalised name of a distribution ([names and normalization]): lower case, runs of `-`, `_` and `.` as one `-`.
///
/// # Syntax
///
/// Letters, digits, `-`, `_` and `.`, a letter or digit first and last. Names that differ only in what normalisation
/// removes are equal.
///
/// ```
/// use pydeploy::python::DistributionName;
///
/// let name: DistributionName = "Zope._Interface".parse()?;
/// assert_eq!(name.to_string(), "zope-interface");
/// assert!("-x".parse::<DistributionName>().is_err());
/// # Ok::<(), pydeploy::python::DistributionNameError>(())
/// ```
///
/// [names and normalization]: https://packaging.python.org/en/latest/specifications/name-normalization/
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DistributionName(String);

impl DistributionName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DistributionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is not the name of a distribution.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a distribution's name: letters, digits, `-`, `_` and `.`, a letter or digit first and last", _0.escape_debug())]
pub struct DistributionNameError(String);

impl FromStr for DistributionName {
    type Err = DistributionNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = text.as_bytes();
        let known = |b: &u8| b.is_ascii_alphanumeric() || b"-_.".contains(b);
        if !plain(bytes.first()) || !plain(bytes.last()) || !bytes.iter().all(known) {
            return Err(DistributionNameError(text.to_owned()));
        }
        let parts: Vec<_> = text.split(['-', '_', '.']).filter(|part| !part.is_empty()).collect();
        Ok(Self(parts.join("-").to_ascii_lowercase()))
    }
}

text::as_text!(DistributionName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised() {
        for (text, expect) in [
            ("Django", Some("django")),
            ("psycopg_binary", Some("psycopg-binary")),
            ("a.-_b", Some("a-b")),
            ("7", Some("7")),
            ("", None),
            ("a-", None),
            ("_a", None),
            ("a b", None),
            ("ä", None),
        ] {
            let name = text.parse::<DistributionName>();
            assert_eq!(name.as_ref().ok().map(DistributionName::as_str), expect, "{text:?}");
        }
    }
}
