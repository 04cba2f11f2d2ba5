//! The mapping of semantic versions to Debian versions and back.

#[cfg(test)]
mod tests;

use semver::{Prerelease, Version};

use super::mapping::refuse_suffix;
use super::{DebianVersion, MappingError, Mode};

/// How a semantic version becomes a Debian version.
///
/// There is no width as for Python packages: a semantic version always has three numbers.
///
/// ```
/// use pydeploy::version::{DebianVersion, Mode, SemverOptions};
///
/// let version = "1.2.0-rc.1+linux-7".parse()?;
/// let options = SemverOptions { mode: Mode::Strict, build: true };
/// assert_eq!(DebianVersion::from_semver(&version, &options).as_str(), "1.2.0~rc~1~~+linux+7");
/// # Ok::<(), semver::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SemverOptions {
    /// How pre-releases are spelled.
    pub mode: Mode,
    /// Whether build metadata is kept, with `+` for its hyphens. It has no order in SemVer, where versions that differ
    /// in nothing else are equal; in Debian it has one.
    pub build: bool,
}

impl DebianVersion {
    /// The Debian version of a semantic one ([SemVer 2.0.0]).
    ///
    /// `~` comes before a pre-release, so that it sorts below its release. Hyphens do not appear, because the last one
    /// of a Debian version begins the revision. Natural mode keeps the identifiers and makes hyphens in them `+`;
    /// strict mode ends each with `~`, all of them with another, and spells `-`, the digits of a word and `A` as `AA`,
    /// `AB` to `AK` and `AL`.
    ///
    /// # Ordering
    ///
    /// In strict mode of two versions the lower one becomes the lower one, and versions that differ in build metadata
    /// alone become the same, unless it is kept. In natural mode that is so for the usual pre-releases, a word and a
    /// number, as long as no word is the beginning of another; numbers at the end of a word are compared as numbers,
    /// so that `rc10` comes after `rc2`, where SemVer compares text.
    ///
    /// ```
    /// use pydeploy::version::{DebianVersion, Mode, SemverOptions};
    ///
    /// let version = "1.2.0-rc1.2".parse()?;
    /// assert_eq!(DebianVersion::from_semver(&version, &SemverOptions::default()).as_str(), "1.2.0~rc1.2");
    /// let strict = SemverOptions { mode: Mode::Strict, ..SemverOptions::default() };
    /// assert_eq!(DebianVersion::from_semver(&version, &strict).as_str(), "1.2.0~rcAC~2~~");
    /// # Ok::<(), semver::Error>(())
    /// ```
    ///
    /// [SemVer 2.0.0]: https://semver.org/spec/v2.0.0.html
    #[must_use]
    pub fn from_semver(version: &Version, options: &SemverOptions) -> Self {
        let text = text(version, options);
        // Digits, letters, `.`, `~` and `+`, a digit first: always a Debian version.
        text.parse()
            .unwrap_or_else(|_| unreachable!("`{text}` is a Debian version"))
    }

    /// The semantic version that [`from_semver`](Self::from_semver) makes this one of with the same options; without
    /// build metadata unless it is kept.
    ///
    /// # Errors
    ///
    /// [`MappingError::DebianSuffix`] when the version ends in what Debian's packaging adds, see
    /// [`to_pep440`](Self::to_pep440). [`MappingError::NoCounterpart`] when no version is mapped to this one, or more
    /// than one: in natural mode, where build metadata is kept, after a pre-release nobody can tell what `+` stands
    /// for.
    ///
    /// ```
    /// use pydeploy::version::{DebianVersion, SemverOptions};
    ///
    /// let version: DebianVersion = "1.2.0~rc.1".parse()?;
    /// assert_eq!(version.to_semver(&SemverOptions::default())?.to_string(), "1.2.0-rc.1");
    /// let short: DebianVersion = "1.2".parse()?;
    /// assert!(short.to_semver(&SemverOptions::default()).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_semver(&self, options: &SemverOptions) -> Result<Version, MappingError> {
        refuse_suffix(self)?;
        let semantic = match options.mode {
            Mode::Natural => from_natural(self.as_str(), options.build),
            Mode::Strict => from_strict(self.as_str()),
        };
        semantic
            .and_then(|semantic| semantic.parse().ok())
            .filter(|semantic| text(semantic, options) == self.as_str())
            .ok_or_else(|| MappingError::NoCounterpart {
                version: self.clone(),
                scheme: "SemVer",
            })
    }
}

