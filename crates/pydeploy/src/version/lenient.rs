//! Versions as dpkg takes them when it compares: with a warning, or without one where it should warn.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::parse::{ErrorKind, Part, column, error};
use super::{DebianVersion, ParseVersionError};

/// A text that dpkg compares, be it a Debian version or not.
///
/// Old changelogs, archives and the commands of others hold versions that [`DebianVersion`] refuses. dpkg warns about
/// most of them and compares them all the same; this type does what dpkg does, and says what is wrong. It cannot
/// become a [`DebianVersion`] unless [`to_strict`](Self::to_strict) finds that nothing is lost.
///
/// What dpkg takes for no version at all, the empty text, is an error here; as `None` of an `Option` it sorts below
/// every version, as it does for `dpkg --compare-versions`.
///
/// # Ordering
///
/// That of [`DebianVersion`], and every other character but `~` after the letters, by its code. Characters outside
/// ASCII are compared byte by byte and stand between letters and all others: so dpkg does it where a C `char` is signed,
/// as on amd64. `Eq`, `Ord` and `Hash` agree.
///
/// ```
/// use pydeploy::version::{DebianVersion, LenientVersion};
///
/// let chain = ["1.0", "1.0a", "1.0é", "1.0!", "1.0+", "1.0_1", "abc", "+1:0"];
/// for pair in chain.windows(2) {
///     assert!(DebianVersion::parse_lenient(pair[0])? < DebianVersion::parse_lenient(pair[1])?, "{pair:?}");
/// }
/// let strict = LenientVersion::from("1.0".parse::<DebianVersion>()?);
/// assert_eq!(DebianVersion::parse_lenient(" 1.00\t")?, strict);
/// # Ok::<(), pydeploy::version::ParseVersionError>(())
/// ```
#[derive(Clone)]
pub struct LenientVersion {
    text: Box<str>,
    epoch: u32,
    upstream: Box<str>,
    revision: Option<Box<str>>,
    warnings: Vec<VersionWarning>,
}

impl LenientVersion {
    /// The text that was parsed, with its blanks.
    ///
    /// ```
    /// let version = pydeploy::version::DebianVersion::parse_lenient(" 1.0")?;
    /// assert_eq!(version.as_str(), " 1.0");
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The epoch; zero when none is written.
    ///
    /// ```
    /// let version = pydeploy::version::DebianVersion::parse_lenient("+1:1.0")?;
    /// assert_eq!(version.epoch(), 1);
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// What stands between the epoch and the revision.
    ///
    /// ```
    /// let version = pydeploy::version::DebianVersion::parse_lenient("v1.0-1")?;
    /// assert_eq!(version.upstream(), "v1.0");
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn upstream(&self) -> &str {
        &self.upstream
    }

    /// What stands after the last hyphen.
    ///
    /// ```
    /// let version = pydeploy::version::DebianVersion::parse_lenient("1.0-1_2")?;
    /// assert_eq!(version.revision(), Some("1_2"));
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn revision(&self) -> Option<&str> {
        self.revision.as_deref()
    }

    /// What is wrong, each kind once, from left to right; empty for a Debian version.
    ///
    /// ```
    /// use pydeploy::version::DebianVersion;
    ///
    /// let version = DebianVersion::parse_lenient("v1.0_1")?;
    /// let warnings: Vec<String> = version.warnings().iter().map(ToString::to_string).collect();
    /// assert_eq!(
    ///     warnings,
    ///     [
    ///         "upstream version begins with 'v', not with a digit, at column 1",
    ///         "unexpected character '_' in upstream version at column 5",
    ///     ]
    /// );
    /// assert!(DebianVersion::parse_lenient("1.0")?.warnings().is_empty());
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn warnings(&self) -> &[VersionWarning] {
        &self.warnings
    }

