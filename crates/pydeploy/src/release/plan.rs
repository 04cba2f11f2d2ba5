//! From a project, a version and wheels to a release tree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::bytecode::Bytecode;
use super::content::ContentError;
use super::files::{self, ApplicationFile, FilesError};
use super::manifest::{MANIFEST_SCHEMA, Manifest, ManifestEntry, ManifestService};
use super::template::{self, Template, TemplateProblem};
use super::tree::{Content, Entry, Kind, Owner, PathError, ReleaseTree, TreeError, TreePath};
use super::{CompiledCache, Layout, ReleaseId};
use crate::Timestamp;
use crate::config::{Files, Project, Service, StaticRoot, Waivable};
use crate::digest::Sha256;
use crate::python::{
    CompileError, DistributionName, ElfError, Environment, Installed, InstalledContent, Part, Scheme, Target, Wheel,
    WheelError,
};
use crate::sys::files::FileError;
use crate::version::DebianVersion;
use crate::wheelhouse::{FindingKind, LeftOut, Waived, waived_python, waived_records};

/// Name, version, target, application files and wheels: what gets installed.
#[derive(Clone, Debug)]
pub struct Release {
    /// The project that it is a release of.
    pub project: Project,
    /// Its version.
    pub version: DebianVersion,
    /// What it answers when it is asked which release it is.
    pub id: ReleaseId,
    /// Where it will run.
    pub target: Target,
    /// When it was made, for its list of components; the same for the same release.
    pub at: Option<Timestamp>,
    /// Where what is known about the compiled files of wheels is kept, if it is.
    pub compiled_cache: Option<CompiledCache>,
    application: Vec<ApplicationFile>,
    etc: Vec<EtcFile>,
    wheels: Vec<Arc<Wheel>>,
    pub(super) bytecode: Bytecode,
}

/// A file that is laid over `/etc`.
#[derive(Clone, Debug)]
struct EtcFile {
    /// Relative to `/etc`.
    path: String,
    file: ApplicationFile,
    /// What the file is made of, when it is not that file itself.
    template: Option<Template>,
}

/// A release cannot be planned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// The application's files cannot be gathered.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// A wheel cannot be used.
    #[error(transparent)]
    Wheel(#[from] WheelError),
    /// A path that a release cannot hold.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A template is not text, or asks for what there is not.
    #[error("{}:{problem}", file.display())]
    Template {
        /// The file.
        file: PathBuf,
        /// What is wrong, and where.
        problem: TemplateProblem,
    },
    /// A wheel is for another Python.
    #[error("{wheel} is for Python {requires_python}, {target} has {}", target.python_full())]
    OtherPython {
        /// The wheel.
        wheel: String,
        /// What it requires.
        requires_python: String,
        /// The target.
        target: Box<Target>,
    },
    /// Two bring the same file.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The version cannot name a release.
    #[error(transparent)]
    Id(#[from] super::ParseReleaseIdError),
    /// What is kept about wheels, or a file of the application, cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file begins as a compiled one does and cannot be read as one.
    #[error("{file} cannot be read as a compiled file")]
    Unreadable {
        /// `WHEEL: MEMBER`, or the application's file.
        file: String,
        /// What is wrong with it.
        source: ElfError,
    },
    /// A wheel is not for the target, whatever its tags say.
    #[error("{message}")]
    Unfit {
        /// The distribution.
        package: DistributionName,
        /// What kind of waiver would accept it.
        kind: FindingKind,
        /// The wheel, the member, what it needs, and what the target has.
        message: String,
    },
    /// A folder of static files that no wheel installs.
    #[error("no wheel installs anything in `{folder}`, which `static` names")]
    StaticMissing {
        /// The folder, relative to `site-packages`.
        folder: String,
    },
    /// Modules cannot be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The source of a module cannot be had.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// A service's program is in no wheel.
    #[error("no wheel brings the program `{program}` that {service} runs")]
    ProgramMissing {
        /// The service, in words.
        service: String,
        /// The program.
        program: String,
    },
}

impl ReleaseError {
    /// How a program that stops because of this exits.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Files(error) => error.exit_code(),
            Self::Content(error) => error.exit_code(),
            Self::Wheel(_)
            | Self::Path(_)
            | Self::Tree(_)
            | Self::Template { .. }
            | Self::ProgramMissing { .. }
            | Self::Unreadable { .. }
            | Self::Unfit { .. } => crate::exit::VERIFICATION,
            _ => crate::exit::FAILED,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Files(error) => error.hint(),
            Self::Wheel(error) => error.hint(),
            Self::Compile(error) => error.hint(),
            Self::Content(error) => error.hint(),
            Self::File(error) => error.hint(),
            Self::Unreadable { .. } => Some(
                "fetch the wheel again; if it is meant to be like that, accept it in `tool.pydeploy.waive` with `findings = [\"elf\"]`"
                    .to_owned(),
            ),
            Self::Unfit { package, kind, .. } => Some(format!(
                "lock another version of {package}, drop the target, or accept it in `tool.pydeploy.waive.{package}` with \
                 `findings = [\"{kind}\"]`"
            )),
            Self::Path(_) => Some("rename it, or name it in `exclude` in pyproject.toml".to_owned()),
            Self::Id(_) => None,
            Self::Template { problem, .. } => problem.hint(),
            Self::OtherPython { .. } => Some("lock a version of it that fits, or drop the target".to_owned()),
            Self::Tree(_) => Some("remove one of the two from the lock or from `include`".to_owned()),
            Self::StaticMissing { .. } => Some("check `static` in pyproject.toml against the lock".to_owned()),
            Self::ProgramMissing { program, .. } => Some(format!(
                "add the distribution that has the console script `{program}` to the lock"
            )),
        }
    }
}

