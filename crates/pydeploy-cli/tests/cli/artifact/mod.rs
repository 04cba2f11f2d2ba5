//! `pydeploy build`, and `inspect`, `verify` and `diff` of what it wrote.

mod build;
mod read;

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
