//! Control paragraphs: the text of `control`, `Packages`, `Release`, `.dsc` and `.changes` files.
//!
//! ```
//! use pydeploy::deb822::{self, Paragraph};
//!
//! let mut control = Paragraph::new();
//! control.push("Package", "guestbook")?;
//! control.push("Version", "1.0.0")?;
//! control.push("Description", "a book for guests\nThey write a line and leave.\n\nEverybody can read it.")?;
//! let text = "\
//! Package: guestbook
//! Version: 1.0.0
//! Description: a book for guests
//!  They write a line and leave.
//!  .
//!  Everybody can read it.
//! ";
//! assert_eq!(control.to_string(), text);
//! assert_eq!(deb822::parse_one(text.as_bytes())?, control);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod parse;
#[cfg(test)]
mod tests;
mod write;

use std::fmt;

/// Fields with their values, in the order in which they were written ([Debian Policy 5.1]).
///
/// # Values
///
/// A value is held without its folding: lines are separated by `\n`, the space that begins a continuation line is
/// not part of it, and ` .`, which stands for an empty line, is an empty line. `Conffiles` and other fields that begin
/// on the line after their name have a value that begins with `\n`. Names are compared without regard to case.
///
/// What [`push`](Self::push) and [`set`](Self::set) accept can always be written and read back.
///
/// [Debian Policy 5.1]: https://www.debian.org/doc/debian-policy/ch-controlfields.html#syntax-of-control-files
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paragraph {
    fields: Vec<Field>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    name: Box<str>,
    value: String,
}

impl Paragraph {
    /// A paragraph without fields.
    ///
    /// ```
    /// assert!(pydeploy::deb822::Paragraph::new().is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field at the end.
    ///
    /// White space around the first line, at the ends of lines and in lines that hold nothing else is left out, as
    /// are empty lines at the end.
    ///
    /// # Errors
    ///
    /// When there is a field of that name, when the name is empty, begins with `#` or `-` or holds anything but
    /// printable ASCII other than `:` and the space, and when the value holds a control character other than newline
    /// and tab.
    ///
    /// ```
    /// let mut paragraph = pydeploy::deb822::Paragraph::new();
    /// paragraph.push("Package", "guestbook")?;
    /// let error = paragraph.push("package", "other").unwrap_err();
    /// assert_eq!(error.to_string(), "field `package` is there already");
    /// # Ok::<(), pydeploy::deb822::InvalidField>(())
    /// ```
    pub fn push(&mut self, name: &str, value: &str) -> Result<(), InvalidField> {
        let field = write::field(name, value)?;
        if self.get(name).is_some() {
            return Err(InvalidField::new(name, write::Fault::Duplicate));
        }
        self.fields.push(field);
        Ok(())
    }

    /// Gives a field another value where it stands, or adds it at the end.
    ///
    /// # Errors
    ///
    /// As for [`push`](Self::push), except that the field may be there.
    ///
    /// ```
    /// let mut paragraph = pydeploy::deb822::parse_one(b"Package: a\nVersion: 1\n")?;
    /// paragraph.set("Package", "b")?;
    /// assert_eq!(paragraph.to_string(), "Package: b\nVersion: 1\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), InvalidField> {
        let field = write::field(name, value)?;
        match self.fields.iter_mut().find(|old| old.name.eq_ignore_ascii_case(name)) {
            Some(old) => old.value = field.value,
            None => self.fields.push(field),
        }
        Ok(())
    }

    /// Takes a field out and returns its value.
    ///
    /// ```
    /// let mut paragraph = pydeploy::deb822::parse_one(b"Package: a\nVersion: 1\n")?;
    /// assert_eq!(paragraph.remove("package").as_deref(), Some("a"));
    /// assert_eq!(paragraph.to_string(), "Version: 1\n");
    /// # Ok::<(), pydeploy::deb822::ParseParagraphError>(())
    /// ```
    pub fn remove(&mut self, name: &str) -> Option<String> {
        let at = self
            .fields
            .iter()
            .position(|field| field.name.eq_ignore_ascii_case(name))?;
        Some(self.fields.remove(at).value)
    }

    /// The value of a field.
    ///
    /// ```
    /// let paragraph = pydeploy::deb822::parse_one(b"Conffiles:\n /etc/a\n")?;
    /// assert_eq!(paragraph.get("conffiles"), Some("\n/etc/a"));
    /// # Ok::<(), pydeploy::deb822::ParseParagraphError>(())
    /// ```
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        let field = fields.find(|field| field.name.eq_ignore_ascii_case(name))?;
        Some(&field.value)
    }

    /// Names and values, in order.
    ///
    /// ```
    /// let paragraph = pydeploy::deb822::parse_one(b"Package: a\nVersion: 1\n")?;
    /// assert!(paragraph.fields().eq([("Package", "a"), ("Version", "1")]));
    /// # Ok::<(), pydeploy::deb822::ParseParagraphError>(())
    /// ```
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|field| (&*field.name, field.value.as_str()))
    }

    /// Whether there is no field.
    ///
    /// ```
    /// let paragraph = pydeploy::deb822::parse_one(b"Package: a\n")?;
    /// assert!(!paragraph.is_empty());
    /// # Ok::<(), pydeploy::deb822::ParseParagraphError>(())
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The paragraph as it stands in a file, each line ended, without the empty line that would separate it from the
    /// next one.
    ///
    /// ```
    /// let paragraph = pydeploy::deb822::parse_one(b"Package:a\nX:  1,\n\t2")?;
    /// assert_eq!(paragraph.to_bytes(), b"Package: a\nX: 1,\n 2\n");
    /// # Ok::<(), pydeploy::deb822::ParseParagraphError>(())
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}

