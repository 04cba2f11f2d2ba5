//! From the text to the lock.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use pep440_rs::VersionSpecifiers;
use serde::Deserialize;
use toml::Spanned;

use super::graph::{Edge, Edges, Graph, Node};
use crate::digest::Sha256;
use crate::python::DistributionName;
use crate::wheelhouse::lock::source::Source as Text;
use crate::wheelhouse::lock::{Lock, LockError, LockedPackage, LockedSdist, LockedSource, LockedWheel};
use crate::wheelhouse::url;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Document {
    version: Spanned<u64>,
    requires_python: Option<Spanned<String>>,
    #[serde(default)]
    supported_markers: Vec<Spanned<String>>,
    #[serde(default)]
    manifest: Manifest,
    #[serde(default, rename = "package")]
    packages: Vec<Spanned<Package>>,
}

#[derive(Default, Deserialize)]
struct Manifest {
    #[serde(default)]
    members: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    name: Spanned<String>,
    version: Option<Spanned<String>>,
    source: Source,
    #[serde(default)]
    resolution_markers: Vec<Spanned<String>>,
    #[serde(default)]
    dependencies: Vec<Dependency>,
    #[serde(default)]
    optional_dependencies: BTreeMap<Spanned<String>, Vec<Dependency>>,
    #[serde(default)]
    dev_dependencies: BTreeMap<Spanned<String>, Vec<Dependency>>,
    #[serde(default)]
    metadata: Metadata,
    sdist: Option<Spanned<File>>,
    #[serde(default)]
    wheels: Vec<Spanned<File>>,
}

/// Names of extras and groups stand here even when they need nothing.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Metadata {
    provides_extras: Vec<Spanned<String>>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
struct Source {
    registry: Option<String>,
    url: Option<String>,
    path: Option<String>,
    git: Option<String>,
    directory: Option<String>,
    editable: Option<String>,
    r#virtual: Option<String>,
}

#[derive(Deserialize)]
struct Dependency {
    name: Spanned<String>,
    version: Option<String>,
    source: Option<Source>,
    #[serde(default)]
    extra: Vec<Spanned<String>>,
    marker: Option<Spanned<String>>,
}

#[derive(Deserialize)]
struct File {
    url: Option<String>,
    path: Option<String>,
    filename: Option<String>,
    hash: Option<String>,
    size: Option<u64>,
}

pub(in super::super) fn parse(file: &Path, text: &str) -> Result<Lock, LockError> {
    let text = Text::new(file, text);
    let document: Document = text.read()?;
    check_version(&text, &document.version)?;
    text.optional::<VersionSpecifiers>(None, "requires-python", document.requires_python.as_ref())?;
    let graph = Reader::new(&text, &document).graph()?;
    let packages = document.packages.iter();
    let packages: Vec<_> = packages
        .map(|package| read_package(&text, package))
        .collect::<Result<_, _>>()?;
    Ok(Lock {
        lines: text.lines(document.requires_python.as_ref(), &document.supported_markers),
        environments: text.values("supported-markers", &document.supported_markers)?,
        extras: extras(&text, &document, &graph)?,
        dependency_groups: graph
            .roots
            .iter()
            .flat_map(|&at| graph.nodes[at].groups.keys().cloned())
            .collect(),
        packages,
        graph: Some(graph),
        requires_python: document.requires_python.map(Spanned::into_inner),
        ..Lock::empty(file)
    })
}

fn check_version(text: &Text<'_>, version: &Spanned<u64>) -> Result<(), LockError> {
    match version.get_ref() {
        1 => Ok(()),
        found => Err(LockError::UnknownVersion {
            file: text.file.to_owned(),
            line: text.line_of(version),
            key: "version",
            found: found.to_string(),
        }),
    }
}

fn extras(text: &Text<'_>, document: &Document, graph: &Graph) -> Result<BTreeSet<DistributionName>, LockError> {
    let mut extras = BTreeSet::new();
    for &at in &graph.roots {
        let provided: Vec<_> = text.values(
            "provides-extras",
            &document.packages[at].get_ref().metadata.provides_extras,
        )?;
        extras.extend(provided);
        extras.extend(graph.nodes[at].extras.keys().cloned());
    }
    Ok(extras)
}

