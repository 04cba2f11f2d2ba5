//! From a binary package to what a source package holds, as data.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::control::{self, Rules};
use super::names::Names;
use super::plan::{self, Head, Origin, Planned};
use crate::artifact::WriteError;
use crate::artifact::deb::Package;
use crate::artifact::planned::{self, PlannedWheel};
use crate::deb822::Paragraph;
use crate::digest::Sha256;
use crate::python::Wheel;
use crate::release::{Content, Entry, Kind, Owner, Release, ReleaseTree, TreePath, generated};
use crate::sys::files::At as _;

/// The program that the builder runs, and what it shares with others.
const PROGRAM: [(&str, &str); 2] = [
    ("pydeploy/assemble.py", include_str!("host/assemble.py")),
    ("pydeploy/release_files.py", include_str!("../host/release_files.py")),
];

/// What a source package holds, each part relative to its own folder.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// In `app/`: what is the project's, as it lies in the project.
    pub(super) application: ReleaseTree,
    /// The wheels as they were published.
    pub(super) wheels: ReleaseTree,
    /// In `debian/`: everything that says how a package is made of the other two.
    pub(super) debian: ReleaseTree,
    entries: Vec<Planned>,
}

impl Parts {
    /// Everything in one folder.
    pub(super) fn whole(&self, names: &Names) -> Result<ReleaseTree, WriteError> {
        let folder = names.folder();
        let mut whole = ReleaseTree::new();
        for (part, tree) in [
            ("app", &self.application),
            (&names.wheels, &self.wheels),
            ("debian", &self.debian),
        ] {
            graft(&mut whole, &format!("{folder}/{part}"), tree)?;
        }
        Ok(whole)
    }

    /// What `orig.tar` holds.
    pub(super) fn application(&self, names: &Names) -> Result<ReleaseTree, WriteError> {
        alone(&format!("{}/app", names.folder()), &self.application)
    }

    /// What the component of the wheels holds.
    pub(super) fn wheels(&self, names: &Names) -> Result<ReleaseTree, WriteError> {
        alone(&names.wheels, &self.wheels)
    }

    /// What `debian.tar` holds.
    pub(super) fn debian(&self) -> Result<ReleaseTree, WriteError> {
        alone("debian", &self.debian)
    }
}

fn alone(folder: &str, tree: &ReleaseTree) -> Result<ReleaseTree, WriteError> {
    let mut alone = ReleaseTree::new();
    graft(&mut alone, folder, tree)?;
    Ok(alone)
}

fn graft(into: &mut ReleaseTree, folder: &str, tree: &ReleaseTree) -> Result<(), WriteError> {
    for (path, entry) in tree.iter() {
        into.insert(format!("{folder}/{path}").parse()?, entry.clone())?;
    }
    Ok(())
}

/// What the package is made of, besides its files.
pub(super) struct Sources<'a> {
    pub(super) release: &'a Release,
    pub(super) package: &'a Package,
    pub(super) names: &'a Names,
    /// The name and the digest of each wheel.
    pub(super) wheels: &'a [(String, Sha256)],
    pub(super) changelog: &'a [u8],
    /// The control file of the binary package.
    pub(super) fields: &'a Paragraph,
    pub(super) source: &'a Paragraph,
    pub(super) binary: &'a Paragraph,
}

