//! What the program in the archive is told: every file of the release and where its bytes are.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::artifact::planned::{self, PlannedWheel};
use crate::config;
use crate::digest::Sha256;
use crate::python::{Library, Wheel, WheelFilename, is_installed_record};
use crate::release::{Content, Entry, Kind, Layout, Owner, Release, ReleaseError, ReleaseTree, generated};

/// The number that the program checks before anything else.
pub(super) const SCHEMA: u32 = 1;
/// Where the release will lie is not known yet; this stands for it. The program knows it too.
pub(super) const PREFIX: &str = "/@pydeploy-release@";
/// The release's own manifest, and what of it is known on the host only.
const MANIFEST: &str = "manifest.json";
pub(super) const HOST_FIELDS: [&str; 3] = ["prefix", "interpreter", "files"];
/// Stands for the host's interpreter in links.
pub(in crate::artifact) const INTERPRETER: &str = "{interpreter}";

/// `manifest.json` of the archive.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::artifact) struct Manifest {
    pub(super) schema: u32,
    pub(super) release: String,
    /// What the manifest of the release on the host begins with; the program adds prefix, interpreter and files.
    pub(super) installed: Map<String, Value>,
    python: Python,
    pub(super) site_packages: String,
    /// What the host must have besides; nothing in archives that were made before anybody asked.
    #[serde(default)]
    libraries: Vec<Library>,
    prepare: Vec<Vec<String>>,
    environment: Environment,
    pub(in crate::artifact) wheels: Vec<PlannedWheel>,
    pub(in crate::artifact) entries: Vec<Planned>,
}

/// The interpreter that the release runs under.
#[derive(Debug, Serialize, Deserialize)]
struct Python {
    version: String,
    machine: String,
    /// The oldest C library that every wheel runs on.
    glibc: (u16, u16),
}

