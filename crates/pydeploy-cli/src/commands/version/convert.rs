//! `pydeploy version convert`

use pydeploy::exit;
use pydeploy::version::{DebianVersion, Pep440Options, Pep440Version, SemverOptions};

use super::lines::{self, Lines};
use crate::args::{Scheme, VersionConvert};
use crate::error::CliError;
use crate::output::Output;

pub(super) fn run(args: VersionConvert, output: &mut Output) -> Result<(), CliError> {
    output.set_render(args.lines.report.format);
    let lines = Lines::of(args.lines.stdin, args.lines.versions);
    let mode = args.mode;
    match (args.from, args.width) {
        (Scheme::Semver, Some(_)) => Err(CliError::message(
            exit::USAGE,
            "`--width` says nothing about semantic versions",
            "they always have three components; leave it out",
        )),
        (Scheme::Semver, None) => {
            let build = SemverOptions::default().build;
            lines::answer(lines, output, |line| from_semver(line, &SemverOptions { mode, build }))
        }
        (Scheme::Pep440, width) => {
            let width = width.unwrap_or(Pep440Options::default().width);
            lines::answer(lines, output, |line| from_pep440(line, &Pep440Options { mode, width }))
        }
    }
}

fn from_pep440(text: &str, options: &Pep440Options) -> Result<String, String> {
    let version: Pep440Version = text.parse().map_err(|error| format!("{error}"))?;
    let debian = DebianVersion::from_pep440(&version, options).map_err(|error| error.to_string())?;
    Ok(debian.to_string())
}

fn from_semver(text: &str, options: &SemverOptions) -> Result<String, String> {
    let version = text
        .trim_ascii()
        .parse()
        .map_err(|error: semver::Error| error.to_string())?;
    Ok(DebianVersion::from_semver(&version, options).to_string())
}
