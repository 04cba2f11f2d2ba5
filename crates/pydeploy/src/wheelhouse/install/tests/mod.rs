//! Environments that are made whole or not at all.

mod hostile;
mod waived;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::*;
use crate::config::{Waivable, Waiver, Waivers};
use crate::digest::Sha256;
use crate::exit;
use crate::python::testing::{Entry, WheelBuilder, zip};
use crate::python::{Environment, Target};

/// A folder with wheels, a cache and places for environments.
struct Lab {
    dir: tempfile::TempDir,
}

impl Lab {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for name in ["wheels", "venvs"] {
            fs::create_dir(dir.path().join(name)).unwrap();
        }
        Self { dir }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join(below)
    }

    fn wheel(&self, builder: &WheelBuilder) -> WheelSource {
        WheelSource::from(builder.write(&self.path("wheels")))
    }

    fn demo(&self) -> WheelSource {
        self.wheel(&demo())
    }

    fn plan(&self, place: &str, wheels: &[WheelSource]) -> Result<InstallPlan, InstallError> {
        let target: Target = "debian12".parse().unwrap();
        let place = self.path(place);
        InstallPlan::new(&target, Environment::of(&target, place.to_str().unwrap()), wheels)
    }

    /// Installs with the cache.
    fn install(&self, place: &str, wheels: &[WheelSource]) -> Result<InstallReport, InstallError> {
        let options = InstallOptions {
            cache: Some(self.path("cache")),
            compile: false,
        };
        install(&self.plan(place, wheels)?, &self.path(place), &options)
    }

    fn names(&self, below: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(below)).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn demo() -> WheelBuilder {
    WheelBuilder::new()
        .file("demo/__init__.py", "x = 1\n")
        .file("demo-1.0.data/scripts/run", "#!/bin/sh\n")
        .entry_points("[console_scripts]\ndemo = demo:main\n")
}

fn listing(dir: &Path, below: &str, lines: &mut Vec<String>) {
    let mut names: Vec<_> = fs::read_dir(dir.join(below))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    for name in names {
        let path = format!("{below}{name}");
        let found = fs::symlink_metadata(dir.join(&path)).unwrap();
        match fs::read_link(dir.join(&path)) {
            Ok(target) => lines.push(format!("{path} -> {}", target.display())),
            Err(_) => lines.push(format!("{:o} {path}", found.permissions().mode() & 0o7777)),
        }
        if found.is_dir() {
            listing(dir, &format!("{path}/"), lines);
        }
    }
}

const MODULE: &str = "lib/python3.11/site-packages/demo/__init__.py";

