//! Whether an artifact, or a release on a host, is what it says that it is.

#[cfg(test)]
mod damage;
mod finding;
mod manifest;
mod package;
mod record;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::contents::{Contents, Format};
use super::error::ArtifactError;
pub use finding::{Finding, Problem};

/// What [`verify()`] found.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Verification {
    /// The number of this form: 1.
    pub schema: u32,
    /// What it was asked about.
    pub path: PathBuf,
    /// What that is.
    pub format: Format,
    /// How much was compared.
    pub checked: Checked,
    /// Everything that is not as it should be, in the order of the paths; nothing when all is well.
    pub findings: Vec<Finding>,
}

/// How much was compared with what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Checked {
    /// Files and links of the manifest; 0 for a package that has none.
    pub manifest: usize,
    /// RECORDs of wheels, each with every row.
    pub records: usize,
    /// Lines of a package's `md5sums`.
    pub md5sums: usize,
}

/// Reads an artifact to its end, or every file of a release on this machine, and compares each with everything that is
/// said about it. All findings are reported at once.
///
/// # What is compared
///
/// The manifest: every file, its size, sha256 and mode, every link and its target; a file that lies beside them and that
/// nothing names is one too many. The RECORD of every wheel, which does not list
/// compiled modules. In a package, `md5sums`, `conffiles`, and the name and the
/// version in the control fields. Set-user-id bits are never right.
///
/// In a self-extracting archive, `{release}` stands for the folder that its program will put the release into. What each
/// file would be comes from the archive's members and from those of the wheels in it, which are also compared with their
/// own RECORD; a member that nothing needs is one too many, and the digest at the archive's end has to be right.
///
/// A folder is that of a deployed release, of one that a self-extracting archive made (`DIR/current`), or of an installed
/// package (`/opt/NAME`): files of the package that lie
/// elsewhere are compared too, those that the manifest does not name with the `md5sums` that dpkg keeps. When the folder
/// lies below another root, so do they. Configuration files that an administrator has changed are findings.
///
/// # What is not
///
/// - Bytecode that an interpreter wrote: `__pycache__/NAME.TAG.pyc` beside a `NAME.py` that the manifest names. Bytecode
///   that the manifest names is compared.
/// - Owners of files on disk, times, and `release.json`, which a deployment adds; a deployed release's manifest has to be
///   the one that `release.json` names.
///
/// # Every byte
///
/// A bit of an artifact that is another one, a cut and anything behind the end are findings or errors, wherever they are:
/// an archive and a bundle end in the digest of all that comes before; the `triggers` of a package that pydeploy wrote hold
/// the digest of its compressed data archive, its control archive has checksums, and its container is written in one way
/// only. Packages that other programs wrote are compared with what they say themselves.
///
/// ```
/// # mod site { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/site.rs")); }
/// # let dir = tempfile::tempdir()?;
/// # let release = site::release(dir.path(), "1.0")?;
/// use pydeploy::Timestamp;
/// use pydeploy::artifact::{verify, zip};
///
/// let written = zip::write(&release, Timestamp::EPOCH, dir.path())?;
/// assert!(verify(&written.path)?.holds());
/// let mut bytes = std::fs::read(&written.path)?;
/// let middle = bytes.len() / 2;
/// bytes[middle] ^= 1;
/// std::fs::write(&written.path, bytes)?;
/// let found = verify(&written.path).map(|verified| verified.findings.len());
/// assert!(found.is_err() || found.is_ok_and(|count| count > 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When it cannot be read; when a file is none of the formats, is cut, damaged, or goes on after its end; when a folder
/// has no manifest; when the manifest cannot be relied on.
pub fn verify(path: &Path) -> Result<Verification, ArtifactError> {
    Ok(Verification::of(&Contents::read(path)?))
}

impl Verification {
    fn of(contents: &Contents) -> Self {
        let mut findings = Findings::default();
        contents
            .findings
            .iter()
            .for_each(|found| findings.add(&found.path, found.problem.clone()));
        let checked = Checked {
            manifest: manifest::check(contents, &mut findings),
            records: record::check(contents, &mut findings),
            md5sums: package::check(contents, &mut findings),
        };
        Self {
            schema: 1,
            path: contents.path.clone(),
            format: contents.format,
            checked,
            findings: findings.sorted(),
        }
    }

    /// Whether all is well.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.findings.is_empty()
    }
}

/// What has been found so far. Of several that compare a file's bytes, the first that finds it wrong is enough.
#[derive(Debug, Default)]
struct Findings {
    by_path: BTreeMap<String, Vec<Problem>>,
    /// Paths that something vouches for.
    named: BTreeSet<String>,
}

impl Findings {
    fn add(&mut self, path: &str, problem: Problem) {
        self.by_path.entry(path.to_owned()).or_default().push(problem);
    }

    /// Adds a problem unless there is one with the same path.
    fn add_first(&mut self, path: &str, problem: Problem) {
        if !self.by_path.contains_key(path) {
            self.add(path, problem);
        }
    }

    fn sorted(self) -> Vec<Finding> {
        let findings = self.by_path.into_iter().flat_map(|(path, problems)| {
            problems.into_iter().map(move |problem| Finding {
                path: path.clone(),
                problem,
            })
        });
        findings.collect()
    }
}
