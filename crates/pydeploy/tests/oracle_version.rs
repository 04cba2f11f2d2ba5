//! What dpkg says about versions, control paragraphs and changelogs.
//!
//! The checks run where dpkg is installed. `PYDEPLOY_ORACLE=1` makes a missing tool a failure.
#![allow(clippy::print_stderr, reason = "a check that could not run says so")]

use std::process::Command;

/// Whether `program` is there; says which package holds it if not.
fn installed(program: &str, package: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        eprintln!("skipped: {program} is not installed (package {package})");
        assert!(
            std::env::var_os("PYDEPLOY_ORACLE").is_none_or(|value| value != "1"),
            "PYDEPLOY_ORACLE=1, and {program} is missing"
        );
    }
    there
}

/// The status file of dpkg itself holds every shape of field and value that a system has met.
#[test]
fn status_of_installed_packages_is_read_and_written_back() {
    if !installed("dpkg", "dpkg") {
        return;
    }
    let status = std::fs::read("/var/lib/dpkg/status").expect("dpkg has a status file");
    let paragraphs = pydeploy::deb822::parse(&status).expect("dpkg reads it too");
    let written: String = paragraphs.iter().map(|paragraph| format!("{paragraph}\n")).collect();
    let status = String::from_utf8_lossy(&status);
    assert_eq!(written.lines().count(), status.lines().count());
    // dpkg keeps the blanks that some packages have after a value.
    let mut pairs = written.lines().zip(status.lines());
    let difference = pairs.find(|(ours, theirs)| ours.trim_end() != theirs.trim_end());
    assert_eq!(difference, None);
}
