//! From a release to a `.zip`.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::archive::{self, ZipWriter};
use super::plan::{self, Plan};
use super::read::FIRST_LINE;
use crate::Timestamp;
use crate::artifact::checksum::Sum;
use crate::artifact::planned::PlannedWheel;
use crate::artifact::{Stopped, WriteError, file_name, libraries};
use crate::digest::Sha256;
use crate::python::LIBRARIES_PROGRAM;
use crate::release::{Kind, Release};
use crate::sys::files::{self, At as _, FileError};

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

/// Writes `NAME_VERSION_TARGET.zip` into the folder `dir`: a program for Python 3.8 and later that installs the release,
/// the same bytes for the same input.
///
/// Wheels are stored as they are; the program checks every file that it takes out of them against the digest in the
/// wheel's RECORD. The last bytes of the archive are the digest of all before them. It appears under its name when it is
/// complete.
///
/// ```
/// # mod site { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/site.rs")); }
/// # let dir = tempfile::tempdir()?;
/// # let release = site::release(dir.path(), "1.0")?;
/// use pydeploy::Timestamp;
/// use pydeploy::artifact::{Format, inspect, zip};
///
/// let at = Timestamp::from_compact("20161009151015").ok_or("no date")?;
/// let written = zip::write(&release, at, &dir.path().join("out"))?;
/// assert!(written.path.ends_with("site_1.0_debian12.zip"));
/// assert_eq!(inspect(&written.path)?.format, Format::Zip);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the release cannot be laid out, a file changes while it is read, or the disk is full. Nothing is left under the
/// final name then.
pub fn write(release: &Release, at: Timestamp, dir: &Path) -> Result<WrittenZip, WriteError> {
    write_into(release, at, dir).map_err(|stopped| stopped.at("write an archive into", dir))
}

fn write_into(release: &Release, at: Timestamp, dir: &Path) -> Result<WrittenZip, Stopped> {
    let tree = plan::tree(release)?;
    let sums = release.wheels().iter().map(|wheel| sum(wheel.path()));
    let sums: Vec<(Sum, Sha256)> = sums.collect::<Result<_, FileError>>()?;
    let libraries = libraries(release, &tree, &plan::layout())?;
    let plan = plan::plan(release, &tree, wheel_files(release, &sums), libraries);
    let staged = files::stage_file(dir)?;
    let out = io::BufWriter::new(staged.as_file());
    let zip = ZipWriter::new(out, at, FIRST_LINE)?;
    let (mut out, size, sha256) = fill(zip, release, &plan, &sums)?;
    out.flush()?;
    drop(out);
    let path = dir.join(file_name(release, "zip"));
    files::commit_file(staged, &path, 0o755)?;
    let wheels = sums.len();
    Ok(WrittenZip {
        path,
        size,
        sha256,
        wheels,
    })
}

fn sum(path: &Path) -> Result<(Sum, Sha256), FileError> {
    let mut file = File::open(path).at("open", path)?;
    archive::sum(&mut file).at("read", path)
}

fn wheel_files(release: &Release, sums: &[(Sum, Sha256)]) -> Vec<PlannedWheel> {
    let files = release.wheels().iter().zip(sums);
    let file = |(wheel, (summed, sha256)): (&std::sync::Arc<crate::python::Wheel>, &(Sum, Sha256))| PlannedWheel {
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
    sums: &[(Sum, Sha256)],
) -> Result<(W, u64, Sha256), Stopped> {
    let manifest = serde_json::to_vec_pretty(&plan.manifest).unwrap_or_default();
    for (name, text) in PROGRAM {
        zip.deflate(name, 0o644, text.as_bytes())?;
    }
    zip.deflate("manifest.json", 0o644, &manifest)?;
    for (name, entry) in &plan.members {
        if let Kind::File {
            content,
            executable,
            sha256,
            ..
        } = &entry.kind
        {
            let mode = files::mode(*executable);
            zip.deflate(name, mode, &content.read(*sha256)?)?;
        }
    }
    for (wheel, (summed, _)) in release.wheels().iter().zip(sums) {
        let mut file = File::open(wheel.path()).at("open", wheel.path())?;
        let name = format!("wheels/{}", wheel.filename());
        zip.store(&name, 0o644, *summed, &mut file)?;
    }
    Ok(zip.finish()?)
}
