//! Changes from git.

use std::path::Path;

use pydeploy::changelog::{Author, Changelog, Contribution, Item};
use pydeploy::vcs::{self, Commit};

use crate::error::CliError;

/// A change for each commit since the last release that the unreleased first entry does not list yet, by author.
pub(super) fn changes(changelog: &Changelog<'_>, folder: &Path) -> Result<Vec<Contribution>, CliError> {
    let mut released = changelog.entries().iter().filter(|entry| entry.is_released());
    let last = released.find_map(|entry| entry.version().ok().filter(|version| !version.is_snapshot()));
    let commits = vcs::commits_since(folder, last.as_ref())?;
    let listed = listed(changelog);
    let mut changes: Vec<Contribution> = Vec::new();
    for commit in &commits {
        let (author, item) = (author(commit)?, item(commit)?);
        if listed.contains(&squeezed(&item.to_string())) {
            continue;
        }
        match changes.iter_mut().find(|part| part.author == author) {
            Some(part) => part.items.push(item),
            None => changes.push(Contribution {
                author,
                items: vec![item],
            }),
        }
    }
    Ok(changes)
}

/// The changes of an unreleased first entry, without blanks: they are where lines end.
fn listed(changelog: &Changelog<'_>) -> Vec<String> {
    let head = changelog.entries().first().filter(|entry| !entry.is_released());
    let changes = head.map(|entry| entry.changes()).unwrap_or_default();
    let text = String::from_utf8_lossy(changes);
    let mut items: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("  * "), items.last_mut()) {
            (Some(start), _) => items.push(squeezed(start)),
            (None, Some(item)) if line.starts_with("    ") => *item += &squeezed(line),
            _ => {}
        }
    }
    items
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

fn author(commit: &Commit) -> Result<Author, CliError> {
    let name = commit.author.trim();
    Ok(name.parse().or_else(|_| commit.email.trim().parse())?)
}

fn item(commit: &Commit) -> Result<Item, CliError> {
    let subject: String = commit
        .subject
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    match subject.trim() {
        "" => Ok(format!("Commit {}", commit.hash).parse()?),
        subject => Ok(subject.parse()?),
    }
}
