//! The tables of `pyproject.toml` as they are written, with every default.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::error::Problem;
use super::{
    BuildCommand, Bytecode, Environment, Health, PackageName, PackageNameError, StaticRoot, package, service, waive,
};
use crate::python::DistributionName;

#[derive(Deserialize)]
pub(super) struct PyProject {
    #[serde(default)]
    pub(super) project: Metadata,
    #[serde(default)]
    pub(super) tool: Tools,
}

#[derive(Default, Deserialize)]
pub(super) struct Metadata {
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) urls: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
pub(super) struct Tools {
    pub(super) pydeploy: Option<Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Table {
    pub(super) name: Option<String>,
    pub(super) maintainer: Option<String>,
    #[serde(default)]
    pub(super) targets: Vec<String>,
    #[serde(default = "default_lock")]
    pub(super) lock: PathBuf,
    #[serde(default)]
    pub(super) extras: BTreeSet<DistributionName>,
    pub(super) groups: Option<BTreeSet<DistributionName>>,
    #[serde(default = "default_changelog")]
    pub(super) changelog: PathBuf,
    #[serde(default)]
    pub(super) include: Vec<String>,
    #[serde(default)]
    pub(super) exclude: Vec<String>,
    #[serde(default, rename = "static")]
    pub(super) static_roots: Vec<StaticTable>,
    pub(super) etc: Option<PathBuf>,
    pub(super) service: service::Tables,
    #[serde(default)]
    pub(super) build: Vec<BuildCommand>,
    #[serde(default)]
    pub(super) prepare: Vec<Vec<String>>,
    #[serde(default)]
    pub(super) health: HealthTable,
    #[serde(default)]
    pub(super) environment: EnvironmentTable,
    #[serde(default)]
    pub(super) bytecode: Bytecode,
    #[serde(default)]
    pub(super) package: package::Table,
    #[serde(default)]
    pub(super) waive: BTreeMap<DistributionName, waive::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) enum StaticTable {
    App(String),
    Wheel(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct HealthTable {
    pub(super) path: String,
    pub(super) timeout: u64,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct EnvironmentTable {
    pub(super) generate: Vec<String>,
    pub(super) set: BTreeMap<String, String>,
}

impl Default for HealthTable {
    fn default() -> Self {
        Self {
            path: "/-/release".to_owned(),
            timeout: 30,
        }
    }
}

fn default_lock() -> PathBuf {
    "pylock.toml".into()
}

fn default_changelog() -> PathBuf {
    "debian/changelog".into()
}

impl PyProject {
    /// What it says about pydeploy.
    pub(super) fn table(&mut self) -> Result<Table, Problem> {
        self.tool.pydeploy.take().ok_or(Problem::Missing("tool.pydeploy"))
    }
}

impl Metadata {
    /// The page that one of the URLs is called.
    pub(super) fn homepage(&self) -> Option<String> {
        let mut urls = self.urls.iter();
        urls.find(|(label, _)| label.eq_ignore_ascii_case("homepage"))
            .map(|(_, url)| url.clone())
    }
}

impl Table {
    /// The name of its own, or that of the project.
    pub(super) fn name(&self, project: &Metadata) -> Result<PackageName, Problem> {
        let name = self.name.as_ref().or(project.name.as_ref());
        let name = name.ok_or(Problem::Missing("project.name"))?;
        name.parse()
            .map_err(|error: PackageNameError| Problem::value("tool.pydeploy.name", error.to_string()))
    }
}

impl From<StaticTable> for StaticRoot {
    fn from(table: StaticTable) -> Self {
        match table {
            StaticTable::App(path) => Self::Application(path),
            StaticTable::Wheel(path) => Self::Wheel(path),
        }
    }
}

impl HealthTable {
    pub(super) fn health(self) -> Result<Health, Problem> {
        let Self { path, timeout } = self;
        if !path.starts_with('/') {
            let message = format!("`{path}` does not start with `/`");
            return Err(Problem::value("tool.pydeploy.health.path", message));
        }
        let timeout = Duration::from_secs(timeout);
        Ok(Health { path, timeout })
    }
}

impl EnvironmentTable {
    pub(super) fn environment(self) -> Result<Environment, Problem> {
        let Self { generate, set } = self;
        if let Some(name) = generate.iter().chain(set.keys()).find(|name| !is_variable(name)) {
            let message = format!("`{name}` is no variable's name");
            let problem = Problem::value("tool.pydeploy.environment", message);
            return Err(problem.hint("letters, digits and `_`, not a digit first"));
        }
        Ok(Environment { generate, set })
    }
}

fn is_variable(name: &str) -> bool {
    let first = |b: &u8| b.is_ascii_alphabetic() || *b == b'_';
    name.as_bytes().first().is_some_and(first) && name.bytes().all(|b| first(&b) || b.is_ascii_digit())
}
