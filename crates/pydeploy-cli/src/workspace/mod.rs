//! A project on this machine: where its parts lie, and the steps that several commands share.

mod clock;
mod packages;
mod release;
mod wheels;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use pydeploy::Timestamp;
use pydeploy::changelog::Head;
use pydeploy::config::{ConfigError, Project};
use pydeploy::python::Target;
use pydeploy::repository::{InitOptions, Repository};
use pydeploy::wheelhouse::SelectOptions;

pub(crate) use self::clock::{now, source_date};
pub(crate) use self::packages::{built, built_entry, summary};
pub(crate) use self::release::interpreters;
pub(crate) use self::wheels::{cache, fetched};
use crate::args::{Place, Wheels};
use crate::error::CliError;
use crate::next::{self, ChangelogFile, Choice, Versioned};

/// A project and the folder for what is made of it.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) project: Project,
    state: PathBuf,
}

impl Workspace {
    pub(crate) fn open(place: &Place) -> Result<Self, CliError> {
        let root = std::path::absolute(&place.project)?;
        let state = match &place.state {
            Some(state) => std::path::absolute(state)?,
            None => root.join(".pydeploy"),
        };
        Ok(Self {
            project: Project::load(&root)?,
            state,
        })
    }

    pub(crate) fn artifacts(&self) -> PathBuf {
        self.state.join("artifacts")
    }

    pub(crate) fn repository(&self) -> PathBuf {
        self.state.join("repository")
    }

    pub(crate) fn host(&self) -> PathBuf {
        self.state.join("host")
    }

    /// Makes the folder, so that version control does not see what is in it.
    pub(crate) fn prepare(&self) -> Result<(), CliError> {
        std::fs::create_dir_all(&self.state)?;
        let ignore = self.state.join(".gitignore");
        if !ignore.exists() {
            std::fs::write(ignore, "*\n")?;
        }
        Ok(())
    }

    /// The version that comes next.
    pub(crate) fn next_version(&self, choice: Choice<'_>) -> Result<Versioned, CliError> {
        let file = ChangelogFile::read(&self.project.changelog)?;
        let head = file.head_of(&self.project.name)?;
        next::next(&self.project.root, &file, &head, choice)
    }

    /// The newest entry of the changelog.
    pub(crate) fn head(&self) -> Result<Head, CliError> {
        ChangelogFile::read(&self.project.changelog)?.head_of(&self.project.name)
    }

    /// The target that the release is for.
    pub(crate) fn target(&self, wheels: &Wheels) -> Target {
        wheels.target.clone().unwrap_or_else(|| self.project.targets[0].clone())
    }

    /// The extras and groups that a release has.
    pub(crate) fn parts(&self) -> SelectOptions {
        SelectOptions {
            extras: self.project.extras.clone(),
            groups: self.project.groups.clone(),
        }
    }

    fn lock_dir(&self) -> PathBuf {
        self.project.lock.parent().unwrap_or(Path::new(".")).to_owned()
    }
}

/// The project in a folder, if it is one of pydeploy's.
pub(crate) fn project_in(folder: &Path) -> Result<Option<Project>, CliError> {
    if !folder.join("pyproject.toml").exists() {
        return Ok(None);
    }
    match Project::load(folder) {
        Ok(project) => Ok(Some(project)),
        Err(ConfigError::Missing {
            key: "tool.pydeploy", ..
        }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The repository at `dir`, made with a key of its own when there is none.
pub(crate) fn repository(dir: &Path, origin: &str, at: Timestamp) -> Result<Repository, CliError> {
    let options = InitOptions {
        origin: origin.to_owned(),
        label: origin.to_owned(),
        key: None,
        at,
    };
    Ok(Repository::open_or_init(dir, &options)?)
}

pub(crate) fn versioned(next: &Versioned) -> String {
    next.version.to_string()
}

/// How deployments start what holds the socket: this very program.
pub(crate) fn deploy_options(listen: Option<SocketAddr>) -> Result<pydeploy::deploy::Options, CliError> {
    let program = std::env::current_exe()?;
    Ok(pydeploy::deploy::Options {
        supervisor: vec![program.into_os_string(), "supervise".into()],
        listen,
    })
}
