//! The data archive: the tree as a compressed tar stream.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use lzma_rust2::{XzOptions, XzWriter};
use md5::{Digest as _, Md5};

use super::tarball::TarWriter;
use super::write::WriteDebError;
use crate::Timestamp;
use crate::python::Target;
use crate::release::{ContentError, Kind, ReleaseTree};

/// How the archives of a package are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    /// zstd, level 9 without threads: the number of threads changes the bytes.
    Zstd,
    /// xz, level 6.
    Xz,
}

impl Compression {
    /// dpkg reads zstd since 1.21.18 in Debian, that is, from Debian 12 on.
    pub(super) fn for_target(target: &Target) -> Self {
        match target.distribution() {
            "debian11" => Self::Xz,
            _ => Self::Zstd,
        }
    }

    /// What comes after `.tar.` in a member's name.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Zstd => "zst",
            Self::Xz => "xz",
        }
    }

    /// A compressor that writes ONE frame or stream: of several, dpkg would read the first and drop the rest.
    pub(super) fn writer<W: Write>(self, out: W) -> io::Result<Compressor<W>> {
        match self {
            Self::Zstd => zstd::Encoder::new(out, 9).map(Compressor::Zstd),
            Self::Xz => XzWriter::new(out, XzOptions::with_preset(6)).map(|xz| Compressor::Xz(Box::new(xz))),
        }
    }
}

/// A writer that compresses.
pub(super) enum Compressor<W: Write> {
    Zstd(zstd::Encoder<'static, W>),
    Xz(Box<XzWriter<W>>),
}

impl<W: Write> Compressor<W> {
    pub(super) fn finish(self) -> io::Result<W> {
        match self {
            Self::Zstd(zstd) => zstd.finish(),
            Self::Xz(xz) => xz.finish(),
        }
    }
}

impl<W: Write> Write for Compressor<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Zstd(zstd) => zstd.write(bytes),
            Self::Xz(xz) => xz.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Zstd(zstd) => zstd.flush(),
            Self::Xz(xz) => xz.flush(),
        }
    }
}

/// Files that may wait between the thread that reads and the one that compresses.
const AHEAD: usize = 16;

type Loaded<'a> = Result<(std::borrow::Cow<'a, [u8]>, Md5), ContentError>;

/// Writes the tree and returns the text of `md5sums`: every regular file but the conffiles.
pub(super) fn write<W: Write>(
    tree: &ReleaseTree,
    conffiles: &BTreeSet<String>,
    at: Timestamp,
    out: W,
) -> Result<(W, String), WriteDebError> {
    thread::scope(|scope| {
        let (sender, receiver) = sync_channel(AHEAD);
        scope.spawn(|| load(tree, sender));
        pack(tree, conffiles, at, out, receiver)
    })
}

/// Reads and verifies the files in their order, ahead of the compressor.
fn load<'a>(tree: &'a ReleaseTree, sender: SyncSender<Loaded<'a>>) {
    for (_, entry) in tree.iter() {
        if let Kind::File { content, sha256, .. } = &entry.kind {
            let loaded = content.read(*sha256).map(|bytes| {
                let md5 = Md5::new_with_prefix(&bytes);
                (bytes, md5)
            });
            // The other side hangs up when it fails.
            if sender.send(loaded).is_err() {
                return;
            }
        }
    }
}

fn pack<W: Write>(
    tree: &ReleaseTree,
    conffiles: &BTreeSet<String>,
    at: Timestamp,
    out: W,
    files: Receiver<Loaded<'_>>,
) -> Result<(W, String), WriteDebError> {
    let mut tar = TarWriter::new(out, at)?;
    let mut sums = String::new();
    for (path, entry) in tree.iter() {
        let path = path.as_str();
        match &entry.kind {
            Kind::Directory => tar.directory(path)?,
            Kind::Symlink { target } => tar.symlink(path, target)?,
            Kind::File { executable, .. } => {
                let (bytes, md5) = files
                    .recv()
                    .map_err(|_| io::Error::other("the reading thread died"))??;
                tar.file(path, if *executable { 0o755 } else { 0o644 }, &bytes)?;
                if !conffiles.contains(&format!("/{path}")) {
                    sums.push_str(&md5_line(md5, path));
                }
            }
        }
    }
    Ok((tar.finish()?, sums))
}

fn md5_line(md5: Md5, path: &str) -> String {
    let hex: String = md5.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{hex}  {path}\n")
}
