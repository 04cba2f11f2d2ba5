//! `pydeploy changelog check`

use pydeploy::changelog::{self, Changelog, Diagnostic};
use pydeploy::exit;
use serde::Serialize;

use super::document::Document;
use crate::args::Source;
use crate::error::CliError;
use crate::output::Output;

#[derive(Serialize)]
struct Check {
    schema: u32,
    file: String,
    /// Whether the first entry is one that a build can use.
    usable: bool,
    diagnostics: Vec<Finding>,
}

#[derive(Serialize)]
struct Finding {
    /// `notice`, `warning` or `error`: what dpkg makes of it.
    severity: String,
    line: usize,
    column: usize,
    message: String,
}

impl From<&Diagnostic> for Finding {
    fn from(diagnostic: &Diagnostic) -> Self {
        Self {
            severity: diagnostic.severity().to_string(),
            line: diagnostic.line(),
            column: diagnostic.column(),
            message: diagnostic.message(),
        }
    }
}

pub(super) fn run(source: &Source, output: &mut Output) -> Result<(), CliError> {
    let document = Document::open(source, output)?;
    let head = changelog::head(document.bytes());
    let found = Changelog::parse(document.bytes()).check();
    let check = Check {
        schema: 1,
        file: document.name(),
        usable: head.is_ok(),
        diagnostics: found.iter().map(Finding::from).collect(),
    };
    output.answer(&check, || lines(&check))?;
    match head {
        Ok(_) => Ok(()),
        // The document says it.
        Err(_) if output.is_json() => Err(CliError::silent(exit::VERIFICATION)),
        Err(error) => {
            let message = format!("{}: no entry that can be used: {error}", document.name());
            Err(CliError::message(exit::VERIFICATION, message, error.hint()))
        }
    }
}

fn lines(check: &Check) -> String {
    let line = |found: &Finding| {
        let Finding {
            severity,
            line,
            column,
            message,
        } = found;
        format!("{}:{line}:{column}: {severity}: {message}\n", check.file)
    };
    check.diagnostics.iter().map(line).collect()
}