struct Reader<'a> {
    text: &'a Text<'a>,
    document: &'a Document,
    by_name: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a Text<'a>, document: &'a Document) -> Self {
        let mut by_name: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (at, package) in document.packages.iter().enumerate() {
            by_name
                .entry(package.get_ref().name.get_ref().as_str())
                .or_default()
                .push(at);
        }
        Self {
            text,
            document,
            by_name,
        }
    }

    fn graph(&self) -> Result<Graph, LockError> {
        let packages = self.document.packages.iter();
        Ok(Graph {
            roots: self.roots(),
            nodes: packages
                .map(|package| self.node(package.get_ref()))
                .collect::<Result<_, _>>()?,
        })
    }

    /// The package of the folder that the lock lies in; without one, every member of the workspace.
    fn roots(&self) -> Vec<usize> {
        let packages = || self.document.packages.iter().enumerate();
        let top = packages().find(|(_, package)| package.get_ref().source.folder() == Some("."));
        let is_member = |package: &Package| self.document.manifest.members.contains(package.name.get_ref());
        match top {
            Some((at, _)) => vec![at],
            None => packages()
                .filter(|(_, package)| is_member(package.get_ref()))
                .map(|(at, _)| at)
                .collect(),
        }
    }

    fn node(&self, package: &Package) -> Result<Node, LockError> {
        Ok(Node {
            name: Some(self.text.value(None, "name", &package.name)?),
            forks: self.text.values("resolution-markers", &package.resolution_markers)?,
            dependencies: self.edges(package, &package.dependencies)?,
            extras: self.named_edges(package, &package.optional_dependencies)?,
            groups: self.named_edges(package, &package.dev_dependencies)?,
        })
    }

    fn named_edges(
        &self,
        package: &Package,
        named: &BTreeMap<Spanned<String>, Vec<Dependency>>,
    ) -> Result<Edges, LockError> {
        let read = |(name, dependencies): (&Spanned<String>, &Vec<Dependency>)| {
            Ok((
                self.text
                    .value(Some(package.name.get_ref()), "optional-dependencies", name)?,
                self.edges(package, dependencies)?,
            ))
        };
        named.iter().map(read).collect()
    }

    fn edges(&self, package: &Package, dependencies: &[Dependency]) -> Result<Vec<Edge>, LockError> {
        dependencies
            .iter()
            .map(|dependency| self.edge(package, dependency))
            .collect()
    }

    fn edge(&self, package: &Package, dependency: &Dependency) -> Result<Edge, LockError> {
        let of = Some(package.name.get_ref().as_str());
        let named = self.by_name.get(dependency.name.get_ref().as_str());
        let is_meant = |at: &&usize| {
            let package = self.document.packages[**at].get_ref();
            let version = package.version.as_ref().map(Spanned::get_ref);
            let same_version = dependency.version.is_none() || dependency.version.as_ref() == version;
            same_version
                && dependency
                    .source
                    .as_ref()
                    .is_none_or(|source| *source == package.source)
        };
        let to: Vec<_> = named.into_iter().flatten().filter(is_meant).copied().collect();
        if to.is_empty() {
            let version = dependency
                .version
                .as_ref()
                .map_or(String::new(), |version| format!(" {version}"));
            let message = format!("`{}{version}` is not in the lock", dependency.name.get_ref());
            return Err(self
                .text
                .wrong(self.text.line_of(&dependency.name), of, "dependencies", message));
        }
        let extras = dependency.extra.iter();
        Ok(Edge {
            to,
            extras: extras
                .map(|name| self.text.value(of, "extra", name))
                .collect::<Result<_, _>>()?,
            marker: self.text.optional(of, "marker", dependency.marker.as_ref())?,
        })
    }
}

