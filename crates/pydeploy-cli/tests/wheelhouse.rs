//! `pydeploy wheelhouse` as it is typed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const PROJECT: &str =
    "[project]\nname = \"site\"\n[tool.pydeploy]\ntargets = [\"debian12\"]\nservice.command = [\"gunicorn\"]\n";

/// A project whose lock names one wheel that nobody has.
fn project(dir: &Path) {
    fs::write(dir.join("pyproject.toml"), PROJECT).unwrap();
    let wheel = format!(
        "{{ name = \"demo-1.0-py3-none-any.whl\", hashes.sha256 = \"{}\" }}",
        "0".repeat(64)
    );
    let lock =
        format!("lock-version = \"1.0\"\n[[packages]]\nname = \"demo\"\nversion = \"1.0\"\nwheels = [{wheel}]\n");
    fs::write(dir.join("pylock.toml"), lock).unwrap();
}

fn pydeploy(dir: &Path, args: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pydeploy"));
    command.current_dir(dir).args(args).env_clear().env("HOME", dir);
    command.envs(variables.iter().copied()).output().unwrap()
}

fn text(output: &Output) -> String {
    [&output.stdout[..], &output.stderr].concat().escape_ascii().to_string()
}

#[test]
fn credentials_are_in_no_error_and_no_log() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    project(dir);
    fs::write(dir.join(".netrc"), "machine localhost login me password s3cret\n").unwrap();
    let fetch = ["-vv", "wheelhouse", "fetch", "--format", "json"];
    let index = "http://me:s3cret@127.0.0.1:9/simple/?token=s3cret";
    let cases = [
        [("PIP_INDEX_URL", index), ("http_proxy", "")],
        [("PIP_INDEX_URL", "http://localhost:9/simple"), ("http_proxy", "")],
        [("PYDEPLOY_INDEX", index), ("UV_INDEX", "ftp://me:s3cret@127.0.0.1/")],
        [
            ("UV_INDEX", "a=http://localhost:9/s"),
            ("UV_INDEX_A_PASSWORD", "s3cret"),
        ],
        [
            ("PIP_FIND_LINKS", index),
            ("http_proxy", "http://me:s3cret@127.0.0.1:9"),
        ],
        [("PYDEPLOY_INDEX_URL", "me:s3cret@host/simple"), ("http_proxy", "")],
    ];
    std::thread::scope(|scope| {
        for (number, variables) in cases.into_iter().enumerate() {
            scope.spawn(move || {
                // With a cache each, so that none waits until another has given up.
                let cache = format!("--cache=cache{number}");
                let output = pydeploy(dir, &[&fetch[..], &[&cache]].concat(), &variables);
                let text = text(&output);
                assert!(!output.status.success() && text.contains("error"), "{text}");
                assert!(!text.contains("s3cret"), "{variables:?}: {text}");
            });
        }
    });
    let help = text(&pydeploy(
        dir,
        &["wheelhouse", "fetch", "--help"],
        &[("PYDEPLOY_INDEX", index)],
    ));
    assert!(help.contains("PYDEPLOY_INDEX") && !help.contains("s3cret"), "{help}");
}

#[test]
fn a_check_prints_every_finding_and_ends_with_4() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    project(dir);
    let human = pydeploy(dir, &["wheelhouse", "check"], &[]);
    let line = "missing: demo-1.0-py3-none-any.whl is not there; `pydeploy wheelhouse fetch` fetches it (debian12)\n";
    assert_eq!(String::from_utf8_lossy(&human.stdout), line);
    assert_eq!(human.status.code(), Some(4));

    let targets = ["--target", "debian12", "--target", "ubuntu24.04"];
    let args = [&["wheelhouse", "check", "--format", "json"], &targets[..]].concat();
    let json = pydeploy(dir, &args, &[]);
    let report: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(report["findings"][0]["kind"], "missing");
    assert_eq!(
        report["findings"][0]["targets"],
        serde_json::json!(["debian12", "ubuntu24.04"])
    );
    assert_eq!(json.status.code(), Some(4));

    // A folder of its own, without a lock: that of the project counts.
    fs::create_dir(dir.join("house")).unwrap();
    fs::write(dir.join("house/stray-1.0-py3-none-any.whl"), "").unwrap();
    let args = ["wheelhouse", "check", "--wheelhouse", "house"];
    let text = text(&pydeploy(dir, &args, &[]));
    assert!(
        text.contains("unknown: house/stray-1.0-py3-none-any.whl is not in the lock"),
        "{text}"
    );
}
