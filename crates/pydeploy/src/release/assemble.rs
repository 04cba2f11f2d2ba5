//! From a release to its tree.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::manifest::{MANIFEST_SCHEMA, Manifest, ManifestEntry, ManifestService};
use super::tree::{Content, Entry, Kind, Owner, ReleaseTree, TreePath, generated};
use super::{Layout, Release, ReleaseError};
use crate::config::StaticRoot;
use crate::python::{Environment, Installed, InstalledContent, Part, Wheel};

impl Release {
    /// Every file, folder and link of the release for one place.
    ///
    /// # Errors
    ///
    /// When a wheel contradicts itself, two bring the same file, or a folder of static files or a service's program is
    /// missing.
    pub fn tree(&self, layout: &Layout) -> Result<ReleaseTree, ReleaseError> {
        let mut tree = ReleaseTree::new();
        self.add_environment(&mut tree, layout)?;
        self.add_wheels(&mut tree, layout)?;
        for file in &self.application {
            tree.insert(
                layout.below_prefix(&format!("app/{}", file.path)).parse()?,
                file.entry(),
            )?;
        }
        for file in &self.etc {
            tree.insert(layout.below_etc(&file.path).parse()?, file.entry(&self.project, layout))?;
        }
        self.add_static_files(&mut tree, layout)?;
        self.check_programs(&tree, layout)?;
        self.bytecode.add(&mut tree, layout)?;
        tree.insert(
            layout.below_prefix("sbom.cdx.json").parse()?,
            generated(self.sbom()?, false),
        )?;
        let manifest = serde_json::to_vec_pretty(&self.manifest(&tree, layout)).unwrap_or_default();
        tree.insert(
            layout.below_prefix("manifest.json").parse()?,
            generated(manifest, false),
        )?;
        Ok(tree)
    }

    fn environment(&self, layout: &Layout) -> Environment {
        Environment {
            path: layout.venv(),
            interpreter: layout.interpreter.clone(),
            python: self.target.python(),
        }
    }

    fn add_environment(&self, tree: &mut ReleaseTree, layout: &Layout) -> Result<(), ReleaseError> {
        for (path, part) in self.environment(layout).parts() {
            let entry = match part {
                Part::File { text } => generated(text, false),
                Part::Link { target } => Entry {
                    kind: Kind::Symlink { target },
                    owner: Owner::Generated,
                },
            };
            tree.insert(layout.below_prefix(&format!("venv/{path}")).parse()?, entry)?;
        }
        Ok(())
    }

    fn add_wheels(&self, tree: &mut ReleaseTree, layout: &Layout) -> Result<(), ReleaseError> {
        let scheme = self.environment(layout).scheme();
        for (wheel, files) in self.wheels.iter().zip(self.installed(&scheme)?.0) {
            for installed in files {
                let path = layout.below_prefix(&format!("venv/{}", installed.path));
                tree.insert(path.parse()?, of_wheel(wheel, installed))?;
            }
        }
        Ok(())
    }

    fn add_static_files(&self, tree: &mut ReleaseTree, layout: &Layout) -> Result<(), ReleaseError> {
        let mut found: BTreeMap<TreePath, Entry> = BTreeMap::new();
        for root in &self.project.static_roots {
            let (parent, named) = match root {
                StaticRoot::Application(folder) => ("app".to_owned(), folder),
                StaticRoot::Wheel(folder) => (format!("venv/{}", self.environment(layout).site_packages()), folder),
            };
            let folder = layout.below_prefix(&format!("{parent}/{}/", named.trim_matches('/')));
            let before = found.len();
            for (path, entry) in tree.below(&folder) {
                found.insert(layout.below_prefix(&format!("static/{path}")).parse()?, entry.clone());
            }
            if found.len() == before {
                return Err(ReleaseError::StaticMissing { folder: named.clone() });
            }
        }
        for (path, entry) in found {
            tree.insert(path, entry)?;
        }
        Ok(())
    }

    fn check_programs(&self, tree: &ReleaseTree, layout: &Layout) -> Result<(), ReleaseError> {
        let is_there = |program: &str| tree.get(&layout.below_prefix(&format!("venv/bin/{program}"))).is_some();
        for service in &self.project.services {
            let program = service.command.first().map_or("", String::as_str);
            if !is_there(program) {
                return Err(ReleaseError::ProgramMissing {
                    service: service.to_string(),
                    program: program.to_owned(),
                });
            }
        }
        Ok(())
    }

    fn manifest(&self, tree: &ReleaseTree, layout: &Layout) -> Manifest {
        Manifest {
            schema: MANIFEST_SCHEMA,
            name: self.project.name.clone(),
            version: self.version.to_string(),
            release: self.id.clone(),
            target: self.target.to_string(),
            prefix: layout.prefix.clone(),
            interpreter: layout.interpreter.clone(),
            services: self.project.services.iter().map(ManifestService::of).collect(),
            health: self.project.health.path.clone(),
            files: ManifestEntry::list(tree, layout),
        }
    }
}

/// What a wheel installs.
pub(crate) fn of_wheel(wheel: &Arc<Wheel>, installed: Installed) -> Entry {
    let content = match installed.content {
        InstalledContent::Member(member) => Content::Wheel {
            wheel: Arc::clone(wheel),
            member,
        },
        InstalledContent::Inline(bytes) => Content::Inline(bytes.into()),
    };
    let kind = Kind::File {
        content,
        executable: installed.executable && !is_shared_library(&installed.path),
        size: installed.size,
        sha256: installed.sha256,
    };
    let owner = Owner::Wheel(wheel.filename().to_string());
    Entry { kind, owner }
}

/// Wheels often mark them executable; nothing executes them (Debian Policy 8.1).
pub(crate) fn is_shared_library(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".so") || name.contains(".so.")
}
