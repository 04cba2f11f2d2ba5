//! Modules compiled by the `python3` of this machine. With `PYDEPLOY_ORACLE=1` it must be there.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{InstallError, InstallOptions, InstallPlan, InstallReport, WheelSource, install};
use crate::need;
use crate::python::testing::WheelBuilder;
use crate::python::{Environment, Probe, Target, probe};

/// Environments on an interpreter that writes down each time it is run.
struct Lab {
    dir: TempDir,
    target: Target,
}

/// `None`, after saying so, on a machine without `python3`.
fn lab() -> Option<Lab> {
    let asked = Probe {
        python: "python3".to_owned(),
        to: None,
        name: Some("host".to_owned()),
    };
    let target = match probe(&asked, Path::new("/")) {
        Ok(target) => target,
        Err(error) => return need::skip(&error.to_string()),
    };
    let lab = Lab {
        dir: tempfile::tempdir().unwrap(),
        target,
    };
    let (log, python) = (lab.path("log"), lab.target.interpreter());
    let script = format!("#!/bin/sh\necho run >> '{}'\nexec '{python}' \"$@\"\n", log.display());
    fs::write(lab.path("python"), script).unwrap();
    fs::set_permissions(lab.path("python"), fs::Permissions::from_mode(0o755)).unwrap();
    Some(lab)
}

impl Lab {
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn install(&self, place: &str, wheel: &WheelBuilder, target: &Target) -> Result<InstallReport, InstallError> {
        let mut environment = Environment::of(target, self.path(place).to_str().unwrap());
        environment.interpreter = self.path("python").to_str().unwrap().to_owned();
        let wheels = [WheelSource::from(wheel.write(self.dir.path()))];
        let plan = InstallPlan::new(target, environment, &wheels)?;
        let options = InstallOptions {
            cache: Some(self.path("cache")),
            compile: true,
        };
        install(&plan, &self.path(place), &options)
    }

    /// How often the interpreter has been run since this was asked the last time.
    fn runs(&self) -> usize {
        let log = fs::read_to_string(self.path("log")).unwrap_or_default();
        fs::write(self.path("log"), "").unwrap();
        log.lines().count()
    }

    /// What a program says that finds the environment's modules.
    fn says(&self, place: &str, code: &str) -> String {
        let output = Command::new(self.target.interpreter())
            .args(["-B", "-c", code])
            .env("PYTHONPATH", self.site(place))
            .current_dir(self.dir.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn site(&self, place: &str) -> PathBuf {
        let minor = self.target.python_minor();
        self.path(place).join(format!("lib/python{minor}/site-packages"))
    }

    fn compiled(&self, place: &str) -> PathBuf {
        let tag = self.says(place, "import sys; print(sys.implementation.cache_tag)");
        self.site(place).join(format!("demo/__pycache__/__init__.{tag}.pyc"))
    }
}

fn demo(value: &str) -> WheelBuilder {
    WheelBuilder::new()
        .file("demo/__init__.py", format!("x = {value}\n"))
        .file("demo/other.py", "y = 2\n")
        .file("demo/template.py", "class {{ name }}:\n")
        .file("demo/data.txt", "")
        .entry_points("[console_scripts]\ndemo = demo:main\n")
}

#[test]
fn modules_are_compiled_once_by_the_interpreter_of_the_environment() {
    let Some(lab) = lab() else { return };
    let report = lab.install("one", &demo("1"), &lab.target).unwrap();
    let site = format!("lib/python{}/site-packages", lab.target.python_minor());
    assert_eq!(
        (report.compiled, report.not_compiled),
        (2, vec![format!("{site}/demo/template.py")])
    );
    // It says who it is, and compiles.
    assert_eq!(lab.runs(), 1);
    let bytes = fs::read(lab.compiled("one")).unwrap();
    let magic = lab.says("one", "import importlib.util as u; print(u.MAGIC_NUMBER.hex())");
    let hex: String = bytes[..4].iter().map(|byte| format!("{byte:02x}")).collect();
    // Hash-based, and never compared with its source.
    assert_eq!((hex, &bytes[4..8]), (magic.clone(), &[1, 0, 0, 0][..]));
    let record = fs::read_to_string(lab.site("one").join("demo-1.0.dist-info/RECORD")).unwrap();
    assert!(!record.contains(".pyc"), "{record}");

    let again = lab.install("two", &demo("1"), &lab.target).unwrap();
    assert_eq!((again.compiled, again.not_compiled.len()), (2, 1));
    assert_eq!(lab.runs(), 1);
    assert_eq!(fs::read(lab.compiled("two")).unwrap(), bytes);
    let kept: Vec<_> = fs::read_dir(lab.path("cache/bytecode/1")).unwrap().flatten().collect();
    let names: Vec<_> = kept
        .iter()
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert!(names.len() == 1 && names[0].starts_with(&magic), "{names:?}");

    // Another content is another wheel, whatever its name.
    lab.install("three", &demo("3"), &lab.target).unwrap();
    assert_eq!(lab.runs(), 1);
    assert_eq!(lab.says("three", "import demo; print(demo.x)"), "3");
}

#[test]
fn what_is_compiled_is_what_runs() {
    let Some(lab) = lab() else { return };
    lab.install("one", &demo("1"), &lab.target).unwrap();
    let source = lab.site("one").join("demo/__init__.py");
    fs::remove_file(&source).unwrap();
    fs::write(&source, "x = 'another'\n").unwrap();
    assert_eq!(
        lab.says("one", "import demo; print(demo.x, demo.__cached__)")
            .split_once(' ')
            .unwrap()
            .0,
        "1"
    );
    // Errors name the module where it lies now, not where it was compiled.
    let file = lab.says(
        "one",
        "import demo.other; print(demo.other.__spec__.loader.get_code('demo.other').co_filename)",
    );
    assert_eq!(Path::new(&file), lab.site("one").join("demo/other.py"));
}

#[test]
fn another_python_does_not_compile() {
    let Some(lab) = lab() else { return };
    let other = lab
        .target
        .to_file()
        .replace(&format!("\"{}\"", lab.target.python_full()), "\"3.99.0\"");
    let other = Target::parse(Path::new("host.toml"), &other).unwrap();
    let error = lab.install("one", &demo("1"), &other).unwrap_err();
    let found = lab.target.python_minor();
    assert!(
        error
            .to_string()
            .ends_with(&format!("is Python {found}, modules are to be compiled for 3.99")),
        "{error}"
    );
    fs::remove_file(lab.path("python")).unwrap();
    let error = lab.install("one", &demo("1"), &lab.target).unwrap_err();
    assert!(matches!(error, InstallError::Compile(_)), "{error}");
    assert!(!lab.path("one").exists() && !lab.path("cache/bytecode").exists());
}