impl Source {
    /// The folder that it is.
    fn folder(&self) -> Option<&str> {
        let folder = self.directory.as_ref().or(self.editable.as_ref());
        folder.or(self.r#virtual.as_ref()).map(String::as_str)
    }

    /// What is no file: the project, a package that is only its dependencies, a folder, a repository.
    fn other(&self) -> Option<LockedSource> {
        let other = |kind: String| Some(LockedSource::Other { kind });
        match (self.folder(), &self.git) {
            (Some("."), _) => Some(LockedSource::Project),
            (Some(_), _) if self.r#virtual.is_some() => Some(LockedSource::Project),
            (Some(folder), _) => other(format!("a folder (`{folder}`)")),
            (None, Some(git)) => other(format!("a git repository (`{}`)", url::shown(git))),
            (None, None) => None,
        }
    }

    fn index(&self) -> Option<String> {
        self.registry.clone().filter(|registry| registry.contains("://"))
    }
}

fn read_package(text: &Text<'_>, package: &Spanned<Package>) -> Result<LockedPackage, LockError> {
    let line = text.line_of(package);
    let package = package.get_ref();
    let name: DistributionName = text.value(None, "name", &package.name)?;
    let source = match package.source.other() {
        Some(other) => other,
        None => LockedSource::Files {
            wheels: wheels(text, package)?,
            sdist: sdist(text, package)?,
        },
    };
    Ok(LockedPackage {
        file: text.file.to_owned(),
        line,
        version: text.optional(Some(name.as_str()), "version", package.version.as_ref())?,
        marker: None,
        requires_python: None,
        index: package.source.index(),
        name,
        source,
    })
}

fn wheels(text: &Text<'_>, package: &Package) -> Result<Vec<LockedWheel>, LockError> {
    let read = |wheel: &Spanned<File>| {
        let found = Found::new(text, package, wheel)?;
        let name = found.name.parse();
        Ok(LockedWheel {
            line: found.line,
            filename: name.map_err(|error| found.wrong(text, package, "wheels", error))?,
            sha256: found.sha256,
            url: found.url,
            path: found.path,
            size: wheel.get_ref().size,
        })
    };
    package.wheels.iter().map(read).collect()
}

fn sdist(text: &Text<'_>, package: &Package) -> Result<Option<LockedSdist>, LockError> {
    let read = |sdist: &Spanned<File>| {
        let found = Found::new(text, package, sdist)?;
        Ok(LockedSdist {
            line: found.line,
            filename: found.name,
            sha256: found.sha256,
            url: found.url,
            path: found.path,
            size: sdist.get_ref().size,
        })
    };
    package.sdist.as_ref().map(read).transpose()
}

/// Where a file is: it says so itself, or the package's source is the file.
struct Found {
    line: usize,
    name: String,
    url: Option<String>,
    path: Option<PathBuf>,
    sha256: Option<Sha256>,
}

impl Found {
    fn new(text: &Text<'_>, package: &Package, file: &Spanned<File>) -> Result<Self, LockError> {
        let (line, source, file) = (text.line_of(file), &package.source, file.get_ref());
        let url = file.url.clone().or_else(|| source.url.clone());
        let folder = source.registry.as_ref().filter(|registry| !registry.contains("://"));
        let in_folder = |path: &String| folder.map_or_else(|| path.into(), |folder| Path::new(folder).join(path));
        let path = file.path.as_ref().map(in_folder);
        let path = path.or_else(|| source.path.as_ref().map(PathBuf::from));
        let of_path = || Some(path.as_ref()?.file_name()?.to_string_lossy().into_owned());
        let name = file.filename.clone().or_else(of_path);
        let mut found = Self {
            line,
            name: name.or_else(|| url.as_deref().map(url::file_name)).unwrap_or_default(),
            url,
            path,
            sha256: None,
        };
        let digest = file.hash.as_deref().and_then(|hash| hash.strip_prefix("sha256:"));
        let sha256 = digest.map(str::parse).transpose();
        found.sha256 = sha256.map_err(|error| found.wrong(text, package, "hash", error))?;
        Ok(found)
    }

    fn wrong(&self, text: &Text<'_>, package: &Package, key: &'static str, error: impl ToString) -> LockError {
        text.wrong(self.line, Some(package.name.get_ref()), key, error.to_string())
    }
}
