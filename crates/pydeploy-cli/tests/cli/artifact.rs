//! `pydeploy inspect`

use insta::assert_snapshot;

use crate::context::Context;

const PROJECT: &str = r#"
[project]
name = "site"
description = "A site."
[tool.pydeploy]
targets = ["debian12"]
include = ["*.py", "static/**"]
static = [{ app = "static" }]
etc = "etc"
service.command = ["python", "app.py"]
"#;

const CHANGELOG: &str = "site (1.0) unstable; urgency=medium\n\n  * First.\n\n -- Ada Example <ada@example.org>  Sun, 09 Oct 2016 15:10:15 +0000\n";

/// A project without wheels.
fn site() -> Context {
    let context = Context::new();
    context.write("pyproject.toml", PROJECT);
    context.write(
        "pylock.toml",
        "lock-version = \"1.0\"\ncreated-by = \"hand\"\npackages = []\n",
    );
    context.write("debian/changelog", CHANGELOG);
    context.write("app.py", "print('hello')\n");
    context.write("static/style.css", "body {}\n");
    context.write("etc/site/site.conf", "debug = no\n");
    context
}

/// Builds a version and returns the artifact's path.
#[track_caller]
fn build(context: &Context, version: &str) -> String {
    let mut pydeploy = std::process::Command::new(env!("CARGO_BIN_EXE_pydeploy"));
    pydeploy.args(["build", "--offline", "--version", version, "--output", "out", "."]);
    // A build of a version that no commit has takes its time from here.
    let ended = context.run_at(&mut pydeploy, "1476025815");
    assert_eq!(ended.status, 0, "{ended}");
    format!("out/site_{version}_all.deb")
}

#[test]
fn what_a_package_is_and_holds() {
    let context = site();
    let deb = build(&context, "1.0");
    let ended = context.pydeploy(&["inspect", &deb]);
    // What a package has beside the release, and sizes that depend on it, are other tests' matter.
    let shown = |line: &&str| {
        ["format", "release", "target", "prefix", "Package ", "Version "]
            .iter()
            .any(|start| line.starts_with(start))
            || line.contains("/opt/site/app")
            || line.contains("/venv/")
            || line.contains("/etc/")
    };
    let shown: String = ended
        .stdout
        .lines()
        .filter(shown)
        .map(|line| format!("{line}\n"))
        .collect();
    assert_snapshot!(shown, @"
    format       deb
    release      site 1.0
    target       debian12
    prefix       /opt/site
    Package         site
    Version         1.0
    d0755                     /etc/site
    -0644  application    11  /etc/site/site.conf
    d0755                     /opt/site/app
    -0644  application    15  /opt/site/app/app.py
    d0755                     /opt/site/app/static
    -0644  application     8  /opt/site/app/static/style.css
    d0755                     /opt/site/venv/bin
    l0777  pydeploy           /opt/site/venv/bin/python -> python3.11
    l0777  pydeploy           /opt/site/venv/bin/python3 -> python3.11
    l0777  pydeploy           /opt/site/venv/bin/python3.11 -> /usr/bin/python3.11
    l0777  pydeploy           /opt/site/venv/lib64 -> lib
    -0644  pydeploy       70  /opt/site/venv/pyvenv.cfg
    ");
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    let summary = context.pydeploy(&["inspect", "--summary", &deb]);
    assert!(ended.stdout.starts_with(&summary.stdout) && !summary.stdout.contains("style.css"));
}

#[test]
fn the_same_for_programs() {
    let context = site();
    let deb = build(&context, "1.0");
    let ended = context.pydeploy(&["inspect", "--format=json", &deb]);
    let document: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(document["schema"], 1);
    assert_eq!(document["release"]["prefix"], "/opt/site");
    let files = document["files"].as_array().expect("files");
    let app = files
        .iter()
        .find(|file| file["path"] == "/opt/site/app/app.py")
        .expect("app.py");
    assert_eq!(
        (&app["owner"], &app["size"], &app["mode"]),
        (&"application".into(), &15.into(), &"0644".into())
    );
}

#[test]
fn what_is_no_artifact() {
    let context = site();
    let ended = context.pydeploy(&["inspect", "pyproject.toml"]);
    assert_snapshot!(ended, @"
    status 4
    --- stdout
    --- stderr
    error: pyproject.toml is no artifact
    hint: artifacts are files that `pydeploy build` wrote; releases are folders
    ");
    let ended = context.pydeploy(&["inspect", "static"]);
    assert_snapshot!(ended, @"
    status 4
    --- stdout
    --- stderr
    error: static holds no manifest.json
    hint: name the folder that holds venv, app and manifest.json, or build it again
    ");
    let ended = context.pydeploy(&["inspect", "nothing"]);
    assert_eq!(ended.status, 1, "{ended}");
}
