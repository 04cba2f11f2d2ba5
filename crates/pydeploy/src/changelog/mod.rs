//! Debian changelogs: read without losing a byte, checked, and edited where they need to be.
//!
//! ```
//! use pydeploy::changelog;
//!
//! let text = b"\
//! guestbook (1.0.0) UNRELEASED; urgency=medium
//!
//!   * Let guests write.
//!
//!  -- Ada Example <ada@example.org>  Sun, 09 Oct 2016 15:10:15 +0000
//! ";
//! let head = changelog::head(text)?;
//! assert_eq!(head.package, "guestbook");
//! assert_eq!(head.version.as_str(), "1.0.0");
//! assert!(!head.is_released());
//! # Ok::<(), changelog::ParseChangelogError>(())
//! ```

mod ancient;
mod bugs;
mod date;
mod diagnostic;
mod edit;
mod fix;
mod items;
mod lack;
mod lines;
mod notice;
mod parse;
mod person;
#[cfg(test)]
mod tests;
mod value;

pub use self::edit::{Contribution, EditError, NewEntry, Order};
pub use self::fix::{Fixed, Repair};
pub use self::person::{Author, Maintainer};
pub use self::value::{Distributions, Item, ParseValueError, SourceName, Urgency};

use std::borrow::Cow;
use std::fmt;

use crate::Timestamp;
use crate::version::{self, DebianVersion, ParseVersionError};

/// The first entry of a changelog, checked: what a build needs to know.
///
/// [`head`] reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Head {
    /// The source package.
    pub package: String,
    /// The version, as it is written.
    pub version: DebianVersion,
    /// Usually one: `unstable`, `UNRELEASED`.
    pub distributions: Vec<String>,
    /// In lower case and without the comment that may follow it.
    pub urgency: String,
    /// `Name <address>`, from the trailer if there is one.
    pub maintainer: Option<String>,
    /// The date of the trailer, if there is one and the calendar has it.
    pub date: Option<Timestamp>,
    /// The line of the heading, counted from 1.
    pub line: usize,
}

impl Head {
    /// Whether the distribution is anything but exactly `UNRELEASED`.
    ///
    /// ```
    /// let head = pydeploy::changelog::head(b"a (1) unstable; urgency=low\n")?;
    /// assert!(head.is_released());
    /// # Ok::<(), pydeploy::changelog::ParseChangelogError>(())
    /// ```
    #[must_use]
    pub fn is_released(&self) -> bool {
        self.distributions != ["UNRELEASED"]
    }

    /// What [`version::snapshot`] and [`version::release`] ask for.
    ///
    /// ```
    /// let head = pydeploy::changelog::head(b"a (1.0) unstable; urgency=low\n")?;
    /// assert_eq!(pydeploy::version::release(&head.for_version(), Some("v1.0"), &[])?.as_str(), "1.0");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn for_version(&self) -> version::Head<'_> {
        version::Head {
            version: &self.version,
            released: self.is_released(),
        }
    }
}

/// Reads the first entry and nothing after it.
///
/// # Errors
///
/// When the first line that is neither blank nor a comment is not a heading, when its version is not a
/// [`DebianVersion`], or when it has no urgency: where `dpkg-parsechangelog` would go on with the word `unknown`. What is
/// wrong with the lines after the heading is for [`Changelog::check`] to say.
///
/// ```
/// let error = pydeploy::changelog::head(b"a (v1.0) unstable; urgency=low\n").unwrap_err();
/// assert_eq!((error.line(), error.column()), (1, 4));
/// assert_eq!(
///     error.to_string(),
///     "upstream version begins with 'v', not with a digit, at line 1, column 4"
/// );
/// ```
pub fn head(bytes: &[u8]) -> Result<Head, ParseChangelogError> {
    parse::head(bytes)
}

