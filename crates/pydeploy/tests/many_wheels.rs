//! A release of more wheels than this process may have files open. It has a program of its own, for the limit's sake.
#![cfg(feature = "artifact")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pydeploy::Timestamp;
use pydeploy::artifact::deb::{self, DebOptions, Packaging};
use pydeploy::artifact::{PieceCache, verify};
use pydeploy::config::Project;
use pydeploy::digest::Sha256;
use pydeploy::python::Wheel;
use pydeploy::release::Release;
use rustix::process::{Resource, getrlimit, setrlimit};

const WHEELS: usize = 1100;
const FILES: u64 = 200;

const PROJECT: &str = r#"
[project]
name = "site"
[tool.pydeploy]
targets = ["debian12"]
include = ["*.py"]
service.command = ["python", "app.py"]
"#;

fn project(dir: &Path) -> Project {
    fs::write(dir.join("pyproject.toml"), PROJECT).unwrap();
    fs::write(dir.join("app.py"), "print('hello')\n").unwrap();
    Project::load(dir).unwrap()
}

/// `many<number>`, with one module.
fn wheel(dir: &Path, number: usize) -> PathBuf {
    let name = format!("many{number}");
    let info = format!("{name}-1.0.dist-info");
    let mut members = vec![
        (format!("{name}.py"), format!("NUMBER = {number}\n")),
        (
            format!("{info}/METADATA"),
            format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"),
        ),
        (
            format!("{info}/WHEEL"),
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n".to_owned(),
        ),
    ];
    let row = |(name, text): &(String, String)| {
        let digest = base64(Sha256::of(text.as_bytes()).as_bytes());
        format!("{name},sha256={digest},{}\n", text.len())
    };
    let record: String = members.iter().map(row).collect();
    members.push((format!("{info}/RECORD"), format!("{record}{info}/RECORD,,\n")));
    let path = dir.join(format!("{name}-1.0-py3-none-any.whl"));
    fs::write(&path, zip(&members)).unwrap();
    path
}

/// As in a RECORD: of URLs, without padding.
fn base64(bytes: &[u8]) -> String {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits = |at: usize| (0..6).fold(0, |sum, bit| sum * 2 + u8::from(bit_at(bytes, at * 6 + bit)));
    (0..(bytes.len() * 8).div_ceil(6))
        .map(|at| char::from(digits[usize::from(bits(at))]))
        .collect()
}

fn bit_at(bytes: &[u8], at: usize) -> bool {
    bytes.get(at / 8).is_some_and(|byte| byte & (0x80 >> (at % 8)) != 0)
}

/// An archive of stored members.
fn zip(members: &[(String, String)]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in members {
        let offset = archive.len() as u32;
        let common = [
            &[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0][..],
            &libdeflater::crc32(text.as_bytes()).to_le_bytes(),
            &(text.len() as u32).to_le_bytes(),
            &(text.len() as u32).to_le_bytes(),
            &(name.len() as u16).to_le_bytes(),
            &[0, 0],
        ]
        .concat();
        archive.extend([b"PK\x03\x04", &common[..], name.as_bytes(), text.as_bytes()].concat());
        let rest = [&[0; 10][..], &offset.to_le_bytes()].concat();
        directory.extend([b"PK\x01\x02\x14\0", &common[..], &rest, name.as_bytes()].concat());
    }
    let count = (members.len() as u16).to_le_bytes();
    let end = [
        b"PK\x05\x06\0\0\0\0",
        &count[..],
        &count,
        &(directory.len() as u32).to_le_bytes(),
        &(archive.len() as u32).to_le_bytes(),
        &[0, 0],
    ]
    .concat();
    [archive, directory, end].concat()
}

#[test]
fn more_wheels_than_files() {
    let dir = tempfile::tempdir().unwrap();
    let project = project(dir.path());
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = Some(FILES);
    setrlimit(Resource::Nofile, limit).unwrap();
    let wheels = (0..WHEELS).map(|number| Arc::new(Wheel::open(&wheel(dir.path(), number)).unwrap()));
    let target = project.targets[0].clone();
    let release = Release::plan(&project, "1.0".parse().unwrap(), target, wheels.collect()).unwrap();
    let pieces = PieceCache::at(dir.path().join("cache"));
    let build = |pieces| {
        let at = Timestamp::from_second(1_476_025_815).unwrap();
        let changelog = b"site (1.0) development; urgency=medium\n";
        let options = DebOptions {
            packaging: Packaging::new(at, "Site Developers <site@example.org>", changelog),
            pieces,
        };
        deb::write(&release, &options, &dir.path().join("out")).unwrap().path
    };
    let cold = fs::read(build(Some(&pieces))).unwrap();
    let package = build(Some(&pieces));
    assert!(fs::read(&package).unwrap() == cold, "from kept pieces");
    assert!(fs::read(build(None)).unwrap() == cold, "without a cache");
    let verified = verify(&package).unwrap();
    assert!(verified.holds(), "{:?}", verified.findings);
    assert_eq!(verified.checked.records, WHEELS);
}
