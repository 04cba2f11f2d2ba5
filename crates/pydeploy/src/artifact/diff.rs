//! What one release adds over another.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::contents::{Contents, Format, Item, ItemKind, bytecode_of};
use super::error::ArtifactError;
use super::zip::INTERPRETER;
use crate::python::{DistributionName, WheelFilename};

/// What differs between two artifacts or folders of releases: [`diff()`].
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// The number of this form: 1.
    pub schema: u32,
    /// The one that is compared.
    pub from: Compared,
    /// The one that it is compared with.
    pub to: Compared,
    /// Bytes that the second has more than the first; negative when it has less.
    pub size: i64,
    /// The same for all files once they are installed.
    pub installed_size: i64,
    /// Distributions that differ, by name.
    pub packages: Vec<PackageChange>,
    /// Files and links that differ, in the order of their paths.
    pub files: Vec<FileChange>,
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Compared {
    /// What was read.
    pub path: PathBuf,
    /// What that is.
    pub format: Format,
    /// The release's name, when there is a manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The release's version, when there is a manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Bytes of the artifact; of a folder, those of its files.
    pub size: u64,
    /// Bytes of all files once they are installed.
    pub installed_size: u64,
}

/// A distribution that is not the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PackageChange {
    /// The distribution.
    pub name: String,
    /// In which way.
    pub change: PackageChangeKind,
    /// Its version in the first, unless it is added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Its version in the second, unless it is removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// How a distribution changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PackageChangeKind {
    /// To a later version (PEP 440).
    Up,
    /// To an earlier version.
    Down,
    /// To another wheel of the same version: another platform or build.
    OtherWheel,
    /// Only the second has it.
    Added,
    /// Only the first has it.
    Removed,
}

/// A file or link that is not the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileChange {
    /// Relative to the release's folder for what lies in it, to `/` for the rest.
    pub path: String,
    /// In which way.
    pub change: FileChangeKind,
    /// Bytes in the first; nothing for a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// Bytes in the second; nothing for a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<u64>,
}

/// How a file changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileChangeKind {
    /// Only the second has it.
    Added,
    /// Only the first has it.
    Removed,
    /// Other bytes, another target of a link, or another kind.
    Changed,
    /// The same bytes with another mode.
    Mode,
}

/// Reads two artifacts, or folders of releases, of any formats and says what the second has that the first has not, and
/// the other way round.
///
/// Paths below the folder that a release is laid out for are compared relative to it, so that a package can be compared
/// with a deployed release; scripts and RECORDs hold that folder's name and differ then. Bytecode that an interpreter
/// wrote and `release.json`, which a deployment adds, are left out; and beside a self-extracting archive, what that makes
/// on the host.
///
/// ```
/// # mod site { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/site.rs")); }
/// # let dir = tempfile::tempdir()?;
/// # let release = site::release(dir.path(), "1.0")?;
/// use pydeploy::Timestamp;
/// use pydeploy::artifact::diff::FileChangeKind;
/// use pydeploy::artifact::{diff, zip};
///
/// let one = zip::write(&release, Timestamp::EPOCH, dir.path())?;
/// # let release = site::release(dir.path(), "1.1")?;
/// let two = zip::write(&release, Timestamp::EPOCH, dir.path())?;
/// let difference = diff(&one.path, &two.path)?;
/// assert!(difference.packages.is_empty());
/// let file = difference.files.iter().find(|file| file.path == "app/app.py");
/// assert_eq!(file.map(|file| file.change), Some(FileChangeKind::Changed));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When one of them cannot be read, is none of the formats, is cut or damaged, or its manifest cannot be relied on.
pub fn diff(from: &Path, to: &Path) -> Result<Difference, ArtifactError> {
    Ok(Difference::between(&Contents::read(from)?, &Contents::read(to)?))
}

impl Difference {
    fn between(from: &Contents, to: &Contents) -> Self {
        Self {
            schema: 1,
            from: Compared::of(from),
            to: Compared::of(to),
            size: more(from.size, to.size),
            installed_size: more(from.installed_size(), to.installed_size()),
            packages: packages(&wheels(from), &wheels(to)),
            files: files(from, to),
        }
    }

    /// Whether nothing differs that a release is made of.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty() && self.files.is_empty()
    }
}