impl fmt::Display for Paragraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fields.iter().try_for_each(|field| write::write(f, field))
    }
}

/// Reads all paragraphs of a file.
///
/// # Errors
///
/// As for [`paragraphs`].
///
/// ```
/// let packages = pydeploy::deb822::parse(b"Package: a\n\nPackage: b\n")?;
/// assert_eq!(packages.len(), 2);
/// # Ok::<(), pydeploy::deb822::ParseParagraphError>(())
/// ```
pub fn parse(bytes: &[u8]) -> Result<Vec<Paragraph>, ParseParagraphError> {
    paragraphs(bytes).collect()
}

/// Reads a file that holds exactly one paragraph.
///
/// # Errors
///
/// As for [`paragraphs`], and when there is none, or a second one.
///
/// ```
/// use pydeploy::deb822::parse_one;
///
/// assert_eq!(parse_one(b"Package: a\n")?.get("Package"), Some("a"));
/// let error = parse_one(b"Package: a\n\nPackage: b\n").unwrap_err();
/// assert_eq!(error.to_string(), "unexpected second paragraph at line 3");
/// # Ok::<(), pydeploy::deb822::ParseParagraphError>(())
/// ```
pub fn parse_one(bytes: &[u8]) -> Result<Paragraph, ParseParagraphError> {
    parse::one(bytes)
}

/// Reads paragraphs one after the other. After an error there are no more.
///
/// # Errors
///
/// An item is an error when the text is not UTF-8, a field stands twice in one paragraph, a line is neither a field
/// nor the continuation of one, a name is not one that [`Paragraph::push`] would accept, or a line holds white space
/// only: some readers take that for the end of a paragraph and others for a part of the value.
///
/// ```
/// let mut paragraphs = pydeploy::deb822::paragraphs(b"Package: a\n\nVersion 1\n");
/// assert!(paragraphs.next().is_some_and(|first| first.is_ok()));
/// let error = paragraphs.next().and_then(Result::err).ok_or("no error")?;
/// assert_eq!(error.to_string(), "unexpected line without a colon at line 3");
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn paragraphs(bytes: &[u8]) -> Paragraphs<'_> {
    Paragraphs::new(bytes)
}

/// The iterator that [`paragraphs`] returns.
#[derive(Clone, Debug)]
pub struct Paragraphs<'a> {
    rest: &'a [u8],
    /// How many lines have been read.
    line: usize,
}

/// The name or the value cannot be a field.
///
/// ```
/// let mut paragraph = pydeploy::deb822::Paragraph::new();
/// let error = paragraph.push("Section name", "web").unwrap_err();
/// assert_eq!(error.to_string(), "unexpected character ' ' in the name of field `Section name`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidField {
    name: Box<str>,
    fault: write::Fault,
}

/// The text is not a sequence of control paragraphs.
///
/// ```
/// let error = pydeploy::deb822::parse(b"Package: a\nPackage: b\n").unwrap_err();
/// assert_eq!(error.to_string(), "unexpected second field `Package` at line 2");
/// assert_eq!(error.line(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseParagraphError {
    kind: parse::ErrorKind,
    line: usize,
}

impl ParseParagraphError {
    /// The line, counted from 1.
    ///
    /// ```
    /// assert_eq!(pydeploy::deb822::parse(b" a\n").unwrap_err().line(), 1);
    /// ```
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }
}

impl fmt::Display for ParseParagraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at line {}", self.kind, self.line)
    }
}

impl std::error::Error for ParseParagraphError {}