/// As [`DebianVersion::from_semver`] does it in natural mode, without build metadata.
///
/// ```
/// use pydeploy::version::DebianVersion;
///
/// let release = DebianVersion::from(&semver::Version::new(1, 2, 0));
/// let candidate = DebianVersion::from(&"1.2.0-rc.1+build.7".parse::<semver::Version>()?);
/// assert_eq!(candidate.as_str(), "1.2.0~rc.1");
/// assert!(candidate < release);
/// # Ok::<(), semver::Error>(())
/// ```
impl From<&Version> for DebianVersion {
    fn from(version: &Version) -> Self {
        Self::from_semver(version, &SemverOptions::default())
    }
}

fn text(version: &Version, options: &SemverOptions) -> String {
    let Version {
        major,
        minor,
        patch,
        pre,
        build,
    } = version;
    let pre = match options.mode {
        _ if pre.is_empty() => String::new(),
        Mode::Natural => format!("~{}", pre.replace('-', "+")),
        Mode::Strict => strict(pre),
    };
    let build = match options.build && !build.is_empty() {
        true => format!("+{}", build.replace('-', "+")),
        false => String::new(),
    };
    format!("{major}.{minor}.{patch}{pre}{build}")
}

/// After each identifier a tilde, below anything that a longer one goes on with; after the last one more, below
/// anything that another identifier begins with.
fn strict(pre: &Prerelease) -> String {
    let identifier = |text: &str| match text.bytes().all(|b| b.is_ascii_digit()) {
        true => text.to_owned(),
        false => text.chars().map(to_letters).collect(),
    };
    let identifiers: Vec<String> = pre.split('.').map(identifier).collect();
    format!("~{}~~", identifiers.join("~"))
}

/// A character of a word in letters alone, in the order of ASCII.
fn to_letters(character: char) -> String {
    match character {
        '-' => "AA".to_owned(),
        '0'..='9' => format!("A{}", char::from(character as u8 - b'0' + b'B')),
        'A' => "AL".to_owned(),
        _ => character.into(),
    }
}

fn from_natural(text: &str, build: bool) -> Option<String> {
    let (core, pre) = split(text, "~");
    if !build {
        return Some(core.to_owned() + &pre.map_or_else(String::new, |pre| format!("-{}", pre.replace('+', "-"))));
    }
    match pre {
        Some(pre) if pre.contains('+') => None,
        Some(pre) => Some(format!("{core}-{pre}")),
        None => Some(with_build(core)),
    }
}

fn from_strict(text: &str) -> Option<String> {
    let (core, pre) = split(text, "~");
    let Some(pre) = pre else {
        return Some(with_build(core));
    };
    let (pre, build) = pre.split_once("~~")?;
    let identifiers: Option<Vec<String>> = pre.split('~').map(from_letters).collect();
    Some(with_build(&format!("{core}-{}{build}", identifiers?.join("."))))
}

/// The first `+` begins the metadata; those after it were hyphens.
fn with_build(text: &str) -> String {
    match split(text, "+") {
        (text, Some(build)) => format!("{text}+{}", build.replace('+', "-")),
        (text, None) => text.to_owned(),
    }
}

fn split<'t>(text: &'t str, at: &str) -> (&'t str, Option<&'t str>) {
    text.split_once(at).map_or((text, None), |(a, b)| (a, Some(b)))
}

fn from_letters(text: &str) -> Option<String> {
    let mut characters = text.chars();
    let mut word = String::new();
    while let Some(character) = characters.next() {
        word.push(match character {
            'A' => match characters.next()? {
                'A' => '-',
                digit @ 'B'..='K' => char::from(digit as u8 - b'B' + b'0'),
                'L' => 'A',
                _ => return None,
            },
            _ => character,
        });
    }
    Some(word)
}
