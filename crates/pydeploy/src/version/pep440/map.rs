//! The mapping to Debian versions and back.

use std::num::NonZeroU8;

use super::Pep440Version;
use super::part::{Number, Segment};
use crate::version::mapping::refuse_suffix;
use crate::version::{DebianVersion, MappingError, Mode};

/// How a version of a Python package becomes a Debian version.
///
/// The width is the least number of components of the release, three by default: zeros at the end do not count in a
/// Python version, in a Debian version they do. Choose it once for a package and never change it: `1.1.0~rc1`, made
/// with a width of three, is above `1.1`, made with a width of two.
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
        // Digits, letters, `.`, `~` and `+`, a digit first: only the epoch can be wrong.
        text(version, options).parse().map_err(|_| MappingError::EpochTooLarge {
            version: version.clone(),
        })
    }

    /// The Python package's version that [`from_pep440`](Self::from_pep440) makes this one of with the same options.
    /// Zeros at the end of the release may be more than it was written with, which does not make another version.
    ///
    /// # Errors
    ///
    /// [`MappingError::DebianSuffix`] when the version ends in what Debian's packaging adds: a revision, a snapshot's
    /// suffix, `+b1`, `+nmu1`, `+dfsg1`, `+ds1`, `+really1.0`, `+deb12u1`, `~deb12u1` or `~bpo12+1`. Of those, `+b1`
    /// and its like could be a local label as well, so that nobody can tell. [`MappingError::NoCounterpart`] when no
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
        refuse_suffix(self)?;
        let python = without_tildes(self, options.mode).parse().ok();
        python
            .filter(|python| text(python, options) == self.as_str())
            .ok_or_else(|| MappingError::NoCounterpart {
                version: self.clone(),
                scheme: "PEP 440",
            })
    }
}

fn text(version: &Pep440Version, options: &Pep440Options) -> String {
    let pre = version.pre.as_ref();
    // A development release of the release itself is below its `~a`; elsewhere one tilde is enough.
    let dev = match (pre, &version.post) {
        (None, None) => "~~dev",
        _ => "~dev",
    };
    [
        epoch(&version.epoch),
        release(version, usize::from(options.width.get())),
        pre.map_or_else(String::new, |(pre, number)| format!("~{pre}{number}")),
        named(".~post", version.post.as_ref()),
        named(dev, version.dev.as_ref()),
        local(&version.local, options.mode),
    ]
    .concat()
}

fn epoch(number: &Number) -> String {
    match number.is_zero() {
        true => String::new(),
        false => format!("{number}:"),
    }
}

/// The release without the zeros at its end, filled up to `width` components.
fn release(version: &Pep440Version, width: usize) -> String {
    let mut release: Vec<String> = version.significant_release().iter().map(ToString::to_string).collect();
    while release.len() < width {
        release.push("0".to_owned());
    }
    release.join(".")
}

fn named(name: &str, number: Option<&Number>) -> String {
    number.map_or_else(String::new, |number| format!("{name}{number}"))
}

fn local(segments: &[Segment], mode: Mode) -> String {
    if segments.is_empty() {
        return String::new();
    }
    let separator = match mode {
        Mode::Natural => ".",
        Mode::Strict => "",
    };
    let segments = segments.iter().map(|segment| match (segment, mode) {
        (segment, Mode::Natural) => segment.to_string(),
        // A number sorts above a word, `+` above a letter.
        (Segment::Number(number), Mode::Strict) => format!("+{number}"),
        // A word sorts below a longer one that it begins, `~` below a letter.
        (Segment::Word(word), Mode::Strict) => word.chars().map(to_letter).chain(['~']).collect(),
    });
    format!("+{}", segments.collect::<Vec<_>>().join(separator))
}

/// A digit as the capital letter that stands for it: they sort below small letters, as digits do in a word.
fn to_letter(character: char) -> char {
    match character {
        '0'..='9' => char::from(character as u8 - b'0' + b'A'),
        _ => character,
    }
}

fn from_letter(character: char) -> char {
    match character {
        'A'..='J' => char::from(character as u8 - b'A' + b'0'),
        _ => character,
    }
}

/// Takes the tildes out, which makes it a version of the other scheme if it was made of one.
fn without_tildes(version: &DebianVersion, mode: Mode) -> String {
    let (public, label) = match version.as_str().split_once('+') {
        Some((public, label)) => (public, Some(label)),
        None => (version.as_str(), None),
    };
    let public = public.replace('~', "").replacen(':', "!", 1);
    match (label, mode) {
        (None, _) => public,
        (Some(label), Mode::Natural) => format!("{public}+{label}"),
        (Some(label), Mode::Strict) => format!("{public}+{}", strict_label(label)),
    }
}

/// The label that is written as `+1` for a number and as `word~` for a word.
fn strict_label(label: &str) -> String {
    let mut marked = String::new();
    for character in label.chars() {
        // All digits belong to numbers, so that a number ends where a letter begins a word.
        if character.is_ascii_alphabetic() && marked.ends_with(|before: char| before.is_ascii_digit()) {
            marked.push('.');
        }
        marked.push(character);
    }
    let words = marked.split(['.', '+', '~']).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(|word| word.chars().map(from_letter).collect()).collect();
    words.join(".")
}
