//! One piece: its part of the tar stream, compressed into a file.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};

use super::Codec;
use super::partition::{Part, Plan};
use crate::artifact::Stopped;
use crate::artifact::checksum::{Sum, Summing};
use crate::artifact::deb::tarball::TarWriter;
use crate::python::MemberBuffer;
use crate::release::{Entry, Kind, TreePath};
use crate::sys::files;

/// A compressed piece in an open file.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) file: Arc<File>,
    pub(super) about: About,
}

/// What is known about a compressed piece.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct About {
    /// The tar stream's part.
    pub(super) tar: Sum,
    pub(super) packed: Packed,
    /// `md5sums` of its regular files, when they were wanted.
    pub(super) md5sums: String,
}

/// Where a piece is in its file, and what its place in an archive depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Packed {
    pub(super) start: u64,
    pub(super) end: u64,
    /// zstd: the window that its decoder needs.
    pub(super) window: u64,
    /// xz: unpadded and uncompressed size of each block.
    pub(super) blocks: Vec<(u64, u64)>,
}

/// Compresses the piece into an empty file, and computes MD5 of its files when that is wanted.
pub(super) fn make(plan: &Plan<'_>, codec: Codec, md5sums: bool, file: &File) -> Result<About, Stopped> {
    let out = Summing::new(codec.writer(file, plan.size())?);
    let mut tar = TarWriter::part(out, plan.at);
    let mut md5sums = md5sums.then(String::new);
    if plan.part == Part::Folders {
        tar.root()?;
    }
    let mut buffer = MemberBuffer::default();
    for (path, entry) in &plan.entries {
        append(&mut tar, path, entry, &mut buffer, &mut md5sums)?;
    }
    if plan.part == Part::End {
        tar.end()?;
    }
    let (compressor, tar) = tar.into_inner().finish();
    let about = About {
        tar,
        packed: compressor.finish()?,
        md5sums: md5sums.unwrap_or_default(),
    };
    codec.read_back(file, &about)?;
    Ok(about)
}

fn append(
    tar: &mut TarWriter<impl Write>,
    path: &TreePath,
    entry: &Entry,
    buffer: &mut MemberBuffer,
    md5sums: &mut Option<String>,
) -> Result<(), Stopped> {
    let path = path.as_str();
    match &entry.kind {
        Kind::Directory => tar.directory(path)?,
        Kind::Symlink { target } => tar.symlink(path, target)?,
        Kind::File {
            content,
            executable,
            sha256,
            ..
        } => {
            let bytes = content.read_with(*sha256, buffer)?;
            tar.file(path, files::mode(*executable), &bytes)?;
            if let Some(md5sums) = md5sums {
                md5sums.push_str(&md5_line(&bytes, path));
            }
        }
    }
    Ok(())
}

fn md5_line(bytes: &[u8], path: &str) -> String {
    let hex: String = Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{hex}  {path}\n")
}