impl Compared {
    fn of(contents: &Contents) -> Self {
        let manifest = contents.manifest.as_ref();
        Self {
            path: contents.path.clone(),
            format: contents.format,
            name: manifest.map(|manifest| manifest.name.to_string()),
            version: manifest.map(|manifest| manifest.version.clone()),
            size: contents.size,
            installed_size: contents.installed_size(),
        }
    }
}

fn more(from: u64, to: u64) -> i64 {
    let size = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    size(to).saturating_sub(size(from))
}

type Wheels = BTreeMap<DistributionName, WheelFilename>;

fn wheels(contents: &Contents) -> Wheels {
    let entries = contents.manifest.iter().flat_map(|manifest| &manifest.files);
    let owners: BTreeSet<&str> = entries.map(|entry| entry.owner()).collect();
    let wheels = owners
        .into_iter()
        .filter_map(|owner| owner.parse::<WheelFilename>().ok());
    wheels.map(|wheel| (wheel.name().clone(), wheel)).collect()
}

fn packages(from: &Wheels, to: &Wheels) -> Vec<PackageChange> {
    let names: BTreeSet<_> = from.keys().chain(to.keys()).collect();
    let change = |name: &DistributionName| {
        let (before, after) = (from.get(name), to.get(name));
        let version = |wheel: &WheelFilename| wheel.version().to_string();
        Some(PackageChange {
            name: name.to_string(),
            change: package_change(before, after)?,
            from: before.map(version),
            to: after.map(version),
        })
    };
    names.into_iter().filter_map(change).collect()
}

fn package_change(from: Option<&WheelFilename>, to: Option<&WheelFilename>) -> Option<PackageChangeKind> {
    match (from, to) {
        (None, _) => Some(PackageChangeKind::Added),
        (_, None) => Some(PackageChangeKind::Removed),
        (Some(from), Some(to)) if from.version() < to.version() => Some(PackageChangeKind::Up),
        (Some(from), Some(to)) if from.version() > to.version() => Some(PackageChangeKind::Down),
        (Some(from), Some(to)) if from.as_str() != to.as_str() => Some(PackageChangeKind::OtherWheel),
        _ => None,
    }
}

/// The files and links that a release brought, by comparable paths.
fn shipped(contents: &Contents) -> BTreeMap<String, &Item> {
    let prefix = contents.prefix().map(|prefix| format!("{prefix}/"));
    let below = |path: &str| {
        let inside = prefix.as_deref().and_then(|prefix| path.strip_prefix(prefix));
        inside.unwrap_or(path.trim_start_matches('/')).to_owned()
    };
    let named: BTreeSet<&str> = match &contents.manifest {
        Some(manifest) => manifest.files.iter().map(|entry| entry.path()).collect(),
        None => BTreeSet::new(),
    };
    let is_added = |path: &str| {
        let source = bytecode_of(path).filter(|_| !named.contains(path));
        let deployed = contents.format == Format::Folder && below(path) == "release.json";
        deployed || source.is_some_and(|source| named.contains(source.as_str()))
    };
    let items = contents
        .items
        .iter()
        .filter(|(_, item)| item.kind != ItemKind::Directory);
    items
        .filter(|(path, _)| !is_added(path))
        .map(|(path, item)| (below(path), item))
        .collect()
}

fn files(from: &Contents, to: &Contents) -> Vec<FileChange> {
    let made_there = [from, to].iter().any(|side| side.format == Format::Zip);
    let (from, to) = (shipped(from), shipped(to));
    let paths: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let paths = paths
        .into_iter()
        .filter(|path| !made_there || !is_of_the_host(path, [from.get(*path), to.get(*path)]));
    let change = |path: &String| {
        let (before, after) = (from.get(path).copied(), to.get(path).copied());
        Some(FileChange {
            path: path.clone(),
            change: file_change(before, after)?,
            from: before.and_then(Item::size),
            to: after.and_then(Item::size),
        })
    };
    paths.filter_map(change).collect()
}

/// What a self-extracting archive makes on the host, and the link to an interpreter that it does not know yet.
fn is_of_the_host(path: &str, items: [Option<&&Item>; 2]) -> bool {
    let links_there = |item: &&&Item| match &item.kind {
        ItemKind::Symlink { target } => target == INTERPRETER,
        _ => false,
    };
    matches!(path, "environment.json" | "manifest.json" | "venv/pyvenv.cfg") || items.iter().flatten().any(links_there)
}