/// All of a changelog. Any bytes are one: what is wrong with them is in [`check`](Self::check).
///
/// Comments and blank lines belong to the entry that they follow. Text in a format older than the present one, and
/// what editors put at the end, is the [`tail`](Self::tail).
///
/// ```
/// use pydeploy::changelog::Changelog;
///
/// let text = b"a (2) unstable; urgency=low\n\n  * b\n\n -- C <c@d>  Sun, 09 Oct 2016 15:10:15 +0000\n\
///     \na (1) unstable; urgency=low\n\n  * b\n\n -- C <c@d>  Sat, 08 Oct 2016 15:10:15 +0000\n";
/// let changelog = Changelog::parse(text);
/// let versions: Vec<_> = changelog.entries().iter().map(|entry| entry.version_text()).collect();
/// assert_eq!(versions, ["2", "1"]);
/// assert_eq!(changelog.to_bytes(), text);
/// assert!(changelog.check().is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct Changelog<'a> {
    /// What stands before the first heading.
    preamble: &'a [u8],
    entries: Vec<Entry<'a>>,
    tail: &'a [u8],
    /// What is wrong with the order of the lines.
    faults: Vec<Diagnostic>,
}

impl<'a> Changelog<'a> {
    /// Takes the bytes apart.
    ///
    /// ```
    /// assert!(pydeploy::changelog::Changelog::parse(b"\xff\0").entries().is_empty());
    /// ```
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Self {
        parse::all(bytes)
    }

    /// The entries, newest first as they stand in the file.
    ///
    /// ```
    /// let changelog = pydeploy::changelog::Changelog::parse(b"a (2) b; urgency=low\na (1) b; urgency=low\n");
    /// assert_eq!(changelog.entries().len(), 2);
    /// ```
    #[must_use]
    pub fn entries(&self) -> &[Entry<'a>] {
        &self.entries
    }

    /// What follows the last entry: older formats, settings of editors.
    ///
    /// ```
    /// let changelog = pydeploy::changelog::Changelog::parse(b"a (1) b; urgency=low\nvim: set tw=72\n");
    /// assert_eq!(changelog.tail(), b"vim: set tw=72\n");
    /// ```
    #[must_use]
    pub fn tail(&self) -> &'a [u8] {
        self.tail
    }

    /// Everything that is wrong, by line: what dpkg warns about, and what it lets pass ([`Severity`]).
    ///
    /// ```
    /// use pydeploy::changelog::{Changelog, Severity};
    ///
    /// let text = b"a (1) unstable; urgency=low\n\n  * b\n\n -- C <c@d>  Mon, 09 Oct 2016 15:10:15 +0000\n";
    /// let found = Changelog::parse(text).check();
    /// assert_eq!(found[0].to_string(), "weekday `Mon` of a day that is a Sun at line 5, column 14");
    /// assert_eq!(found[0].severity(), Severity::Notice);
    /// ```
    #[must_use]
    pub fn check(&self) -> Vec<Diagnostic> {
        diagnostic::check(self)
    }

    /// The bytes that were parsed.
    ///
    /// ```
    /// assert_eq!(pydeploy::changelog::Changelog::parse(b"\xff\0").to_bytes(), b"\xff\0");
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let entries = self.entries.iter().map(|entry| entry.text);
        let parts: Vec<&[u8]> = [self.preamble].into_iter().chain(entries).chain([self.tail]).collect();
        parts.concat()
    }
}

/// One entry of a [`Changelog`]: slices of its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    text: &'a [u8],
    line: usize,
    header: lines::Header<'a>,
    trailer: Option<lines::Trailer<'a>>,
    /// How many lines after the heading the trailer stands.
    trailer_line: usize,
    /// Where in `text` the trailer begins; its end if there is none.
    trailer_at: usize,
}