impl Release {
    /// Gathers the application's files of `project` and opens nothing else: `wheels` are those of the target.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, must not be packed or has a name that no release can hold; when a wheel is for another
    /// Python and the project does not accept that.
    pub fn plan(
        project: &Project,
        version: DebianVersion,
        target: Target,
        wheels: Vec<Arc<Wheel>>,
    ) -> Result<Self, ReleaseError> {
        check_python(project, &target, &wheels)?;
        Ok(Self {
            application: files::gather(&project.root, &project.files)?,
            id: ReleaseId::from_version(version.as_str())?,
            project: project.clone(),
            version,
            target,
            at: None,
            etc: etc_files(project)?,
            compiled_cache: None,
            wheels,
            bytecode: Bytecode::default(),
        })
    }

    /// The wheels.
    #[must_use]
    pub fn wheels(&self) -> &[Arc<Wheel>] {
        &self.wheels
    }

    /// The application's files.
    pub(super) fn application(&self) -> &[ApplicationFile] {
        &self.application
    }

    /// The same release without compiled modules.
    pub(crate) fn of_sources(&self) -> Self {
        Self {
            bytecode: Bytecode::default(),
            ..self.clone()
        }
    }

    /// Where wheels put their files; the place of the environment makes no difference to modules.
    pub(super) fn scheme(&self) -> Scheme {
        Environment::of(&self.target, "/").scheme()
    }

    /// What would have been refused, had the project not accepted it; also in the list of components.
    ///
    /// # Errors
    ///
    /// When a wheel contradicts itself in something that the project does not accept.
    pub fn waived(&self) -> Result<Vec<Waived>, WheelError> {
        let (target, waivers) = (&self.target, &self.project.waivers);
        let mut waived = Vec::new();
        for wheel in &self.wheels {
            waived.extend(waived_records(wheel, Some(target), waivers));
            if !wheel.metadata().accepts(target) {
                waived.extend(waived_python(wheel, target, waivers));
            }
        }
        if waivers.cover(Waivable::Collision) {
            let scheme = Scheme {
                venv: "/venv".to_owned(),
                python_minor: target.python_minor(),
            };
            waived.extend(self.installed(&scheme)?.1);
        }
        Ok(waived)
    }

    /// What each wheel installs, and which collisions of theirs the project accepts.
    fn installed(&self, scheme: &Scheme) -> Result<(Vec<Vec<Installed>>, Vec<Waived>), WheelError> {
        let files = self.wheels.iter().map(|wheel| wheel.install(scheme));
        let mut files: Vec<_> = files.collect::<Result<_, _>>()?;
        let together = self
            .wheels
            .iter()
            .map(AsRef::as_ref)
            .zip(files.iter().map(Vec::as_slice));
        let left = LeftOut::of(together, &self.target, &self.project.waivers);
        for (wheel, files) in self.wheels.iter().zip(&mut files) {
            if let Some(fewer) = left.install(wheel, scheme) {
                *files = fewer?;
            }
        }
        Ok((files, left.waived))
    }

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
            tree.insert(layout.below_etc(&file.path).parse()?, self.etc_entry(file, layout))?;
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

    /// The list of what is inside: a [CycloneDX 1.6] document as JSON. The same for every place.
    ///
    /// [CycloneDX 1.6]: https://cyclonedx.org/docs/1.6/json/
    ///
    /// # Errors
    ///
    /// When a wheel cannot be read.
    pub fn sbom(&self) -> Result<Vec<u8>, ReleaseError> {
        Ok(super::sbom::document(self)?)
    }

    /// A service's program and arguments with every placeholder replaced for `layout`.
    #[must_use]
    pub fn command(service: &Service, layout: &Layout, state: &str) -> Vec<String> {
        let places = [
            ("{venv}", layout.venv()),
            ("{app}", format!("{}/app", layout.prefix)),
            ("{static}", format!("{}/static", layout.prefix)),
            ("{etc}", layout.etc.clone()),
            ("{state}", state.to_owned()),
        ];
        let fill = |text: &String| {
            places
                .iter()
                .fold(text.clone(), |text, (name, path)| text.replace(name, path))
        };
        let mut command: Vec<_> = service.command.iter().map(fill).collect();
        if let Some(program) = command.first_mut() {
            *program = format!("{}/bin/{program}", layout.venv());
        }
        command
    }

