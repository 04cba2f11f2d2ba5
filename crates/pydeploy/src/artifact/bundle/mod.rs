//! Bundles: the folder of a release as a `.tar.zst`, for hosts with tar and zstd.
//!
//! ```text
//! mkdir -p /srv/guestbook && tar --zstd -xf guestbook_1.2.0_debian12.tar.zst -C /srv/guestbook
//! ```
//!
//! A bundle is laid out for one folder: the first lines of its scripts name it. Paths in the archive are relative to it.

mod frame;
pub(in crate::artifact) mod seal;

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::pieces::{Archive, Codec, PieceCache, Recipe};
use super::{Stopped, WriteError, file_name};
use crate::Timestamp;
use crate::digest::Sha256;
use crate::release::{Layout, Release, TreePath};
use crate::sys::files;

/// The same as in packages for hosts that have zstd.
const CODEC: Codec = Codec::Zstd(7);

/// What a bundle needs besides the release.
#[derive(Clone, Copy, Debug)]
pub struct BundleOptions<'a> {
    /// Absolute path of the folder that it will be unpacked in.
    pub prefix: &'a str,
    /// The time of everything inside but wheels, which have times of their own.
    pub at: Timestamp,
    /// Where compressed pieces are kept; the bundle is the same without.
    pub pieces: Option<&'a PieceCache>,
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
///     pieces: None,
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
    let tree = release.tree(&layout(release, options.prefix)?)?;
    let path = dir.join(file_name(release, "tar.zst"));
    let recipe = Recipe {
        at: options.at,
        codec: CODEC,
        md5sums: false,
        cache: options.pieces,
        scratch: dir,
    };
    files::create_dir_all(dir)?;
    let archive = Archive::build(&tree, &recipe)?;
    let staged = files::stage_file(dir)?;
    let (size, sha256) = frame::write(staged.as_file(), &archive)?;
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::testing::{at, demo, release};
    use super::super::{inspect, verify};
    use super::*;
    use crate::exit;

    fn bundle(dir: &Path, prefix: &str) -> Result<WrittenBundle, WriteError> {
        let release = release(dir, "1:1.0", &[demo()]);
        write(
            &release,
            &BundleOptions {
                prefix,
                at: at(),
                pieces: None,
            },
            &dir.join("out"),
        )
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
    fn kept_pieces_change_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let release = release(dir.path(), "1.0", &[demo()]);
        let pieces = PieceCache::at(dir.path());
        let build = |pieces, out: &str| {
            let prefix = "/srv/site";
            let options = BundleOptions {
                prefix,
                at: at(),
                pieces,
            };
            write(&release, &options, &dir.path().join(out)).unwrap().sha256
        };
        let without = build(None, "without");
        assert_eq!(
            [build(Some(&pieces), "first"), build(Some(&pieces), "again")],
            [without; 2]
        );
        assert!(pieces.dir().exists());
    }

    #[test]
    fn the_frame_has_a_checksum_that_decoders_check() {
        let dir = tempfile::tempdir().unwrap();
        let bytes = fs::read(bundle(dir.path(), "/srv/site").unwrap().path).unwrap();
        let frame = &bytes[..bytes.len() - seal::SIZE];
        let tar = zstd::decode_all(frame).unwrap();
        let mut wrong = frame.to_vec();
        for byte in 1..=4 {
            let at = frame.len() - byte;
            wrong[at] ^= 1;
            assert!(zstd::decode_all(wrong.as_slice()).is_err());
            wrong[at] ^= 1;
        }
        assert_eq!(zstd::decode_all(wrong.as_slice()).unwrap(), tar);
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
