//! Named steps: one line each, with its time.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use xshell::Cmd;

/// How much of a failing command's output is quoted.
const QUOTED_LINES: usize = 60;

/// Runs `work` and prints one line about it.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let started = Instant::now();
    let result = work();
    let word = if result.is_ok() { "ok" } else { "FAILED" };
    println!("{word:<6} {name:<44} {:>7.1} s", started.elapsed().as_secs_f64());
    result.with_context(|| name.to_owned())
}

/// What a command that must succeed writes to its standard output.
pub(crate) fn read(cmd: Cmd<'_>) -> Result<String> {
    let ended = finish(cmd)?;
    if !ended.success() {
        bail!("{ended}");
    }
    Ok(ended.stdout)
}

/// A command that ended, one way or the other.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) command: String,
    /// None when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn success(&self) -> bool {
        self.code == Some(0)
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.code {
            Some(code) => writeln!(f, "`{}` ended with {code}", self.command)?,
            None => writeln!(f, "`{}` was killed", self.command)?,
        }
        let said = format!("{}{}", self.stdout, self.stderr);
        write!(f, "{}", last_lines(&said, QUOTED_LINES))
    }
}

/// Runs a command to its end, whatever that is.
pub(crate) fn finish(cmd: Cmd<'_>) -> Result<Ended> {
    let command = cmd.to_string();
    let output = Command::from(cmd)
        .stdin(std::process::Stdio::null())
        .output()
        .with_context(|| format!("cannot run `{command}`"))?;
    Ok(Ended {
        command,
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// The end of a long text.
pub(crate) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::last_lines;

    #[test]
    fn only_the_end_is_quoted() {
        assert_eq!(last_lines("a\nb\nc\n", 2), "b\nc");
        assert_eq!(last_lines("a\n", 2), "a");
    }
}
