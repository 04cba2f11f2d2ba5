//! Standard output is data; standard error is for people.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use pydeploy::event::{Event, Observer};
use serde::Serialize;

use crate::args::{Global, Render};
use crate::error::CliError;

/// Widths of the columns of a step's line.
const NAME: usize = 18;
/// Before the detail, which can be long: the times stay below each other.
const TIME: usize = 7;

/// Where a command's words go.
#[derive(Debug)]
pub(crate) struct Output {
    quiet: bool,
    render: Render,
    /// Whether a line that will be written over stands on the terminal.
    pending: bool,
}

impl Output {
    pub(crate) fn new(global: &Global) -> Self {
        Self {
            quiet: global.quiet,
            render: Render::Human,
            pending: false,
        }
    }

    /// Errors follow the form of the command's answer.
    pub(crate) fn set_render(&mut self, render: Render) {
        self.render = render;
    }

    pub(crate) fn render(&self) -> Render {
        self.render
    }

    /// The command's answer: a document for programs, or text for people.
    pub(crate) fn answer(&mut self, report: &impl Serialize, human: impl FnOnce() -> String) -> Result<(), CliError> {
        let text = match self.render {
            Render::Human => human(),
            Render::Json => serde_json::to_string_pretty(report).map_err(std::io::Error::from)? + "\n",
        };
        self.data(&text)
    }

    /// Bytes on standard output, whatever they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        let mut stdout = std::io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Whether the answer is for programs.
    pub(crate) fn is_json(&self) -> bool {
        self.render == Render::Json
    }

    /// Text on standard output. A reader that has gone away is no error.
    pub(crate) fn data(&mut self, text: &str) -> Result<(), CliError> {
        match anstream::stdout().write_all(text.as_bytes()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Runs one step and prints a line with what came of it and its time.
    pub(crate) fn step<T>(
        &mut self,
        name: &str,
        work: impl FnOnce(&mut Self) -> Result<T, CliError>,
        detail: impl FnOnce(&T) -> String,
    ) -> Result<T, CliError> {
        self.begin(name);
        let start = Instant::now();
        let result = work(self)?;
        self.line(name, &detail(&result), start.elapsed());
        Ok(result)
    }

    pub(crate) fn note(&mut self, text: &str) {
        self.say(&format!("  {:<NAME$}  {:TIME$}    {text}\n", "note", ""));
    }

    pub(crate) fn error(&mut self, error: &CliError) {
        self.clear();
        // A code that is the whole answer comes after the command's own document.
        if self.render == Render::Json && !error.is_silent() {
            let document = serde_json::json!({ "error": error });
            drop(self.data(&format!("{document:#}\n")));
        }
        drop(anstream::stderr().write_all(error.lines().as_bytes()));
    }

    fn line(&mut self, name: &str, detail: &str, elapsed: Duration) {
        let seconds = elapsed.as_secs_f64();
        self.say(&format!(
            "  \x1b[1m{name:<NAME$}\x1b[0m  {seconds:>TIME$.2} s  {detail}\n"
        ));
    }

    fn begin(&mut self, name: &str) {
        if !self.quiet && std::io::stderr().is_terminal() {
            drop(anstream::stderr().write_all(format!("  {name:<NAME$}  …").as_bytes()));
            self.pending = true;
        }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.pending) {
            drop(anstream::stderr().write_all(b"\r\x1b[K"));
        }
    }

    fn say(&mut self, text: &str) {
        self.clear();
        if !self.quiet {
            drop(anstream::stderr().write_all(text.as_bytes()));
        }
    }
}

/// Events of the library become lines.
impl Observer for Output {
    fn observe(&mut self, event: Event) {
        match event {
            Event::StepFinished { step, detail, elapsed } => self.line(&step, &detail, elapsed),
            Event::StepStarted { step } => self.begin(&step),
            Event::Note { text } => self.note(&text),
            // One line a step: what was downloaded is counted in its step's line.
            _ => {}
        }
    }
}

/// Diagnosis on standard error: `-v` for what is run, `-vv` for more.
pub(crate) fn trace(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => tracing_subscriber::filter::LevelFilter::DEBUG,
        _ => tracing_subscriber::filter::LevelFilter::TRACE,
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .without_time()
        .init();
}
