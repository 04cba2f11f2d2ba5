//! A small release with a wheel, for tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::deb::{self, DebOptions, Packaging};
use crate::Timestamp;
use crate::config::Project;
use crate::python::Wheel;
use crate::python::testing::WheelBuilder;
use crate::release::{Release, ReleaseError};

const PROJECT: &str = r#"
[project]
name = "site"
description = "A site."
[tool.pydeploy]
targets = ["debian12"]
include = ["*.py", "static/**"]
static = [{ app = "static" }]
etc = "etc"
"#;

const SERVICE: &str = "service.command = ['demo']\n";

/// 2016-10-09 15:10:15.
pub(super) fn at() -> Timestamp {
    Timestamp::from_second(1_476_025_815).unwrap()
}

pub(super) fn demo() -> WheelBuilder {
    WheelBuilder::new()
        .file("demo/__init__.py", "def main(): print('demo')\n")
        .entry_points("[console_scripts]\ndemo = demo:main\n")
}

/// A release of `version` with these wheels; everything lies in `dir`.
pub(super) fn release(dir: &Path, version: &str, wheels: &[WheelBuilder]) -> Release {
    planned(dir, version, wheels).unwrap()
}

/// The same, which may be refused.
pub(super) fn planned(dir: &Path, version: &str, wheels: &[WheelBuilder]) -> Result<Release, ReleaseError> {
    planned_with(dir, version, wheels, SERVICE)
}

/// The same with these lines at the end of the project's description.
pub(super) fn release_with(dir: &Path, version: &str, wheels: &[WheelBuilder], services: &str) -> Release {
    planned_with(dir, version, wheels, services).unwrap()
}

fn planned_with(dir: &Path, version: &str, wheels: &[WheelBuilder], services: &str) -> Result<Release, ReleaseError> {
    let description = [PROJECT, services].concat();
    let files = [
        ("pyproject.toml", description.as_str()),
        ("app.py", "print('hello')\n"),
        ("static/style.css", "body {}\n"),
        ("etc/site/site.conf", "debug = no\n"),
    ];
    for (path, text) in files {
        let path = dir.join("project").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let project = Project::load(&dir.join("project")).unwrap();
    let target = project.targets[0].clone();
    let open = |wheel: &WheelBuilder| Arc::new(Wheel::open(&wheel.write(dir)).unwrap());
    let wheels = wheels.iter().map(open).collect();
    Release::plan(&project, version.parse().unwrap(), target, wheels)
}

/// The release as a self-extracting archive.
pub(super) fn archive(release: &Release, dir: &Path) -> PathBuf {
    super::zip::write(release, at(), &dir.join("out")).unwrap().path
}

/// The release as a package.
pub(super) fn package(release: &Release, dir: &Path) -> PathBuf {
    deb::write(release, &deb_options(), &dir.join("out")).unwrap().path
}

pub(super) fn deb_options() -> DebOptions<'static> {
    let changelog = b"site (1.0) development; urgency=medium\n";
    DebOptions {
        packaging: Packaging::new(at(), "Site Developers <site@example.org>", changelog),
        pieces: None,
    }
}
