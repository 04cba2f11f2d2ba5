//! Real tools beside what we make of the same input.
//!
//! A comparison runs where its tools are installed. `PYDEPLOY_ORACLE=1` makes a missing tool a failure.

#[cfg(feature = "wheelhouse")]
mod build;
#[cfg(feature = "wheelhouse")]
mod bytecode;
mod changelog;
#[cfg(feature = "wheelhouse")]
mod index;
#[cfg(feature = "wheelhouse")]
mod lock;
mod need;
mod pep440;
mod random;
#[cfg(feature = "wheelhouse")]
mod requirement;
#[cfg(feature = "wheelhouse")]
mod requirements_file;
#[cfg(feature = "artifact")]
mod splice;
#[cfg(feature = "wheelhouse")]
mod tags;
#[cfg(feature = "wheelhouse")]
mod target;
#[cfg(feature = "wheelhouse")]
mod uv;
mod version;
#[cfg(feature = "wheelhouse")]
mod wheel;
#[cfg(feature = "wheelhouse")]
mod zip64;

use std::process::Command;

/// Whether a program does what it is asked to; says what is missing if not.
fn works(program: &str, args: &[&str], missing: &str) -> bool {
    let output = Command::new(program).args(args).output();
    output.is_ok_and(|output| output.status.success()) || need::skip(missing)
}

/// Whether a program of a Debian package is installed.
fn installed(program: &str, package: &str) -> bool {
    works(program, &["--version"], &format!("{program}, of package {package}"))
}
