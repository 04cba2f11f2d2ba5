//! Everything that must hold before a change is accepted, except the tests themselves.

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use crate::step::{read, step};
use crate::{generate, layers};

/// Each must compile and be free of warnings without the others.
const FEATURES: [&str; 7] = [
    "git",
    "wheelhouse",
    "artifact",
    "repository",
    "deploy",
    "semver",
    "full",
];

pub(crate) fn run(sh: &Shell) -> Result<()> {
    let mut failed = Vec::new();
    let mut check = |name: &str, work: &dyn Fn() -> Result<()>| {
        if let Err(error) = step(name, work) {
            failed.push(format!("{error:#}"));
        }
    };
    check("format", &|| quiet(cmd!(sh, "cargo fmt --all --check")));
    check("layers", &|| layers::run(sh));
    check("clippy workspace", &|| {
        quiet(cmd!(
            sh,
            "cargo clippy --quiet --workspace --all-targets -- -D warnings"
        ))
    });
    check("clippy without features", &|| {
        quiet(cmd!(
            sh,
            "cargo clippy --quiet -p pydeploy --no-default-features -- -D warnings"
        ))
    });
    for feature in FEATURES {
        check(&format!("clippy feature {feature}"), &|| alone(sh, feature));
    }
    check("documentation", &|| documentation(sh));
    check("examples in the documentation", &|| {
        quiet(cmd!(sh, "cargo test --quiet --doc -p pydeploy --features full"))
    });
    check("generated files", &|| generate::run(sh, true));
    summary(&failed)
}

/// One feature of the library, and no other package that could switch on a second one.
fn alone(sh: &Shell, feature: &str) -> Result<()> {
    quiet(cmd!(
        sh,
        "cargo clippy --quiet -p pydeploy --no-default-features --features {feature} -- -D warnings"
    ))
}

fn documentation(sh: &Shell) -> Result<()> {
    let doc = cmd!(sh, "cargo doc --quiet --no-deps -p pydeploy --features full");
    quiet(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

fn quiet(cmd: xshell::Cmd<'_>) -> Result<()> {
    read(cmd).map(drop)
}

fn summary(failed: &[String]) -> Result<()> {
    if failed.is_empty() {
        return Ok(());
    }
    failed.iter().for_each(|error| println!("\n{error}"));
    bail!("{} of the checks failed", failed.len())
}
