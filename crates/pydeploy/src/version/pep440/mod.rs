//! Versions of Python packages, and their mapping to Debian versions.

mod map;
mod parse;
mod part;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use part::{Number, Pre, Segment};

pub use map::Pep440Options;

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

    /// The release without the zeros at its end.
    fn significant_release(&self) -> &[Number] {
        let zeros = self.release.iter().rev().take_while(|number| number.is_zero());
        &self.release[..self.release.len() - zeros.count()]
    }

    /// What `Eq`, `Ord` and `Hash` look at, the most significant part first.
    fn key(&self) -> impl Ord + Hash + '_ {
        let pre = match &self.pre {
            Some((pre, number)) => PreKey::At(*pre, number),
            None if self.post.is_none() && self.dev.is_some() => PreKey::Before,
            None => PreKey::After,
        };
        (
            &self.epoch,
            self.significant_release(),
            pre,
            &self.post,
            (self.dev.is_none(), &self.dev),
            &self.local,
        )
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
