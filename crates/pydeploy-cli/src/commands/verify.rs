//! `pydeploy verify`

use pydeploy::artifact::verify::{Verification, verify};
use pydeploy::exit;

use crate::args::Verify;
use crate::error::CliError;
use crate::output::Output;

pub(crate) fn run(args: &Verify, output: &mut Output) -> Result<(), CliError> {
    output.set_render(args.report.format);
    let verification = verify(&args.artifact)?;
    output.answer(&verification, || human(&verification))?;
    match verification.holds() {
        true => Ok(()),
        false => Err(CliError::silent(exit::VERIFICATION)),
    }
}

/// A line for each finding, and one that sums up.
fn human(verification: &Verification) -> String {
    let path = verification.path.display();
    let lines = verification.findings.iter().map(|finding| format!("{finding}\n"));
    let checked = verification.checked;
    let last = match verification.findings.len() {
        0 => format!(
            "{path} holds: {} files of the manifest, {} RECORDs, {} md5sums\n",
            checked.manifest, checked.records, checked.md5sums
        ),
        1 => format!("{path} does not hold: 1 finding\n"),
        count => format!("{path} does not hold: {count} findings\n"),
    };
    lines.chain([last]).collect()
}