    /// What `dpkg --validate-version` warns about; `None` when it says nothing and takes the version.
    ///
    /// ```
    /// use pydeploy::version::DebianVersion;
    ///
    /// let version = DebianVersion::parse_lenient("1.0_1")?;
    /// assert_eq!(version.dpkg_warning(), Some("invalid character in version number"));
    /// // Blanks around a version are wrong, but dpkg does not mind.
    /// assert_eq!(DebianVersion::parse_lenient(" 1.0")?.dpkg_warning(), None);
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn dpkg_warning(&self) -> Option<&'static str> {
        self.warnings.iter().find_map(VersionWarning::dpkg)
    }

    /// The Debian version without the blanks around it and the sign before its epoch; `None` when dpkg warns.
    ///
    /// ```
    /// use pydeploy::version::DebianVersion;
    ///
    /// let version = DebianVersion::parse_lenient(" +1:1.0 ")?.to_strict().ok_or("no version")?;
    /// assert_eq!(version.as_str(), "1:1.0");
    /// assert!(DebianVersion::parse_lenient("v1.0")?.to_strict().is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_strict(&self) -> Option<DebianVersion> {
        let text = self.text.trim_matches(BLANKS);
        let signed = text.contains(':');
        text.trim_start_matches(|c| signed && (SPACES.contains(&c) || SIGNS.contains(&c)))
            .parse()
            .ok()
    }
}

impl DebianVersion {
    /// Reads what dpkg would compare, and collects what is wrong with it.
    ///
    /// # Errors
    ///
    /// What dpkg refuses too: an empty part, a blank inside, an epoch that is not a number, is negative or above
    /// 2³¹−1.
    ///
    /// ```
    /// use pydeploy::version::{DebianVersion, VersionWarning};
    ///
    /// let version = DebianVersion::parse_lenient("1.0-1_1")?;
    /// assert_eq!(version.warnings(), [VersionWarning::RevisionCharacter { found: '_', column: 6 }]);
    ///
    /// let error = DebianVersion::parse_lenient("1.0 1").unwrap_err();
    /// assert_eq!(error.to_string(), "unexpected character ' ' in upstream version at column 4");
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    pub fn parse_lenient(text: &str) -> Result<LenientVersion, ParseVersionError> {
        let start = text.len() - text.trim_start_matches(BLANKS).len();
        let end = text.trim_end_matches(BLANKS).len().max(start);
        let mut warnings = Vec::new();
        if end - start < text.len() {
            warnings.push(VersionWarning::SurroundingBlank);
        }
        let (epoch, upstream) = match text[start..end].find(':') {
            Some(colon) => (epoch(text, start, start + colon, &mut warnings)?, start + colon + 1),
            None => (0, start),
        };
        let hyphen = text[upstream..end].rfind('-').map(|at| upstream + at);
        check(text, Part::Upstream, upstream, hyphen.unwrap_or(end), &mut warnings)?;
        if let Some(hyphen) = hyphen {
            check(text, Part::Revision, hyphen + 1, end, &mut warnings)?;
        }
        Ok(LenientVersion {
            text: text.into(),
            epoch,
            upstream: text[upstream..hyphen.unwrap_or(end)].into(),
            revision: hyphen.map(|hyphen| text[hyphen + 1..end].into()),
            warnings,
        })
    }
}

/// What dpkg trims.
const BLANKS: [char; 2] = [' ', '\t'];
/// What the C library skips before a number, where dpkg does not look; and then one sign.
const SPACES: [char; 4] = ['\n', '\x0b', '\x0c', '\r'];
const SIGNS: [char; 2] = ['+', '-'];

