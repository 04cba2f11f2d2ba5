//! Asking an interpreter what target it is.

use std::path::Path;

use serde::Deserialize;

use super::{Arch, Target, TargetFileError};
use crate::sys::process::{CommandError, Invocation, Runner, SystemRunner};

const SCRIPT: &str = include_str!("probe.py");

/// Which interpreter to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The interpreter, a path or a name on the search path.
    pub python: String,
    /// Where it is: `user@host` as `ssh` takes it; this machine, without one.
    pub to: Option<String>,
    /// What the target will be called; after distribution and architecture, without one.
    pub name: Option<String>,
}

/// An interpreter could not be asked, or no release can run on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// It could not be run.
    #[error("cannot ask {python}{}", at(to.as_deref()))]
    Run {
        /// The interpreter.
        python: String,
        /// The host.
        to: Option<String>,
        /// What happened.
        source: CommandError,
    },
    /// It answered something else.
    #[error("{python}{} answers what no Python answers: {reason}", at(to.as_deref()))]
    Answer {
        /// The interpreter.
        python: String,
        /// The host.
        to: Option<String>,
        /// What is wrong.
        reason: String,
    },
    /// It is nothing that wheels can be chosen for.
    #[error("{python}{} is no target: {reason}", at(to.as_deref()))]
    Unsupported {
        /// The interpreter.
        python: String,
        /// The host.
        to: Option<String>,
        /// Why.
        reason: String,
    },
    /// The host is none.
    #[error("`{0}` is not a host")]
    Host(String),
    /// What it is cannot be written down.
    #[error(transparent)]
    Target(#[from] TargetFileError),
}

fn at(host: Option<&str>) -> String {
    host.map(|host| format!(" on {host}")).unwrap_or_default()
}

impl ProbeError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Run { to: None, .. } => Some("name the interpreter with `--python PATH`".to_owned()),
            Self::Run { to: Some(host), .. } => Some(format!("try `ssh {host} python3 --version`")),
            Self::Answer { .. } => Some("name the interpreter itself, not a wrapper that prints".to_owned()),
            Self::Unsupported { .. } => Some("a target is a final CPython on 64-bit Linux with glibc".to_owned()),
            Self::Host(_) => Some("name it as for ssh: `user@host`".to_owned()),
            Self::Target(error) => error.hint(),
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    implementation: String,
    version: String,
    #[serde(rename = "final")]
    is_final: bool,
    free_threaded: bool,
    machine: String,
    bits: u8,
    glibc: Option<String>,
    distribution: String,
    interpreter: String,
    package: Option<String>,
}

/// Has the interpreter run a small program, on this machine or through `ssh`, and describes it as a target. `cwd` is where
/// `ssh` or the interpreter is started.
///
/// # Errors
///
/// When it cannot be run, does not answer, or is not a final CPython with the GNU C library on a known architecture.
pub fn probe(probe: &Probe, cwd: &Path) -> Result<Target, ProbeError> {
    ask(probe, cwd, &SystemRunner)
}

fn ask(probe: &Probe, cwd: &Path, runner: &dyn Runner) -> Result<Target, ProbeError> {
    let output = runner.run(&invocation(probe, cwd)?).map_err(|source| ProbeError::Run {
        python: probe.python.clone(),
        to: probe.to.clone(),
        source,
    })?;
    let answer = serde_json::from_slice(&output.stdout).map_err(|error| ProbeError::Answer {
        python: probe.python.clone(),
        to: probe.to.clone(),
        reason: error.to_string(),
    })?;
    target(probe, &answer)
}

