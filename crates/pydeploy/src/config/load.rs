//! From TOML to [`Project`].

use std::collections::BTreeSet;
use std::error::Error as _;
use std::path::Path;

use super::error::Problem;
use super::tables::PyProject;
use super::{BuildCommand, ConfigError, Dependencies, Files, Project, StaticRoot, package, service, waive};
use crate::python::{Target, TargetFileError, UnknownTarget};
use crate::sys::text;

const TARGETS: &str = "tool.pydeploy.targets";

pub(super) fn load(root: &Path) -> Result<Project, ConfigError> {
    let file = root.join("pyproject.toml");
    let text = text::read(&file)?;
    let parsed: PyProject = text::toml(&file, &text)?;
    let dependencies = Dependencies::parse(&file, &text)?;
    project(root, parsed, dependencies).map_err(|problem| problem.of(&file))
}

fn project(root: &Path, mut parsed: PyProject, dependencies: Dependencies) -> Result<Project, Problem> {
    let table = parsed.table()?;
    Ok(Project {
        root: root.to_owned(),
        name: table.name(&parsed.project)?,
        targets: targets(root, &table.targets)?,
        services: service::services(table.service)?,
        environment: table.environment.environment()?,
        build: commands(table.build)?,
        health: table.health.health()?,
        package: package::packaging(table.package)
            .map_err(|message| Problem::value("tool.pydeploy.package", message))?,
        waivers: waive::waivers(table.waive).map_err(|message| Problem::value("tool.pydeploy.waive", message))?,
        summary: parsed.project.description.clone().unwrap_or_default(),
        homepage: parsed.project.homepage(),
        maintainer: table.maintainer,
        lock: root.join(table.lock),
        extras: table.extras,
        groups: table.groups,
        changelog: root.join(table.changelog),
        files: Files {
            include: table.include,
            exclude: table.exclude,
        },
        static_roots: table.static_roots.into_iter().map(StaticRoot::from).collect(),
        etc: table.etc,
        prepare: table.prepare,
        bytecode: table.bytecode,
        dependencies,
    })
}

/// Each has something to run.
fn commands(build: Vec<BuildCommand>) -> Result<Vec<BuildCommand>, Problem> {
    match build.iter().find_map(BuildCommand::problem) {
        None => Ok(build),
        Some(message) => Err(Problem::value("tool.pydeploy.build", message)),
    }
}

/// Each is there once, and there is one.
fn targets(root: &Path, names: &[String]) -> Result<Vec<Target>, Problem> {
    if names.is_empty() {
        return Err(Problem::Missing(TARGETS));
    }
    let targets: Vec<Target> = names.iter().map(|name| target(root, name)).collect::<Result<_, _>>()?;
    match twice(&targets) {
        None => Ok(targets),
        Some(twice) => {
            let problem = Problem::value(TARGETS, format!("`{twice}` is there twice"));
            Err(problem.hint("give one of them another `name`"))
        }
    }
}

/// The name of a built-in target, or the path of a file that describes one.
fn target(root: &Path, text: &str) -> Result<Target, Problem> {
    let wrong = |message, hint| Problem::Value {
        key: TARGETS,
        message,
        hint,
    };
    if text.ends_with(".toml") {
        return Target::load(&root.join(text)).map_err(|error| wrong(described(&error), error.hint()));
    }
    text.parse()
        .map_err(|error: UnknownTarget| wrong(error.to_string(), Some(error.hint())))
}

/// With what the system said, if it did.
fn described(error: &TargetFileError) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