fn epoch(text: &str, start: usize, colon: usize, warnings: &mut Vec<VersionWarning>) -> Result<u32, ParseVersionError> {
    let written = &text[start..colon];
    let signed = written.trim_start_matches(SPACES);
    let digits = signed.strip_prefix(SIGNS).unwrap_or(signed);
    if digits.len() < written.len() {
        warnings.push(VersionWarning::EpochSign);
    }
    let at = colon - digits.len();
    if digits.is_empty() {
        return Err(error(text, at, ErrorKind::Empty(Part::Epoch)));
    }
    if let Some((inside, found)) = digits.char_indices().find(|(_, c)| !c.is_ascii_digit()) {
        return Err(error(text, at + inside, ErrorKind::Unexpected(found, Part::Epoch)));
    }
    let too_large = || error(text, at, ErrorKind::EpochTooLarge);
    let number = u32::try_from(digits.parse::<i32>().map_err(|_| too_large())?).map_err(|_| too_large())?;
    if number > 0 && signed.starts_with('-') {
        return Err(error(text, at - 1, ErrorKind::Unexpected('-', Part::Epoch)));
    }
    Ok(number)
}

/// Refuses what dpkg refuses in `text[from..to]`, and warns about the first of each that it should not hold.
fn check(
    text: &str,
    part: Part,
    from: usize,
    to: usize,
    warnings: &mut Vec<VersionWarning>,
) -> Result<(), ParseVersionError> {
    let part_text = &text[from..to];
    if part_text.is_empty() {
        return Err(error(text, from, ErrorKind::Empty(part)));
    }
    let refused = |(_, c): &(usize, char)| BLANKS.contains(c) || *c == '\0';
    if let Some((at, found)) = part_text.char_indices().find(refused) {
        return Err(error(text, from + at, ErrorKind::Unexpected(found, part)));
    }
    let column = |at: usize| column(text, from + at);
    let allowed = if part == Part::Upstream { ".-+~:" } else { ".+~" };
    let mut characters = part_text.char_indices();
    if part == Part::Upstream {
        let first = characters.next().filter(|(_, c)| !c.is_ascii_digit());
        warnings.extend(first.map(|(at, found)| VersionWarning::UpstreamStart {
            found,
            column: column(at),
        }));
    }
    let wrong = characters.find(|(_, c)| !c.is_ascii_alphanumeric() && !allowed.contains(*c));
    warnings.extend(wrong.map(|(at, found)| match part {
        Part::Revision => VersionWarning::RevisionCharacter {
            found,
            column: column(at),
        },
        _ => VersionWarning::UpstreamCharacter {
            found,
            column: column(at),
        },
    }));
    Ok(())
}

/// Something that a version should not have, and that dpkg compares all the same.
///
/// ```
/// use pydeploy::version::{DebianVersion, VersionWarning};
///
/// let version = DebianVersion::parse_lenient("é1.0 ")?;
/// assert_eq!(
///     version.warnings(),
///     [VersionWarning::SurroundingBlank, VersionWarning::UpstreamStart { found: 'é', column: 1 }]
/// );
/// # Ok::<(), pydeploy::version::ParseVersionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VersionWarning {
    /// Blanks or tabs around the version. dpkg takes them off and says nothing.
    SurroundingBlank,
    /// A sign, or white space that is no blank, before the number of the epoch. dpkg reads over it and says nothing.
    EpochSign,
    /// The upstream version does not begin with a digit.
    UpstreamStart {
        /// What it begins with.
        found: char,
        /// Where in the text, counted in characters from 1.
        column: usize,
    },
    /// A character that the upstream version may not hold; the first one.
    UpstreamCharacter {
        /// The character.
        found: char,
        /// Where in the text, counted in characters from 1.
        column: usize,
    },
    /// A character that the revision may not hold; the first one.
    RevisionCharacter {
        /// The character.
        found: char,
        /// Where in the text, counted in characters from 1.
        column: usize,
    },
}

impl VersionWarning {
    /// The words of dpkg's warning; `None` for what it does not mention.
    ///
    /// ```
    /// use pydeploy::version::VersionWarning;
    ///
    /// let warning = VersionWarning::UpstreamStart { found: 'v', column: 1 };
    /// assert_eq!(warning.dpkg(), Some("version number does not start with digit"));
    /// ```
    #[must_use]
    pub fn dpkg(&self) -> Option<&'static str> {
        match self {
            Self::SurroundingBlank | Self::EpochSign => None,
            Self::UpstreamStart { .. } => Some("version number does not start with digit"),
            Self::UpstreamCharacter { .. } => Some("invalid character in version number"),
            Self::RevisionCharacter { .. } => Some("invalid character in revision number"),
        }
    }
}

