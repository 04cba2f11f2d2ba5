//! From a project, a version and wheels to a release.

use std::sync::Arc;

use super::bytecode::Bytecode;
use super::error::ReleaseError;
use super::etc::{self, EtcFile};
use super::files::{self, ApplicationFile};
use super::{CompiledCache, Layout, ReleaseId};
use crate::Timestamp;
use crate::config::{Project, Service, Waivable};
use crate::python::{Environment, Installed, Scheme, Target, Wheel, WheelError};
use crate::version::DebianVersion;
use crate::wheelhouse::{LeftOut, Waived, waived_python, waived_records};

/// Name, version, target, application files and wheels: what gets installed.
///
/// ```
/// use std::path::Path;
/// use pydeploy::config::Project;
/// use pydeploy::release::{Layout, Release};
///
/// let dir = tempfile::tempdir()?;
/// let project = "[project]\nname = \"site\"\n[tool.pydeploy]\ntargets = [\"debian12\"]\ninclude = [\"app.py\"]\n\
///                service.command = [\"python\", \"app.py\"]\n";
/// std::fs::write(dir.path().join("pyproject.toml"), project)?;
/// std::fs::write(dir.path().join("app.py"), "print('hello')\n")?;
/// let project = Project::load(dir.path())?;
/// let release = Release::plan(&project, "1.0".parse()?, project.targets[0].clone(), Vec::new())?;
///
/// let package = release.tree(&Layout::package(&project.name, &release.target))?;
/// assert!(package.get("opt/site/app/app.py").is_some());
/// let deployed = release.tree(&Layout::folder(Path::new("/srv/site"), Path::new("/usr/bin/python3.11")))?;
/// assert!(deployed.get("app/app.py").is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    pub(super) application: Vec<ApplicationFile>,
    pub(super) etc: Vec<EtcFile>,
    pub(super) wheels: Vec<Arc<Wheel>>,
    pub(super) bytecode: Bytecode,
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
            etc: etc::files(project)?,
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
    pub(super) fn installed(&self, scheme: &Scheme) -> Result<(Vec<Vec<Installed>>, Vec<Waived>), WheelError> {
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