fn file_change(from: Option<&Item>, to: Option<&Item>) -> Option<FileChangeKind> {
    match (from, to) {
        (None, _) => Some(FileChangeKind::Added),
        (_, None) => Some(FileChangeKind::Removed),
        (Some(from), Some(to)) if from.kind != to.kind => Some(FileChangeKind::Changed),
        (Some(from), Some(to)) if from.mode != to.mode => Some(FileChangeKind::Mode),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::testing::{demo, package, release};
    use super::*;
    use crate::python::testing::WheelBuilder;
    use crate::release::{Layout, unpack};

    fn lines(difference: &Difference) -> String {
        let size = |size: Option<u64>| size.map_or("-".to_owned(), |size| size.to_string());
        let packages = difference.packages.iter().map(|package| {
            let version = |version: &Option<String>| version.clone().unwrap_or("-".to_owned());
            format!(
                "{:?} {} {} {}\n",
                package.change,
                package.name,
                version(&package.from),
                version(&package.to)
            )
        });
        let files = difference.files.iter().map(|file| match file.path.ends_with("RECORD") {
            // Its size follows from the rows of the others.
            true => format!("{:?} {}\n", file.change, file.path),
            false => format!(
                "{:?} {} {} {}\n",
                file.change,
                size(file.from),
                size(file.to),
                file.path
            ),
        });
        packages.chain(files).collect()
    }

    #[test]
    fn packages_and_files_between_two_releases() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let wheels = |other: WheelBuilder| [demo(), WheelBuilder::named("alpha", "1.9"), other];
        let first = release(
            one.path(),
            "1.0",
            &wheels(WheelBuilder::named("gone", "1.0").file("gone.py", "x\n")),
        );
        let mut second = wheels(WheelBuilder::named("new", "2.0").file("new.py", "new\n"));
        second[1] = WheelBuilder::named("alpha", "1.10");
        let second = release(two.path(), "1.1", &second);
        let (first, second) = (package(&first, one.path()), package(&second, two.path()));
        let changed = diff(&first, &second).unwrap();
        let shown = lines(&changed);
        // The package's own files are other tests' matter.
        let own = ["usr/", "lib/systemd", "dist-info/", ".json"];
        let shown: Vec<&str> = shown
            .lines()
            .filter(|line| !own.iter().any(|part| line.contains(part)))
            .collect();
        assert_eq!(
            shown,
            [
                "Up alpha 1.9 1.10",
                "Removed gone 1.0 -",
                "Added new - 2.0",
                "Removed 2 - venv/lib/python3.11/site-packages/gone.py",
                "Added - 4 venv/lib/python3.11/site-packages/new.py",
            ]
        );
        let back = diff(&second, &first).unwrap();
        assert_eq!(
            (back.size, back.installed_size),
            (-changed.size, -changed.installed_size)
        );
        assert_eq!(back.packages[0].change, PackageChangeKind::Down);
        assert!(diff(&first, &first).unwrap().is_empty());
    }

    #[test]
    fn a_package_and_the_same_release_deployed() {
        let dir = tempfile::tempdir().unwrap();
        let place = fs::canonicalize(dir.path()).unwrap().join("release");
        let release = release(dir.path(), "1.0", &[demo()]);
        let layout = Layout::folder(&place, Path::new("/usr/bin/python3.11"));
        unpack(&release.tree(&layout).unwrap(), &place).unwrap();
        fs::write(place.join("release.json"), "{}").unwrap();
        let pycache = place.join("venv/lib/python3.11/site-packages/demo/__pycache__");
        fs::create_dir(&pycache).unwrap();
        fs::write(pycache.join("__init__.cpython-311.pyc"), "").unwrap();
        let changed = diff(&package(&release, dir.path()), &place).unwrap();
        let paths: Vec<&str> = changed.files.iter().map(|file| file.path.as_str()).collect();
        let inside: Vec<&&str> = paths
            .iter()
            .filter(|path| !path.starts_with("usr/") && !path.starts_with("lib/"))
            .collect();
        // What holds the folder's name.
        let record = "venv/lib/python3.11/site-packages/demo-1.0.dist-info/RECORD";
        assert_eq!(inside, [&"manifest.json", &"venv/bin/demo", &record]);
        assert_eq!(changed.packages, []);
    }
}