impl<'a> Entry<'a> {
    /// The whole entry, from its heading up to the next one.
    ///
    /// ```
    /// let changelog = pydeploy::changelog::Changelog::parse(b"a (2) b; urgency=low\n\na (1) b; urgency=low\n");
    /// assert_eq!(changelog.entries()[0].text(), b"a (2) b; urgency=low\n\n");
    /// ```
    #[must_use]
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// The line of the heading, counted from 1.
    ///
    /// ```
    /// let changelog = pydeploy::changelog::Changelog::parse(b"# c\na (2) b; urgency=low\n\na (1) b; urgency=low\n");
    /// assert_eq!((changelog.entries()[0].line(), changelog.entries()[1].line()), (2, 4));
    /// ```
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// The source package.
    ///
    /// ```
    /// let text = b"a (1) b c; urgency=LOW (for you)\n\n  * d\n\n -- E <e@f>  Sun, 09 Oct 2016 15:10:15 +0200\n";
    /// let changelog = pydeploy::changelog::Changelog::parse(text);
    /// let entry = changelog.entries()[0];
    /// assert_eq!(entry.package(), "a");
    /// ```
    #[must_use]
    pub fn package(&self) -> &'a str {
        std::str::from_utf8(self.header.package).unwrap_or_default()
    }

    /// The version as it is written, whether or not it is one; empty when it is not UTF-8.
    ///
    /// ```
    /// let changelog = pydeploy::changelog::Changelog::parse(b"a (v1) b; urgency=low\n");
    /// assert_eq!(changelog.entries()[0].version_text(), "v1");
    /// ```
    #[must_use]
    pub fn version_text(&self) -> &'a str {
        std::str::from_utf8(self.header.version).unwrap_or_default()
    }

    /// The version.
    ///
    /// # Errors
    ///
    /// When it is not one.
    ///
    /// ```
    /// let changelog = pydeploy::changelog::Changelog::parse(b"a (1.0) b; urgency=low\na (v1) b; urgency=low\n");
    /// assert_eq!(changelog.entries()[0].version()?.upstream(), "1.0");
    /// assert!(changelog.entries()[1].version().is_err());
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    pub fn version(&self) -> Result<DebianVersion, ParseVersionError> {
        self.version_text().parse()
    }

    /// The distributions, usually one.
    ///
    /// ```
    /// let text = b"a (1) b c; urgency=LOW (for you)\n\n  * d\n\n -- E <e@f>  Sun, 09 Oct 2016 15:10:15 +0200\n";
    /// let changelog = pydeploy::changelog::Changelog::parse(text);
    /// let entry = changelog.entries()[0];
    /// assert!(entry.distributions().eq(["b", "c"]));
    /// ```
    pub fn distributions(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let text = std::str::from_utf8(self.header.distributions).unwrap_or_default();
        text.split(|c: char| u8::try_from(c).is_ok_and(lines::is_space))
            .filter(|name| !name.is_empty())
    }

    /// Whether the distribution is anything but exactly `UNRELEASED`.
    ///
    /// ```
    /// let changelog = pydeploy::changelog::Changelog::parse(b"a (2) UNRELEASED; urgency=low\na (1) b; urgency=low\n");
    /// assert!(!changelog.entries()[0].is_released() && changelog.entries()[1].is_released());
    /// ```
    #[must_use]
    pub fn is_released(&self) -> bool {
        !self.distributions().eq(["UNRELEASED"])
    }

    /// In lower case and without the comment that may follow it; `None` where dpkg says `unknown`.
    ///
    /// ```
    /// let text = b"a (1) b c; urgency=LOW (for you)\n\n  * d\n\n -- E <e@f>  Sun, 09 Oct 2016 15:10:15 +0200\n";
    /// let changelog = pydeploy::changelog::Changelog::parse(text);
    /// let entry = changelog.entries()[0];
    /// assert_eq!(entry.urgency().as_deref(), Some("low"));
    /// ```
    #[must_use]
    pub fn urgency(&self) -> Option<String> {
        parse::urgency(&self.header)
    }

    /// The lines between the heading and the trailer.
    ///
    /// ```
    /// let text = b"a (1) b c; urgency=LOW (for you)\n\n  * d\n\n -- E <e@f>  Sun, 09 Oct 2016 15:10:15 +0200\n";
    /// let changelog = pydeploy::changelog::Changelog::parse(text);
    /// let entry = changelog.entries()[0];
    /// assert_eq!(entry.changes(), b"\n  * d\n\n");
    /// ```
    #[must_use]
    pub fn changes(&self) -> &'a [u8] {
        let heading = self
            .text
            .iter()
            .position(|&b| b == b'\n')
            .map_or(self.text.len(), |at| at + 1);
        self.text.get(heading..self.trailer_at).unwrap_or_default()
    }

    /// The entry as the `Changes` field of an upload has it: the heading, an empty line, the changes. No line ends in a
    /// blank; text that is not UTF-8 is taken for Latin-1.
    ///
    /// ```
    /// let text = b"a (1) b; urgency=low\n\n\n  * c  \n\n -- E <e@f>  Sun, 09 Oct 2016 15:10:15 +0200\n";
    /// let changelog = pydeploy::changelog::Changelog::parse(text);
    /// assert_eq!(changelog.entries()[0].upload_text(), "a (1) b; urgency=low\n\n  * c");
    /// ```
    #[must_use]
    pub fn upload_text(&self) -> String {
        let heading = self.text.split(|&b| b == b'\n').next().unwrap_or_default();
        let changes = decode(self.changes());
        let mut lines: Vec<&str> = changes
            .lines()
            .map(str::trim_end)
            .skip_while(|line| line.is_empty())
            .collect();
        lines.truncate(
            lines
                .iter()
                .rposition(|line| !line.is_empty())
                .map_or(0, |last| last + 1),
        );
        format!("{}\n\n{}", decode(heading).trim_end(), lines.join("\n"))
    }

    /// The bugs of Debian's tracker that the entry closes, in rising order: the numbers behind `Closes:`.
    ///
    /// ```
    /// let text = b"a (1) b; urgency=low\n\n  * c (Closes: #12, #9; LP: #5)\n";
    /// let changelog = pydeploy::changelog::Changelog::parse(text);
    /// assert_eq!(changelog.entries()[0].closes(), [9, 12]);
    /// ```
    #[must_use]
    pub fn closes(&self) -> Vec<u64> {
        bugs::debian(&decode(self.changes()))
    }

    /// The bugs of Launchpad that the entry closes, in rising order: the numbers behind `LP:`.
    ///
    /// ```
    /// let text = b"a (1) b; urgency=low\n\n  * c (Closes: #12, #9; LP: #5)\n";
    /// let changelog = pydeploy::changelog::Changelog::parse(text);
    /// assert_eq!(changelog.entries()[0].closes_on_launchpad(), [5]);
    /// ```
    #[must_use]
    pub fn closes_on_launchpad(&self) -> Vec<u64> {
        bugs::launchpad(&decode(self.changes()))
    }

    /// `Name <address>` from the trailer; text that is not UTF-8 is taken for Latin-1.
    ///
    /// ```
    /// let text = b"a (1) b c; urgency=LOW (for you)\n\n  * d\n\n -- E <e@f>  Sun, 09 Oct 2016 15:10:15 +0200\n";
    /// let changelog = pydeploy::changelog::Changelog::parse(text);
    /// let entry = changelog.entries()[0];
    /// assert_eq!(entry.maintainer().as_deref(), Some("E <e@f>"));
    /// ```
    #[must_use]
    pub fn maintainer(&self) -> Option<String> {
        let trailer = self.trailer?;
        Some(format!("{} <{}>", decode(trailer.name), decode(trailer.email)))
    }

    /// The date of the trailer as it is written.
    ///
    /// ```
    /// let text = b"a (1) b c; urgency=LOW (for you)\n\n  * d\n\n -- E <e@f>  Sun, 09 Oct 2016 15:10:15 +0200\n";
    /// let changelog = pydeploy::changelog::Changelog::parse(text);
    /// let entry = changelog.entries()[0];
    /// assert_eq!(entry.date_text().as_deref(), Some("Sun, 09 Oct 2016 15:10:15 +0200"));
    /// ```
    #[must_use]
    pub fn date_text(&self) -> Option<Cow<'a, str>> {
        self.trailer?;
        let line = self.text[self.trailer_at..].split(|&b| b == b'\n').next()?;
        let person = line.iter().rposition(|&b| b == b'>')?;
        Some(decode(line[person + 1..].trim_ascii()))
    }

    /// The date of the trailer, if the calendar has it.
    ///
    /// ```
    /// let text = b"a (1) b c; urgency=LOW (for you)\n\n  * d\n\n -- E <e@f>  Sun, 09 Oct 2016 15:10:15 +0200\n";
    /// let changelog = pydeploy::changelog::Changelog::parse(text);
    /// let entry = changelog.entries()[0];
    /// assert_eq!(entry.date().map(|date| date.compact()).as_deref(), Some("20161009131015"));
    /// ```
    #[must_use]
    pub fn date(&self) -> Option<Timestamp> {
        date::parse(self.trailer?.date).ok().map(|date| date.at)
    }
}

