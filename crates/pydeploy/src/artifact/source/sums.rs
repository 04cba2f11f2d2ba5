//! The digests that `.dsc` and `.changes` files hold of other files.

use std::io::{self, Write};

use md5::Md5;
use sha1::Sha1;
use sha2::Digest as _;

use crate::deb822::{InvalidField, Paragraph};
use crate::digest::{Hashing, Sha256};

/// Size and digests of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) size: u64,
    pub(super) md5: String,
    pub(super) sha1: String,
    pub(super) sha256: Sha256,
}

impl Sums {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut summing = Summing::new(io::sink());
        // A sink takes everything.
        drop(summing.write_all(bytes));
        summing.finish().1
    }
}

/// A writer that computes the digests of what passes.
pub(super) struct Summing<W> {
    out: Hashing<W>,
    md5: Md5,
    sha1: Sha1,
}

impl<W: Write> Summing<W> {
    pub(super) fn new(out: W) -> Self {
        let out = Hashing::new(out);
        Self {
            out,
            md5: Md5::new(),
            sha1: Sha1::new(),
        }
    }

    pub(super) fn finish(self) -> (W, Sums) {
        let (out, size, sha256) = self.out.finish();
        let sums = Sums {
            size,
            md5: hexadecimal(&self.md5.finalize()),
            sha1: hexadecimal(&self.sha1.finalize()),
            sha256,
        };
        (out, sums)
    }
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.md5.update(&bytes[..count]);
        self.sha1.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Adds the three fields that list files; `place` is what stands between a file's size and its name in `Files`.
pub(super) fn push(paragraph: &mut Paragraph, files: &[(String, Sums)], place: &str) -> Result<(), InvalidField> {
    let list = |line: &dyn Fn(&Sums) -> String| {
        let lines = files.iter().map(|(name, sums)| format!("\n{}{name}", line(sums)));
        lines.collect::<String>()
    };
    paragraph.push("Checksums-Sha1", &list(&|sums| format!("{} {} ", sums.sha1, sums.size)))?;
    paragraph.push(
        "Checksums-Sha256",
        &list(&|sums| format!("{} {} ", sums.sha256, sums.size)),
    )?;
    paragraph.push("Files", &list(&|sums| format!("{} {} {place}", sums.md5, sums.size)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digests_of_nothing() {
        let sums = Sums::of(b"");
        let found = (sums.size, sums.md5.as_str(), sums.sha1.as_str());
        let expected = (
            0,
            "d41d8cd98f00b204e9800998ecf8427e",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        );
        assert_eq!(found, expected);
    }
}
