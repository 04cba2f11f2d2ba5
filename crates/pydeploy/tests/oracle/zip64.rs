//! Wheels that Python writes as zip64: large headers, and more members than a plain archive can have.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pydeploy::python::{Scheme, Wheel};

use super::works;

fn has_python() -> bool {
    works("python3", &["-V"], "python3")
}

fn written(dir: &Path, members: usize, headers: &str) -> PathBuf {
    let path = dir.join("demo-1.0-py3-none-any.whl");
    let output = Command::new("python3")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/zip64.py"))
        .arg(&path)
        .args([&members.to_string(), headers])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    path
}

#[track_caller]
fn check(members: usize, headers: &str, mark: &[u8]) {
    let dir = tempfile::tempdir().unwrap();
    let path = written(dir.path(), members, headers);
    let bytes = fs::read(&path).unwrap();
    assert!(bytes.windows(mark.len()).any(|window| window == mark), "it is no zip64");
    let wheel = Wheel::open(&path).unwrap();
    assert_eq!(wheel.members().count(), members + 3);
    for number in [0, members / 2, members - 1] {
        assert_eq!(wheel.read(number).unwrap(), format!("x = {number}\n").into_bytes());
    }
    let scheme = Scheme {
        venv: "/venv".to_owned(),
        python_minor: "3.11".to_owned(),
    };
    // Less the RECORD that is in the wheel, more the new one and INSTALLER.
    assert_eq!(wheel.install(&scheme).unwrap().len(), members + 4);
    // One byte less, and it ends elsewhere than it says.
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    Wheel::open(&path).unwrap_err();
}

#[test]
fn large_headers_are_read() {
    if has_python() {
        // The sizes of the first local header, which are in its extra field.
        check(3, "large", &[0xff; 8]);
    }
}

#[test]
fn more_members_than_a_plain_archive_has_are_read() {
    if has_python() {
        // The record that has their number in 64 bits.
        check(65_600, "plain", b"PK\x06\x06");
    }
}
