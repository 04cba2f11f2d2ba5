//! A waiver of the project acts wherever wheels are used, and is told wherever it acts.

use serde_json::Value;

use crate::context::Context;
use crate::wheel::{Wheel, lock};

const PROJECT: &str = r#"
[project]
name = "site"
description = "A site."
[tool.pydeploy]
targets = ["debian12"]
include = ["*.py"]
service.command = ["python", "app.py"]
"#;

const WAIVERS: &str = r#"
[tool.pydeploy.waive.legacy]
findings = ["record", "requires-python", "collision"]
reason = "an old build"
"#;

/// A project with two wheels: `legacy` has a wrong RECORD, is for Python 2, and brings a file that `other` brings too.
fn site(waivers: &str) -> Context {
    let context = Context::new();
    let mut legacy = Wheel::named("legacy")
        .file("tests.py", "legacy")
        .file("legacy.py", "x = 1\n");
    legacy.metadata += "Requires-Python: <3\n";
    legacy.record = Some("gone.py,,\n".to_owned());
    let other = Wheel::named("other").file("tests.py", "other");
    for wheel in [&legacy, &other] {
        wheel.write(&context.path().join("wheels"));
    }
    let wheels = [(&*legacy.file, &legacy.bytes()[..]), (&other.file, &other.bytes())];
    context.write("pylock.toml", &lock(&wheels));
    context.write("pyproject.toml", &format!("{PROJECT}{waivers}"));
    context.write("app.py", "");
    let changelog = "site (1.0) unstable; urgency=medium\n\n  * First.\n\n -- Ada Example <ada@example.org>  Sun, 09 Oct 2016 15:10:15 +0000\n";
    context.write("debian/changelog", changelog);
    context
}

const BUILD: [&str; 7] = ["build", "--offline", "--version", "1.0", "--output", "out", "."];

#[test]
fn without_a_waiver_nothing_is_made() {
    let context = site("");
    for args in [
        &BUILD[..],
        &["venv", "--offline", "env"],
        &["wheelhouse", "index", "wheels"],
    ] {
        let ended = context.pydeploy(args);
        assert_eq!(ended.status, 4, "{ended}");
        assert!(
            ended
                .stderr
                .contains("legacy-1.0-py3-none-any.whl: RECORD: `tests.py`: the member is not listed")
        );
    }
    for path in ["out", "env", "wheels/simple"] {
        assert!(!context.path().join(path).exists(), "{path}");
    }
}

const NOTES: [&str; 3] = [
    "waived record: legacy-1.0-py3-none-any.whl: RECORD: `tests.py`: the member is not listed (debian12), and 4 more: an \
     old build",
    "waived requires-python: legacy-1.0-py3-none-any.whl is for Python <3, not 3.11.2 (debian12): an old build",
    "waived collision: legacy-1.0-py3-none-any.whl and other-1.0-py3-none-any.whl both bring \
     `lib/python3.11/site-packages/tests.py` (debian12): an old build",
];

#[test]
fn an_environment_is_made_with_what_is_waived() {
    let context = site(WAIVERS);
    for (dir, wheels) in [
        ("env", &[][..]),
        (
            "named",
            &[
                "wheels/legacy-1.0-py3-none-any.whl",
                "wheels/other-1.0-py3-none-any.whl",
            ],
        ),
    ] {
        let args = [&["venv", "--offline", "--format", "json", dir], wheels].concat();
        let ended = context.pydeploy(&args);
        assert_eq!(ended.status, 0, "{ended}");
        for note in NOTES {
            assert!(ended.stderr.contains(note), "{note}\n{ended}");
        }
        let document: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(document["waived"].as_array().map(Vec::len), Some(7));
        let site = context.path().join(dir).join("lib/python3.11/site-packages");
        assert_eq!(std::fs::read_to_string(site.join("tests.py")).unwrap(), "other");
        assert!(site.join("legacy.py").is_file());
    }
}

#[test]
fn what_is_built_is_right_and_says_what_was_waived() {
    let context = site(WAIVERS);
    let formats = ["--format", "deb,bundle,zip", "--json"];
    let mut pydeploy = std::process::Command::new(env!("CARGO_BIN_EXE_pydeploy"));
    let ended = context.run_at(pydeploy.args(BUILD).args(formats), "1476025815");
    assert_eq!(ended.status, 0, "{ended}");
    for note in NOTES {
        assert!(ended.stderr.contains(note), "{note}\n{ended}");
    }
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(document["waived"].as_array().map(Vec::len), Some(7));
    let artifacts = document["artifacts"].as_array().unwrap();
    // A zip is no artifact that is read back, but a program.
    for artifact in artifacts.iter().filter(|artifact| artifact["format"] != "zip") {
        let path = artifact["path"].as_str().unwrap().replace("[DIR]/", "");
        let ended = context.pydeploy(&["verify", &path]);
        assert_eq!(ended.status, 0, "{path}: {ended}");
    }
}

#[test]
fn a_check_and_an_index_tell_too() {
    let context = site(WAIVERS);
    let ended = context.pydeploy(&["wheelhouse", "check"]);
    assert_eq!(ended.status, 0, "{ended}");
    assert_eq!(ended.stdout.matches("waived ").count(), 7, "{ended}");
    let ended = context.pydeploy(&["wheelhouse", "index", "wheels"]);
    assert_eq!(ended.status, 0, "{ended}");
    assert!(
        ended
            .stderr
            .contains("`tests.py`: the member is not listed, and 4 more: an old build"),
        "{ended}"
    );
}

#[test]
fn a_broken_project_file_is_an_error_and_one_of_others_is_not() {
    let context = site(WAIVERS);
    let args = [
        "venv",
        "--target",
        "debian12",
        "env",
        "wheels/other-1.0-py3-none-any.whl",
    ];
    context.write("pyproject.toml", "[tool.pydeploy\n");
    let ended = context.pydeploy(&args);
    assert_eq!(ended.status, 1, "{ended}");
    assert!(ended.stderr.contains("pyproject.toml:1:"), "{ended}");
    context.write("pyproject.toml", "[project]\nname = \"library\"\n");
    let ended = context.pydeploy(&args);
    assert_eq!(ended.status, 0, "{ended}");
}
