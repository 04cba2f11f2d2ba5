//! The digests of files as they pass, and the content of the few that say something about others.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Write};

use md5::{Digest as _, Md5};

use super::{Item, ItemKind, MANIFEST, SBOM};
use crate::artifact::deb::{DebFile, DebFileKind};
use crate::digest::Hashing;

/// The largest manifest, RECORD or list of components that is read.
const MAX_TEXT: u64 = 64 << 20;

/// The MD5 digest of a file: what `md5sums` lists, and good for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::artifact) struct Md5Sum([u8; 16]);

impl fmt::Display for Md5Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What has passed, by the paths of the archive.
#[derive(Debug, Default)]
pub(super) struct Collector {
    pub(super) items: BTreeMap<String, Item>,
    pub(super) texts: BTreeMap<String, Vec<u8>>,
}

impl Collector {
    /// Takes one member of a package; a hard link is what it is another name of.
    pub(super) fn member(&mut self, file: &DebFile, content: &mut dyn Read) -> io::Result<()> {
        let path = file.path.to_string();
        let kind = match &file.kind {
            DebFileKind::Directory => ItemKind::Directory,
            DebFileKind::Symlink { target } => ItemKind::Symlink { target: target.clone() },
            DebFileKind::HardLink { target } => match self.items.get(target.as_str()) {
                Some(item) => item.kind.clone(),
                None => ItemKind::Other,
            },
            DebFileKind::File => self.file(&path, content)?,
        };
        self.items.insert(path, Item { kind, mode: file.mode });
        Ok(())
    }

    /// Hashes a file, and keeps its content when it is a text about others.
    pub(super) fn file(&mut self, path: &str, content: &mut dyn Read) -> io::Result<ItemKind> {
        let mut passing = Passing::new(is_text(path));
        io::copy(content, &mut passing)?;
        Ok(self.passed(path, passing))
    }

    /// Takes a file whose bytes have passed.
    pub(super) fn passed(&mut self, path: &str, passing: Passing) -> ItemKind {
        let (sink, size, sha256) = passing.0.finish();
        if let Some(text) = sink.text {
            self.texts.insert(path.to_owned(), text);
        }
        let md5 = Md5Sum(sink.md5.finalize().into());
        ItemKind::File { size, sha256, md5 }
    }
}

/// A file whose bytes are passing.
pub(super) struct Passing(Hashing<Sink>);

impl Passing {
    pub(super) fn new(keep: bool) -> Self {
        Self(Hashing::new(Sink::new(keep)))
    }
}

impl Write for Passing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The manifest, the list of components, and RECORDs.
pub(super) fn is_text(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    matches!(name, MANIFEST | SBOM | "release.json") || (name == "RECORD" && folder.ends_with(".dist-info"))
}

struct Sink {
    md5: Md5,
    text: Option<Vec<u8>>,
}

impl Sink {
    fn new(keep: bool) -> Self {
        Self {
            md5: Md5::new(),
            text: keep.then(Vec::new),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.md5.update(bytes);
        if let Some(text) = &mut self.text {
            if (text.len() + bytes.len()) as u64 > MAX_TEXT {
                let kind = io::ErrorKind::FileTooLarge;
                return Err(io::Error::new(kind, "it is larger than 64 MiB"));
            }
            text.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
