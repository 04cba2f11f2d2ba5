//! Versions of Python packages, and their mapping to Debian versions.

mod map;
mod parse;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::num::NonZeroU8;
use std::str::FromStr;

use super::{DebianVersion, MappingError, Mode};

/// A version of a Python package ([PEP 440]): `[N!]N(.N)*[{a|b|rc}N][.postN][.devN][+local]`.
///
/// # Syntax
///
/// Numbers have any length. Every spelling that the specification allows is read, white space around the version
/// included: `v1.0`, `1.0-ALPHA.1`, `1.0c1` and `1.0preview1` for a release candidate, `1.0-1` and `1.0.r1` for a
/// post-release, `1.0+Ubuntu-1`. [`Display`](fmt::Display) gives the normal form, which is what `packaging` gives.
///
/// # Ordering
///
/// By epoch, then by release, in which zeros at the end do not count. At one release, development releases of it come
/// first, then `a`, `b`, `rc`, the release itself and its post-releases; each of those has its own development
/// releases before it and local versions after it. In a local label words come before numbers, and words are compared
/// by their letters.
///
/// ```
/// use pydeploy::version::Pep440Version;
///
/// let chain = [
///     "1.0.dev1", "1.0a1.dev1", "1.0a1", "1.0rc1", "1.0rc1.post1", "1.0", "1.0+cpu", "1.0+1", "1.0.post1.dev1",
///     "1.0.post1", "1.0.1", "1!0.1",
/// ];
/// for pair in chain.windows(2) {
///     assert!(pair[0].parse::<Pep440Version>()? < pair[1].parse()?);
/// }
/// assert_eq!("v1.0.0-Alpha_2".parse::<Pep440Version>()?.to_string(), "1.0.0a2");
/// assert_eq!("1.0.0".parse::<Pep440Version>()?, "1".parse()?);
/// # Ok::<(), pydeploy::version::ParsePep440Error>(())
/// ```
///
/// [PEP 440]: https://packaging.python.org/en/latest/specifications/version-specifiers/
#[derive(Clone)]
pub struct Pep440Version {
    epoch: Number,
    release: Vec<Number>,
    pre: Option<(Pre, Number)>,
    post: Option<Number>,
    dev: Option<Number>,
    /// Empty where there is no label.
    local: Vec<Segment>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Pre {
    Alpha,
    Beta,
    Candidate,
}

/// Part of a local label, words before numbers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Segment {
    Word(Box<str>),
    Number(Number),
}

/// The digits of a number, without zeros before them.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Number(Box<str>);

/// Where a version without a pre-release stands among those that have one: a development release of the release
/// itself comes before them, everything else after them.
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
enum PreKey<'v> {
    Before,
    At(Pre, &'v Number),
    After,
}

impl Pep440Version {
    /// Whether this is a pre-release or a development release, which `pip` takes only when it is asked to.
    ///
    /// ```
    /// use pydeploy::version::Pep440Version;
    ///
    /// assert!("1.0rc1".parse::<Pep440Version>()?.is_prerelease());
    /// assert!("1.0.post1.dev2".parse::<Pep440Version>()?.is_prerelease());
    /// assert!(!"1.0.post1".parse::<Pep440Version>()?.is_prerelease());
    /// # Ok::<(), pydeploy::version::ParsePep440Error>(())
    /// ```
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        self.pre.is_some() || self.dev.is_some()
    }

    /// The version without its local label.
    ///
    /// ```
    /// let version: pydeploy::version::Pep440Version = "1.0rc1+cpu".parse()?;
    /// assert_eq!(version.public().to_string(), "1.0rc1");
    /// # Ok::<(), pydeploy::version::ParsePep440Error>(())
    /// ```
    #[must_use]
    pub fn public(&self) -> Self {
        Self {
            local: Vec::new(),
            ..self.clone()
        }
    }

    /// What `Eq`, `Ord` and `Hash` look at, the most significant part first.
    fn key(&self) -> impl Ord + Hash + '_ {
        let zeros = self.release.iter().rev().take_while(|number| number.is_zero()).count();
        let pre = match &self.pre {
            Some((pre, number)) => PreKey::At(*pre, number),
            None if self.post.is_none() && self.dev.is_some() => PreKey::Before,
            None => PreKey::After,
        };
        (
            &self.epoch,
            &self.release[..self.release.len() - zeros],
            pre,
            &self.post,
            (self.dev.is_none(), &self.dev),
            &self.local,
        )
    }
}

/// How a version of a Python package becomes a Debian version.
///
/// The width is the least number of components of the release, three by default: zeros at the end do not count in a
/// Python version, in a Debian version they do. Choose it once for a package and never change it: `1.1.0` made with a
/// width of three is above `1.1` made with a width of two.
///
/// ```
/// use pydeploy::version::{DebianVersion, Mode, Pep440Options};
///
/// let version = "1.0+cu118".parse()?;
/// let natural = Pep440Options::default();
/// assert_eq!(DebianVersion::from_pep440(&version, &natural)?.as_str(), "1.0.0+cu118");
/// let strict = Pep440Options { mode: Mode::Strict, width: 2.try_into()? };
/// assert_eq!(DebianVersion::from_pep440(&version, &strict)?.as_str(), "1.0+cuBBI~");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pep440Options {
    /// How local labels are spelled.
    pub mode: Mode,
    /// The least number of components of the release.
    pub width: NonZeroU8,
}

impl Default for Pep440Options {
    fn default() -> Self {
        Self {
            mode: Mode::Natural,
            width: NonZeroU8::MIN.saturating_add(2),
        }
    }
}

