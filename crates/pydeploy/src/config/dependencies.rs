//! What a project requires: itself, its extras, its dependency groups.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::ConfigError;
use crate::python::{DistributionName, Marker, Requirement};
use crate::sys::text;

const OWN: &str = "project.dependencies";
const EXTRAS: &str = "project.optional-dependencies";
const GROUPS: &str = "dependency-groups";

/// `project.dependencies`, `project.optional-dependencies` and `dependency-groups` ([project table], [dependency groups]).
///
/// They are kept as written, and read when somebody needs them.
///
/// [project table]: https://packaging.python.org/en/latest/specifications/pyproject-toml/
/// [dependency groups]: https://packaging.python.org/en/latest/specifications/dependency-groups/
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependencies {
    file: PathBuf,
    tables: Tables,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Tables {
    project: Metadata,
    dependency_groups: BTreeMap<String, Vec<Member>>,
    tool: Tools,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Metadata {
    name: Option<String>,
    dependencies: Vec<String>,
    optional_dependencies: BTreeMap<String, Vec<String>>,
    dynamic: BTreeSet<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Tools {
    uv: Uv,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Uv {
    sources: BTreeMap<String, Anything>,
}

/// What a dependency group holds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Member {
    Requirement(String),
    Include(Include),
    /// What the specification leaves to its future.
    Other(Anything),
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Include {
    include_group: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "IgnoredAny")]
struct Anything;

impl From<IgnoredAny> for Anything {
    fn from(_: IgnoredAny) -> Self {
        Self
    }
}

impl Dependencies {
    /// Reads `pyproject.toml` in the folder `root`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not TOML, or a table of dependencies is of another form.
    pub fn load(root: &Path) -> Result<Self, ConfigError> {
        let file = root.join("pyproject.toml");
        Self::parse(&file, &text::read(&file)?)
    }

    pub(super) fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        Ok(Self {
            file: file.to_owned(),
            tables: text::toml(file, text)?,
        })
    }

    /// What is required by the project with these extras and groups, in the order in which it is written.
    ///
    /// A group includes others; an extra that requires the project itself with other extras, `site[all]`, has what they
    /// have.
    ///
    /// ```
    /// use pydeploy::config::Dependencies;
    ///
    /// # let dir = std::env::temp_dir().join(format!("pydeploy-dependencies-{}", std::process::id()));
    /// # std::fs::create_dir_all(&dir)?;
    /// let text = "[project]\nname = 'site'\ndependencies = ['django>=5.2']\n\
    ///             optional-dependencies.cache = ['redis']\noptional-dependencies.all = ['site[cache]']\n\
    ///             [dependency-groups]\nprod = ['gunicorn']\n";
    /// std::fs::write(dir.join("pyproject.toml"), text)?;
    /// let dependencies = Dependencies::load(&dir)?;
    /// let requirements = dependencies.requirements(&["all".parse()?].into(), &["prod".parse()?].into())?;
    /// let names: Vec<_> = requirements.iter().map(|requirement| requirement.name.as_str()).collect();
    /// assert_eq!(names, ["django", "redis", "gunicorn"]);
    /// # std::fs::remove_dir_all(&dir)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When an extra or a group is not there, a group includes itself, or what is written is no requirement.
    pub fn requirements(
        &self,
        extras: &BTreeSet<DistributionName>,
        groups: &BTreeSet<DistributionName>,
    ) -> Result<Vec<Requirement>, ConfigError> {
        let mut walk = Walk {
            dependencies: self,
            found: Vec::new(),
        };
        for text in &self.tables.project.dependencies {
            walk.add(OWN, text, None, &[])?;
        }
        for extra in extras {
            self.check_extra(extra)?;
            walk.add_extra(extra, None, &[])?;
        }
        for group in groups {
            walk.add_group(group, &[])?;
        }
        Ok(walk.found)
    }

    /// Whether there are these extras and groups, as far as the tables say.
    ///
    /// # Errors
    ///
    /// When one is not there.
    pub fn check_parts(
        &self,
        extras: &BTreeSet<DistributionName>,
        groups: &BTreeSet<DistributionName>,
    ) -> Result<(), ConfigError> {
        if !self.is_dynamic("optional-dependencies") {
            extras.iter().try_for_each(|extra| self.check_extra(extra))?;
        }
        groups.iter().try_for_each(|group| self.check_group(group))
    }

    fn check_extra(&self, extra: &DistributionName) -> Result<(), ConfigError> {
        let known = names(&self.tables.project.optional_dependencies);
        self.check_known(EXTRAS, "extra", extra, &known)
    }

    fn check_group(&self, group: &DistributionName) -> Result<(), ConfigError> {
        self.check_known(GROUPS, "group", group, &names(&self.tables.dependency_groups))
    }

    fn is_dynamic(&self, key: &str) -> bool {
        self.tables.project.dynamic.contains(key)
    }

    /// The dependency groups that there are.
    #[must_use]
    pub fn groups(&self) -> BTreeSet<DistributionName> {
        names(&self.tables.dependency_groups).into_iter().collect()
    }

    /// Why the tables do not say what is required, if they do not: a program has to be asked that knows.
    #[must_use]
    pub fn elsewhere(&self) -> Option<&'static str> {
        if self.is_dynamic("dependencies") || self.is_dynamic("optional-dependencies") {
            return Some("`project.dynamic` leaves dependencies to the build");
        }
        (!self.tables.tool.uv.sources.is_empty()).then_some("`tool.uv.sources` says where they come from")
    }

    fn check_known(
        &self,
        key: &'static str,
        what: &str,
        wanted: &DistributionName,
        known: &[DistributionName],
    ) -> Result<(), ConfigError> {
        if known.contains(wanted) {
            return Ok(());
        }
        let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
        let hint = match known.is_empty() {
            true => format!("the project has no {what}"),
            false => format!("the project has {}", known.join(", ")),
        };
        Err(self.wrong(key, format!("there is no {what} `{wanted}`"), Some(hint)))
    }

    fn wrong(&self, key: &'static str, message: String, hint: Option<String>) -> ConfigError {
        ConfigError::Value {
            file: self.file.clone(),
            key,
            message,
            hint,
        }
    }
}

/// Keys that are no names can be meant by nobody.
fn names<T>(table: &BTreeMap<String, T>) -> Vec<DistributionName> {
    table.keys().filter_map(|key| key.parse().ok()).collect()
}

/// What is written under a name, however that is spelled.
fn named<'a, T>(table: &'a BTreeMap<String, T>, name: &DistributionName) -> impl Iterator<Item = &'a T> {
    let same = move |key: &String| key.parse().ok().as_ref() == Some(name);
    table.iter().filter(move |(key, _)| same(key)).map(|(_, value)| value)
}

