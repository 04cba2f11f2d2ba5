//! Asking an interpreter which libraries its machine lacks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::exit;
use crate::sys::process::{CommandError, Invocation, Runner, SystemRunner};

/// The program that knows; also a part of other programs for hosts.
pub(crate) const PROGRAM: &str = include_str!("libraries.py");

/// A shared library that compiled files need of the machine that they run on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Library {
    /// Its soname, `libstdc++.so.6`.
    pub soname: String,
    /// Versions of symbols that it must have, `GLIBCXX_3.4.22`, each with one of the files that need it.
    pub versions: BTreeMap<String, String>,
    /// One of the files that need the library: `WHEEL: MEMBER`, or the application's file.
    pub needed_by: String,
    /// The package of the target that has it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
}

/// A library, or a version of one, that is missing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LibraryProblem {
    /// What is wrong, and which file needs it.
    pub problem: String,
    /// The package to install, where that is known and helps.
    pub package: Option<String>,
}

/// This machine cannot load the compiled files of a release, or nobody could say whether it can.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LibrariesError {
    /// The interpreter could not be asked.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// Libraries, or versions of them, are missing.
    #[error("this host cannot run the release: {}", joined(problems))]
    Missing {
        /// One for each of them.
        problems: Vec<LibraryProblem>,
    },
}

fn joined(problems: &[LibraryProblem]) -> String {
    let problems: Vec<_> = problems.iter().map(|one| one.problem.as_str()).collect();
    problems.join("; ")
}

impl LibrariesError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let Self::Missing { problems } = self else { return None };
        let packages: BTreeSet<_> = problems.iter().filter_map(|one| one.package.as_deref()).collect();
        Some(match packages.is_empty() {
            true => "install the packages that bring them, or build it for a target that is this host".to_owned(),
            false => format!("install {}", Vec::from_iter(packages).join(", ")),
        })
    }

    /// How a program that stops because of this exits.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Command(_) => exit::FAILED,
            Self::Missing { .. } => exit::REFUSED,
        }
    }
}

/// Has `interpreter` ask the dynamic loader of this machine for the libraries; `cwd` is where it is started. A Python
/// without `ctypes`, or one that prints something of its own, finds nothing wrong.
///
/// ```
/// use pydeploy::python::{Library, check_libraries};
///
/// let library = Library {
///     soname: "libnone.so.1".to_owned(),
///     versions: [].into(),
///     needed_by: "fast-1.0-cp311-cp311-linux_x86_64.whl: fast/_fast.so".to_owned(),
///     package: Some("libnone1".to_owned()),
/// };
/// # if std::path::Path::new("/usr/bin/python3").exists() {
/// let error = check_libraries("/usr/bin/python3".as_ref(), &[library], "/".as_ref()).unwrap_err();
/// assert_eq!(error.hint().as_deref(), Some("install libnone1"));
/// assert_eq!(error.exit_code(), pydeploy::exit::REFUSED);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When a library is missing or lacks a version, or the interpreter cannot be run.
pub fn check_libraries(interpreter: &Path, libraries: &[Library], cwd: &Path) -> Result<(), LibrariesError> {
    if libraries.is_empty() {
        return Ok(());
    }
    let ask = Invocation::new(interpreter, cwd).args(["-I", "-"]);
    let answer = SystemRunner.run(&ask.stdin(script(libraries)))?;
    let problems: Vec<_> = serde_json::from_slice(&answer.stdout).unwrap_or_default();
    match problems.is_empty() {
        true => Ok(()),
        false => Err(LibrariesError::Missing { problems }),
    }
}

/// The program and what it is asked: a string of JSON is one of Python too.
fn script(libraries: &[Library]) -> String {
    let asked = serde_json::Value::from(serde_json::json!(libraries).to_string());
    format!("{PROGRAM}\nimport json, sys\njson.dump(problems(json.loads({asked})), sys.stdout)\n")
}