impl Sources<'_> {
    pub(super) fn parts(&self) -> Result<Parts, WriteError> {
        let mut parts = Parts::default();
        self.add_wheels(&mut parts)?;
        self.add_control_files(&mut parts)?;
        for (path, entry) in self.package.tree.iter() {
            let planned = self.planned(&mut parts, path.as_str(), entry)?;
            parts.entries.push(planned);
        }
        self.add_debian(&mut parts)?;
        Ok(parts)
    }

    fn add_wheels(&self, parts: &mut Parts) -> Result<(), WriteError> {
        for (wheel, (file, sha256)) in self.release.wheels().iter().zip(self.wheels) {
            let kind = Kind::File {
                content: Content::Disk(wheel.path().to_owned()),
                executable: false,
                size: fs::metadata(wheel.path()).at("read", wheel.path())?.len(),
                sha256: *sha256,
            };
            let owner = Owner::Wheel(file.clone());
            parts.wheels.insert(file.parse()?, Entry { kind, owner })?;
        }
        Ok(())
    }

    /// Maintainer scripts and the like: `debian/postinst` becomes `DEBIAN/postinst`.
    fn add_control_files(&self, parts: &mut Parts) -> Result<(), WriteError> {
        let path = "DEBIAN".to_owned();
        parts.entries.push(Planned::Folder { path });
        let files = self.package.control.iter().filter(|(name, _)| **name != "control");
        for (name, (text, mode)) in files {
            let entry = generated(text.as_bytes(), mode & 0o100 != 0);
            let source = format!("debian/{name}");
            parts
                .entries
                .push(file(format!("DEBIAN/{name}"), &entry, Origin::Source { source }));
            parts.debian.insert(name.parse()?, entry)?;
        }
        Ok(())
    }

    fn planned(&self, parts: &mut Parts, path: &str, entry: &Entry) -> Result<Planned, WriteError> {
        Ok(match &entry.kind {
            Kind::Directory => Planned::Folder { path: path.to_owned() },
            Kind::Symlink { target } => Planned::Link {
                path: path.to_owned(),
                link: target.clone(),
            },
            Kind::File { content, .. } => {
                let origin = match content {
                    Content::Wheel { wheel, member } => self.member(wheel, *member),
                    Content::Disk(source) => {
                        let name = self.in_project(source).unwrap_or(path);
                        place(&mut parts.application, "app", name, entry)?
                    }
                    Content::Inline(_) => place(&mut parts.debian, "debian", &self.generated_name(path), entry)?,
                };
                file(path.to_owned(), entry, origin)
            }
        })
    }

    /// Where in the project a file lies. What lies beside it has no other name than the one it is installed under.
    fn in_project<'p>(&self, source: &'p Path) -> Option<&'p str> {
        let below = source.strip_prefix(&self.release.project.root).ok()?.to_str()?;
        below.parse::<TreePath>().is_ok().then_some(below)
    }

    fn member(&self, wheel: &Arc<Wheel>, member: usize) -> Origin {
        let same = |other: &Arc<Wheel>| other.filename() == wheel.filename();
        Origin::Wheel {
            wheel: self.release.wheels().iter().position(same).unwrap_or_default(),
            member: wheel.members().nth(member).unwrap_or_default().to_owned(),
        }
    }

    /// Every source package has a file with the copyright; the others lie where they will be installed.
    fn generated_name(&self, path: &str) -> String {
        let package = &self.names.package;
        match path
            .strip_prefix("usr/share/doc/")
            .and_then(|rest| rest.strip_prefix(package.as_str()))
        {
            Some("/copyright") => "copyright".to_owned(),
            _ => format!("pydeploy/files/{path}"),
        }
    }

    fn add_debian(&self, parts: &mut Parts) -> Result<(), WriteError> {
        let plan = plan::text(&self.head(parts), &parts.entries);
        let binaries = binaries(&parts.debian);
        let overrides = control::lintian_overrides(self.names, self.binary);
        let mut texts = vec![
            ("changelog", self.changelog.to_owned()),
            ("control", format!("{}\n{}", self.source, self.binary).into_bytes()),
            ("source/format", format!("{}\n", self.names.format()).into_bytes()),
            ("source/lintian-overrides", overrides.into_bytes()),
            ("pydeploy/plan.jsonl", plan.into_bytes()),
        ];
        texts.extend(PROGRAM.map(|(name, text)| (name, text.as_bytes().to_owned())));
        if !binaries.is_empty() {
            texts.push(("source/include-binaries", binaries.into_bytes()));
        }
        parts.debian.insert("rules".parse()?, generated(self.rules(), true))?;
        for (path, text) in texts {
            parts.debian.insert(path.parse()?, generated(text, false))?;
        }
        Ok(())
    }

    fn rules(&self) -> String {
        let target = &self.release.target;
        control::rules(&Rules {
            package: &self.names.package,
            architecture: self.fields.get("Architecture").unwrap_or("all"),
            installed_size: self.fields.get("Installed-Size").unwrap_or("0"),
            // Where no package has the target's interpreter, the builder's own has to do.
            interpreter: match target.interpreter_package() {
                Some(_) => target.interpreter(),
                None => "/usr/bin/python3",
            },
        })
    }

    fn head(&self, parts: &Parts) -> Head {
        let wheels = self.wheels.iter().map(|(file, sha256)| PlannedWheel {
            file: format!("{}/{file}", self.names.wheels),
            size: parts.wheels.get(file).map_or(0, size_of),
            sha256: *sha256,
        });
        let (package, version) = (self.names.package.clone(), self.release.version.to_string());
        Head::new(package, version, wheels.collect())
    }
}

/// The bytes of an entry in a part of the source package, where they are once however often they are installed.
fn place(tree: &mut ReleaseTree, folder: &str, name: &str, entry: &Entry) -> Result<Origin, WriteError> {
    if tree.get(name).is_none() {
        tree.insert(name.parse()?, entry.clone())?;
    }
    let source = format!("{folder}/{name}");
    Ok(Origin::Source { source })
}

fn file(path: String, entry: &Entry, origin: Origin) -> Planned {
    let Kind::File {
        executable,
        size,
        sha256,
        ..
    } = entry.kind
    else {
        return Planned::Folder { path };
    };
    Planned::File {
        path,
        mode: planned::mode(executable),
        size,
        sha256,
        origin,
    }
}

fn size_of(entry: &Entry) -> u64 {
    match entry.kind {
        Kind::File { size, .. } => size,
        _ => 0,
    }
}

/// The files of `debian/` that diff takes for binary: dpkg-source makes a tarball of them only when they are listed.
fn binaries(debian: &ReleaseTree) -> String {
    let is_binary = |entry: &Entry| match &entry.kind {
        Kind::File {
            content: Content::Inline(bytes),
            ..
        } => bytes.iter().take(4096).any(|&byte| byte == 0),
        _ => false,
    };
    let binary = debian.iter().filter(|(_, entry)| is_binary(entry));
    binary.map(|(path, _)| format!("debian/{path}\n")).collect()
}
