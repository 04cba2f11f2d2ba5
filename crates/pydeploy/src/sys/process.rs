//! Programs that are run, and what they answer.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

/// A program to run to its end: everything that decides what happens is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invocation {
    pub(crate) program: OsString,
    pub(crate) args: Vec<OsString>,
    pub(crate) cwd: PathBuf,
    /// Added to the environment that is inherited.
    pub(crate) env: BTreeMap<OsString, OsString>,
    /// Whether there is an environment that is inherited.
    inherits: bool,
    pub(crate) stdin: Vec<u8>,
}

impl Invocation {
    pub(crate) fn new(program: impl Into<OsString>, cwd: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            cwd: cwd.into(),
            env: BTreeMap::new(),
            inherits: true,
            stdin: Vec::new(),
        }
    }

    pub(crate) fn args<I: IntoIterator<Item: Into<OsString>>>(mut self, args: I) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    pub(crate) fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    /// Nothing is inherited: the program finds the variables that are named and no other.
    pub(crate) fn without_environment(mut self) -> Self {
        self.inherits = false;
        self
    }

    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }
}

impl fmt::Display for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.program.display())?;
        self.args.iter().try_for_each(|arg| write!(f, " {}", arg.display()))
    }
}

/// What a program that ended with success wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

/// A program could not be started, or ended with failure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// There is no such program, or it could not be talked to.
    #[error("cannot run `{command}`")]
    Start {
        /// The command line.
        command: String,
        /// What the system said.
        source: io::Error,
    },
    /// It ran and failed.
    #[error("`{command}` ended with {status}{}{stderr}", if stderr.is_empty() { "" } else { ":\n" })]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// The end of what it wrote to its standard error, at most 4096 bytes.
        stderr: String,
    },
}

impl CommandError {
    /// Whether the program is not installed.
    #[must_use]
    pub fn is_missing_program(&self) -> bool {
        matches!(self, Self::Start { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Runs programs.
pub(crate) trait Runner {
    fn run(&self, invocation: &Invocation) -> Result<Output, CommandError>;
}

/// Runs them for real.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemRunner;

impl Runner for SystemRunner {
    fn run(&self, invocation: &Invocation) -> Result<Output, CommandError> {
        tracing::debug!(command = %invocation, cwd = %invocation.cwd.display(), "run");
        let output = spawn_and_wait(invocation).map_err(|source| CommandError::Start {
            command: invocation.to_string(),
            source,
        })?;
        if output.status.success() {
            return Ok(Output {
                stdout: output.stdout,
                stderr: output.stderr,
            });
        }
        Err(CommandError::Failed {
            command: invocation.to_string(),
            status: output.status,
            stderr: tail(&output.stderr),
        })
    }
}

fn spawn_and_wait(invocation: &Invocation) -> io::Result<std::process::Output> {
    let mut command = Command::new(&invocation.program);
    if !invocation.inherits {
        command.env_clear();
    }
    let mut child = command
        .args(&invocation.args)
        .current_dir(&invocation.cwd)
        .envs(&invocation.env)
        .stdin(if invocation.stdin.is_empty() {
            Stdio::null()
        } else {
            Stdio::piped()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let feeder = child.stdin.take().map(|mut pipe| {
        let bytes = invocation.stdin.clone();
        // A program that does not read all of its input is judged by its exit status.
        std::thread::spawn(move || drop(pipe.write_all(&bytes)))
    });
    let output = child.wait_with_output();
    if let Some(feeder) = feeder {
        drop(feeder.join());
    }
    output
}

/// The last 4096 bytes, from the start of a line where there is one.
pub(crate) fn tail(stderr: &[u8]) -> String {
    let from = stderr.len().saturating_sub(4096);
    let text = String::from_utf8_lossy(&stderr[from..]);
    let whole_lines = match text.split_once('\n') {
        Some((_, rest)) if from > 0 => rest,
        _ => &text,
    };
    whole_lines.trim_end().to_owned()
}

/// Answers from a table and keeps what it was asked.
#[cfg(test)]
#[derive(Debug, Default)]
pub(crate) struct RecordedRunner {
    pub(crate) answers: BTreeMap<String, Vec<u8>>,
    pub(crate) asked: std::cell::RefCell<Vec<String>>,
}

#[cfg(test)]
impl Runner for RecordedRunner {
    fn run(&self, invocation: &Invocation) -> Result<Output, CommandError> {
        let command = invocation.to_string();
        self.asked.borrow_mut().push(command.clone());
        match self.answers.get(&command) {
            Some(stdout) => Ok(Output {
                stdout: stdout.clone(),
                stderr: Vec::new(),
            }),
            None => Err(CommandError::Start {
                command,
                source: io::ErrorKind::NotFound.into(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_program_is_quoted() {
        let invocation = Invocation::new("sh", "/")
            .args(["-c", "cat; echo why >&2; exit 3"])
            .stdin("in");
        let error = SystemRunner.run(&invocation).unwrap_err();
        assert!(error.to_string().ends_with("exit status: 3:\nwhy"), "{error}");
    }

    #[test]
    fn the_tail_starts_at_a_line() {
        let long = format!("{}\nlast", "x".repeat(5000));
        assert_eq!(tail(long.as_bytes()), "last");
    }
}