impl Python {
    fn of(release: &Release) -> Self {
        let glibc = release.wheels().iter().map(|wheel| glibc(wheel)).max();
        Self {
            version: release.target.python_minor(),
            machine: release.target.arch().machine().to_owned(),
            glibc: glibc.unwrap_or_default(),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Environment {
    generate: Vec<String>,
    set: BTreeMap<String, String>,
}

impl Environment {
    fn of(environment: &config::Environment) -> Self {
        Self {
            generate: environment.generate.clone(),
            set: environment.set.clone(),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(in crate::artifact) enum Planned {
    Link {
        path: String,
        link: String,
        owner: String,
    },
    /// The RECORD of a wheel, which lists files that are made on the host.
    Record {
        path: String,
        mode: String,
        owner: String,
        record: usize,
    },
    File {
        path: String,
        mode: String,
        size: u64,
        sha256: Sha256,
        owner: String,
        /// The wheel whose RECORD lists it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recorded: Option<usize>,
        /// The wheel that holds it; otherwise the archive itself does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wheel: Option<usize>,
        member: String,
        /// Whether it holds [`PREFIX`].
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        relocate: bool,
    },
}

/// The archive's members besides the wheels, by name, and what the program is told.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) manifest: Manifest,
    pub(super) members: BTreeMap<String, &'a Entry>,
}

/// The tree of the release for a folder that is not known yet, with what gives its processes the host's variables.
pub(super) fn tree(release: &Release) -> Result<ReleaseTree, ReleaseError> {
    // Another interpreter of the same minor version may run there; it compiles what it imports.
    let mut tree = release.of_sources().tree(&layout())?;
    let site_packages = site_packages(release);
    for (name, text) in [
        ("pydeploy-environment.pth", "import pydeploy_environment\n"),
        ("pydeploy_environment.py", include_str!("host/pydeploy_environment.py")),
    ] {
        tree.insert(format!("{site_packages}/{name}").parse()?, generated(text, false))?;
    }
    Ok(tree)
}

pub(super) fn layout() -> Layout {
    Layout::folder(Path::new(PREFIX), Path::new(INTERPRETER))
}

fn site_packages(release: &Release) -> String {
    format!("venv/lib/python{}/site-packages", release.target.python_minor())
}

pub(super) fn plan<'a>(
    release: &Release,
    tree: &'a ReleaseTree,
    wheels: Vec<PlannedWheel>,
    libraries: Vec<Library>,
) -> Plan<'a> {
    let numbers = wheels
        .iter()
        .enumerate()
        .map(|(number, wheel)| (wheel.file.clone(), number));
    let mut planning = Planning {
        wheels: numbers.collect(),
        members: BTreeMap::new(),
        sources: BTreeMap::new(),
    };
    let entries = tree
        .iter()
        .filter_map(|(path, entry)| planning.entry(path.as_str(), entry))
        .collect();
    let manifest = Manifest {
        schema: SCHEMA,
        release: release.id.to_string(),
        installed: installed(tree),
        python: Python::of(release),
        site_packages: site_packages(release),
        libraries,
        prepare: release.project.prepare.clone(),
        environment: Environment::of(&release.project.environment),
        wheels,
        entries,
    };
    Plan {
        manifest,
        members: planning.members,
    }
}

/// The head of the release's own manifest. What depends on the host is not known yet.
fn installed(tree: &ReleaseTree) -> Map<String, Value> {
    let manifest = tree.get(MANIFEST).map(|entry| &entry.kind);
    let Some(Kind::File {
        content: Content::Inline(bytes),
        ..
    }) = manifest
    else {
        return Map::new();
    };
    let mut head: Map<String, Value> = serde_json::from_slice(bytes).unwrap_or_default();
    head.retain(|field, _| !HOST_FIELDS.contains(&field.as_str()));
    head
}

struct Planning<'a> {
    /// The number of each wheel.
    wheels: BTreeMap<String, usize>,
    members: BTreeMap<String, &'a Entry>,
    /// The member that holds each file of the project.
    sources: BTreeMap<&'a Path, String>,
}

impl<'a> Planning<'a> {
    /// What of the tree is not made on the host.
    fn entry(&mut self, path: &str, entry: &'a Entry) -> Option<Planned> {
        let owner = entry.owner.label().to_owned();
        let path_text = path.to_owned();
        match &entry.kind {
            Kind::Directory => None,
            // The program writes both for the interpreter that runs it, and its own manifest.
            Kind::File { .. } if matches!(path, MANIFEST | "venv/pyvenv.cfg") => None,
            Kind::Symlink { target } => Some(Planned::Link {
                path: path_text,
                link: target.clone(),
                owner,
            }),
            Kind::File { executable, .. } => {
                let mode = planned::mode(*executable);
                let wheel = self.wheels.get(&owner).copied();
                match wheel.filter(|_| path.starts_with("venv/") && is_installed_record(path)) {
                    Some(record) => Some(Planned::Record {
                        path: path_text,
                        mode,
                        owner,
                        record,
                    }),
                    None => self.file(path, entry, mode, wheel),
                }
            }
        }
    }

    fn file(&mut self, path: &str, entry: &'a Entry, mode: String, owner: Option<usize>) -> Option<Planned> {
        let Kind::File {
            content, size, sha256, ..
        } = &entry.kind
        else {
            return None;
        };
        let (wheel, member) = self.place(path, entry, content);
        Some(Planned::File {
            path: path.to_owned(),
            mode,
            size: *size,
            sha256: *sha256,
            owner: entry.owner.label().to_owned(),
            recorded: owner.filter(|_| path.starts_with("venv/")),
            wheel,
            member,
            relocate: holds_prefix(content),
        })
    }

    /// The wheel and the member that hold the bytes, which are in the archive once.
    fn place(&mut self, path: &str, entry: &'a Entry, content: &'a Content) -> (Option<usize>, String) {
        let name = match (content, &entry.owner) {
            (Content::Wheel { wheel, member }, Owner::Wheel(file)) => {
                let name = wheel.members().nth(*member).unwrap_or_default();
                return (self.wheels.get(file).copied(), name.to_owned());
            }
            (Content::Disk(source), _) => self.sources.entry(source).or_insert_with(|| path.to_owned()).clone(),
            _ => format!("generated/{path}"),
        };
        self.members.entry(name.clone()).or_insert(entry);
        (None, name)
    }
}

fn holds_prefix(content: &Content) -> bool {
    match content {
        Content::Inline(bytes) => bytes.windows(PREFIX.len()).any(|part| part == PREFIX.as_bytes()),
        _ => false,
    }
}

/// The C library that a wheel wants at least: that of the oldest of its platforms (PEP 600).
fn glibc(wheel: &Wheel) -> (u16, u16) {
    platforms(wheel.filename()).min().unwrap_or_default()
}

fn platforms(file: &WheelFilename) -> impl Iterator<Item = (u16, u16)> {
    file.tags().filter_map(|tag| {
        let platform = tag.platform.as_str();
        let old = [
            ("manylinux1_", (2, 5)),
            ("manylinux2010_", (2, 12)),
            ("manylinux2014_", (2, 17)),
        ];
        if let Some((_, version)) = old.iter().find(|(name, _)| platform.starts_with(name)) {
            return Some(*version);
        }
        let mut numbers = platform.strip_prefix("manylinux_")?.split('_');
        Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    })
}
