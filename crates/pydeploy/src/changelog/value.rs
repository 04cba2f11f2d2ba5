//! What an entry is made of. A value that is wrong cannot be made.

use std::fmt;
use std::str::FromStr;

use super::person::Fault as PersonFault;

/// Where an entry's version goes: one distribution, or several, or `UNRELEASED` while it is worked on.
///
/// # Syntax
///
/// Words of letters, digits, `-`, `+` and `.`, which blanks separate ([Debian Policy 5.6.14]). `UNRELEASED` stands alone
/// and in capitals: every tool takes `unreleased`, and `unstable UNRELEASED`, for a release.
///
/// ```
/// use pydeploy::changelog::Distributions;
///
/// let two: Distributions = "bookworm  trixie".parse()?;
/// assert_eq!(two.to_string(), "bookworm trixie");
/// assert!(two.is_released() && !Distributions::unreleased().is_released());
/// for wrong in ["", "a_b", "a;b", "unreleased", "unstable UNRELEASED"] {
///     assert!(wrong.parse::<Distributions>().is_err());
/// }
/// # Ok::<(), pydeploy::changelog::ParseValueError>(())
/// ```
///
/// [Debian Policy 5.6.14]: https://www.debian.org/doc/debian-policy/ch-controlfields.html#distribution
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Distributions(String);

impl Distributions {
    const UNRELEASED: &str = "UNRELEASED";

    /// `UNRELEASED`.
    ///
    /// ```
    /// assert_eq!(pydeploy::changelog::Distributions::unreleased().to_string(), "UNRELEASED");
    /// ```
    #[must_use]
    pub fn unreleased() -> Self {
        Self(Self::UNRELEASED.to_owned())
    }

    /// Whether this is anything but `UNRELEASED`.
    ///
    /// ```
    /// let staging: pydeploy::changelog::Distributions = "staging".parse()?;
    /// assert!(staging.is_released());
    /// # Ok::<(), pydeploy::changelog::ParseValueError>(())
    /// ```
    #[must_use]
    pub fn is_released(&self) -> bool {
        self.0 != Self::UNRELEASED
    }

    /// The words.
    ///
    /// ```
    /// let two: pydeploy::changelog::Distributions = "bookworm trixie".parse()?;
    /// assert!(two.iter().eq(["bookworm", "trixie"]));
    /// # Ok::<(), pydeploy::changelog::ParseValueError>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ')
    }
}

impl FromStr for Distributions {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fault = |kind| ParseValueError::new(Kind::Distributions(kind), text);
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.');
        if words.is_empty() || !words.iter().all(|word| word.bytes().all(plain)) {
            return Err(fault("is not a list of words of letters, digits, `-`, `+` and `.`"));
        }
        let unreleased = words.iter().find(|word| word.eq_ignore_ascii_case(Self::UNRELEASED));
        match unreleased {
            Some(_) if words.len() > 1 => Err(fault("has other words beside `UNRELEASED`")),
            Some(&word) if word != Self::UNRELEASED => Err(fault("is `UNRELEASED` in other letters")),
            _ => Ok(Self(words.join(" "))),
        }
    }
}

impl fmt::Display for Distributions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// How much it matters to install the version soon ([Debian Policy 5.6.17]).
///
/// ```
/// use pydeploy::changelog::Urgency;
///
/// assert_eq!("high".parse(), Ok(Urgency::High));
/// assert_eq!(Urgency::default().to_string(), "medium");
/// assert!("urgent".parse::<Urgency>().is_err());
/// ```
///
/// [Debian Policy 5.6.17]: https://www.debian.org/doc/debian-policy/ch-controlfields.html#urgency
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// `low`
    Low,
    /// `medium`, what is meant where nothing is said.
    #[default]
    Medium,
    /// `high`
    High,
    /// `emergency`
    Emergency,
    /// `critical`
    Critical,
}

impl Urgency {
    const ALL: [Self; 5] = [Self::Low, Self::Medium, Self::High, Self::Emergency, Self::Critical];

    fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Emergency => "emergency",
            Self::Critical => "critical",
        }
    }
}

