//! What a project accepts about wheels, wherever they are used.

use std::collections::BTreeMap;
use std::path::Path;

use pydeploy::config::Waivers;
use pydeploy::wheelhouse::Waived;

use crate::error::CliError;
use crate::output::Output;
use crate::workspace::project_in;

/// The waivers of the project in a folder; none without one.
pub(crate) fn waivers(folder: &Path) -> Result<Waivers, CliError> {
    let project = project_in(&std::path::absolute(folder)?)?;
    Ok(project.map(|project| project.waivers).unwrap_or_default())
}

/// A note for each package and kind: the first finding, how many more there are, and why that is accepted.
pub(crate) fn note(waived: &[Waived], output: &mut Output) {
    let mut groups: BTreeMap<_, Vec<&Waived>> = BTreeMap::new();
    for waived in waived {
        let key = (waived.finding.package.clone(), waived.finding.kind);
        groups.entry(key).or_default().push(waived);
    }
    for group in groups.values() {
        output.note(&line(group));
    }
}

fn line(group: &[&Waived]) -> String {
    match group {
        [only] => only.to_string(),
        [first, more @ ..] => {
            let (finding, count) = (&first.finding, more.len());
            format!("waived {finding}, and {count} more: {}", first.reason)
        }
        [] => String::new(),
    }
}
