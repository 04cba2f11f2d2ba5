//! From a release to a `.deb`.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Seek as _, Write};
use std::path::{Path, PathBuf};

use super::ar::ArWriter;
use super::depends::DependsError;
use super::package::{Documents, Package};
use super::tarball::TarWriter;
use super::{Deb, DebError, data, seal};
use crate::artifact::PieceCache;
use crate::artifact::pieces::{Archive, Codec, PieceError};
use crate::deb822::InvalidField;
use crate::digest::Sha256;
use crate::release::{ContentError, Release, ReleaseError};
use crate::sys::files::{self, FileError};
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
    /// Where compressed pieces are kept for the next package, if they are. It does not change the package.
    pub pieces: Option<&'a PieceCache>,
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
    /// What a compiled file needs cannot be had on the target.
    #[error(transparent)]
    Depends(#[from] DependsError),
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
    /// The package that was written cannot be read.
    #[error("the package that was written is damaged")]
    Damaged(#[source] DebError),
    /// The package that was written holds something else than the release.
    #[error("what the package that was written holds of {piece} is not what went in")]
    Unlike {
        /// A wheel, `the application`, ….
        piece: String,
    },
}

impl From<PieceError> for WriteDebError {
    fn from(error: PieceError) -> Self {
        match error {
            PieceError::Content(error) => error.into(),
            PieceError::File(error) => error.into(),
            PieceError::Io(error) => error.into(),
        }
    }
}

impl WriteDebError {
    /// How a program that stops because of this exits.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Release(error) => error.exit_code(),
            Self::Depends(error) => error.exit_code(),
            Self::Content(ContentError::Wheel(_)) | Self::Damaged(_) | Self::Unlike { .. } => exit::VERIFICATION,
            _ => exit::FAILED,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Release(error) => error.hint(),
            Self::Depends(error) => Some(error.hint()),
            Self::Content(ContentError::Wheel(error)) => error.hint(),
            Self::Content(ContentError::Changed { .. }) => Some("run the same command again".to_owned()),
            Self::Content(ContentError::File(error)) | Self::File(error) => error.hint(),
            Self::Unwritable { source: error, .. } | Self::Io(error) if error.kind() == io::ErrorKind::StorageFull => {
                Some("free some space on that disk".to_owned())
            }
            Self::Control(_) => Some("see `description`, `maintainer` and `urls` in pyproject.toml".to_owned()),
            Self::Damaged(_) | Self::Unlike { .. } => {
                Some("run the same command again; if it ends in the same way, check memory and disk".to_owned())
            }
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
    let codec = data::codec(&release.target);
    files::create_dir_all(dir)?;
    let archive = Archive::build(&package.tree, options.at, codec, options.pieces, dir)?;
    let seal = seal::line(&data_member(codec), archive.digest()?);
    let control = control_archive(&package, &md5sums(&archive, &package.conffiles), &seal, options.at)?;
    let path = dir.join(file_name(release, &package));
    let staged = files::stage_file(dir)?;
    assemble(staged.as_file(), options.at, codec, &control, &archive)?;
    let deb = verify(staged.as_file(), &path, &archive)?;
    files::commit_file(staged, &path, 0o644)?;
    Ok(WrittenDeb {
        path,
        size: deb.size(),
        sha256: deb.sha256(),
        entries: package.tree.len(),
    })
}

/// The text of `md5sums`: every regular file but the conffiles.
fn md5sums(archive: &Archive, conffiles: &BTreeSet<String>) -> String {
    let sums = archive.md5sums().into_iter();
    sums.filter(|(path, _)| !conffiles.contains(&format!("/{path}")))
        .map(|(path, sum)| format!("{sum}  {path}\n"))
        .collect()
}

/// Reads the package as any other would, and compares what it installs with what went in, byte for byte.
fn verify(mut file: &File, path: &Path, archive: &Archive) -> Result<Deb, WriteDebError> {
    file.rewind()?;
    let mut comparison = archive.comparison();
    let deb = Deb::read_to(file, path, &mut comparison).map_err(WriteDebError::Damaged)?;
    let unlike = |piece| WriteDebError::Unlike { piece };
    comparison.finish().map_err(|error| unlike(error.piece))?;
    Ok(deb)
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

fn control_archive(package: &Package, sums: &str, seal: &str, at: Timestamp) -> io::Result<Vec<u8>> {
    let mut files = package.control.clone();
    files.insert("md5sums", (sums.to_owned(), 0o644));
    files.entry("triggers").or_insert((String::new(), 0o644)).0 += seal;
    let mut tar = TarWriter::new(data::control_writer()?, at)?;
    for (name, (text, mode)) in &files {
        tar.file(name, *mode, text.as_bytes())?;
    }
    tar.finish()?.finish()
}

fn data_member(codec: Codec) -> String {
    format!("data.tar.{}", data::extension(codec))
}

fn assemble(file: &File, at: Timestamp, codec: Codec, control: &[u8], archive: &Archive) -> io::Result<()> {
    let mut ar = ArWriter::new(io::BufWriter::with_capacity(1 << 18, file))?;
    ar.append_bytes("debian-binary", at, b"2.0\n")?;
    ar.append_bytes("control.tar.xz", at, control)?;
    ar.append(&data_member(codec), at, archive.len(), &mut archive.reader())?;
    ar.finish().flush()
}