fn twice(targets: &[Target]) -> Option<&Target> {
    let mut names = BTreeSet::new();
    targets.iter().find(|target| !names.insert(target.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Bytecode, Service, Waivable};

    const MINIMAL: &str = "[project]\nname = \"site\"\n[tool.pydeploy]\ntargets = [\"debian12\"]\nservice.command = [\"gunicorn\", \"site.wsgi\"]\n";

    fn check(text: &str) -> Result<Project, String> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("pyproject.toml"), text).unwrap();
        let prefix = format!("{}/", dir.path().display());
        load(dir.path()).map_err(|error| error.to_string().replace(&prefix, ""))
    }

    #[test]
    fn a_minimal_project_has_every_default() {
        let project = check(MINIMAL).unwrap();
        assert_eq!(
            project.services.main().and_then(Service::listen),
            Some(([127, 0, 0, 1], 8000).into())
        );
        assert_eq!(project.health.path, "/-/release");
        assert!(project.lock.ends_with("pylock.toml"));
        assert!(project.requirements(&BTreeSet::new()).unwrap().is_empty());
        assert_eq!(project.bytecode, Bytecode::Postinst);
    }

    #[test]
    fn bytecode_is_one_of_three() {
        let with = |text: &str| check(&MINIMAL.replace("service", &format!("bytecode = \"{text}\"\nservice")));
        for known in [Bytecode::Shipped, Bytecode::Postinst, Bytecode::Off] {
            assert_eq!(with(&known.to_string()).unwrap().bytecode, known);
        }
        let error = with("always").unwrap_err();
        assert!(
            error.contains("pyproject.toml:5:12: unknown variant `always`"),
            "{error}"
        );
    }

    #[test]
    fn requirements_are_read_when_they_are_needed() {
        let required = |text: &str, default: &[&str]| {
            let project = check(&MINIMAL.replace("[tool", &format!("{text}\n[tool"))).unwrap();
            let found = project.requirements(&default.iter().map(|name| name.parse().unwrap()).collect());
            let found = found.map(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
            found.map_err(|error| error.to_string())
        };
        assert_eq!(required("dependencies = ['Django>=5']", &[]).unwrap(), "django>=5");
        let error = required("dependencies = ['not one']", &[]).unwrap_err();
        assert!(
            error.contains("pyproject.toml: `project.dependencies`: requirement `not one`"),
            "{error}"
        );
        // The lock's default groups, of which the project may know nothing.
        let groups = "[dependency-groups]\nprod = ['gunicorn']\ntest = ['pytest']";
        assert_eq!(required(groups, &["prod", "other"]).unwrap(), "gunicorn");
    }

    #[test]
    fn waivers_have_a_reason_and_known_findings() {
        let waive = |text: &str| check(&format!("{MINIMAL}[tool.pydeploy.waive]\n{text}\n"));
        let project = waive("Legacy_Lib = { findings = ['record'], version = '1.2', reason = 'known' }").unwrap();
        let found = |version: &str, kind| {
            let waiver = project
                .waivers
                .find(&"legacy-lib".parse().unwrap(), &version.parse().unwrap(), kind);
            waiver.map(|waiver| waiver.reason.clone())
        };
        assert_eq!(found("1.2.0", Waivable::Record).as_deref(), Some("known"));
        assert_eq!(found("1.3", Waivable::Record), None);
        assert_eq!(found("1.2", Waivable::Glibc), None);
        for (text, expect) in [
            ("a = { findings = ['record'] }", "missing field `reason`"),
            ("a = { findings = ['hash'], reason = 'x' }", "unknown variant `hash`"),
            ("a = { findings = [], reason = 'x' }", "a: `findings` is empty"),
            ("a = { findings = ['glibc'], reason = ' ' }", "a: `reason` is empty"),
            ("a = { findings = ['glibc'], reason = 'x', version = '?' }", "a: "),
            (
                "a- = { findings = ['glibc'], reason = 'x' }",
                "`a-` is not a distribution's name",
            ),
        ] {
            let error = waive(text).unwrap_err();
            assert!(error.contains(expect), "{text}: {error}");
        }
    }

    #[test]
    fn packages_of_libraries_are_relations_or_nothing() {
        let package = |text: &str| check(&format!("{MINIMAL}[tool.pydeploy.package]\n{text}\n"));
        let project = package("depends = ['a1|b1 (>= 2)']\nlibraries = { 'liba.so.1' = 'liba1', 'libb.so' = '' }");
        let package_of = project.unwrap().package;
        assert_eq!(package_of.depends[0].to_string(), "a1 | b1 (>= 2)");
        let libraries: Vec<_> = package_of.libraries.values().map(Option::is_some).collect();
        assert_eq!(libraries, [true, false]);
        for (text, expect) in [
            (
                "depends = ['A']",
                "`tool.pydeploy.package`: depends: `A` is no relation",
            ),
            (
                "libraries = { 'liba.so' = 'liba (1)' }",
                "libraries: liba.so: `liba (1)`",
            ),
            ("colour = 1", "unknown field `colour`"),
        ] {
            let error = package(text).unwrap_err();
            assert!(error.contains(expect), "{text}: {error}");
        }
    }

    #[test]
    fn errors_name_file_line_and_key() {
        let unknown = check(&format!("{MINIMAL}colour = 1\n")).unwrap_err();
        assert!(
            unknown.starts_with("pyproject.toml:6:1: unknown field `colour`"),
            "{unknown}"
        );
        let target = check(&MINIMAL.replace("debian12", "beos5")).unwrap_err();
        assert_eq!(
            target,
            "pyproject.toml: `tool.pydeploy.targets`: `beos5` is not a known target"
        );
        let none = check("[project]\nname = \"site\"\n").unwrap_err();
        assert_eq!(none, "pyproject.toml: `tool.pydeploy` is missing");
    }

    #[test]
    fn a_target_is_named_or_described_in_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let built_in: Target = "debian13/arm64".parse().unwrap();
        let text = built_in.to_file().replace("debian13/arm64", "web");
        std::fs::write(dir.path().join("web.toml"), text).unwrap();
        let load = |targets: &str| {
            let text = MINIMAL.replace("\"debian12\"", targets);
            std::fs::write(dir.path().join("pyproject.toml"), text).unwrap();
            let prefix = format!("{}/", dir.path().display());
            load(dir.path()).map_err(|error| error.to_string().replace(&prefix, ""))
        };
        let names: Vec<_> = load("\"debian12\", \"./web.toml\"").unwrap().targets;
        assert_eq!(
            names.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["debian12", "web"]
        );
        assert_eq!(names[1].python(), (3, 13, 5));
        for (targets, expect) in [
            ("\"web.toml\", \"web.toml\"", "`web` is there twice"),
            (
                "\"no.toml\"",
                "cannot read no.toml: No such file or directory (os error 2)",
            ),
        ] {
            let expect = format!("pyproject.toml: `tool.pydeploy.targets`: {expect}");
            assert_eq!(load(targets).unwrap_err(), expect);
        }
    }
}
