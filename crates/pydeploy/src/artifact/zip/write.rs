//! From a release to a `.zip`.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::archive::{self, Summed, ZipWriter};
use super::plan::{self, Plan, WheelFile};
use super::read::FIRST_LINE;
use crate::artifact::libraries;
use crate::digest::Sha256;
use crate::python::LIBRARIES_PROGRAM;
use crate::release::{ContentError, Kind, Release, ReleaseError};
use crate::sys::files::{self, At as _, FileError};
use crate::{Timestamp, exit};

const PROGRAM: [(&str, &str); 3] = [
    ("__main__.py", include_str!("host/__main__.py")),
    ("libraries.py", LIBRARIES_PROGRAM),
    ("release_files.py", include_str!("../host/release_files.py")),
];

/// An archive that has been written.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct WrittenZip {
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Its digest.
    pub sha256: Sha256,
    /// Wheels inside.
    pub wheels: usize,
}

/// An archive cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteZipError {
    /// The release cannot be laid out.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// A file of the release cannot be read, or is not what it should be.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// A file or folder cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The archive cannot be written into the folder.
    #[error("cannot write an archive into {}", dir.display())]
    Unwritable {
        /// The folder.
        dir: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl WriteZipError {
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
            Self::Unwritable { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("free some space on that disk".to_owned())
            }
            Self::Unwritable { .. } => None,
        }
    }
}

/// Writes `NAME_VERSION_TARGET.zip` into the folder `dir`: a program for Python 3.8 and later that installs the release,
/// the same bytes for the same input.
///
/// Wheels are stored as they are; the program checks every file that it takes out of them against the digest in the
/// wheel's RECORD. The last bytes of the archive are the digest of all before them. It appears under its name when it is
/// complete.
///
/// # Errors
///
/// When the release cannot be laid out, a file changes while it is read, or the disk is full. Nothing is left under the
/// final name then.
pub fn write(release: &Release, at: Timestamp, dir: &Path) -> Result<WrittenZip, WriteZipError> {
    let tree = plan::tree(release)?;
    let sums = release.wheels().iter().map(|wheel| sum(wheel.path()));
    let sums: Vec<(Summed, Sha256)> = sums.collect::<Result<_, FileError>>()?;
    let libraries = libraries(release, &tree, &plan::layout())?;
    let plan = plan::plan(release, &tree, wheel_files(release, &sums), libraries);
    let staged = files::stage_file(dir)?;
    let unwritable = |source| WriteZipError::Unwritable {
        dir: dir.to_owned(),
        source,
    };
    let out = io::BufWriter::new(staged.as_file());
    let zip = ZipWriter::new(out, at, FIRST_LINE).map_err(unwritable)?;
    let (mut out, size, sha256) = fill(zip, release, &plan, &sums, &unwritable)?;
    out.flush().map_err(unwritable)?;
    drop(out);
    let path = dir.join(file_name(release));
    files::commit_file(staged, &path, 0o755)?;
    let wheels = sums.len();
    Ok(WrittenZip {
        path,
        size,
        sha256,
        wheels,
    })
}

/// Without the epoch, whose colon some file systems do not take.
fn file_name(release: &Release) -> String {
    let version = release.version.as_str();
    let version = version.split_once(':').map_or(version, |(_, rest)| rest);
    let target = release.target.to_string().replace('/', "-");
    format!("{}_{version}_{target}.zip", release.project.name)
}

fn sum(path: &Path) -> Result<(Summed, Sha256), FileError> {
    let mut file = File::open(path).at("open", path)?;
    archive::sum(&mut file).at("read", path)
}

fn wheel_files(release: &Release, sums: &[(Summed, Sha256)]) -> Vec<WheelFile> {
    let files = release.wheels().iter().zip(sums);
    let file = |(wheel, (summed, sha256)): (&std::sync::Arc<crate::python::Wheel>, &(Summed, Sha256))| WheelFile {
        file: wheel.filename().to_string(),
        size: summed.size,
        sha256: *sha256,
    };
    files.map(file).collect()
}

fn fill<W: Write>(
    mut zip: ZipWriter<W>,
    release: &Release,
    plan: &Plan<'_>,
    sums: &[(Summed, Sha256)],
    unwritable: &dyn Fn(io::Error) -> WriteZipError,
) -> Result<(W, u64, Sha256), WriteZipError> {
    let manifest = serde_json::to_vec_pretty(&plan.manifest).unwrap_or_default();
    for (name, text) in PROGRAM {
        zip.deflate(name, 0o644, text.as_bytes()).map_err(unwritable)?;
    }
    zip.deflate("manifest.json", 0o644, &manifest).map_err(unwritable)?;
    for (name, entry) in &plan.members {
        if let Kind::File {
            content,
            executable,
            sha256,
            ..
        } = &entry.kind
        {
            let mode = if *executable { 0o755 } else { 0o644 };
            zip.deflate(name, mode, &content.read(*sha256)?).map_err(unwritable)?;
        }
    }
    for (wheel, (summed, _)) in release.wheels().iter().zip(sums) {
        let mut file = File::open(wheel.path()).at("open", wheel.path())?;
        let name = format!("wheels/{}", wheel.filename());
        zip.store(&name, 0o644, *summed, &mut file).map_err(unwritable)?;
    }
    zip.finish().map_err(unwritable)
}
