//! The project description: `[tool.pydeploy]` of `pyproject.toml`, with every default in one place.
//!
//! `docs/guide.md` lists every key with its default.

mod build;
mod bytecode;
mod dependencies;
mod dependency;
mod error;
mod load;
mod name;
mod package;
mod schedule;
mod service;
mod tables;
mod waive;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::python::{DistributionName, Requirement, Target};

pub use build::BuildCommand;
pub use bytecode::{Bytecode, ParseBytecodeError};
pub use dependencies::Dependencies;
pub use dependency::{Dependency, DependencyError, Possibility, Relation};
pub use error::ConfigError;
pub use name::{PackageName, PackageNameError};
pub use package::Packaging;
pub use schedule::{ParseScheduleError, Schedule};
#[cfg(feature = "artifact")]
pub(crate) use service::Server;
pub use service::{ParseServiceNameError, Service, ServiceName, Services, ServicesError, Start};
pub use waive::{Waivable, Waiver, Waivers};

/// A folder with a `pyproject.toml` and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// The folder, absolute.
    pub root: PathBuf,
    /// The Debian package's name.
    pub name: PackageName,
    /// One line about the application.
    pub summary: String,
    /// `Name <address>`, for the package's `Maintainer` field; from `debian/changelog` when the project says nothing.
    pub maintainer: Option<String>,
    /// The home page, if any.
    pub homepage: Option<String>,
    /// Targets that a release can be built for, in order of preference; never empty.
    pub targets: Vec<Target>,
    /// The lock file, absolute.
    pub lock: PathBuf,
    /// Extras of the project that a release has.
    pub extras: BTreeSet<DistributionName>,
    /// Dependency groups of the project that a release has; the lock's default ones when nothing is said.
    pub groups: Option<BTreeSet<DistributionName>>,
    /// The changelog, absolute.
    pub changelog: PathBuf,
    /// What of the project's folder is the application.
    pub files: Files,
    /// Folders whose content is gathered under the release's `static` folder, in order; a later one wins.
    pub static_roots: Vec<StaticRoot>,
    /// A folder laid over `/etc`, relative to the root.
    pub etc: Option<PathBuf>,
    /// What a release runs.
    pub services: Services,
    /// Commands that make files of the application on the machine that builds, in order.
    pub build: Vec<BuildCommand>,
    /// Commands run in a fresh release before it is made current, in order.
    pub prepare: Vec<Vec<String>>,
    /// How to find out whether a release serves.
    pub health: Health,
    /// The application's environment.
    pub environment: Environment,
    /// What the project itself requires: [`Project::requirements`].
    pub dependencies: Dependencies,
    /// What the Debian package needs beside what the release holds.
    pub package: Packaging,
    /// Where modules are compiled.
    pub bytecode: Bytecode,
    /// Findings about wheels that are accepted.
    pub waivers: Waivers,
}

/// Which files of the project are the application's: glob patterns relative to the root, `**` for any depth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// A file is taken when one of these matches; when empty, every file is.
    pub include: Vec<String>,
    /// And none of these does.
    pub exclude: Vec<String>,
}

/// Where static files come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StaticRoot {
    /// A folder of the application, relative to the project's root.
    Application(String),
    /// A folder that a wheel installs, relative to `site-packages`.
    Wheel(String),
}

/// The check that decides whether a deployment holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Path of a page whose body is the release id, a newline allowed after it.
    pub path: String,
    /// How long a release may take until it answers.
    pub timeout: Duration,
}

/// What the application's processes find in their environment besides what the host has.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Environment {
    /// Variables that get a random value when a host is used for the first time.
    pub generate: Vec<String>,
    /// Variables with a value from the project; what a host has set wins.
    pub set: BTreeMap<String, String>,
}

impl Project {
    /// Reads `pyproject.toml` in the folder `root`.
    ///
    /// # Errors
    ///
    /// When the file is missing, is not TOML, lacks a name, holds a key that is not known, or a value of the wrong
    /// form; the error names file, line and key.
    pub fn load(root: &Path) -> Result<Self, ConfigError> {
        load::load(root)
    }

    /// What a release of the project requires: with its extras and dependency groups, or else with those of
    /// `default_groups`, the lock's, that the project knows.
    ///
    /// # Errors
    ///
    /// As [`Dependencies::requirements`].
    pub fn requirements(&self, default_groups: &BTreeSet<DistributionName>) -> Result<Vec<Requirement>, ConfigError> {
        let default = || &self.dependencies.groups() & default_groups;
        let groups = self.groups.clone().unwrap_or_else(default);
        self.dependencies.requirements(&self.extras, &groups)
    }
}
