//! The archive as other programs see it, and the program in it under every Python that this machine has.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use tempfile::TempDir;

use super::testing::python;
use super::{WrittenZip, write};
use crate::Timestamp;
use crate::config::Project;
use crate::python::elf_testing::{ElfBuilder, X86_64};
use crate::python::testing::WheelBuilder;
use crate::python::{Target, Wheel};
use crate::release::Release;

const PROJECT: &str = r#"
[project]
name = "site"
version = "1.0"
[tool.pydeploy]
targets = ["TARGET"]
include = ["app.py", "run.sh", "assets/**"]
static = [{ app = "assets" }]
prepare = [["python", "app.py", "{state}/prepared"]]
[tool.pydeploy.service]
command = ["demo"]
[tool.pydeploy.environment]
generate = ["SECRET"]
[tool.pydeploy.environment.set]
COLOUR = "blue"
"#;

const APP: &str = "import os, sys\n\
                   open(sys.argv[1], 'a').write(os.environ['SECRET'] and os.environ['COLOUR'] + '\\n')\n";

/// A project, the folder for archives and the folder of a host.
struct Site {
    dir: TempDir,
    target: &'static str,
}

impl Site {
    fn new(target: &'static str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let site = Self { dir, target };
        for folder in ["project/assets", "project/debian", "wheels", "out"] {
            std::fs::create_dir_all(site.path(folder)).unwrap();
        }
        for (name, text) in [
            ("pyproject.toml", PROJECT.replace("TARGET", target)),
            ("app.py", APP.to_owned()),
            ("run.sh", "#!/bin/sh\n".to_owned()),
            ("assets/a.css", "a {}\n".to_owned()),
        ] {
            std::fs::write(site.path("project").join(name), text).unwrap();
        }
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn release(&self, version: &str) -> Release {
        let demo = WheelBuilder::new()
            .file(
                "demo/__init__.py",
                "import os\ndef main():\n    print(os.environ['COLOUR'], os.environ['PYDEPLOY_RELEASE'])\n",
            )
            .file("demo-1.0.data/scripts/tool", "#!python -E\nimport demo\ndemo.main()\n")
            .entry_points("[console_scripts]\ndemo = demo:main\n")
            .write(&self.path("wheels"));
        self.release_of(version, &[demo])
    }

    fn release_of(&self, version: &str, wheels: &[PathBuf]) -> Release {
        let wheels = wheels
            .iter()
            .map(|wheel| Arc::new(Wheel::open(wheel).unwrap()))
            .collect();
        let project = Project::load(&self.path("project")).unwrap();
        let target: Target = self.target.parse().unwrap();
        Release::plan(&project, version.parse().unwrap(), target, wheels).unwrap()
    }

    fn build(&self, version: &str) -> WrittenZip {
        let at = Timestamp::from_compact("20161009150015").unwrap();
        write(&self.release(version), at, &self.path("out")).unwrap()
    }
}

fn run(python: &Path, archive: &Path, host: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(python);
    command.arg(archive).arg("-d").arg(host).args(args);
    command.output().unwrap()
}

/// What the program prints, when it succeeds.
#[track_caller]
fn says(python: &Path, archive: &Path, host: &Path, args: &[&str]) -> String {
    let output = run(python, archive, host, args);
    let (out, error) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{out}{error}");
    out.into_owned()
}

/// Its exit status and the first line of its error.
fn refuses(python: &Path, archive: &Path, host: &Path, args: &[&str]) -> (i32, String) {
    let output = run(python, archive, host, args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let error = said
        .lines()
        .find(|line| line.starts_with("error: "))
        .unwrap_or(&said)
        .to_owned();
    (output.status.code().unwrap(), error)
}

const TARGETS: [(&str, &str); 5] = [
    ("debian11", "3.9"),
    ("ubuntu22.04", "3.10"),
    ("debian12", "3.11"),
    ("ubuntu24.04", "3.12"),
    ("debian13", "3.13"),
];

#[test]
fn installed_by_every_python() {
    for (target, minor) in TARGETS {
        let Some(python) = python(minor) else { continue };
        let site = Site::new(target);
        let (archive, host) = (site.build("1.0").path, site.path("a host"));
        let id = says(&python, &archive, &host, &[]);
        assert_eq!(id, "1.0\n", "{target}");
        let current = host.join("current");
        for program in ["demo", "tool"] {
            let output = Command::new(current.join("venv/bin").join(program)).output().unwrap();
            assert_eq!(
                String::from_utf8_lossy(&output.stdout),
                "blue 1.0\n",
                "{program}: {output:?}"
            );
        }
        assert_eq!(
            std::fs::read_to_string(host.join("shared/state/prepared")).unwrap(),
            "blue\n"
        );
        assert_eq!(std::fs::read_to_string(current.join("static/a.css")).unwrap(), "a {}\n");
        assert_eq!(
            says(&python, &archive, &host, &["--check"]),
            "1.0 is as it was installed\n"
        );
        let show = "import importlib.metadata as m, sys; print([f.read_text() is not None and f.hash is None or f.locate().exists() for f in m.files('demo')].count(True), sys.prefix)";
        let output = Command::new(current.join("venv/bin/python"))
            .args(["-c", show])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            said.starts_with("8 ") && said.trim_end().ends_with("current/venv"),
            "{output:?}"
        );
    }
}

#[test]
fn releases_are_kept_listed_and_gone_back_to() {
    let Some(python) = python("3.11") else { return };
    let (site, host) = (Site::new("debian12"), tempfile::tempdir().unwrap());
    let host = host.path();
    let secret = || std::fs::read_to_string(host.join("shared/environment.json")).unwrap();
    let archives = ["1.0", "1.1", "1.2", "1.3"].map(|version| site.build(version).path);
    says(&python, &archives[0], host, &[]);
    let first = secret();
    for archive in &archives[1..] {
        says(&python, archive, host, &["--keep", "3"]);
    }
    assert_eq!(secret(), first);
    let list = || says(&python, &archives[0], host, &["--list"]);
    assert_eq!(list(), "  1.1\n  1.2\n* 1.3\n");
    assert_eq!(says(&python, &archives[0], host, &["--rollback"]), "1.2\n");
    assert_eq!(list(), "  1.3\n  1.1\n* 1.2\n");
    assert_eq!(says(&python, &archives[0], host, &["--rollback"]), "1.1\n");
    assert_eq!(says(&python, &archives[0], host, &["--rollback", "1.3"]), "1.3\n");
    let (status, error) = refuses(&python, &archives[0], host, &["--rollback", "2.0"]);
    assert_eq!((status, error.as_str()), (1, "error: there is no release 2.0"));
    assert_eq!(says(&python, &archives[3], host, &[]), "1.3\n");
}

#[test]
fn what_was_changed_is_found() {
    let Some(python) = python("3.11") else { return };
    let site = Site::new("debian12");
    let (archive, host) = (site.build("1.0").path, site.path("host"));
    says(&python, &archive, &host, &[]);
    let current = host.join("current");
    std::fs::write(current.join("app/app.py"), "").unwrap();
    std::fs::remove_file(current.join("venv/bin/demo")).unwrap();
    let output = run(&python, &archive, &host, &["--check"]);
    let release = host.join("releases/1.0").display().to_string();
    let expected = format!("{release}/app/app.py was changed\n{release}/venv/bin/demo is missing\n");
    assert_eq!(
        (output.status.code(), String::from_utf8_lossy(&output.stdout).as_ref()),
        (Some(4), expected.as_str())
    );
    let (status, error) = refuses(&python, &archive, &host, &[]);
    assert_eq!(status, 4, "{error}");
}

#[test]
fn a_command_that_fails_leaves_what_was_current() {
    let Some(python) = python("3.11") else { return };
    let site = Site::new("debian12");
    let (first, host) = (site.build("1.0").path, site.path("host"));
    says(&python, &first, &host, &[]);
    std::fs::write(site.path("project/app.py"), "raise SystemExit(7)\n").unwrap();
    let second = site.build("1.1").path;
    let (status, error) = refuses(&python, &second, &host, &[]);
    assert_eq!(
        (status, error.as_str()),
        (5, "error: `python app.py {state}/prepared` ended with status 7")
    );
    assert_eq!(says(&python, &first, &host, &["--list"]), "* 1.0\n");
    assert_eq!(says(&python, &second, &host, &["--no-prepare"]), "1.1\n");
}

#[test]
fn another_interpreter_is_refused_before_anything_is_written() {
    let site = Site::new("debian12");
    let (archive, host) = (site.build("1.0").path, site.path("host"));
    for minor in ["3.8", "3.9", "3.13"] {
        let Some(python) = python(minor) else { continue };
        let (status, error) = refuses(&python, &archive, &host, &[]);
        let machine = std::env::consts::ARCH;
        let expected =
            format!("error: this release is for CPython 3.11 on x86_64; this is CPython {minor} on {machine}");
        assert_eq!((status, error), (3, expected));
        assert!(!host.exists());
    }
}

#[test]
fn a_host_without_a_library_is_refused_before_anything_is_written() {
    let Some(python) = python("3.11") else { return };
    let site = Site::new("debian12");
    let project = site.path("project/pyproject.toml");
    let named = "[tool.pydeploy.package.libraries]\n\"libnone.so.1\" = \"libnone1 (>= 2)\"\n";
    std::fs::write(&project, PROJECT.replace("TARGET", "debian12") + named).unwrap();
    let (host, at) = (site.path("host"), Timestamp::from_compact("20161009150015").unwrap());
    let archive = |elf: ElfBuilder| {
        let wheel = WheelBuilder::named("fast", "1.0").file("fast/_x.so", elf.build());
        let wheel = wheel.entry_points("[console_scripts]\ndemo = fast:main\n");
        let release = site.release_of("1.0", &[wheel.write(&site.path("wheels"))]);
        write(&release, at, &site.path("out")).unwrap().path
    };
    let file = "which fast-1.0-py3-none-any.whl: fast/_x.so needs";
    let found = ElfBuilder::new(X86_64).needs("libc.so.6", &["GLIBC_2.2.5"]);
    let lacks = "error: this host cannot run the release: ";
    let both = found.clone().needs("libm.so.6", &["GLIBC_2.99", "GLIBC_2.2.5"]);
    for (elf, says) in [
        (
            found.clone().needs("libnone.so.1", &[]),
            format!("{lacks}there is no libnone.so.1, {file}\nhint: install libnone1 (>= 2)\n"),
        ),
        (
            both.needs("libnone.so.2", &[]),
            format!(
                "{lacks}libm.so.6 has no GLIBC_2.99, {file}; there is no libnone.so.2, {file}\nhint: install the packages that bring them, or build it for a target that is this host\n"
            ),
        ),
    ] {
        let archive = archive(elf);
        for args in [&[][..], &["--check"]] {
            let output = run(&python, &archive, &host, args);
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!((output.status.code(), said.as_str()), (Some(3), says.as_str()));
            assert!(!host.exists());
        }
    }
    says(&python, &archive(found), &host, &["--no-prepare"]);
}

#[test]
fn a_damaged_archive_is_refused_before_anything_is_written() {
    let Some(python) = python("3.11") else { return };
    let site = Site::new("debian12");
    let (archive, host) = (site.build("1.0").path, site.path("host"));
    let bytes = std::fs::read(&archive).unwrap();
    let program = bytes.windows(4).position(|part| part == b"PK\x03\x04").unwrap();
    let after_program = program
        + 4
        + bytes[program + 4..]
            .windows(4)
            .position(|part| part == b"PK\x03\x04")
            .unwrap();
    let damaged = site.path("damaged.zip");
    let mut refused = 0;
    for at in (after_program..bytes.len()).step_by(bytes.len() / 40) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x10;
        for content in [&flipped[..], &bytes[..at], &[&bytes[..], b"x"].concat()] {
            std::fs::write(&damaged, content).unwrap();
            let (status, error) = refuses(&python, &damaged, &host, &[]);
            // Where Python does not even find a program in the file, it says so itself.
            assert!(status == 4 || status == 1, "byte {at}: {status} {error}");
            assert!(!host.exists(), "byte {at}");
            refused += usize::from(status == 4);
        }
    }
    assert!(refused > 30, "{refused}");
}

