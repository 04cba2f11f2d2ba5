//! The `ar` container of a `.deb`, exactly as `dpkg` wants it: short names, decimal fields, even offsets.

use std::io::{self, Read, Write};

use crate::timestamp::Timestamp;

const MAGIC: &[u8; 8] = b"!<arch>\n";
const HEADER_SIZE: usize = 60;
/// The largest size that ten decimal digits hold.
const MAX_SIZE: u64 = 9_999_999_999;

/// What can be wrong with an archive.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArError {
    /// The file does not begin as an archive does.
    #[error("the file does not begin with `!<arch>`")]
    NotAnArchive,
    /// The file ends inside a header or a member.
    #[error("the archive ends in the middle of {0}")]
    Truncated(String),
    /// A header field is not what it should be.
    #[error("the header after {after} has a bad {field}: `{value}`")]
    BadHeader {
        /// The member before it, or `the start`.
        after: String,
        /// The field: `name`, `size`, ….
        field: &'static str,
        /// Its bytes, escaped.
        value: String,
    },
    /// The file could not be read.
    #[error("the archive cannot be read")]
    Io(#[source] io::Error),
}

/// Writes an archive whose bytes depend on nothing but its arguments.
#[derive(Debug)]
pub(crate) struct ArWriter<W> {
    out: W,
}

impl<W: Write> ArWriter<W> {
    /// Begins an archive.
    pub(crate) fn new(mut out: W) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        Ok(Self { out })
    }

    /// Appends a member of exactly `size` bytes: owner 0:0, mode 100644.
    ///
    /// Fails when `name` is not one that `dpkg` reads, or `content` does not have `size` bytes.
    pub(crate) fn append(&mut self, name: &str, at: Timestamp, size: u64, content: &mut dyn Read) -> io::Result<()> {
        if !is_member_name(name.as_bytes()) || size > MAX_SIZE || at.as_second() > 999_999_999_999 {
            let text = format!("`{name}` of {size} bytes cannot be a member of a .deb");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        self.out.write_all(header(name, at.as_second(), size).as_bytes())?;
        let copied = io::copy(&mut content.take(size), &mut self.out)?;
        if copied != size || content.read(&mut [0])? != 0 {
            let text = format!("`{name}` does not have the {size} bytes that were announced");
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        self.out.write_all(if size % 2 == 1 { b"\n" } else { b"" })
    }

    /// Appends a member that is in memory.
    pub(crate) fn append_bytes(&mut self, name: &str, at: Timestamp, mut content: &[u8]) -> io::Result<()> {
        self.append(name, at, content.len() as u64, &mut content)
    }

    /// The archive is complete.
    pub(crate) fn finish(self) -> W {
        self.out
    }
}

/// The one form in which headers are written: owner 0:0, mode 100644.
fn header(name: &str, time: impl std::fmt::Display, size: u64) -> String {
    format!("{name:<16}{time:<12}0     0     100644  {size:<10}`\n")
}

/// What a header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) time: u64,
    /// Whether it is the one that [`ArWriter`] writes for name, size and time, and so is the padding before it.
    pub(crate) is_plain: bool,
}

/// Reads an archive from front to back; [`Read`] gives the content of the member that [`next_member`] announced.
///
/// [`next_member`]: Self::next_member
#[derive(Debug)]
pub(crate) struct ArReader<R> {
    input: R,
    /// The last member's name, for messages.
    last: Option<String>,
    /// What is left of it.
    left: u64,
    /// Whether a padding byte follows it.
    padded: bool,
    /// The last of these.
    padding: u8,
}

impl<R: Read> ArReader<R> {
    /// Checks that an archive begins.
    pub(crate) fn new(mut input: R) -> Result<Self, ArError> {
        let mut magic = [0; 8];
        let read = fill(&mut input, &mut magic)?;
        if read < magic.len() || &magic != MAGIC {
            return Err(ArError::NotAnArchive);
        }
        Ok(Self {
            input,
            last: None,
            left: 0,
            padded: false,
            padding: b'\n',
        })
    }

    /// The next member, or `None` when the file ends where a member does.
    pub(crate) fn next_member(&mut self) -> Result<Option<Member>, ArError> {
        self.finish_member()?;
        let mut header = [0; HEADER_SIZE];
        match fill(&mut self.input, &mut header)? {
            0 => return Ok(None),
            HEADER_SIZE => {}
            _ => return Err(ArError::Truncated(format!("the header after {}", self.place()))),
        }
        let member = self.parse(&header)?;
        self.left = member.size;
        self.padded = member.size % 2 == 1;
        self.last = Some(member.name.clone());
        Ok(Some(member))
    }

    /// Whether nothing but a newline stood behind the last member of odd size.
    pub(crate) fn is_padding_plain(&self) -> bool {
        self.padding == b'\n'
    }

    /// What was read from.
    pub(crate) fn into_inner(self) -> R {
        self.input
    }

    fn finish_member(&mut self) -> Result<(), ArError> {
        let left = self.left;
        let skipped = io::copy(&mut (&mut self.input).take(left), &mut io::sink()).map_err(ArError::Io)?;
        self.left -= skipped;
        let count = usize::from(std::mem::take(&mut self.padded));
        let mut padding = [b'\n'];
        if skipped < left || fill(&mut self.input, &mut padding[..count])? < count {
            return Err(ArError::Truncated(self.place()));
        }
        [self.padding] = padding;
        Ok(())
    }

