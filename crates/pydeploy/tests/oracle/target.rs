//! The built-in targets beside what an interpreter says about itself.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::Path;

use pydeploy::python::{Probe, Target, probe};

use super::need;

const INTERPRETER: &str = "/usr/bin/python3.11";

/// Whether Debian 12's own interpreter is here.
fn is_here() -> bool {
    Path::new(INTERPRETER).exists() || need::skip(INTERPRETER)
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
