//! Real wheels: what we would install beside what `uv pip install` installs.
//!
//! `PYDEPLOY_ORACLE_WHEELS` names a folder of wheels without conflicts.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use pydeploy::digest::Sha256;
use pydeploy::python::{Installed, InstalledContent, Scheme, Wheel};

use super::need;

/// What is missing; `None` when the comparison can run.
fn missing() -> Option<String> {
    if std::env::var_os("PYDEPLOY_ORACLE_WHEELS").is_none() {
        return Some("PYDEPLOY_ORACLE_WHEELS, a folder of wheels".to_owned());
    }
    let uv = Command::new("uv").arg("--version").output();
    (!uv.is_ok_and(|output| output.status.success())).then(|| "the program `uv`".to_owned())
}

/// The folder of wheels, or `None` after saying what is missing.
fn wheels() -> Option<Vec<PathBuf>> {
    if let Some(missing) = missing() {
        return need::skip(&missing);
    }
    let folder = PathBuf::from(std::env::var_os("PYDEPLOY_ORACLE_WHEELS")?);
    let mut wheels: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .collect();
    wheels.sort();
    Some(wheels)
}

#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Every file below `dir` by its path in it.
fn files(dir: &Path, below: &str, found: &mut BTreeMap<String, PathBuf>) {
    for entry in fs::read_dir(dir.join(below)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{below}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            files(dir, &format!("{path}/"), found);
        } else {
            found.insert(path, entry.path());
        }
    }
}

fn python_minor(venv: &Path) -> String {
    let code = "import sys; print('%d.%d' % sys.version_info[:2])";
    run(Command::new(venv.join("bin/python")).args(["-c", code]))
        .trim()
        .to_owned()
}

/// A fresh environment with the wheels, by uv; and the files that were there before.
fn install_with_uv(venv: &Path, wheels: &[PathBuf]) -> BTreeMap<String, PathBuf> {
    let python = std::env::var("PYDEPLOY_ORACLE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    run(Command::new("uv")
        .args(["venv", "--quiet", "--python", &python])
        .arg(venv));
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    files(venv, "", &mut before);
    run(Command::new("uv")
        .args([
            "pip",
            "install",
            "--quiet",
            "--offline",
            "--no-index",
            "--no-deps",
            "--link-mode",
            "copy",
        ])
        .arg("--python")
        .arg(venv.join("bin/python"))
        .args(wheels));
    files(venv, "", &mut after);
    after.retain(|path, _| !before.contains_key(path));
    after
}

/// Files that the two write in their own words: launchers, INSTALLER, RECORD.
fn is_own_words(file: &Installed) -> bool {
    matches!(file.content, InstalledContent::Inline(_))
}

/// What no wheel asks for: notes about the installation, and a name for pip that its `entry_points.txt` does not have.
fn is_added_by_uv(path: &str) -> bool {
    let notes = [
        ".dist-info/REQUESTED",
        ".dist-info/direct_url.json",
        ".dist-info/uv_cache.json",
        ".lock",
    ];
    notes.iter().any(|end| path.ends_with(end)) || path.starts_with("bin/pip3.")
}

#[test]
fn the_plan_is_what_uv_installs() {
    let Some(wheels) = wheels() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let venv = dir.path().join("venv");
    let mut theirs = install_with_uv(&venv, &wheels);
    let scheme = Scheme {
        venv: venv.to_str().unwrap().to_owned(),
        python_minor: python_minor(&venv),
    };
    let mut wrong = Vec::new();
    for path in &wheels {
        let wheel = Wheel::open(path).unwrap();
        for file in wheel.install(&scheme).unwrap() {
            let ours = format!("{} of {}", file.path, wheel.filename());
            match theirs.remove(&file.path) {
                Some(path) => wrong.extend(difference(&wheel, &file, &path).map(|text| format!("{text}: {ours}"))),
                None => wrong.push(format!("not installed by uv: {ours}")),
            }
        }
    }
    wrong.extend(
        theirs
            .into_keys()
            .filter(|path| !is_added_by_uv(path))
            .map(|path| format!("not planned: {path}")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn difference(wheel: &Wheel, file: &Installed, theirs: &Path) -> Option<&'static str> {
    let bytes = match &file.content {
        InstalledContent::Member(number) => wheel.read(*number).unwrap(),
        InstalledContent::Inline(bytes) => bytes.clone(),
    };
    assert_eq!((bytes.len() as u64, Sha256::of(&bytes)), (file.size, file.sha256));
    let executable = fs::metadata(theirs).unwrap().permissions().mode() & 0o111 != 0;
    // uv gives the RECORD that it writes the mode of the one in the wheel.
    if executable != file.executable && !file.path.ends_with(".dist-info/RECORD") {
        return Some("mode");
    }
    (!is_own_words(file) && fs::read(theirs).unwrap() != bytes).then_some("content")
}