struct Walk<'a> {
    dependencies: &'a Dependencies,
    found: Vec<Requirement>,
}

impl Walk<'_> {
    /// `marker` is that of what led here; `within` are the extras that did.
    fn add(
        &mut self,
        key: &'static str,
        text: &str,
        marker: Option<&Marker>,
        within: &[&DistributionName],
    ) -> Result<(), ConfigError> {
        let dependencies = self.dependencies;
        let wrong = |message: String| {
            let hint = "a requirement looks like `django>=5.2`".to_owned();
            dependencies.wrong(key, message, Some(hint))
        };
        let mut requirement: Requirement = text
            .parse()
            .map_err(|error: crate::python::RequirementError| wrong(error.to_string()))?;
        if let (Some(outer), Some(inner)) = (marker, &requirement.marker) {
            let both = format!("({outer}) and ({inner})").parse();
            requirement.marker = Some(both.map_err(|error: crate::python::MarkerError| wrong(error.to_string()))?);
        } else if let Some(outer) = marker {
            requirement.marker = Some(outer.clone());
        }
        if !self.is_project(&requirement.name) {
            self.found.push(requirement);
            return Ok(());
        }
        let extras = requirement.extras.iter().filter(|extra| !within.contains(extra));
        extras
            .into_iter()
            .try_for_each(|extra| self.add_extra(extra, requirement.marker.as_ref(), within))
    }

    fn is_project(&self, name: &DistributionName) -> bool {
        let own = self.dependencies.tables.project.name.as_deref();
        own.and_then(|own| own.parse().ok()).as_ref() == Some(name)
    }

    fn add_extra(
        &mut self,
        extra: &DistributionName,
        marker: Option<&Marker>,
        within: &[&DistributionName],
    ) -> Result<(), ConfigError> {
        let within = [within, &[extra]].concat();
        let table = &self.dependencies.tables.project.optional_dependencies;
        for text in named(table, extra).flatten() {
            self.add(EXTRAS, text, marker, &within)?;
        }
        Ok(())
    }

    fn add_group(&mut self, group: &DistributionName, within: &[&DistributionName]) -> Result<(), ConfigError> {
        let dependencies = self.dependencies;
        let wrong = |message: String| dependencies.wrong(GROUPS, message, None);
        let table = &dependencies.tables.dependency_groups;
        dependencies.check_group(group)?;
        if within.contains(&group) {
            return Err(wrong(format!("`{group}` includes itself")));
        }
        let within = [within, &[group]].concat();
        for member in named(table, group).flatten() {
            match member {
                Member::Requirement(text) => self.add(GROUPS, text, None, &[])?,
                Member::Include(Include { include_group }) => {
                    let name = include_group.parse();
                    let name: DistributionName =
                        name.map_err(|error: crate::python::DistributionNameError| wrong(error.to_string()))?;
                    self.add_group(&name, &within)?;
                }
                Member::Other(_) => {
                    return Err(wrong(format!(
                        "`{group}` holds what is neither a requirement nor an include"
                    )));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "[project]\nname = 'Site_App'\ndependencies = ['a', 'site.app[Fast]']\n\
        [project.optional-dependencies]\nFast = ['b; python_version < \"3.12\"']\n\
        all = ['site-app[fast,x]; sys_platform == \"linux\"', 'site-app[all]', 'c']\n\
        [dependency-groups]\nprod = ['d', {include-group = 'Base'}]\nbase = ['e', 'site-app[all]']\n\
        loop = [{include-group = 'pool'}]\npool = [{include-group = 'loop'}]\n\
        far = [{include-group = 'gone'}]\nodd = [{path = 'x'}]\nbad = ['not one']\n";

    fn required(extras: &[&str], groups: &[&str]) -> Result<Vec<String>, String> {
        let names = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect();
        let dependencies = Dependencies::parse("pyproject.toml".as_ref(), FILE).unwrap();
        let found = dependencies.requirements(&names(extras), &names(groups));
        let found = found.map(|found| found.iter().map(ToString::to_string).collect());
        found.map_err(|error| format!("{error}; {}", error.hint().unwrap_or_default()))
    }

    #[test]
    fn extras_and_groups_are_followed() {
        let fast = "b; python_version < \"3.12\"";
        assert_eq!(required(&[], &[]).unwrap(), ["a", fast]);
        assert_eq!(required(&["fast"], &[]).unwrap(), ["a", fast, fast]);
        let both = "b; (sys_platform == \"linux\") and (python_version < \"3.12\")";
        assert_eq!(required(&["all"], &[]).unwrap(), ["a", fast, both, "c"]);
        assert_eq!(required(&[], &["Prod"]).unwrap(), ["a", fast, "d", "e", both, "c"]);
    }

    #[test]
    fn what_is_not_there_or_cannot_be_is_named() {
        let groups = "the project has `bad`, `base`, `far`, `loop`, `odd`, `pool`, `prod`";
        for (extras, group, expect) in [
            (&["slow"][..], &[][..], "`project.optional-dependencies`: there is no extra `slow`; the project has `fast`, `all`".to_owned()),
            (&[], &["dev"], format!("`dependency-groups`: there is no group `dev`; {groups}")),
            (&[], &["far"], format!("`dependency-groups`: there is no group `gone`; {groups}")),
            (&[], &["loop"], "`dependency-groups`: `loop` includes itself; ".to_owned()),
            (&[], &["odd"], "`dependency-groups`: `odd` holds what is neither a requirement nor an include; ".to_owned()),
            (&[], &["bad"], "`dependency-groups`: requirement `not one`: Unexpected end of version specifier, expected operator at column 5; a requirement looks like `django>=5.2`".to_owned()),
        ] {
            assert_eq!(required(extras, group).unwrap_err(), format!("pyproject.toml: {expect}"));
        }
    }

    #[test]
    fn what_the_tables_do_not_say_is_known() {
        let elsewhere = |text: &str| Dependencies::parse("p".as_ref(), text).unwrap().elsewhere();
        assert_eq!(elsewhere("[project]\ndynamic = ['version']\n"), None);
        assert!(elsewhere("[project]\ndynamic = ['dependencies']\n").is_some());
        assert!(elsewhere("[tool.uv.sources]\na = { path = 'a' }\n").is_some());
        let check = |text: &str| {
            let dependencies = Dependencies::parse("p".as_ref(), text).unwrap();
            dependencies.check_parts(&["x".parse().unwrap()].into(), &BTreeSet::new())
        };
        assert!(check("[project]\n").is_err());
        check("[project]\ndynamic = ['optional-dependencies']\n").unwrap();
        check("[project.optional-dependencies]\nX = []\n").unwrap();
    }
}