/// UTF-8, or else Latin-1, in which every byte is a character.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes.iter().copied().map(char::from).collect::<String>().into(),
    }
}

/// What dpkg makes of something that is wrong. [`Display`](fmt::Display) writes `notice`, `warning` or `error`.
///
/// ```
/// use pydeploy::changelog::{Changelog, Severity};
///
/// let text = b"a (v1) unreleased; urgency=low, urgency=high\n\n  * b\n\n -- C <c@d>  Sun, 09 Oct 2016 15:10:15 +0000\n";
/// let found = Changelog::parse(text).check();
/// let severities: Vec<_> = found.iter().map(|diagnostic| diagnostic.severity()).collect();
/// assert_eq!(severities, [Severity::Error, Severity::Notice, Severity::Warning]);
/// assert!(Severity::Notice < Severity::Warning && Severity::Warning < Severity::Error);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// dpkg reads it without a word: a weekday that is not that day's, a day that the month does not have, `unreleased`
    /// in lower case, a line that hides the entries below it.
    Notice,
    /// dpkg warns and goes on.
    Warning,
    /// dpkg has no entry, no version or no urgency, and stops or goes on with the word `unknown`: [`head`] refuses it in
    /// the first entry.
    Error,
}

/// One thing that is wrong with a changelog, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    kind: diagnostic::Kind,
    severity: Severity,
    line: usize,
    column: usize,
}

