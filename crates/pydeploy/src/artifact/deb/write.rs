//! From a release to a `.deb`.

use std::io::{self, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::ar::ArWriter;
use super::data::{self, Compression};
use super::package::{Documents, Package};
use super::tarball::TarWriter;
use crate::deb822::InvalidField;
use crate::digest::{Hashing, Sha256};
use crate::release::{ContentError, Release, ReleaseError};
use crate::sys::files::{self, At as _, FileError};
use crate::{Timestamp, exit};

/// What a package needs besides the release.
#[derive(Clone, Copy, Debug)]
pub struct DebOptions<'a> {
    /// The time of everything inside.
    pub at: Timestamp,
    /// `Name <address>`.
    pub maintainer: &'a str,
    /// The package's changelog, its first entry being the one of this version.
    pub changelog: &'a [u8],
    /// The project's `debian/copyright`, if it has one.
    pub copyright: Option<&'a str>,
}

/// A package that has been written.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct WrittenDeb {
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Its digest.
    pub sha256: Sha256,
    /// Files, folders and links inside.
    pub entries: usize,
}

/// A package cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteDebError {
    /// The release cannot be laid out.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// A file of the release cannot be read, or is not what it should be.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The project says something that no control field can hold.
    #[error("the package's control file cannot be written")]
    Control(#[from] InvalidField),
    /// A file or folder cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The package cannot be written into the folder.
    #[error("cannot write a package into {}", dir.display())]
    Unwritable {
        /// The folder.
        dir: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An archive cannot be written.
    #[error("cannot write the package")]
    Io(#[from] io::Error),
}

impl WriteDebError {
    /// How a program that stops because of this exits.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Release(error) => error.exit_code(),
            Self::Content(ContentError::Wheel(_)) => exit::VERIFICATION,
            _ => exit::FAILED,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Release(error) => error.hint(),
            Self::Content(ContentError::Wheel(error)) => error.hint(),
            Self::Content(ContentError::Changed { .. }) => Some("run the same command again".to_owned()),
            Self::Content(ContentError::File(error)) | Self::File(error) => error.hint(),
            Self::Unwritable { source: error, .. } | Self::Io(error) if error.kind() == io::ErrorKind::StorageFull => {
                Some("free some space on that disk".to_owned())
            }
            Self::Control(_) => Some("see `description`, `maintainer` and `urls` in pyproject.toml".to_owned()),
            Self::Unwritable { .. } | Self::Io(_) => None,
        }
    }
}

/// Writes `NAME_VERSION_ARCH.deb` into the folder `dir`: deb(5), format 2.0, the same bytes for the same input.
///
/// No member comes from a directory listing or a clock, nothing is run, and nobody need be root. The file appears under
/// its name when it is complete.
///
/// # Errors
///
/// When the release cannot be laid out, a wheel contradicts its RECORD, a file changes while it is read, or the disk is
/// full. Nothing is left under the final name then.
pub fn write(release: &Release, options: &DebOptions<'_>, dir: &Path) -> Result<WrittenDeb, WriteDebError> {
    write_into(release, options, dir).map_err(|error| match error {
        WriteDebError::Io(source) => WriteDebError::Unwritable {
            dir: dir.to_owned(),
            source,
        },
        other => other,
    })
}

fn write_into(release: &Release, options: &DebOptions<'_>, dir: &Path) -> Result<WrittenDeb, WriteDebError> {
    let documents = Documents {
        maintainer: options.maintainer,
        changelog: options.changelog,
        copyright: options.copyright,
    };
    let package = Package::plan(release, &documents)?;
    let compression = Compression::for_target(&release.target);
    files::create_dir_all(dir)?;
    let spool = tempfile::tempfile_in(dir).at("create a file in", dir)?;
    let (compressor, sums) = data::write(
        &package.tree,
        &package.conffiles,
        options.at,
        compression.writer(spool)?,
    )?;
    let mut data = compressor.finish()?;
    let control = control_archive(&package, &sums, options.at)?;
    let path = dir.join(file_name(release, &package));
    let staged = files::stage_file(dir)?;
    let mut deb = Hashing::new(io::BufWriter::new(staged.as_file()));
    assemble(&mut deb, options.at, compression, &control, &mut data)?;
    let (buffer, size, sha256) = deb.finish();
    drop(buffer);
    files::commit_file(staged, &path, 0o644)?;
    Ok(WrittenDeb {
        path,
        size,
        sha256,
        entries: package.tree.len(),
    })
}

/// The canonical name, without the epoch.
fn file_name(release: &Release, package: &Package) -> String {
    let version = release.version.as_str();
    let version = version.split_once(':').map_or(version, |(_, rest)| rest);
    let control = &package.control["control"].0;
    let arch = control
        .lines()
        .find_map(|line| line.strip_prefix("Architecture: "))
        .unwrap_or("all");
    format!("{}_{version}_{arch}.deb", release.project.name)
}

/// Always xz: every dpkg reads it, and lintian knows no zstd here.
fn control_archive(package: &Package, sums: &str, at: Timestamp) -> io::Result<Vec<u8>> {
    let mut files = package.control.clone();
    files.insert("md5sums", (sums.to_owned(), 0o644));
    let mut tar = TarWriter::new(Compression::Xz.writer(Vec::new())?, at)?;
    for (name, (text, mode)) in &files {
        tar.file(name, *mode, text.as_bytes())?;
    }
    tar.finish()?.finish()
}

fn assemble(
    out: impl Write,
    at: Timestamp,
    compression: Compression,
    control: &[u8],
    data: &mut std::fs::File,
) -> io::Result<()> {
    let extension = compression.extension();
    let data_size = data.seek(SeekFrom::End(0))?;
    data.rewind()?;
    let mut ar = ArWriter::new(out)?;
    ar.append_bytes("debian-binary", at, b"2.0\n")?;
    ar.append_bytes("control.tar.xz", at, control)?;
    ar.append(&format!("data.tar.{extension}"), at, data_size, data)?;
    ar.finish().flush()
}
