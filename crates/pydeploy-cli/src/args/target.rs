//! `pydeploy target`

use std::error::Error as _;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use pydeploy::python::Target;

use super::Report;

#[derive(Debug, Subcommand)]
pub(crate) enum TargetCommand {
    /// The targets that are built in, and those of the project
    List {
        /// Folder with the project's `pyproject.toml`
        #[arg(default_value = ".", env = "PYDEPLOY_PROJECT")]
        project: PathBuf,
        #[command(flatten)]
        report: Report,
    },
    /// Print a target as a target file
    Show {
        /// A name, or a target file
        #[arg(value_parser = parse)]
        target: Target,
        /// Print the tags of wheels that run on it, the best first
        #[arg(long)]
        tags: bool,
        #[command(flatten)]
        report: Report,
    },
    /// Ask an interpreter, here or on another host, and print the target that it is
    Probe {
        /// The interpreter
        #[arg(long, value_name = "PROGRAM", default_value = "python3", env = "PYDEPLOY_PYTHON")]
        python: String,
        /// Ask on another host, through ssh
        #[arg(long, value_name = "USER@HOST")]
        to: Option<String>,
        /// What to call the target [default: after distribution and architecture]
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        report: Report,
    },
}

/// A built-in target by its name, any other by a path that ends in `.toml`.
pub(crate) fn parse(text: &str) -> Result<Target, String> {
    if text.ends_with(".toml") {
        return Target::load(Path::new(text)).map_err(|error| match error.source() {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        });
    }
    text.parse()
        .map_err(|error: pydeploy::python::UnknownTarget| format!("{error}; {}", error.hint()))
}
