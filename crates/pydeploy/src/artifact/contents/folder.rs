//! Releases that lie on this machine.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::collect::Collector;
use super::{Contents, Format, Item, ItemKind, MANIFEST, manifest};
use crate::artifact::error::ArtifactError;
use crate::release::{Manifest, TreePath};
use crate::sys::files::{self, At as _};

/// Reads the folder that the manifest lies in, and what the manifest says lies elsewhere.
pub(super) fn read(path: &Path) -> Result<Contents, ArtifactError> {
    let dir = fs::canonicalize(path).at("find", path)?;
    let file = dir.join(MANIFEST);
    let Some(bytes) = files::read_if_exists(&file)? else {
        return Err(ArtifactError::NoManifest { path: path.to_owned() });
    };
    let manifest = manifest(path, MANIFEST, &bytes)?;
    let place = Place::new(&manifest, dir);
    let mut collector = Collector::default();
    place.walk(&mut collector)?;
    for entry in manifest.files.iter().filter(|entry| !place.is_inside(entry.path())) {
        place.look(&mut collector, entry.path())?;
    }
    let control_files = place.installed_by_dpkg(&manifest)?;
    if let Some(sums) = control_files.get("md5sums") {
        for path in super::listed(sums) {
            place.look(&mut collector, &path)?;
        }
    }
    let Collector { items, texts } = collector;
    let mut contents = Contents {
        format: Format::Folder,
        path: path.to_owned(),
        size: 0,
        sha256: None,
        control: None,
        control_files,
        items,
        manifest: Some(manifest),
        texts,
        findings: Vec::new(),
    };
    contents.size = contents.installed_size();
    Ok(contents)
}

/// Where a release lies, and where its manifest says that it does.
struct Place<'a> {
    /// The folder that the manifest names.
    prefix: &'a str,
    dir: PathBuf,
    /// What `/` is: another folder when a whole system lies below it. `None` when the release was moved.
    root: Option<PathBuf>,
}

impl<'a> Place<'a> {
    fn new(manifest: &'a Manifest, dir: PathBuf) -> Self {
        let prefix = manifest.prefix.as_str();
        let root = dir.to_str().and_then(|dir| dir.strip_suffix(prefix));
        let root = root.map(|root| PathBuf::from(format!("{root}/")));
        Self { prefix, dir, root }
    }

    fn is_inside(&self, path: &str) -> bool {
        path.strip_prefix(self.prefix).is_some_and(|rest| rest.starts_with('/'))
    }

    fn walk(&self, collector: &mut Collector) -> Result<(), ArtifactError> {
        for entry in WalkDir::new(&self.dir).min_depth(1).sort_by_file_name() {
            let entry = entry.map_err(|error| {
                let path = error.path().unwrap_or(&self.dir).to_owned();
                unreadable(&path, error.into())
            })?;
            let below = entry.path().strip_prefix(&self.dir).unwrap_or(entry.path());
            let name = |reason: String| ArtifactError::Name {
                path: entry.path().to_owned(),
                reason,
            };
            let below = below.to_str().ok_or_else(|| name("it is not UTF-8".to_owned()))?;
            let below: TreePath = below.parse().map_err(|error| name(format!("{error}")))?;
            add(collector, format!("{}/{below}", self.prefix), entry.path())?;
        }
        Ok(())
    }

    /// Adds what lies outside of the folder, if it is there.
    fn look(&self, collector: &mut Collector, path: &str) -> Result<(), ArtifactError> {
        let Some(root) = &self.root else { return Ok(()) };
        let file = root.join(path.trim_start_matches('/'));
        let gone = matches!(file.symlink_metadata(), Err(error) if error.kind() == ErrorKind::NotFound);
        if gone || collector.items.contains_key(path) {
            return Ok(());
        }
        add(collector, path.to_owned(), &file)
    }

    /// What dpkg keeps of the package that installed this very folder.
    fn installed_by_dpkg(&self, manifest: &Manifest) -> Result<BTreeMap<String, Vec<u8>>, ArtifactError> {
        let Some(root) = &self.root else {
            return Ok(BTreeMap::new());
        };
        let mut lists = BTreeMap::new();
        for name in ["md5sums", "conffiles"] {
            let file = root.join(format!("var/lib/dpkg/info/{}.{name}", manifest.name));
            lists.extend(files::read_if_exists(&file)?.map(|bytes| (name.to_owned(), bytes)));
        }
        let own = format!("{}/{MANIFEST}", self.prefix);
        let installed = lists
            .get("md5sums")
            .is_some_and(|sums| super::listed(sums).contains(&own));
        Ok(if installed { lists } else { BTreeMap::new() })
    }
}

fn add(collector: &mut Collector, path: String, file: &Path) -> Result<(), ArtifactError> {
    let metadata = file.symlink_metadata().at("read", file)?;
    let kind = kind(collector, &path, file, &metadata)?;
    let mode = metadata.permissions().mode() & 0o7777;
    collector.items.insert(path, Item { kind, mode });
    Ok(())
}

fn kind(collector: &mut Collector, path: &str, file: &Path, metadata: &Metadata) -> Result<ItemKind, ArtifactError> {
    if metadata.is_dir() {
        return Ok(ItemKind::Directory);
    }
    if metadata.is_symlink() {
        let target = fs::read_link(file).at("read the link", file)?;
        let target = target.to_string_lossy().into_owned();
        return Ok(ItemKind::Symlink { target });
    }
    if !metadata.is_file() {
        return Ok(ItemKind::Other);
    }
    let mut content = File::open(file).at("open", file)?;
    Ok(collector.file(path, &mut content).at("read", file)?)
}

fn unreadable(path: &Path, error: std::io::Error) -> ArtifactError {
    match Err::<(), _>(error).at("read", path) {
        Err(error) => error.into(),
        Ok(()) => ArtifactError::NoManifest { path: path.to_owned() },
    }
}
