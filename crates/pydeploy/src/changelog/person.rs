//! Who changed something, and who answers for an entry.

use std::fmt;
use std::str::FromStr;

use super::value::{Kind, ParseValueError};

/// The name of somebody who made changes, as `  [ Name ]` shows it.
///
/// ```
/// use pydeploy::changelog::Author;
///
/// assert_eq!("Grace Example".parse::<Author>()?.to_string(), "Grace Example");
/// assert!("".parse::<Author>().is_err());
/// # Ok::<(), pydeploy::changelog::ParseValueError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Author(String);

impl Author {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Author {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fault = |fault| Err(ParseValueError::new(Kind::Person(fault), text));
        if text.is_empty() || text.trim() != text {
            return fault(Fault::NoName);
        }
        if text.contains(|c: char| matches!(c, '<' | '>') || c.is_control()) {
            return fault(Fault::Name);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Who answers for an entry: `Name <name@example.org>` ([Debian Policy 4.4]).
///
/// ```
/// use pydeploy::changelog::Maintainer;
///
/// let ada: Maintainer = "Ada Example <ada@example.org>".parse()?;
/// assert_eq!((ada.name().to_string().as_str(), ada.email()), ("Ada Example", "ada@example.org"));
/// assert_eq!(ada.to_string(), "Ada Example <ada@example.org>");
/// # Ok::<(), pydeploy::changelog::ParseValueError>(())
/// ```
///
/// [Debian Policy 4.4]: https://www.debian.org/doc/debian-policy/ch-source.html#debian-changelog-debian-changelog
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Maintainer {
    name: Author,
    email: String,
}

impl Maintainer {
    /// Somebody with this name and address.
    ///
    /// # Errors
    ///
    /// When the address has no `@` with something on both sides, or holds blanks, `<` or `>`.
    ///
    /// ```
    /// use pydeploy::changelog::Maintainer;
    ///
    /// let ada = Maintainer::new("Ada Example".parse()?, "ada@example.org")?;
    /// assert_eq!(ada.to_string(), "Ada Example <ada@example.org>");
    /// assert!(Maintainer::new("Ada Example".parse()?, "ada").is_err());
    /// # Ok::<(), pydeploy::changelog::ParseValueError>(())
    /// ```
    pub fn new(name: Author, email: &str) -> Result<Self, ParseValueError> {
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>');
        let whole = email
            .split_once('@')
            .is_some_and(|(local, host)| !local.is_empty() && !host.is_empty());
        if !whole || !email.chars().all(plain) {
            return Err(ParseValueError::new(Kind::Person(Fault::Email), email));
        }
        let email = email.to_owned();
        Ok(Self { name, email })
    }

    /// The name.
    ///
    /// ```
    /// let ada: pydeploy::changelog::Maintainer = "Ada <ada@example.org>".parse()?;
    /// assert_eq!(ada.name().to_string(), "Ada");
    /// # Ok::<(), pydeploy::changelog::ParseValueError>(())
    /// ```
    #[must_use]
    pub fn name(&self) -> &Author {
        &self.name
    }

    /// The address, without brackets.
    ///
    /// ```
    /// let ada: pydeploy::changelog::Maintainer = "Ada <ada@example.org>".parse()?;
    /// assert_eq!(ada.email(), "ada@example.org");
    /// # Ok::<(), pydeploy::changelog::ParseValueError>(())
    /// ```
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }
}

impl FromStr for Maintainer {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.strip_suffix('>').and_then(|text| text.split_once(" <"));
        let (name, email) = parts.ok_or_else(|| ParseValueError::new(Kind::Person(Fault::NoAddress), text))?;
        Self::new(name.parse()?, email)
    }
}

impl fmt::Display for Maintainer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} <{}>", self.name, self.email)
    }
}

/// What is wrong with a name or an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    NoName,
    Name,
    Email,
    NoAddress,
}

impl Fault {
    pub(super) fn describe(self, text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoName => write!(f, "`{text}` is not a name, or has blanks around it"),
            Self::Name => write!(f, "the name {text:?} has an angle bracket or a control character"),
            Self::Email => write!(f, "`{text}` is not an address"),
            Self::NoAddress => write!(f, "`{text}` has no address in `<>` at its end"),
        }
    }

    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::NoName | Self::Name => "write the name as a person would",
            Self::Email => "write an address such as `name@example.org`",
            Self::NoAddress => "write `Name <name@example.org>`",
        }
    }
}
