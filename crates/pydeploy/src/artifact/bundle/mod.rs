//! Bundles: the folder of a release as a `.tar.zst`, for hosts with tar and zstd.
//!
//! ```text
//! mkdir -p /srv/guestbook && tar --zstd -xf guestbook_1.2.0_debian12.tar.zst -C /srv/guestbook
//! ```
//!
//! A bundle is laid out for one folder: the first lines of its scripts name it. Paths in the archive are relative to it.

pub(in crate::artifact) mod seal;

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use serde::Serialize;

use super::deb::TarWriter;
use super::{Stopped, WriteError, file_name};
use crate::Timestamp;
use crate::digest::{Hashing, Sha256};
use crate::release::{ContentError, Kind, Layout, Release, ReleaseTree, TreePath};
use crate::sys::files;

/// Of a tree of 43.6 MB, level 6 makes 8.65 MB in 0.4 s, level 9 8.39 MB in 0.65 s, level 12 8.28 MB in 1.5 s.
const LEVEL: i32 = 9;
/// Files that may wait between the thread that reads and the one that compresses.
const AHEAD: usize = 16;

/// What a bundle needs besides the release.
#[derive(Clone, Copy, Debug)]
pub struct BundleOptions<'a> {
    /// Absolute path of the folder that it will be unpacked in.
    pub prefix: &'a str,
    /// The time of everything inside.
    pub at: Timestamp,
}

/// A bundle that has been written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WrittenBundle {
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Its digest.
    pub sha256: Sha256,
    /// Files, folders and links inside.
    pub entries: usize,
}

/// Writes `NAME_VERSION_TARGET.tar.zst` into the folder `dir`, the same bytes for the same input.
///
/// It is one zstd frame with a checksum, then the digest of its bytes in a frame that decoders skip. The file appears under
/// its name when it is complete.
///
/// ```
/// # mod site { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/site.rs")); }
/// # let dir = tempfile::tempdir()?;
/// # let release = site::release(dir.path(), "1.0")?;
/// use pydeploy::Timestamp;
/// use pydeploy::artifact::bundle::{self, BundleOptions};
/// use pydeploy::artifact::verify;
///
/// let options = BundleOptions {
///     prefix: "/srv/site",
///     at: Timestamp::from_compact("20161009151015").ok_or("no date")?,
/// };
/// let written = bundle::write(&release, &options, &dir.path().join("out"))?;
/// assert!(written.path.ends_with("site_1.0_debian12.tar.zst"));
/// assert!(verify(&written.path)?.holds());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the folder of the options is not absolute, the release cannot be laid out, a wheel contradicts its RECORD, a file
/// changes while it is read, or the disk is full. Nothing is left under the final name then.
pub fn write(release: &Release, options: &BundleOptions<'_>, dir: &Path) -> Result<WrittenBundle, WriteError> {
    write_into(release, options, dir).map_err(|stopped| stopped.at("write a bundle into", dir))
}

fn write_into(release: &Release, options: &BundleOptions<'_>, dir: &Path) -> Result<WrittenBundle, Stopped> {
    let layout = layout(release, options.prefix)?;
    let tree = release.tree(&layout)?;
    let path = dir.join(file_name(release, "tar.zst"));
    let staged = files::stage_file(dir)?;
    let out = Hashing::new(BufWriter::new(staged.as_file()));
    let mut out = compress(&tree, options.at, out)?;
    let seal = seal::frame(out.so_far());
    out.write_all(&seal)?;
    let (mut buffer, size, sha256) = out.finish();
    buffer.flush()?;
    drop(buffer);
    files::commit_file(staged, &path, 0o644)?;
    Ok(WrittenBundle {
        path,
        size,
        sha256,
        entries: tree.len(),
    })
}

fn layout(release: &Release, prefix: &str) -> Result<Layout, WriteError> {
    let path = prefix
        .strip_prefix('/')
        .and_then(|below| below.parse::<TreePath>().ok());
    let path = path.ok_or_else(|| WriteError::Prefix {
        prefix: prefix.to_owned(),
    })?;
    let interpreter = release.target.interpreter();
    Ok(Layout::folder(Path::new(&format!("/{path}")), Path::new(&interpreter)))
}

