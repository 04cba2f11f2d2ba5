use crate::sys::text;
use std::fmt;
use std::str::FromStr;

/// The architecture of a binary package (Debian Policy 5.6.8): `all`, or a machine such as `amd64`.
///
/// Wildcards (`any`, `linux-any`) and `source` are none.
///
/// ```
/// use pydeploy::artifact::deb::Architecture;
///
/// assert!("all".parse::<Architecture>()?.is_all());
/// assert!("any".parse::<Architecture>().is_err());
/// # Ok::<(), pydeploy::artifact::deb::ArchitectureError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Architecture(String);

impl Architecture {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the package runs on every machine.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.0 == "all"
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is not the architecture of a binary package.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not `all` or the name of one architecture", .0.escape_debug())]
pub struct ArchitectureError(String);

impl FromStr for Architecture {
    type Err = ArchitectureError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let plain = text.bytes().all(|b| letter(b) || b == b'-') && text.bytes().next().is_some_and(letter);
        let one = text != "source" && text.split('-').all(|part| part != "any" && !part.is_empty());
        (plain && one)
            .then(|| Self(text.to_owned()))
            .ok_or_else(|| ArchitectureError(text.to_owned()))
    }
}

text::as_text!(Architecture);