    fn parse(&self, bytes: &[u8; HEADER_SIZE]) -> Result<Member, ArError> {
        let bad = |field, bytes: &[u8]| ArError::BadHeader {
            after: self.place(),
            field,
            value: bytes.escape_ascii().to_string(),
        };
        let decimal = |field, bytes| number(bytes, 10).ok_or_else(|| bad(field, bytes));
        let time = decimal("time", &bytes[16..28])?;
        decimal("owner", &bytes[28..34])?;
        decimal("group", &bytes[34..40])?;
        number(&bytes[40..48], 8).ok_or_else(|| bad("mode", &bytes[40..48]))?;
        let size = decimal("size", &bytes[48..58])?;
        if &bytes[58..] != b"`\n" {
            return Err(bad("end", &bytes[58..]));
        }
        let name = bytes[..16].trim_ascii_end();
        let name = name.strip_suffix(b"/").unwrap_or(name);
        match std::str::from_utf8(name) {
            Ok(name) if is_member_name(name.as_bytes()) => Ok(Member {
                name: name.to_owned(),
                size,
                time,
                is_plain: bytes == header(name, time, size).as_bytes() && self.is_padding_plain(),
            }),
            _ => Err(bad("name", &bytes[..16])),
        }
    }

    fn place(&self) -> String {
        self.last
            .as_ref()
            .map_or_else(|| "the start".to_owned(), |name| format!("`{name}`"))
    }
}

impl<R: Read> Read for ArReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = (&mut self.input).take(self.left).read(buffer)?;
        self.left -= count as u64;
        if count == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                ArError::Truncated(self.place()),
            ));
        }
        Ok(count)
    }
}

/// At most 15 printable ASCII characters, so that a GNU `/` still fits; no space and no slash.
fn is_member_name(name: &[u8]) -> bool {
    (1..=15).contains(&name.len()) && name.iter().all(|b| b.is_ascii_graphic() && *b != b'/')
}

/// Digits, then spaces; nothing else, and at least one digit.
fn number(field: &[u8], radix: u32) -> Option<u64> {
    let digits = field.trim_ascii_end();
    let plain = digits.iter().all(u8::is_ascii_digit);
    plain.then(|| u64::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok())?
}

/// Reads until `buffer` is full or the input ends; how much there was.
fn fill(input: &mut impl Read, buffer: &mut [u8]) -> Result<usize, ArError> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(ArError::Io(error)),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive() -> Vec<u8> {
        let at = Timestamp::from_second(1_476_025_815).unwrap();
        let mut ar = ArWriter::new(Vec::new()).unwrap();
        ar.append_bytes("debian-binary", at, b"2.0\n").unwrap();
        ar.append_bytes("odd", at, b"abc").unwrap();
        ar.finish()
    }

    fn read(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, ArError> {
        let mut reader = ArReader::new(bytes)?;
        let mut members = Vec::new();
        while let Some(member) = reader.next_member()? {
            let mut content = Vec::new();
            reader.read_to_end(&mut content).map_err(ArError::Io)?;
            members.push((member.name, content));
        }
        Ok(members)
    }

    #[test]
    fn the_bytes_are_these() {
        let text = String::from_utf8(archive()).unwrap();
        let expected = "!<arch>\n\
            debian-binary   1476025815  0     0     100644  4         `\n2.0\n\
            odd             1476025815  0     0     100644  3         `\nabc\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn what_is_written_is_read_and_a_gnu_slash_is_no_part_of_a_name() {
        let members = read(&archive()).unwrap();
        assert_eq!(members[1], ("odd".to_owned(), b"abc".to_vec()));
        let slashed = String::from_utf8(archive()).unwrap().replace("odd ", "odd/");
        assert_eq!(read(slashed.as_bytes()).unwrap(), members);
    }

    #[test]
    fn every_cut_is_noticed() {
        let whole = archive();
        let member_ends = [8, 8 + 60 + 4, whole.len()];
        for end in 0..whole.len() {
            assert_eq!(read(&whole[..end]).is_ok(), member_ends.contains(&end), "cut at {end}");
        }
    }

    #[test]
    fn garbage_is_refused() {
        for (from, to) in [
            ("debian-binary ", "/0            "),
            ("4         `", "4x        `"),
            ("4         `", "+4        `"),
            ("4         `", "          `"),
            ("100644", "100999"),
            ("`\n2", "\n\n2"),
        ] {
            let text = String::from_utf8(archive()).unwrap().replacen(from, to, 1);
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
        let trailing = [archive(), b"x".to_vec()].concat();
        let error = read(&trailing).unwrap_err().to_string();
        assert_eq!(error, "the archive ends in the middle of the header after `odd`");
    }

    #[test]
    fn the_writer_refuses_names_and_sizes_that_lie() {
        let at = Timestamp::from_second(0).unwrap();
        let mut ar = ArWriter::new(Vec::new()).unwrap();
        assert!(ar.append_bytes("a/b", at, b"").is_err());
        assert!(ar.append_bytes("sixteen-letters-", at, b"").is_err());
        assert!(ar.append("short", at, 4, &mut &b"abc"[..]).is_err());
        assert!(ar.append("long", at, 2, &mut &b"abc"[..]).is_err());
    }
}
