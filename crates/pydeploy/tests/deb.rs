//! Packages of a project without wheels: what is in them, and that dpkg reads them.
#![cfg(feature = "artifact")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;
use std::process::Command;

use pydeploy::Timestamp;
use pydeploy::artifact::PieceCache;
use pydeploy::artifact::deb::{self, DebOptions, Packaging};
use pydeploy::config::Project;
use pydeploy::release::Release;

const PROJECT: &str = r#"
[project]
name = "site"
description = "A site."
[tool.pydeploy]
targets = ["TARGET"]
include = ["*.py"]
static = [{ app = "static" }]
etc = "etc"
service.command = ["python", "app.py", "{etc}/site/site.conf"]
environment.generate = ["SECRET_KEY"]
"#;

fn project(dir: &Path, target: &str) -> Project {
    let long = format!("{}.py", "n".repeat(150));
    let files = [
        (
            "pyproject.toml",
            PROJECT
                .replace("TARGET", target)
                .replace("\"*.py\"", "\"*.py\", \"static/**\""),
        ),
        ("app.py", "print('hello')\n".to_owned()),
        (long.as_str(), String::new()),
        ("static/style.css", "body {}\n".to_owned()),
        ("etc/site/site.conf", "debug = no\n".to_owned()),
    ];
    for (path, text) in files {
        let path = dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    Project::load(dir).unwrap()
}

fn build(dir: &Path, target: &str) -> std::path::PathBuf {
    build_with(dir, target, None)
}

fn build_with(dir: &Path, target: &str, pieces: Option<&PieceCache>) -> std::path::PathBuf {
    let project = project(dir, target);
    let target = project.targets[0].clone();
    let release = Release::plan(&project, "1:1.0~rc1".parse().unwrap(), target, Vec::new()).unwrap();
    let at = Timestamp::from_second(1_476_025_815).unwrap();
    let changelog = b"site (1:1.0~rc1) development; urgency=medium\n";
    let options = DebOptions {
        packaging: Packaging::new(at, "Site Developers <site@example.org>", changelog),
        pieces,
    };
    deb::write(&release, &options, &dir.join("out")).unwrap().path
}

fn dpkg_deb(option: &str, deb: &Path) -> String {
    let output = Command::new("dpkg-deb")
        .arg(option)
        .arg(deb)
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_same_project_in_two_folders_gives_the_same_bytes() {
    for target in ["debian11", "debian12"] {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (a, b) = (build(a.path(), target), build(b.path(), target));
        assert_eq!(a.file_name().unwrap(), "site_1.0~rc1_all.deb");
        assert_eq!(fs::read(a).unwrap(), fs::read(b).unwrap());
    }
}

#[test]
fn kept_pieces_change_no_byte() {
    for target in ["debian11", "debian12"] {
        let dir = tempfile::tempdir().unwrap();
        let cache = PieceCache::at(dir.path().join("cache"));
        let read = |pieces| fs::read(build_with(dir.path(), target, pieces)).unwrap();
        let without = read(None);
        assert!(!cache.dir().exists());
        assert_eq!(read(Some(&cache)), without, "cold");
        assert!(cache.dir().is_dir());
        assert_eq!(read(Some(&cache)), without, "warm");
    }
}

#[test]
fn dpkg_lists_what_was_planned() {
    let dir = tempfile::tempdir().unwrap();
    let deb = build(dir.path(), "debian12");
    let listing: Vec<String> = dpkg_deb("--contents", &deb)
        .lines()
        .map(|line| {
            line.split_whitespace()
                .enumerate()
                .filter(|(at, _)| *at != 2)
                .map(|(_, word)| word)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    let listing = listing.join("\n").replace(&"n".repeat(150), "n…n");
    insta::assert_snapshot!(listing);
}

#[test]
fn dpkg_reads_the_control_fields() {
    let dir = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(dpkg_deb("--field", &build(dir.path(), "debian11")));
}