impl DebianVersion {
    /// The Debian version of a Python package's version.
    ///
    /// `~a1`, `~b1` and `~rc1` sort below the release, `~~dev1` below those, `.~post1` above the release and below
    /// every later one. Neither a hyphen nor, without an epoch, a colon appears, so that a revision can be added. What
    /// Debian adds, `+b1` or `+0~20161009150015`, sorts above the version and below its post-releases.
    ///
    /// # Ordering
    ///
    /// With one width, versions that are equal become the same text, and of two others the lower one becomes the lower
    /// one. In natural mode this does not hold for two local labels of one public version, in which Debian compares
    /// numbers: `cu118` comes after `cu99`. In strict mode it does.
    ///
    /// # Errors
    ///
    /// [`MappingError::EpochTooLarge`] when the epoch is above 2³¹−1.
    ///
    /// ```
    /// use pydeploy::version::{DebianVersion, Pep440Options};
    ///
    /// let options = Pep440Options::default();
    /// for (python, debian) in [
    ///     ("1.0.dev3", "1.0.0~~dev3"),
    ///     ("1.0a1.dev2", "1.0.0~a1~dev2"),
    ///     ("1.0rc1", "1.0.0~rc1"),
    ///     ("1.0", "1.0.0"),
    ///     ("1.0+g1a2b3c4.d20161009", "1.0.0+g1a2b3c4.d20161009"),
    ///     ("1.0.post1", "1.0.0.~post1"),
    ///     ("1!2.0", "1:2.0.0"),
    /// ] {
    ///     assert_eq!(DebianVersion::from_pep440(&python.parse()?, &options)?.as_str(), debian);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_pep440(version: &Pep440Version, options: &Pep440Options) -> Result<Self, MappingError> {
        map::to_debian(version, options)
    }

    /// The Python package's version that [`from_pep440`](Self::from_pep440) makes this one of with the same options.
    /// Zeros at the end of the release may be more than it was written with, which does not make another version.
    ///
    /// # Errors
    ///
    /// [`MappingError::DebianSuffix`] when the version ends in what Debian's packaging adds: a revision, a snapshot's
    /// suffix, `+b1`, `+nmu1`, `+dfsg1`, `+ds1`, `+really1.0`, `+deb12u1`, `~deb12u1` or `~bpo12+1`. Of those, `+b1` and
    /// its like could be a local label as well, so that nobody can tell. [`MappingError::NoCounterpart`] when no
    /// version is mapped to this one.
    ///
    /// ```
    /// use pydeploy::version::{DebianVersion, Pep440Options};
    ///
    /// let version: DebianVersion = "1.0.0~rc1.~post2".parse()?;
    /// assert_eq!(version.to_pep440(&Pep440Options::default())?.to_string(), "1.0.0rc1.post2");
    /// let other: DebianVersion = "1.0.0rc1".parse()?;
    /// assert!(other.to_pep440(&Pep440Options::default()).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_pep440(&self, options: &Pep440Options) -> Result<Pep440Version, MappingError> {
        map::from_debian(self, options)
    }
}

impl FromStr for Pep440Version {
    type Err = ParsePep440Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse::version(text)
    }
}

impl fmt::Display for Pep440Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.epoch.is_zero() {
            write!(f, "{}!", self.epoch)?;
        }
        write_joined(f, &self.release)?;
        if let Some((pre, number)) = &self.pre {
            write!(f, "{pre}{number}")?;
        }
        if let Some(number) = &self.post {
            write!(f, ".post{number}")?;
        }
        if let Some(number) = &self.dev {
            write!(f, ".dev{number}")?;
        }
        if self.local.is_empty() {
            return Ok(());
        }
        f.write_str("+")?;
        write_joined(f, &self.local)
    }
}

fn write_joined(f: &mut fmt::Formatter<'_>, parts: &[impl fmt::Display]) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        let dot = if at == 0 { "" } else { "." };
        write!(f, "{dot}{part}")?;
    }
    Ok(())
}

impl fmt::Debug for Pep440Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pep440Version({self})")
    }
}

impl Ord for Pep440Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Pep440Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Pep440Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Pep440Version {}

impl Hash for Pep440Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl fmt::Display for Pre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alpha => "a",
            Self::Beta => "b",
            Self::Candidate => "rc",
        })
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Number(number) => number.fmt(f),
        }
    }
}

impl Number {
    fn new(digits: &str) -> Self {
        Self(digits.trim_start_matches('0').into())
    }

    fn is_zero(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_zero() { "0" } else { &self.0 })
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The text is not a version by PEP 440.
///
/// ```
/// let error = "1.0x".parse::<pydeploy::version::Pep440Version>().unwrap_err();
/// assert_eq!(error.to_string(), "unexpected character 'x' at column 4, where a suffix or the end should be");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsePep440Error {
    /// `None` at the end of the text.
    found: Option<char>,
    expected: &'static str,
    /// Counted in characters, from 1.
    column: usize,
}

impl ParsePep440Error {
    /// Where in the text, counted in characters from 1.
    ///
    /// ```
    /// let error = "1.0+".parse::<pydeploy::version::Pep440Version>().unwrap_err();
    /// assert_eq!(error.column(), 5);
    /// ```
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }
}

impl fmt::Display for ParsePep440Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.found {
            Some(found) => write!(f, "unexpected character {found:?}")?,
            None => f.write_str("unexpected end")?,
        }
        write!(f, " at column {}, where {} should be", self.column, self.expected)
    }
}

impl std::error::Error for ParsePep440Error {}
