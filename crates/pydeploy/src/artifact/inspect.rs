//! What an artifact is and holds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::contents::{Contents, Format, Item, ItemKind, MANIFEST, SBOM};
use super::error::ArtifactError;
use crate::digest::Sha256;
use crate::python::{DistributionName, WheelFilename};
use crate::release::{Manifest, ManifestEntry, ManifestService};

/// What an artifact, or the folder of a release, holds: [`inspect()`].
///
/// ```
/// # mod site { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/site.rs")); }
/// # let dir = tempfile::tempdir()?;
/// # let release = site::release(dir.path(), "1.0")?;
/// use pydeploy::Timestamp;
/// use pydeploy::artifact::{inspect, zip};
///
/// let written = zip::write(&release, Timestamp::EPOCH, dir.path())?;
/// let inspection = inspect(&written.path)?;
/// assert_eq!(inspection.sha256, Some(written.sha256));
/// assert_eq!(inspection.release.as_ref().map(|release| release.version.as_str()), Some("1.0"));
/// let file = inspection.files.iter().find(|file| file.path.ends_with("/app/app.py"));
/// assert_eq!(file.and_then(|file| file.owner.as_deref()), Some("application"));
/// assert!(inspection.sbom()?.starts_with(b"{"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// The number of this form: 2.
    pub schema: u32,
    /// What it was asked about.
    pub path: PathBuf,
    /// What that is.
    pub format: Format,
    /// Bytes of the artifact; of a folder, those of its files.
    pub size: u64,
    /// Digest of the artifact; a folder has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256>,
    /// Bytes of all files once they are installed.
    pub installed_size: u64,
    /// The control fields of a Debian package, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub control: Vec<ControlField>,
    /// The names of its other control files: maintainer scripts, `conffiles`, `md5sums`, `triggers`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub control_files: Vec<String>,
    /// The release, when there is a manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<ReleaseSummary>,
    /// The wheels inside, by name.
    pub wheels: Vec<InspectedWheel>,
    /// Every file, folder and link, in the order of their paths.
    pub files: Vec<InspectedFile>,
    /// The list of components as it lies inside.
    #[serde(skip)]
    sbom: Option<Vec<u8>>,
}

/// A control field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ControlField {
    /// `Depends`, for example.
    pub name: String,
    /// Its value, lines separated by newlines.
    pub value: String,
}

/// What the manifest says about the release as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReleaseSummary {
    /// The project.
    pub name: String,
    /// The Debian version.
    pub version: String,
    /// What the running site answers.
    pub release: String,
    /// The target, `debian12`.
    pub target: String,
    /// Absolute path of the folder that it lies in; `/{release}` in a self-extracting archive, which can go anywhere.
    pub prefix: String,
    /// Absolute path of the interpreter; `{interpreter}` in a self-extracting archive.
    pub interpreter: String,
    /// What it runs.
    pub services: Vec<ManifestService>,
    /// The page that answers with the release id.
    pub health: String,
}

/// A wheel that the release holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InspectedWheel {
    /// The distribution.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The wheel's file name.
    pub wheel: String,
    /// How many files it brings.
    pub files: usize,
    /// Their bytes.
    pub size: u64,
}

/// One path that is installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InspectedFile {
    /// Absolute path.
    pub path: String,
    /// `file`, `folder`, `link` or `other`.
    pub kind: &'static str,
    /// Four octal digits.
    pub mode: String,
    /// Bytes of a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Digest of a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256>,
    /// What a link points at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Who brings it: `application`, `pydeploy`, a wheel's file name; nobody for what the manifest does not name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// Reads an artifact of any format to its end, or a release's folder, and says what it holds. What the files say about
/// each other is not compared here: that is `verify`.
///
/// ```
/// # let dir = std::env::temp_dir();
/// # let path = dir.join("pydeploy-inspect-example");
/// # std::fs::write(&path, "no artifact")?;
/// use pydeploy::artifact::{ArtifactError, inspect};
///
/// assert!(matches!(inspect(&path), Err(ArtifactError::Unknown { .. })));
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// When it cannot be read, is none of the formats, is cut or damaged, or its manifest cannot be relied on.
pub fn inspect(path: &Path) -> Result<Inspection, ArtifactError> {
    Ok(Inspection::of(&Contents::read(path)?))
}

