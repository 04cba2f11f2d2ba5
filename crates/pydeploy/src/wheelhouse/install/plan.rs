//! Which file goes where, before anything is written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::InstallError;
use crate::config::Waivers;
use crate::digest::Sha256;
use crate::python::{Environment, Installed, InstalledContent, Part, Tags, Target, Wheel};
use crate::sys::parallel;
use crate::wheelhouse::check::Waived;
use crate::wheelhouse::waive::{self, LeftOut, open_wheel};

/// A wheel to install.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WheelSource {
    /// The file.
    pub path: PathBuf,
    /// What its digest has to be, when that is known: from a lock.
    pub sha256: Option<Sha256>,
}

impl From<PathBuf> for WheelSource {
    fn from(path: PathBuf) -> Self {
        Self { path, sha256: None }
    }
}

/// Every file of an environment, by path.
///
/// ```no_run
/// use std::path::PathBuf;
///
/// use pydeploy::python::Environment;
/// use pydeploy::wheelhouse::{InstallOptions, InstallPlan, WheelSource, install};
///
/// let target = "debian12".parse()?;
/// let wheels = [WheelSource::from(PathBuf::from("wheels/six-1.17.0-py2.py3-none-any.whl"))];
/// let plan = InstallPlan::new(&target, Environment::of(&target, "/srv/venv"), &wheels)?;
/// assert!(plan.paths().any(|path| path == "lib/python3.11/site-packages/six.py"));
/// install(&plan, "/srv/venv".as_ref(), &InstallOptions::default())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct InstallPlan {
    environment: Environment,
    files: BTreeMap<String, PlannedFile>,
    pub(super) wheels: Vec<PlannedWheel>,
    waived: Vec<Waived>,
}

#[derive(Debug)]
pub(super) struct PlannedWheel {
    pub(super) wheel: Wheel,
    pub(super) sha256: Option<Sha256>,
}

#[derive(Debug)]
pub(super) struct PlannedFile {
    pub(super) source: Source,
    pub(super) executable: bool,
    pub(super) size: u64,
    /// The number of the wheel that brings it.
    owner: Option<usize>,
}

/// Where the bytes of a file come from.
#[derive(Debug)]
pub(super) enum Source {
    Inline(Vec<u8>),
    Member { wheel: usize, member: usize },
}

impl InstallPlan {
    /// Opens the wheels and plans an environment with them for `target`.
    ///
    /// # Errors
    ///
    /// When a wheel is refused, is not for the target, is of the same distribution as another or has a path in common
    /// with another; when the path of the environment cannot stand in a script.
    pub fn new(target: &Target, environment: Environment, wheels: &[WheelSource]) -> Result<Self, InstallError> {
        Self::waiving(target, environment, wheels, &Waivers::default())
    }

    /// The same with what a project accepts: a wheel whose RECORD contradicts its members, one for another Python, two
    /// that bring one path, where the one with the waiver leaves it to the other. [`InstallPlan::waived`] has each.
    ///
    /// # Errors
    ///
    /// As [`InstallPlan::new`], for what is not accepted.
    pub fn waiving(
        target: &Target,
        environment: Environment,
        wheels: &[WheelSource],
        waivers: &Waivers,
    ) -> Result<Self, InstallError> {
        check_path(&environment.path)?;
        let tags = Tags::of(target);
        let scheme = environment.scheme();
        let opened = parallel::map(wheels, |source| {
            let wheel = open_wheel(&source.path, waivers)?;
            let waived = check_target(&wheel, target, &tags, waivers)?;
            let files = wheel.install(&scheme)?;
            let sha256 = source.sha256;
            Ok::<_, InstallError>((PlannedWheel { wheel, sha256 }, files, waived))
        })?;
        let together = opened.iter().map(|(planned, files, _)| (&planned.wheel, &files[..]));
        let left = LeftOut::of(together, target, waivers);
        let mut plan = Self {
            files: environment_files(&environment),
            environment,
            wheels: Vec::new(),
            waived: Vec::new(),
        };
        for (planned, files, waived) in opened {
            plan.waived.extend(waived);
            let files = left.install(&planned.wheel, &scheme).transpose()?.unwrap_or(files);
            plan.add(planned, files)?;
        }
        plan.waived.extend(left.waived);
        plan.check_folders()?;
        Ok(plan)
    }