#[test]
fn an_environment_is_made_whole() {
    let lab = Lab::new();
    let plan = lab.plan("venvs/v", &[lab.demo()]).unwrap();
    let report = install(&plan, &lab.path("venvs/v"), &InstallOptions::default()).unwrap();
    let mut lines = Vec::new();
    listing(&lab.path("venvs/v"), "", &mut lines);
    insta::assert_snapshot!(lines.join("\n"), @r"
    755 bin
    644 bin/activate
    644 bin/activate.csh
    644 bin/activate.fish
    755 bin/demo
    bin/python -> python3.11
    bin/python3 -> python3.11
    bin/python3.11 -> /usr/bin/python3.11
    755 bin/run
    755 lib
    755 lib/python3.11
    755 lib/python3.11/site-packages
    755 lib/python3.11/site-packages/demo
    644 lib/python3.11/site-packages/demo/__init__.py
    755 lib/python3.11/site-packages/demo-1.0.dist-info
    644 lib/python3.11/site-packages/demo-1.0.dist-info/INSTALLER
    644 lib/python3.11/site-packages/demo-1.0.dist-info/METADATA
    644 lib/python3.11/site-packages/demo-1.0.dist-info/RECORD
    644 lib/python3.11/site-packages/demo-1.0.dist-info/WHEEL
    644 lib/python3.11/site-packages/demo-1.0.dist-info/entry_points.txt
    lib64 -> lib
    644 pyvenv.cfg
    ");
    assert_eq!((report.wheels, report.files, report.shared), (1, 12, 0));
    assert_eq!(lab.names("venvs"), ["v"]);
    let launcher = fs::read_to_string(lab.path("venvs/v/bin/demo")).unwrap();
    let first = format!("#!{}/bin/python\n", lab.path("venvs/v").display());
    assert!(launcher.starts_with(&first), "{launcher}");
}

#[test]
fn what_is_there_is_left_alone() {
    let lab = Lab::new();
    let wheels = [lab.demo()];
    fs::create_dir(lab.path("venvs/folder")).unwrap();
    std::os::unix::fs::symlink("nowhere", lab.path("venvs/link")).unwrap();
    for place in ["venvs/folder", "venvs/link"] {
        let error = lab.install(place, &wheels).unwrap_err();
        assert_eq!(error.exit_code(), exit::REFUSED, "{error}");
    }
    assert_eq!(lab.names("venvs"), ["folder", "link"]);
    assert_eq!(lab.names("venvs/folder"), [""; 0]);
}

#[test]
fn a_second_environment_shares_files_and_a_change_does_not_spread_to_a_third() {
    let lab = Lab::new();
    let wheels = [lab.demo()];
    let first = lab.install("venvs/a", &wheels).unwrap();
    let second = lab.install("venvs/b", &wheels).unwrap();
    assert_eq!((first.shared, second.shared), (5, 5));
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| lab.path(&format!("venvs/{name}")).join(MODULE));
    let inode = |path: &Path| fs::metadata(path).unwrap().ino();
    // Where files can be cloned, each environment has its own; elsewhere they are one, which nobody is to write to.
    let is_linked = inode(&a) == inode(&b);
    let mode = if is_linked { 0o444 } else { 0o644 };
    assert_eq!(fs::metadata(&a).unwrap().permissions().mode() & 0o777, mode);

    fs::set_permissions(&a, fs::Permissions::from_mode(0o644)).unwrap();
    // The kernel's clock for files moves in steps.
    std::thread::sleep(std::time::Duration::from_millis(20));
    fs::write(&a, "x = 2\n").unwrap();
    let third = lab.install("venvs/c", &wheels).unwrap();
    assert_eq!(third.shared, if is_linked { 4 } else { 5 });
    assert_eq!(fs::read_to_string(&c).unwrap(), "x = 1\n");
    // What was changed has been cleared away, and is kept anew.
    let fourth = lab.install("venvs/d", &wheels).unwrap();
    assert_eq!(fourth.shared, 5);
    assert_eq!(fs::read_to_string(&d).unwrap(), "x = 1\n");
    assert_ne!(inode(&d), inode(&a));
    assert_eq!(lab.names("cache/staging"), [""; 0]);
}

#[test]
fn a_wheel_that_lies_leaves_nothing_behind() {
    let lab = Lab::new();
    let mut liar = WheelBuilder::named("liar", "2");
    liar.record =
        Some(String::from_utf8(liar.clone().file("liar.py", "y").all_entries().pop().unwrap().bytes).unwrap());
    let liar = liar.file("liar.py", "x");
    let error = lab.install("venvs/v", &[lab.demo(), lab.wheel(&liar)]).unwrap_err();
    assert_eq!(error.exit_code(), exit::VERIFICATION);
    let text = error.to_string();
    assert!(
        text.contains("liar-2-py3-none-any.whl: RECORD: `liar.py`: the sha256 is"),
        "{text}"
    );
    assert_eq!(lab.names("venvs"), [""; 0]);
    assert_eq!(lab.names("cache"), ["staging"]);
    assert_eq!(lab.names("cache/staging"), [""; 0]);
}

