//! What a project accepts about wheels, wherever they are used.

use std::collections::BTreeMap;
use std::path::Path;

use pydeploy::config::{ConfigError, Project, Waivers};
use pydeploy::wheelhouse::Waived;

use crate::error::CliError;
use crate::output::Output;

/// The waivers of the project in a folder; none without one.
pub(crate) fn waivers(folder: &Path) -> Result<Waivers, CliError> {
    if !folder.join("pyproject.toml").exists() {
        return Ok(Waivers::default());
    }
    match Project::load(&std::path::absolute(folder)?) {
        Ok(project) => Ok(project.waivers),
        Err(ConfigError::Missing {
            key: "tool.pydeploy", ..
        }) => Ok(Waivers::default()),
        Err(error) => Err(error.into()),
    }
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
