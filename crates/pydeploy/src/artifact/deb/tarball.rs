//! Tar members in the one dialect that dpkg reads whole: ustar headers, GNU records for long names, never pax.

use std::io::{self, Write};

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
        let mut tar = Self { out, at };
        tar.member("./", EntryType::Directory, 0o755, 0, "")?;
        Ok(tar)
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

    /// Ends the stream.
    pub(in crate::artifact) fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&[0; 1024])?;
        Ok(self.out)
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
        let padding = bytes.len().wrapping_neg() % 512;
        self.out.write_all(&[0; 512][..padding])
    }
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