impl Diagnostic {
    /// What dpkg makes of it.
    ///
    /// ```
    /// let found = pydeploy::changelog::Changelog::parse(b"a (1) b;\n").check();
    /// assert_eq!(found[0].severity(), pydeploy::changelog::Severity::Error);
    /// ```
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The line, counted from 1.
    ///
    /// ```
    /// let found = pydeploy::changelog::Changelog::parse(b"a (1) b;\n").check();
    /// assert_eq!(found[0].line(), 1);
    /// ```
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// The byte in the line, counted from 1.
    ///
    /// ```
    /// let found = pydeploy::changelog::Changelog::parse(b"a (1) b;\n").check();
    /// assert_eq!(found[0].column(), 9);
    /// ```
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }

    /// What is wrong, without the place.
    ///
    /// ```
    /// let found = pydeploy::changelog::Changelog::parse(b"a (1) b;\n").check();
    /// assert_eq!(found[0].message(), "heading without an urgency");
    /// ```
    #[must_use]
    pub fn message(&self) -> String {
        self.kind.to_string()
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {}, column {}", self.kind, self.line, self.column)
    }
}

/// The changelog does not begin with an entry that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseChangelogError(Diagnostic);

impl ParseChangelogError {
    /// The line, counted from 1.
    ///
    /// ```
    /// let error = pydeploy::changelog::head(b"\n# c\na (1) b\n").unwrap_err();
    /// assert_eq!(error.line(), 3);
    /// ```
    #[must_use]
    pub fn line(&self) -> usize {
        self.0.line
    }

    /// The byte in the line, counted from 1.
    ///
    /// ```
    /// let error = pydeploy::changelog::head(b"\n# c\na (1) b\n").unwrap_err();
    /// assert_eq!(error.column(), 8);
    /// ```
    #[must_use]
    pub fn column(&self) -> usize {
        self.0.column
    }

    /// What a person can do about it, in one sentence.
    ///
    /// ```
    /// let error = pydeploy::changelog::head(b"").unwrap_err();
    /// assert_eq!(error.hint(), "begin with a line such as `guestbook (1.0) UNRELEASED; urgency=medium`");
    /// ```
    #[must_use]
    pub fn hint(&self) -> &'static str {
        if matches!(self.0.kind, diagnostic::Kind::Version(_)) {
            return "write a version such as `1.0`";
        }
        "begin with a line such as `guestbook (1.0) UNRELEASED; urgency=medium`"
    }
}

impl fmt::Display for ParseChangelogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for ParseChangelogError {}
