//! Changes from git.

use std::path::Path;

use pydeploy::changelog::{Changelog, Contribution};
use pydeploy::vcs;

use crate::error::CliError;

/// A change for each commit since the last release that the unreleased first entry does not list yet, by author.
pub(super) fn changes(changelog: &Changelog<'_>, folder: &Path) -> Result<Vec<Contribution>, CliError> {
    let last = changelog.last_release().and_then(|entry| entry.version().ok());
    let commits = vcs::commits_since(folder, last.as_ref())?;
    let mut changes = vcs::contributions(&commits)?;
    if let Some(head) = changelog.entries().first().filter(|entry| !entry.is_released()) {
        for part in &mut changes {
            part.items.retain(|item| !head.lists(item));
        }
    }
    Ok(changes)
}