/// Two builds give the same bytes, and `zipfile` finds nothing wrong.
#[test]
fn the_same_bytes_for_the_same_release() {
    let site = Site::new("debian12");
    let first = site.build("1.0");
    let bytes = std::fs::read(&first.path).unwrap();
    std::fs::remove_file(&first.path).unwrap();
    assert_eq!(site.build("1.0"), first);
    assert!(std::fs::read(&first.path).unwrap() == bytes);
    assert_eq!(first.path.file_name().unwrap(), "site_1.0_debian12.zip");
    assert_eq!(crate::digest::Sha256::of(&bytes), first.sha256);
    let Some(python) = python("3.11") else { return };
    let list = "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n\
                for i in z.infolist(): print(oct(i.external_attr >> 16), i.date_time, i.filename)";
    let output = Command::new(python)
        .args(["-c", list])
        .arg(&first.path)
        .output()
        .unwrap();
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stdout), @"
    0o100644 (2016, 10, 9, 15, 0, 14) __main__.py
    0o100644 (2016, 10, 9, 15, 0, 14) libraries.py
    0o100644 (2016, 10, 9, 15, 0, 14) release_files.py
    0o100644 (2016, 10, 9, 15, 0, 14) manifest.json
    0o100644 (2016, 10, 9, 15, 0, 14) app/app.py
    0o100644 (2016, 10, 9, 15, 0, 14) app/assets/a.css
    0o100644 (2016, 10, 9, 15, 0, 14) app/run.sh
    0o100644 (2016, 10, 9, 15, 0, 14) generated/sbom.cdx.json
    0o100755 (2016, 10, 9, 15, 0, 14) generated/venv/bin/demo
    0o100755 (2016, 10, 9, 15, 0, 14) generated/venv/bin/tool
    0o100644 (2016, 10, 9, 15, 0, 14) generated/venv/lib/python3.11/site-packages/demo-1.0.dist-info/INSTALLER
    0o100644 (2016, 10, 9, 15, 0, 14) generated/venv/lib/python3.11/site-packages/pydeploy-environment.pth
    0o100644 (2016, 10, 9, 15, 0, 14) generated/venv/lib/python3.11/site-packages/pydeploy_environment.py
    0o100644 (2016, 10, 9, 15, 0, 14) wheels/demo-1.0-py3-none-any.whl
    ");
}