fn compress<W: Write>(tree: &ReleaseTree, at: Timestamp, out: W) -> Result<W, Stopped> {
    let mut encoder = zstd::Encoder::new(out, LEVEL)?;
    encoder.include_checksum(true)?;
    let encoder = thread::scope(|scope| {
        let (sender, receiver) = sync_channel(AHEAD);
        scope.spawn(|| load(tree, sender));
        pack(tree, at, encoder, receiver)
    })?;
    Ok(encoder.finish()?)
}

type Loaded<'a> = Result<Cow<'a, [u8]>, ContentError>;

/// Reads and verifies the files in their order, ahead of the compressor.
fn load<'a>(tree: &'a ReleaseTree, sender: SyncSender<Loaded<'a>>) {
    for (_, entry) in tree.iter() {
        if let Kind::File { content, sha256, .. } = &entry.kind
            // The other side hangs up when it fails.
            && sender.send(content.read(*sha256)).is_err()
        {
            return;
        }
    }
}

fn pack<W: Write>(tree: &ReleaseTree, at: Timestamp, out: W, files: Receiver<Loaded<'_>>) -> Result<W, Stopped> {
    let mut tar = TarWriter::new(out, at)?;
    for (path, entry) in tree.iter() {
        let path = path.as_str();
        match &entry.kind {
            Kind::Directory => tar.directory(path)?,
            Kind::Symlink { target } => tar.symlink(path, target)?,
            Kind::File { executable, .. } => {
                let bytes = files
                    .recv()
                    .map_err(|_| io::Error::other("the reading thread died"))??;
                tar.file(path, files::mode(*executable), &bytes)?;
            }
        }
    }
    Ok(tar.finish()?)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::testing::{at, demo, release};
    use super::super::{inspect, verify};
    use super::*;
    use crate::exit;

    fn bundle(dir: &Path, prefix: &str) -> Result<WrittenBundle, WriteError> {
        let release = release(dir, "1:1.0", &[demo()]);
        write(&release, &BundleOptions { prefix, at: at() }, &dir.join("out"))
    }

    #[test]
    fn the_same_release_gives_the_same_bytes() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (one, two) = (
            bundle(one.path(), "/srv/site").unwrap(),
            bundle(two.path(), "/srv/site").unwrap(),
        );
        assert_eq!((one.sha256, one.size), (two.sha256, two.size));
        assert_eq!(one.path.file_name().unwrap(), "site_1.0_debian12.tar.zst");
    }

    #[test]
    fn tar_unpacks_what_was_planned_and_it_holds() {
        let dir = tempfile::tempdir().unwrap();
        let place = fs::canonicalize(dir.path()).unwrap().join("srv/site");
        let written = bundle(dir.path(), place.to_str().unwrap()).unwrap();
        assert_eq!(Sha256::of(&fs::read(&written.path).unwrap()), written.sha256);
        let inspection = inspect(&written.path).unwrap();
        assert_eq!(
            (inspection.sha256, inspection.files.len()),
            (Some(written.sha256), written.entries)
        );
        assert!(inspection.sbom().unwrap().starts_with(b"{"));
        assert_eq!(verify(&written.path).unwrap().findings, []);
        fs::create_dir_all(&place).unwrap();
        let mut tar = std::process::Command::new("tar");
        tar.args(["--zstd", "-xf"]).arg(&written.path).arg("-C").arg(&place);
        assert!(tar.status().unwrap().success());
        assert_eq!(verify(&place).unwrap().findings, []);
        let launcher = fs::read_to_string(place.join("venv/bin/demo")).unwrap();
        assert!(
            launcher.starts_with(&format!("#!{}/venv/bin/python", place.display())),
            "{launcher}"
        );
    }

    #[test]
    fn a_folder_that_is_none_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        for prefix in ["srv/site", "/", "", "/srv/../etc", "/srv//site"] {
            let error = bundle(dir.path(), prefix).unwrap_err();
            assert_eq!(error.exit_code(), exit::USAGE, "{prefix}");
        }
        assert!(!dir.path().join("out").exists());
    }
}
