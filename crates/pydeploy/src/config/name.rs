//! Names of Debian packages.

use crate::sys::text;
use std::fmt;
use std::str::FromStr;

/// The name of a binary package (Debian Policy 5.6.7): lower-case letters, digits, `+`, `-` and `.`, at least two
/// characters, the first a letter or a digit.
///
/// ```
/// use pydeploy::config::PackageName;
///
/// let name: PackageName = "guestbook".parse()?;
/// assert_eq!(name.as_str(), "guestbook");
/// assert!("Guest_Book".parse::<PackageName>().is_err());
/// # Ok::<(), pydeploy::config::PackageNameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageName(String);

impl PackageName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is not the name of a Debian package.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a package name: lower-case letters, digits, `+`, `-` and `.`, two at least, a letter or digit first"
)]
pub struct PackageNameError(String);

impl FromStr for PackageName {
    type Err = PackageNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let valid =
            text.len() >= 2 && letter(text.as_bytes()[0]) && text.bytes().all(|b| letter(b) || b"+-.".contains(&b));
        valid
            .then(|| Self(text.to_owned()))
            .ok_or_else(|| PackageNameError(text.to_owned()))
    }
}

text::as_text!(PackageName);
