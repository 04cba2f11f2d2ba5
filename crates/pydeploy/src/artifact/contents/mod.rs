//! What an artifact or a release's folder holds, in one form for every format.

mod archive;
mod collect;
mod folder;
mod source;
mod zip;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::error::ArtifactError;
use super::verify::Finding;
use super::zip::FIRST_LINE;
use crate::deb822::Paragraph;
use crate::digest::Sha256;
use crate::release::{Manifest, ManifestError, TreePath};
use crate::sys::files::At as _;
pub(super) use collect::Md5Sum;

/// The name of the manifest in a release's folder.
pub(super) const MANIFEST: &str = "manifest.json";
/// The name of the list of components beside it.
pub(super) const SBOM: &str = "sbom.cdx.json";

/// How much of a file tells its format.
const LONGEST_HEAD: u64 = 32;

/// What a release is written as.
///
/// ```
/// use pydeploy::artifact::Format;
///
/// assert_eq!(Format::Deb.to_string(), "deb");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Format {
    /// A Debian package.
    Deb,
    /// A compressed tar archive of a release's folder.
    Bundle,
    /// A self-extracting zip archive.
    Zip,
    /// A folder: a deployed release, or what a package installed.
    Folder,
    /// A Debian source package, as its `.dsc` file: the package that a builder makes of it.
    Source,
}

impl Format {
    /// Decides by the first bytes of the file, never by its name.
    fn of(path: &Path) -> Result<Self, ArtifactError> {
        if path.is_dir() {
            return Ok(Self::Folder);
        }
        let mut head = Vec::new();
        let file = File::open(path).at("open", path)?;
        file.take(LONGEST_HEAD).read_to_end(&mut head).at("read", path)?;
        match head.as_slice() {
            [b'!', b'<', b'a', b'r', b'c', b'h', b'>', b'\n', ..] => Ok(Self::Deb),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Ok(Self::Bundle),
            head if head.starts_with(b"Format: ") || head.starts_with(b"-----BEGIN PGP SIGNED") => Ok(Self::Source),
            zip if zip.strip_prefix(FIRST_LINE).is_some_and(|rest| rest.starts_with(b"PK")) => Ok(Self::Zip),
            _ => Err(ArtifactError::Unknown { path: path.to_owned() }),
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Deb => "deb",
            Self::Bundle => "bundle",
            Self::Zip => "zip",
            Self::Folder => "folder",
            Self::Source => "source",
        })
    }
}

/// One path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) kind: ItemKind,
    /// Permission bits; 0777 for a link.
    pub(super) mode: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ItemKind {
    File {
        size: u64,
        sha256: Sha256,
        md5: Md5Sum,
    },
    Directory,
    Symlink {
        target: String,
    },
    /// Neither file, folder nor symbolic link.
    Other,
}

impl Item {
    /// Bytes of a file.
    pub(super) fn size(&self) -> Option<u64> {
        match self.kind {
            ItemKind::File { size, .. } => Some(size),
            _ => None,
        }
    }
}

/// The source of what an interpreter writes by itself (PEP 3147, PEP 488): `NAME.py` for `__pycache__/NAME.TAG.pyc` or
/// `NAME.TAG.opt-1.pyc` beside it. The name may hold dots: `gunicorn.conf.py` is a configuration file.
pub(super) fn bytecode_of(path: &str) -> Option<String> {
    let (folder, file) = path.rsplit_once("/__pycache__/")?;
    let stem = file.strip_suffix(".pyc").filter(|rest| !rest.contains('/'))?;
    let tagged = stem.rsplit_once(".opt-").map_or(stem, |(tagged, _)| tagged);
    let (name, tag) = tagged.rsplit_once('.')?;
    tag.contains('-').then(|| format!("{folder}/{name}.py"))
}

/// Everything that was read.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) format: Format,
    pub(super) path: PathBuf,
    /// Bytes of the artifact, or of the folder's files.
    pub(super) size: u64,
    /// Of the artifact; a folder has none.
    pub(super) sha256: Option<Sha256>,
    /// A package's control fields and its other control files.
    pub(super) control: Option<Paragraph>,
    pub(super) control_files: BTreeMap<String, Vec<u8>>,
    /// Everything that is installed, by absolute path.
    pub(super) items: BTreeMap<String, Item>,
    pub(super) manifest: Option<Manifest>,
    /// The files that say something about others, by absolute path: manifest, list of components, RECORDs.
    pub(super) texts: BTreeMap<String, Vec<u8>>,
    /// What the container itself gives away, whatever is installed.
    pub(super) findings: Vec<Finding>,
}

impl Contents {
    /// Reads an artifact to its end, or every file of a folder.
    pub(super) fn read(path: &Path) -> Result<Self, ArtifactError> {
        match Format::of(path)? {
            Format::Deb => archive::package(path),
            Format::Bundle => archive::bundle(path),
            Format::Zip => zip::read(path),
            Format::Folder => folder::read(path),
            Format::Source => source::read(path),
        }
    }

    /// The folder that the release lies in, when a manifest names it.
    pub(super) fn prefix(&self) -> Option<&str> {
        self.manifest.as_ref().map(|manifest| manifest.prefix.as_str())
    }

    /// A file beside the manifest.
    pub(super) fn beside_manifest(&self, name: &str) -> Option<&[u8]> {
        let path = format!("{}/{name}", self.prefix()?);
        self.texts.get(&path).map(Vec::as_slice)
    }

    /// Bytes of all files once they are installed.
    pub(super) fn installed_size(&self) -> u64 {
        self.items.values().filter_map(Item::size).sum()
    }
}

fn manifest(path: &Path, member: &str, bytes: &[u8]) -> Result<Manifest, ArtifactError> {
    Manifest::parse(bytes).map_err(manifest_error(path, member))
}

fn manifest_error(path: &Path, member: &str) -> impl FnOnce(ManifestError) -> ArtifactError {
    let (path, member) = (path.to_owned(), member.to_owned());
    |source| ArtifactError::Manifest { path, member, source }
}

/// The absolute paths that a `md5sums` file names; lines that are none are another's matter.
fn listed(md5sums: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(md5sums);
    let paths = text
        .lines()
        .filter_map(|line| line.split_once("  ")?.1.parse::<TreePath>().ok());
    paths.map(|path| format!("/{path}")).collect()
}

#[cfg(test)]
mod tests {
    use super::bytecode_of;

    #[test]
    fn bytecode_has_a_source() {
        for (file, source) in [
            ("a.cpython-311.pyc", Some("/x/a.py")),
            ("a.cpython-311.opt-1.pyc", Some("/x/a.py")),
            ("gunicorn.conf.cpython-311.pyc", Some("/x/gunicorn.conf.py")),
            ("a.pyc", None),
            ("a.b.pyc", None),
            ("a.cpython-311.so", None),
            ("deep/a.cpython-311.pyc", None),
        ] {
            let path = format!("/x/__pycache__/{file}");
            assert_eq!(bytecode_of(&path).as_deref(), source, "{file}");
        }
    }
}
