//! A wheel built by the real uv.
//!
//! The target is the one that is this machine, by its `/usr/bin/python3.X`.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::Path;
use std::process::Command;

use pydeploy::digest::Sha256;
use pydeploy::event::Silent;
use pydeploy::python::{Target, Wheel};
use pydeploy::wheelhouse::{FetchError, FetchOptions, PinnedSdist, Selection, fetch_selection};

use super::need;

/// A build backend that needs nothing but Python.
const BACKEND: &str = r#"
import base64, hashlib, os, zipfile
def build_wheel(directory, config_settings=None, metadata_directory=None):
    info = "demo-1.0.dist-info/"
    files = {"demo.py": b"answer = 42\n", info + "METADATA": b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n",
             info + "WHEEL": b"Wheel-Version: 1.0\nGenerator: demo\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
    row = lambda data: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    rows = ["%s,sha256=%s,%d\n" % (name, row(data), len(data)) for name, data in files.items()]
    files[info + "RECORD"] = ("".join(rows) + info + "RECORD,,\n").encode()
    with zipfile.ZipFile(os.path.join(directory, "demo-1.0-py3-none-any.whl"), "w") as wheel:
        for name, data in files.items():
            wheel.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return "demo-1.0-py3-none-any.whl"
"#;
const PYPROJECT: &str = "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n\
                         [project]\nname = \"demo\"\nversion = \"1.0\"\n";

fn sdist(dir: &Path) -> PinnedSdist {
    let folder = dir.join("demo-1.0");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("backend.py"), BACKEND).unwrap();
    fs::write(folder.join("pyproject.toml"), PYPROJECT).unwrap();
    fs::write(
        folder.join("PKG-INFO"),
        "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n",
    )
    .unwrap();
    let tar = Command::new("tar")
        .args(["czf", "demo-1.0.tar.gz", "demo-1.0"])
        .current_dir(dir)
        .status();
    assert!(tar.unwrap().success());
    PinnedSdist {
        file: dir.join("pylock.toml"),
        line: 1,
        name: "demo".parse().unwrap(),
        version: Some("1.0".parse().unwrap()),
        filename: "demo-1.0.tar.gz".to_owned(),
        url: None,
        path: Some("demo-1.0.tar.gz".into()),
        index: None,
        size: None,
        sha256: Sha256::of(&fs::read(dir.join("demo-1.0.tar.gz")).unwrap()),
        other_wheels: Vec::new(),
    }
}

/// The built-in target that is this machine, if any is.
fn here() -> Option<Target> {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let value = |key: &str| {
        let line = release.lines().find_map(|line| line.strip_prefix(key))?;
        Some(line.trim_matches('"').to_owned())
    };
    let name = format!("{}{}", value("ID=")?, value("VERSION_ID=")?);
    let machine = if std::env::consts::ARCH == "aarch64" {
        "/arm64"
    } else {
        ""
    };
    let target: Target = format!("{name}{machine}").parse().ok()?;
    Path::new(&target.interpreter()).exists().then_some(target)
}

fn works(program: &str, args: &[&str]) -> bool {
    let output = Command::new(program).args(args).output();
    output.is_ok_and(|output| output.status.success())
}

/// The target, or `None` after saying what is missing.
fn target() -> Option<Target> {
    let missing = match here() {
        None => "a machine that is a target, with its own Python",
        Some(target) if works("uv", &["--version"]) => return Some(target),
        Some(_) => "the program `uv`",
    };
    need::skip(missing)
}

#[test]
fn uv_builds_what_the_lock_has_as_source() {
    let Some(target) = target() else { return };
    let dir = tempfile::tempdir().unwrap();
    let selection = Selection {
        sdists: vec![sdist(dir.path())],
        ..Selection::default()
    };
    let mut options = FetchOptions::new(&dir.path().join("cache"), dir.path());
    options.offline = true;
    let built = fetch_selection(&selection, &target, &options, &mut Silent).unwrap();
    assert_eq!((built.built, built.downloaded), (1, 0));
    let wheel = Wheel::open(&built.wheels[0].path).unwrap();
    assert_eq!(wheel.metadata().name.as_str(), "demo");
    let provenance = built.wheels[0].provenance.as_ref().unwrap();
    assert!(provenance.builder.starts_with("uv "), "{provenance:?}");
    let again = fetch_selection(&selection, &target, &options, &mut Silent).unwrap();
    assert_eq!((again.built, again.wheels), (0, built.wheels));
}

#[test]
fn a_foreign_target_is_refused_with_the_package() {
    let Some(target) = target() else { return };
    let dir = tempfile::tempdir().unwrap();
    let selection = Selection {
        sdists: vec![sdist(dir.path())],
        ..Selection::default()
    };
    let other = Target::built_in()
        .find(|other| other.distribution() != target.distribution())
        .unwrap();
    let options = FetchOptions::new(&dir.path().join("cache"), dir.path());
    match fetch_selection(&selection, &other, &options, &mut Silent) {
        Err(FetchError::ForeignBuild { packages, .. }) => assert_eq!(packages, ["demo"]),
        other => panic!("{other:?}"),
    }
}