impl fmt::Display for VersionWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, column) = match *self {
            Self::SurroundingBlank => return f.write_str("blanks around the version"),
            Self::EpochSign => return f.write_str("a sign or white space before the epoch"),
            Self::UpstreamStart { found, column } => (ErrorKind::NoDigitFirst(found), column),
            Self::UpstreamCharacter { found, column } => (ErrorKind::Unexpected(found, Part::Upstream), column),
            Self::RevisionCharacter { found, column } => (ErrorKind::Unexpected(found, Part::Revision), column),
        };
        write!(f, "{kind} at column {column}")
    }
}

impl From<DebianVersion> for LenientVersion {
    fn from(version: DebianVersion) -> Self {
        Self {
            epoch: version.epoch(),
            upstream: version.upstream().into(),
            revision: version.revision().map(Into::into),
            warnings: Vec::new(),
            text: version.text,
        }
    }
}

impl fmt::Display for LenientVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for LenientVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LenientVersion({:?})", self.text)
    }
}

impl LenientVersion {
    /// The upstream version and the revision; dpkg compares a revision that is not there as an empty one.
    fn parts(&self) -> [Runs<'_>; 2] {
        [self.upstream(), self.revision().unwrap_or_default()].map(|part| Runs(Some(part.as_bytes())))
    }
}

/// A part cut into pairs of a run of other characters and a number without zeros before it; at least one pair.
#[derive(Clone, Copy)]
struct Runs<'t>(Option<&'t [u8]>);

impl<'t> Iterator for Runs<'t> {
    type Item = (&'t [u8], &'t [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.0?;
        let (other, rest) = text.split_at(count(text, |b| !b.is_ascii_digit()));
        let (number, rest) = rest.split_at(count(rest, u8::is_ascii_digit));
        self.0 = (!rest.is_empty()).then_some(rest);
        Some((other, &number[count(number, |b| *b == b'0')..]))
    }
}

fn count(text: &[u8], belongs: impl Fn(&u8) -> bool) -> usize {
    text.iter().take_while(|b| belongs(b)).count()
}

fn compare(mut a: Runs<'_>, mut b: Runs<'_>) -> Ordering {
    loop {
        let (next_a, next_b) = (a.next(), b.next());
        if next_a.is_none() && next_b.is_none() {
            return Ordering::Equal;
        }
        let ((other_a, number_a), (other_b, number_b)) = (next_a.unwrap_or_default(), next_b.unwrap_or_default());
        let numbers = || number_a.len().cmp(&number_b.len()).then_with(|| number_a.cmp(number_b));
        let order = ranks(other_a).cmp(ranks(other_b)).then_with(numbers);
        if order.is_ne() {
            return order;
        }
    }
}

/// Where the characters of a run stand, and at last its end.
fn ranks(run: &[u8]) -> impl Iterator<Item = i16> + '_ {
    let rank = |&byte: &u8| match byte {
        b'~' => -1,
        b'a'..=b'z' | b'A'..=b'Z' => i16::from(byte),
        // What C makes of a `char` that is signed.
        _ => i16::from(byte.cast_signed()) + 256,
    };
    run.iter().map(rank).chain([0])
}

impl Ord for LenientVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        let ([upstream, revision], [other_upstream, other_revision]) = (self.parts(), other.parts());
        let epochs = self.epoch.cmp(&other.epoch);
        epochs
            .then_with(|| compare(upstream, other_upstream))
            .then_with(|| compare(revision, other_revision))
    }
}

impl PartialOrd for LenientVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for LenientVersion {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for LenientVersion {}

impl Hash for LenientVersion {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.epoch.hash(state);
        for part in self.parts() {
            part.for_each(|pair| pair.hash(state));
            state.write_u8(0);
        }
    }
}
