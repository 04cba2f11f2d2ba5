//! Named steps: one line each, with its time.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use xshell::Cmd;

/// How much of a failing command's output is quoted.
const QUOTED_LINES: usize = 60;

/// How long output may stay open after the command that wrote it has ended: a caller's pipe must not hang on a service.
const LINGER: Duration = Duration::from_secs(10);

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
    let mut child = Command::from(cmd)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run `{command}`"))?;
    let (stdout, stderr) = (collect(child.stdout.take()), collect(child.stderr.take()));
    let code = child.wait()?.code();
    let held = || format!("`{command}` ended, and what it left running still holds its output");
    Ok(Ended {
        stdout: stdout.recv_timeout(LINGER).with_context(held)?,
        stderr: stderr.recv_timeout(LINGER).with_context(held)?,
        command,
        code,
    })
}

/// Reads to the end beside the caller, who may lose patience.
fn collect(stream: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stream.map_or(Ok(0), |mut stream| stream.read_to_end(&mut bytes));
        if read.is_ok() {
            drop(sender.send(String::from_utf8_lossy(&bytes).into_owned()));
        }
    });
    receiver
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
