//! One answer for each line: what is wrong with one does not keep the others from theirs.

use std::io::{BufRead as _, BufReader};

use pydeploy::exit;
use serde::Serialize;

use crate::args::Render;
use crate::error::CliError;
use crate::output::Output;

/// Where the lines come from.
pub(super) enum Lines {
    Given(Vec<String>),
    Stdin,
}

/// What is said to one line.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Answer {
    Answer(String),
    Error(String),
}

#[derive(Serialize)]
struct Answers {
    schema: u32,
    answers: Vec<Answer>,
}

impl Answer {
    fn write(&self, text: &mut String) {
        match self {
            Self::Answer(answer) => text.extend([answer, "\n"]),
            Self::Error(error) => text.extend(["error: ", error, "\n"]),
        }
    }
}

impl From<Result<String, String>> for Answer {
    fn from(result: Result<String, String>) -> Self {
        result.map_or_else(Self::Error, Self::Answer)
    }
}

/// What is done with a line, and whether the next one has to be waited for.
type Take<'t> = dyn FnMut(Result<&str, String>, bool) -> Result<(), CliError> + 't;

impl Lines {
    pub(super) fn of(stdin: bool, given: Vec<String>) -> Self {
        if stdin { Self::Stdin } else { Self::Given(given) }
    }

    /// Hands each line to `take`, without its newline, or what is wrong with it.
    pub(super) fn for_each(self, take: &mut Take<'_>) -> Result<(), CliError> {
        let Self::Stdin = self else {
            let Self::Given(lines) = self else { return Ok(()) };
            return lines.iter().try_for_each(|line| take(Ok(line), false));
        };
        let mut stdin = BufReader::with_capacity(1 << 16, std::io::stdin().lock());
        let mut line = Vec::new();
        while stdin.read_until(b'\n', &mut line)? > 0 {
            let text = line.strip_suffix(b"\n").unwrap_or(&line);
            let text = std::str::from_utf8(text).map_err(|error| error.to_string());
            take(text, stdin.buffer().is_empty())?;
            line.clear();
        }
        Ok(())
    }
}

/// Prints what `say` has to say to each line, as soon as it is said.
pub(super) fn answer(
    lines: Lines,
    output: &mut Output,
    say: impl Fn(&str) -> Result<String, String>,
) -> Result<(), CliError> {
    let (mut answers, mut text, mut failed) = (Vec::new(), String::new(), false);
    let json = output.render() == Render::Json;
    lines.for_each(&mut |line, waits| {
        let answer = line.and_then(&say);
        failed |= answer.is_err();
        if json {
            answers.push(answer.into());
            return Ok(());
        }
        Answer::from(answer).write(&mut text);
        if waits || text.len() > 1 << 16 {
            output.data(&std::mem::take(&mut text))?;
        }
        Ok(())
    })?;
    if json {
        return print(answers, output);
    }
    output.data(&text)?;
    status(failed)
}

/// Prints answers that are all there.
pub(super) fn print(answers: Vec<Answer>, output: &mut Output) -> Result<(), CliError> {
    let failed = answers.iter().any(|answer| matches!(answer, Answer::Error(_)));
    let report = Answers { schema: 1, answers };
    output.answer(&report, || {
        let mut text = String::new();
        report.answers.iter().for_each(|answer| answer.write(&mut text));
        text
    })?;
    status(failed)
}

fn status(failed: bool) -> Result<(), CliError> {
    match failed {
        true => Err(CliError::silent(exit::FAILED)),
        false => Ok(()),
    }
}
