//! `pydeploy changelog release`

use pydeploy::changelog::{self, Changelog, Distributions};

use super::document::Document;
use super::{Changed, identity};
use crate::args::ChangelogRelease;
use crate::error::CliError;
use crate::output::Output;

pub(super) fn run(args: ChangelogRelease, output: &mut Output) -> Result<(), CliError> {
    let document = Document::open(&args.source, output)?;
    let head = document.head()?;
    let maintainer = identity::maintainer(&args.signature, &args.source.project)?;
    let changelog = Changelog::parse(document.bytes());
    let distributions = match args.distribution {
        Some(distributions) => distributions,
        None => last_released(&changelog).map_or_else(|| "staging".parse(), Ok)?,
    };
    let released = changelog.release(&distributions, &maintainer, identity::date(&args.signature)?);
    let bytes = released.map_err(|error| document.error(&error))?;
    document.store(&bytes, output)?;
    if document.is_standard_input() {
        return Ok(());
    }
    let report = Changed::new(document.name(), changelog::head(&bytes).unwrap_or(head));
    output.answer(&report, || format!("{}\n", report.heading()))
}

/// What the newest release was for.
fn last_released(changelog: &Changelog<'_>) -> Option<Distributions> {
    let names: Vec<&str> = changelog.last_release()?.distributions().collect();
    names.join(" ").parse().ok()
}
