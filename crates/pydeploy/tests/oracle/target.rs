//! The built-in targets beside what an interpreter says about itself.
//!
//! With `PYDEPLOY_ORACLE=1` nothing may be skipped.
#![cfg(feature = "wheelhouse")]
#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::Path;

use pydeploy::python::{Probe, Target, probe};

const INTERPRETER: &str = "/usr/bin/python3.11";

/// Debian 12's own interpreter, or `false` after saying that it is missing.
#[expect(clippy::print_stderr, reason = "a skipped comparison says so")]
fn is_here() -> bool {
    let here = Path::new(INTERPRETER).exists();
    if !here {
        assert!(std::env::var_os("PYDEPLOY_ORACLE").is_none(), "missing: {INTERPRETER}");
        eprintln!("skipped, missing: {INTERPRETER}");
    }
    here
}

fn probed(python: &str) -> Target {
    let asked = Probe {
        python: python.to_owned(),
        to: None,
        name: None,
    };
    probe(&asked, Path::new("/")).unwrap()
}

#[test]
fn the_interpreter_of_debian_12_is_the_built_in_target() {
    if !is_here() {
        return;
    }
    for python in [INTERPRETER, "/usr/bin/python3"] {
        let target = probed(python);
        assert_eq!(target, "debian12".parse().unwrap());
        assert_eq!(Target::parse(Path::new("t.toml"), &target.to_file()).unwrap(), target);
    }
}