    /// What would have been refused, had it not been accepted.
    #[must_use]
    pub fn waived(&self) -> &[Waived] {
        &self.waived
    }

    /// The environment.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The paths of the files, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &PlannedFile)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    fn add(&mut self, wheel: PlannedWheel, files: Vec<Installed>) -> Result<(), InstallError> {
        let name = wheel.wheel.filename().name();
        if let Some(first) = self.wheels.iter().find(|other| other.wheel.filename().name() == name) {
            return Err(InstallError::Twice {
                name: name.clone(),
                first: first.wheel.filename().to_string(),
                second: wheel.wheel.filename().to_string(),
            });
        }
        let number = self.wheels.len();
        self.wheels.push(wheel);
        for file in files {
            let planned = PlannedFile {
                source: match file.content {
                    InstalledContent::Inline(bytes) => Source::Inline(bytes),
                    InstalledContent::Member(member) => Source::Member { wheel: number, member },
                },
                executable: file.executable,
                size: file.size,
                owner: Some(number),
            };
            if let Some(first) = self.files.get(&file.path) {
                return Err(self.collision(file.path, first.owner, Some(number)));
            }
            self.files.insert(file.path, planned);
        }
        Ok(())
    }

    /// A file of one wheel must not lie where another needs a folder.
    fn check_folders(&self) -> Result<(), InstallError> {
        let mut folders = BTreeSet::new();
        for (path, file) in &self.files {
            for (at, _) in path.rmatch_indices('/') {
                let folder = &path[..at];
                if !folders.insert(folder) {
                    break;
                }
                if let Some(there) = self.files.get(folder) {
                    return Err(self.collision(folder.to_owned(), there.owner, file.owner));
                }
            }
        }
        Ok(())
    }

    fn collision(&self, path: String, first: Option<usize>, second: Option<usize>) -> InstallError {
        let label = |owner: Option<usize>| match owner.and_then(|number| self.wheels.get(number)) {
            Some(planned) => planned.wheel.filename().to_string(),
            None => "the environment itself".to_owned(),
        };
        InstallError::Collision {
            path,
            first: label(first),
            second: label(second),
        }
    }
}

/// What is accepted of one wheel.
fn check_target(wheel: &Wheel, target: &Target, tags: &Tags, waivers: &Waivers) -> Result<Vec<Waived>, InstallError> {
    if wheel.filename().rank(tags).is_none() {
        return Err(InstallError::OtherPlatform {
            wheel: wheel.filename().to_string(),
            target: target.clone(),
        });
    }
    let mut waived = waive::records(wheel, Some(target), waivers);
    if !wheel.metadata().accepts(target) {
        let accepted = waive::python(wheel, target, waivers).ok_or_else(|| InstallError::OtherPython {
            wheel: wheel.filename().to_string(),
            requires_python: wheel.metadata().requires_python.clone().unwrap_or_default(),
            target: target.clone(),
        })?;
        waived.push(accepted);
    }
    Ok(waived)
}

/// A line break would end the first line of a script, and a `:` the entry of a search path.
fn check_path(path: &str) -> Result<(), InstallError> {
    let reason = match path {
        relative if !relative.starts_with('/') => "it is not absolute",
        odd if odd.contains(char::is_control) => "it holds a control character",
        odd if odd.contains(':') => "it holds a `:`, which separates folders of a search path",
        _ => return Ok(()),
    };
    Err(InstallError::Place {
        dir: path.into(),
        reason,
    })
}

/// What no wheel brings; links are made last.
fn environment_files(environment: &Environment) -> BTreeMap<String, PlannedFile> {
    let parts = environment.parts().into_iter().filter_map(|(path, part)| match part {
        Part::File { text } => Some((path, text)),
        Part::Link { .. } => None,
    });
    let activation = environment.activation().map(|(path, text)| (path.to_owned(), text));
    parts
        .chain(activation)
        .map(|(path, text)| {
            let file = PlannedFile {
                executable: false,
                size: text.len() as u64,
                source: Source::Inline(text.into_bytes()),
                owner: None,
            };
            (path, file)
        })
        .collect()
}