impl Inspection {
    pub(super) fn of(contents: &Contents) -> Self {
        let owners = Owners::of(contents);
        let control = contents.control.as_ref();
        Self {
            schema: 2,
            path: contents.path.clone(),
            format: contents.format,
            size: contents.size,
            sha256: contents.sha256,
            installed_size: contents.installed_size(),
            control: control
                .map(|control| control.fields().map(ControlField::of).collect())
                .unwrap_or_default(),
            control_files: contents.control_files.keys().cloned().collect(),
            release: contents.manifest.as_ref().map(ReleaseSummary::of),
            wheels: wheels(contents.manifest.as_ref()),
            files: contents
                .items
                .iter()
                .map(|(path, item)| owners.file(path, item))
                .collect(),
            sbom: contents.beside_manifest(SBOM).map(ToOwned::to_owned),
        }
    }

    /// The list of components that lies inside, a CycloneDX document as JSON, byte for byte.
    ///
    /// # Errors
    ///
    /// When it has none.
    pub fn sbom(&self) -> Result<&[u8], ArtifactError> {
        let path = || self.path.clone();
        self.sbom
            .as_deref()
            .ok_or_else(|| ArtifactError::NoSbom { path: path() })
    }
}

impl ControlField {
    fn of((name, value): (&str, &str)) -> Self {
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
        }
    }
}

impl ReleaseSummary {
    fn of(manifest: &Manifest) -> Self {
        Self {
            name: manifest.name.to_string(),
            version: manifest.version.clone(),
            release: manifest.release.to_string(),
            target: manifest.target.clone(),
            prefix: manifest.prefix.clone(),
            interpreter: manifest.interpreter.clone(),
            services: manifest.services.clone(),
            health: manifest.health.clone(),
        }
    }
}

/// The wheels that the manifest names as owners, by name.
pub(super) fn wheels(manifest: Option<&Manifest>) -> Vec<InspectedWheel> {
    let mut wheels: BTreeMap<DistributionName, InspectedWheel> = BTreeMap::new();
    for entry in manifest.iter().flat_map(|manifest| &manifest.files) {
        let (ManifestEntry::File { owner, size, .. }, Ok(file)) = (entry, entry.owner().parse::<WheelFilename>())
        else {
            continue;
        };
        let wheel = wheels.entry(file.name().clone()).or_insert_with(|| InspectedWheel {
            name: file.name().to_string(),
            version: file.version().to_string(),
            wheel: owner.clone(),
            files: 0,
            size: 0,
        });
        wheel.files += 1;
        wheel.size += size;
    }
    wheels.into_values().collect()
}

/// Who brings what.
struct Owners<'a> {
    by_path: BTreeMap<&'a str, &'a str>,
    /// Made by pydeploy, although no manifest can list itself.
    manifest: Option<String>,
}

impl<'a> Owners<'a> {
    fn of(contents: &'a Contents) -> Self {
        let entries = contents.manifest.iter().flat_map(|manifest| &manifest.files);
        Self {
            by_path: entries.map(|entry| (entry.path(), entry.owner())).collect(),
            manifest: contents.prefix().map(|prefix| format!("{prefix}/{MANIFEST}")),
        }
    }

    fn file(&self, path: &str, item: &Item) -> InspectedFile {
        let own = (self.manifest.as_deref() == Some(path)).then_some("pydeploy");
        let mut file = InspectedFile {
            path: path.to_owned(),
            kind: item.kind.name(),
            mode: format!("{:04o}", item.mode),
            size: None,
            sha256: None,
            target: None,
            owner: self.by_path.get(path).copied().or(own).map(ToOwned::to_owned),
        };
        match &item.kind {
            ItemKind::File { size, sha256, .. } => (file.size, file.sha256) = (Some(*size), Some(*sha256)),
            ItemKind::Symlink { target } => file.target = Some(target.clone()),
            ItemKind::Directory | ItemKind::Other => {}
        }
        file
    }
}

impl ItemKind {
    /// What reports call it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::File { .. } => "file",
            Self::Directory => "folder",
            Self::Symlink { .. } => "link",
            Self::Other => "other",
        }
    }
}