    /// The files of the project that are laid over `/etc`, relative to it.
    pub fn etc_files(&self) -> impl Iterator<Item = &str> {
        self.etc.iter().map(|file| file.path.as_str())
    }

    fn etc_entry(&self, file: &EtcFile, layout: &Layout) -> Entry {
        match &file.template {
            None => file.file.entry(),
            Some(template) => Entry {
                owner: Owner::Application,
                ..generated(template.fill(&variables(&self.project, layout)), file.file.executable)
            },
        }
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
            let owner = Owner::Wheel(wheel.filename().to_string());
            for installed in files {
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
                let path = layout.below_prefix(&format!("venv/{}", installed.path));
                tree.insert(
                    path.parse()?,
                    Entry {
                        kind,
                        owner: owner.clone(),
                    },
                )?;
            }
        }
        Ok(())
    }

    fn add_static_files(&self, tree: &mut ReleaseTree, layout: &Layout) -> Result<(), ReleaseError> {
        let mut found: BTreeMap<TreePath, Entry> = BTreeMap::new();
        for root in &self.project.static_roots {
            let (folder, named) = match root {
                StaticRoot::Application(folder) => (
                    layout.below_prefix(&format!("app/{}/", folder.trim_matches('/'))),
                    folder,
                ),
                StaticRoot::Wheel(folder) => {
                    let site_packages = self.environment(layout).site_packages();
                    (
                        layout.below_prefix(&format!("venv/{site_packages}/{}/", folder.trim_matches('/'))),
                        folder,
                    )
                }
            };
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

/// What a template can ask for. None of it is another one in the next release: an administrator is asked about changes
/// of these files.
fn variables(project: &Project, layout: &Layout) -> BTreeMap<String, String> {
    let fixed = [
        ("name", project.name.to_string()),
        ("prefix", layout.prefix.clone()),
        ("app", format!("{}/app", layout.prefix)),
        ("static", format!("{}/static", layout.prefix)),
        ("venv", layout.venv()),
        ("etc", layout.etc.clone()),
    ];
    let listening = project.services.iter().filter_map(|service| {
        let name = service.name.as_ref().map(|name| format!(".{name}"));
        Some((
            format!("listen{}", name.unwrap_or_default()),
            service.listen()?.to_string(),
        ))
    });
    let fixed = fixed.map(|(name, value)| (name.to_owned(), value));
    fixed.into_iter().chain(listening).collect()
}

fn etc_files(project: &Project) -> Result<Vec<EtcFile>, ReleaseError> {
    let Some(folder) = &project.etc else {
        return Ok(Vec::new());
    };
    let every = Files {
        include: Vec::new(),
        exclude: Vec::new(),
    };
    let files = files::gather(&project.root.join(folder), &every)?;
    let known = variables(project, &Layout::folder(Path::new("/"), Path::new("/")));
    let known = known.into_keys().collect();
    files.into_iter().map(|file| EtcFile::new(file, &known)).collect()
}

impl EtcFile {
    fn new(file: ApplicationFile, known: &BTreeSet<String>) -> Result<Self, ReleaseError> {
        let (path, template) = match file.path.strip_suffix(template::SUFFIX) {
            None => (file.path.clone(), None),
            Some(path) => (path.to_owned(), Some(read_template(&file.source, known)?)),
        };
        Ok(Self { path, file, template })
    }
}

fn read_template(file: &Path, known: &BTreeSet<String>) -> Result<Template, ReleaseError> {
    let bytes = crate::sys::files::read(file).map_err(FilesError::from)?;
    let parsed = Template::parse(&bytes, known);
    parsed.map_err(|problem| ReleaseError::Template {
        file: file.to_owned(),
        problem,
    })
}

impl ApplicationFile {
    fn entry(&self) -> Entry {
        Entry {
            kind: Kind::File {
                content: Content::Disk(self.source.clone()),
                executable: self.executable,
                size: self.size,
                sha256: self.sha256,
            },
            owner: Owner::Application,
        }
    }
}

/// Wheels often mark them executable; nothing executes them (Debian Policy 8.1).
pub(crate) fn is_shared_library(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".so") || name.contains(".so.")
}

fn check_python(project: &Project, target: &Target, wheels: &[Arc<Wheel>]) -> Result<(), ReleaseError> {
    let refused = |wheel: &&Arc<Wheel>| {
        !wheel.metadata().accepts(target) && waived_python(wheel, target, &project.waivers).is_none()
    };
    match wheels.iter().find(refused) {
        None => Ok(()),
        Some(wheel) => Err(ReleaseError::OtherPython {
            wheel: wheel.filename().to_string(),
            requires_python: wheel.metadata().requires_python.clone().unwrap_or_default(),
            target: Box::new(target.clone()),
        }),
    }
}

/// A file that pydeploy makes.
pub(crate) fn generated(bytes: impl Into<Vec<u8>>, executable: bool) -> Entry {
    let bytes = bytes.into();
    Entry {
        kind: Kind::File {
            executable,
            size: bytes.len() as u64,
            sha256: Sha256::of(&bytes),
            content: Content::Inline(bytes.into()),
        },
        owner: Owner::Generated,
    }
}
