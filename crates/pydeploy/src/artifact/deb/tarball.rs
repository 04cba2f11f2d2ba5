//! Tar members in the one dialect that dpkg reads whole: ustar headers, GNU records for long names, never pax.

use std::io::{self, Read, Write};

use tar::{EntryType, Header};

use crate::Timestamp;

/// A tar stream whose members all belong to root and have the same time.
#[derive(Debug)]
pub(in crate::artifact) struct TarWriter<W> {
    out: W,
    at: Timestamp,
}

impl<W: Write> TarWriter<W> {
    /// A stream that begins with the root folder, `./`.
    pub(in crate::artifact) fn new(out: W, at: Timestamp) -> io::Result<Self> {
        let mut tar = Self::part(out, at);
        tar.root()?;
        Ok(tar)
    }

    /// A part of a stream: neither root folder nor end are there unless they are written.
    pub(in crate::artifact) fn part(out: W, at: Timestamp) -> Self {
        Self { out, at }
    }

    /// The root folder.
    pub(in crate::artifact) fn root(&mut self) -> io::Result<()> {
        self.member("./", EntryType::Directory, 0o755, 0, "")
    }

    /// What the part was written to.
    pub(in crate::artifact) fn into_inner(self) -> W {
        self.out
    }

    pub(in crate::artifact) fn directory(&mut self, path: &str) -> io::Result<()> {
        self.member(&format!("./{path}/"), EntryType::Directory, 0o755, 0, "")
    }

    pub(in crate::artifact) fn symlink(&mut self, path: &str, target: &str) -> io::Result<()> {
        self.member(&format!("./{path}"), EntryType::Symlink, 0o777, 0, target)
    }

    pub(in crate::artifact) fn file(&mut self, path: &str, mode: u32, bytes: &[u8]) -> io::Result<()> {
        self.member(&format!("./{path}"), EntryType::Regular, mode, bytes.len() as u64, "")?;
        self.content(bytes)
    }

    /// A file of `size` bytes, which is what the reader has.
    pub(in crate::artifact) fn stream(
        &mut self,
        path: &str,
        mode: u32,
        size: u64,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        self.member(&format!("./{path}"), EntryType::Regular, mode, size, "")?;
        if io::copy(content, &mut self.out)? != size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.pad(size)
    }

    /// Ends the stream.
    pub(in crate::artifact) fn finish(mut self) -> io::Result<W> {
        self.end()?;
        Ok(self.out)
    }

    /// The two blocks that end a stream.
    pub(in crate::artifact) fn end(&mut self) -> io::Result<()> {
        self.out.write_all(&[0; 1024])
    }

    fn member(&mut self, name: &str, kind: EntryType, mode: u32, size: u64, link: &str) -> io::Result<()> {
        self.long(EntryType::GNULongLink, link)?;
        self.long(EntryType::GNULongName, name)?;
        let mut header = self.header(kind, mode, size);
        put(&mut header.as_old_mut().name, name);
        put(&mut header.as_old_mut().linkname, link);
        header.set_cksum();
        self.out.write_all(header.as_bytes())
    }

    /// The record that comes before a member whose name or link does not fit its header.
    fn long(&mut self, kind: EntryType, text: &str) -> io::Result<()> {
        if text.len() <= 100 {
            return Ok(());
        }
        let bytes = [text.as_bytes(), b"\0"].concat();
        let mut header = self.header(kind, 0o644, bytes.len() as u64);
        put(&mut header.as_old_mut().name, "././@LongLink");
        header.set_cksum();
        self.out.write_all(header.as_bytes())?;
        self.content(&bytes)
    }

    fn header(&self, kind: EntryType, mode: u32, size: u64) -> Header {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(size);
        header.set_mtime(u64::try_from(self.at.as_second()).unwrap_or(0));
        if let Some(gnu) = header.as_gnu_mut() {
            put(&mut gnu.uname, "root");
            put(&mut gnu.gname, "root");
        }
        header
    }

    fn content(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.pad(bytes.len() as u64)
    }

    /// Up to the end of a block.
    fn pad(&mut self, size: u64) -> io::Result<()> {
        let padding = size.wrapping_neg() % 512;
        self.out.write_all(&[0; 512][..padding as usize])
    }
}

/// How many bytes a member takes up whose name, as it is written, and link are of this length.
pub(in crate::artifact) fn member_size(name: usize, link: usize, size: u64) -> u64 {
    let long = |length: usize| match length {
        0..=100 => 0,
        _ => 512 + (length as u64 + 1).next_multiple_of(512),
    };
    long(name) + long(link) + 512 + size.next_multiple_of(512)
}

/// As much of `text` as the field holds.
fn put(field: &mut [u8], text: &str) {
    for (slot, byte) in field.iter_mut().zip(text.bytes()) {
        *slot = byte;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_links_of_any_length_are_read_back() {
        let long = format!("{}/{}", "a".repeat(120), "é".repeat(100));
        let mut tar = TarWriter::new(Vec::new(), Timestamp::from_second(42).unwrap()).unwrap();
        tar.file(&long, 0o755, b"x").unwrap();
        tar.symlink("link", &long).unwrap();
        let bytes = tar.finish().unwrap();
        let mut archive = tar::Archive::new(bytes.as_slice());
        let names: Vec<_> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                assert_eq!(entry.header().mtime().unwrap(), 42);
                let link = entry
                    .link_name_bytes()
                    .map(|link| String::from_utf8(link.into_owned()).unwrap());
                (String::from_utf8(entry.path_bytes().into_owned()).unwrap(), link)
            })
            .collect();
        let expected = [
            ("./".into(), None),
            (format!("./{long}"), None),
            ("./link".into(), Some(long)),
        ];
        assert_eq!(names, expected);
    }
}