fn invocation(probe: &Probe, cwd: &Path) -> Result<Invocation, ProbeError> {
    let Some(host) = &probe.to else {
        return Ok(Invocation::new(&probe.python, cwd).args(["-I", "-"]).stdin(SCRIPT));
    };
    if host.is_empty() || host.starts_with('-') || host.contains(char::is_whitespace) {
        return Err(ProbeError::Host(host.clone()));
    }
    // A shell reads it on the other side.
    let command = format!("{} -I -", single_quoted(&probe.python));
    Ok(Invocation::new("ssh", cwd).args([host, &command]).stdin(SCRIPT))
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn target(probe: &Probe, answer: &Answer) -> Result<Target, ProbeError> {
    let arch = [Arch::Amd64, Arch::Arm64]
        .into_iter()
        .find(|arch| arch.machine() == answer.machine);
    let glibc = answer.glibc.as_deref().and_then(|text| text.strip_prefix("glibc "));
    let (arch, glibc) = match (unsupported(answer), arch, glibc) {
        (None, Some(arch), Some(glibc)) => (arch, glibc),
        (reason, arch, _) => {
            let machine = || format!("the machine is {}", answer.machine);
            let otherwise = || arch.map_or_else(machine, |_| "its C library is not glibc".to_owned());
            return Err(ProbeError::Unsupported {
                python: probe.python.clone(),
                to: probe.to.clone(),
                reason: reason.unwrap_or_else(otherwise),
            });
        }
    };
    let parse = |name: &str| {
        let text = file_text(answer, name, arch, glibc);
        Target::parse("the interpreter's answer".as_ref(), &text)
    };
    if let Some(name) = &probe.name {
        return Ok(parse(name)?);
    }
    // The distribution's own interpreter needs no other name than the distribution's.
    match parse(&Target::name_of(&answer.distribution, arch)) {
        Err(TargetFileError::BuiltIn { .. }) => {
            let name = format!("{}-python{}", answer.distribution, answer.version);
            Ok(parse(&Target::name_of(&name, arch))?)
        }
        target => Ok(target?),
    }
}

fn unsupported(answer: &Answer) -> Option<String> {
    match answer {
        other if other.implementation != "cpython" => Some(format!("it is {}", other.implementation)),
        early if !early.is_final => Some(format!("it is a pre-release of {}", early.version)),
        free if free.free_threaded => Some("it is the free-threaded build".to_owned()),
        narrow if narrow.bits != 64 => Some(format!("it has {} bits", narrow.bits)),
        _ => None,
    }
}

/// What an interpreter says is read as a file is: with suspicion.
fn file_text(answer: &Answer, name: &str, arch: Arch, glibc: &str) -> String {
    let text = |value: &str| toml::Value::from(value).to_string();
    let package = answer
        .package
        .iter()
        .map(|package| format!("package = {}\n", text(package)));
    format!(
        "schema = 1\nname = {}\ndistribution = {}\narch = \"{arch}\"\npython = {}\nglibc = {}\ninterpreter = {}\n{}",
        text(name),
        text(&answer.distribution),
        text(&answer.version),
        text(glibc),
        text(&answer.interpreter),
        package.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::process::RecordedRunner;

    const DEBIAN: &str = r#"{"implementation": "cpython", "version": "3.11.2", "final": true, "free_threaded": false,
        "machine": "x86_64", "bits": 64, "glibc": "glibc 2.36", "distribution": "debian12",
        "interpreter": "/usr/bin/python3.11", "package": "python3.11"}"#;

    fn asked(probe: &Probe, answer: &str) -> (Result<Target, String>, Vec<String>) {
        let mut runner = RecordedRunner::default();
        let command = invocation(probe, "/".as_ref()).unwrap().to_string();
        runner.answers.insert(command, answer.as_bytes().to_vec());
        let target = ask(probe, "/".as_ref(), &runner).map_err(|error| error.to_string());
        (target, runner.asked.into_inner())
    }

    fn here() -> Probe {
        Probe {
            python: "python3".to_owned(),
            to: None,
            name: None,
        }
    }

    #[test]
    fn an_answer_is_a_target() {
        let (target, asked) = asked(&here(), DEBIAN);
        assert_eq!(target, Ok("debian12".parse().unwrap()));
        assert_eq!(asked, ["python3 -I -"]);
        let (target, _) = self::asked(&here(), &DEBIAN.replace("3.11.2", "3.11.7"));
        assert_eq!(
            target.map(|target| target.to_string()),
            Ok("debian12-python3.11.7".to_owned())
        );
    }

    #[test]
    fn another_host_is_asked_through_its_shell() {
        let probe = Probe {
            python: "/opt/my python".to_owned(),
            to: Some("me@web".to_owned()),
            name: Some("web".to_owned()),
        };
        let (target, asked) = asked(&probe, &DEBIAN.replace("x86_64", "aarch64"));
        assert_eq!(target.map(|target| target.to_string()), Ok("web".to_owned()));
        assert_eq!(asked, ["ssh me@web '/opt/my python' -I -"]);
        for host in ["", "-oProxyCommand=x", "a b"] {
            let probe = Probe {
                to: Some(host.to_owned()),
                ..here()
            };
            assert!(
                matches!(invocation(&probe, "/".as_ref()), Err(ProbeError::Host(_))),
                "{host}"
            );
        }
    }

    #[test]
    fn what_wheels_cannot_be_chosen_for_is_no_target() {
        for (from, to, expect) in [
            ("cpython", "pypy", "python3 is no target: it is pypy"),
            ("true", "false", "python3 is no target: it is a pre-release of 3.11.2"),
            ("x86_64", "riscv64", "python3 is no target: the machine is riscv64"),
            (
                "\"glibc 2.36\"",
                "null",
                "python3 is no target: its C library is not glibc",
            ),
            ("64,", "32,", "python3 is no target: it has 32 bits"),
        ] {
            assert_eq!(asked(&here(), &DEBIAN.replace(from, to)).0, Err(expect.to_owned()));
        }
        let error = asked(&here(), "Welcome!").0.unwrap_err();
        assert!(error.starts_with("python3 answers what no Python answers"), "{error}");
        let error = asked(&here(), &DEBIAN.replace("debian12", "a\\nb")).0.unwrap_err();
        assert!(error.starts_with("the interpreter's answer: `name`:"), "{error}");
    }
}