impl FromStr for Urgency {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|urgency| urgency.as_str() == text);
        found.ok_or_else(|| ParseValueError::new(Kind::Urgency, text))
    }
}

impl fmt::Display for Urgency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The name of a source package: lower-case letters, digits, `+`, `-` and `.`, at least two of them and the first a
/// letter or a digit ([Debian Policy 5.6.1]).
///
/// ```
/// use pydeploy::changelog::SourceName;
///
/// assert_eq!("guestbook".parse::<SourceName>()?.to_string(), "guestbook");
/// assert!("Guest_Book".parse::<SourceName>().is_err());
/// # Ok::<(), pydeploy::changelog::ParseValueError>(())
/// ```
///
/// [Debian Policy 5.6.1]: https://www.debian.org/doc/debian-policy/ch-controlfields.html#source
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SourceName(String);

impl FromStr for SourceName {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let plain = text.bytes().all(|b| letter(b) || matches!(b, b'-' | b'+' | b'.'));
        if plain && text.len() >= 2 && text.bytes().next().is_some_and(letter) {
            return Ok(Self(text.to_owned()));
        }
        Err(ParseValueError::new(Kind::SourceName, text))
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The text of one change, which an entry shows behind a `*`.
///
/// Blanks and line ends in it are one blank each: where its lines end is decided where it is written.
///
/// ```
/// use pydeploy::changelog::Item;
///
/// let item: Item = "Let guests\n  write.".parse()?;
/// assert_eq!(item.to_string(), "Let guests write.");
/// assert!(" ".parse::<Item>().is_err());
/// # Ok::<(), pydeploy::changelog::ParseValueError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Item(String);

impl Item {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Item {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let joined = words.join(" ");
        if joined.is_empty() {
            return Err(ParseValueError::new(Kind::EmptyItem, text));
        }
        if joined.contains(char::is_control) {
            return Err(ParseValueError::new(Kind::ControlCharacter, text));
        }
        Ok(Self(joined))
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The text is not the value it was taken for.
///
/// ```
/// use pydeploy::changelog::Urgency;
///
/// let error = "urgent".parse::<Urgency>().unwrap_err();
/// assert_eq!(error.to_string(), "urgency `urgent` is unknown");
/// assert_eq!(error.hint(), "write low, medium, high, emergency or critical");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseValueError {
    kind: Kind,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Distributions(&'static str),
    Urgency,
    SourceName,
    EmptyItem,
    ControlCharacter,
    Person(PersonFault),
}

impl ParseValueError {
    pub(super) fn new(kind: Kind, text: &str) -> Self {
        let text = text.to_owned();
        Self { kind, text }
    }

    /// What a person can do about it, in one sentence.
    ///
    /// ```
    /// use pydeploy::changelog::Maintainer;
    ///
    /// let error = "Ada Example".parse::<Maintainer>().unwrap_err();
    /// assert_eq!(error.hint(), "write `Name <name@example.org>`");
    /// ```
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self.kind {
            Kind::Distributions(_) => "write `UNRELEASED`, or names such as `staging` or `bookworm trixie`",
            Kind::Urgency => "write low, medium, high, emergency or critical",
            Kind::SourceName => "use lower-case letters, digits, `+`, `-` and `.`, at least two of them",
            Kind::EmptyItem => "say what has changed",
            Kind::ControlCharacter => "leave out characters that are not printed",
            Kind::Person(fault) => fault.hint(),
        }
    }
}

impl fmt::Display for ParseValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = &self.text;
        match self.kind {
            Kind::Distributions(why) => write!(f, "distribution `{text}` {why}"),
            Kind::Urgency => write!(f, "urgency `{text}` is unknown"),
            Kind::SourceName => write!(f, "`{text}` is not the name of a source package"),
            Kind::EmptyItem => f.write_str("a change without any text"),
            Kind::ControlCharacter => write!(f, "{text:?} has a control character"),
            Kind::Person(fault) => fault.describe(text, f),
        }
    }
}

impl std::error::Error for ParseValueError {}