#[test]
fn the_digest_of_a_wheel_is_checked_until_the_store_has_its_content() {
    let lab = Lab::new();
    let mut wheel = lab.demo();
    wheel.sha256 = Some(Sha256::of(b"another"));
    let error = lab.install("venvs/a", std::slice::from_ref(&wheel)).unwrap_err();
    assert_eq!(error.exit_code(), exit::VERIFICATION);
    assert!(error.to_string().contains("expected is"), "{error}");

    let bytes = fs::read(&wheel.path).unwrap();
    wheel.sha256 = Some(Sha256::of(&bytes));
    lab.install("venvs/b", std::slice::from_ref(&wheel)).unwrap();
    // The first byte of the first member's content: nobody reads it any more.
    let mut damaged = bytes;
    damaged[30 + "demo/__init__.py".len()] ^= 1;
    fs::write(&wheel.path, damaged).unwrap();
    let report = lab.install("venvs/c", std::slice::from_ref(&wheel)).unwrap();
    assert_eq!(report.shared, 5);
    assert_eq!(fs::read_to_string(lab.path("venvs/c").join(MODULE)).unwrap(), "x = 1\n");
    // Without the store, somebody does.
    let plan = lab.plan("venvs/d", std::slice::from_ref(&wheel)).unwrap();
    let error = install(&plan, &lab.path("venvs/d"), &InstallOptions::default()).unwrap_err();
    assert_eq!(error.exit_code(), exit::VERIFICATION);
}

#[test]
fn what_a_dead_process_left_is_removed_and_what_a_living_one_uses_is_not() {
    let lab = Lab::new();
    for name in [".v.staged-dead", ".v.staged-alive", ".w.staged-other"] {
        fs::create_dir_all(lab.path(&format!("venvs/{name}/tree"))).unwrap();
    }
    fs::create_dir_all(lab.path("cache/staging/.unpacked-dead/shelf")).unwrap();
    fs::create_dir_all(lab.path("cache/staging/.unpacked-empty")).unwrap();
    let alive = fs::File::open(lab.path("venvs/.v.staged-alive")).unwrap();
    alive.lock().unwrap();
    lab.install("venvs/v", &[lab.demo()]).unwrap();
    assert_eq!(lab.names("venvs"), [".v.staged-alive", ".w.staged-other", "v"]);
    assert_eq!(lab.names("cache/staging"), [""; 0]);
}

#[test]
fn wheels_that_do_not_go_together_or_with_the_target_are_refused() {
    let lab = Lab::new();
    let other = |path: &str| WheelBuilder::named("other", "1").file(path, "");
    let mut newer = demo();
    newer.metadata += "Requires-Python: >=3.12\n";
    let mut foreign = demo();
    foreign.file = "demo-1.0-cp312-cp312-win_amd64.whl".to_owned();
    let mut second = demo();
    second.file = "demo-1.0-2-py3-none-any.whl".to_owned();
    for (builders, expect) in [
        (
            [demo(), other("demo/__init__.py")],
            "lib/python3.11/site-packages/demo/__init__.py is brought by demo-1.0-py3-none-any.whl and by \
             other-1-py3-none-any.whl",
        ),
        (
            [demo(), other("demo")],
            "lib/python3.11/site-packages/demo is brought by other-1-py3-none-any.whl and by demo-1.0-py3-none-any.whl",
        ),
        (
            [demo(), other("other-1.data/scripts/activate")],
            "bin/activate is brought by the environment itself and by other-1-py3-none-any.whl",
        ),
        (
            [demo(), second],
            "demo-1.0-py3-none-any.whl and demo-1.0-2-py3-none-any.whl are both of demo",
        ),
        (
            [other("o"), newer],
            "demo-1.0-py3-none-any.whl is for Python >=3.12, debian12 has 3.11.2",
        ),
        (
            [other("o"), foreign],
            "demo-1.0-cp312-cp312-win_amd64.whl does not run on debian12: it is for Windows",
        ),
    ] {
        let wheels = builders.map(|builder| lab.wheel(&builder));
        assert_eq!(lab.plan("venvs/v", &wheels).unwrap_err().to_string(), expect);
    }
    let error = lab.plan("venvs/a:b", &[]).unwrap_err().to_string();
    assert!(
        error.ends_with("it holds a `:`, which separates folders of a search path"),
        "{error}"
    );
}
