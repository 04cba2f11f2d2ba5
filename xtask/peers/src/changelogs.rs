//! Whole changelogs, beside `debian-changelog`.

use debian_changelog::ChangeLog as Peer;
use pydeploy::changelog::Changelog;

use crate::clock::medians;
use crate::report;

pub(crate) fn parse(runs: usize, files: &[Vec<u8>]) {
    let texts: Vec<&str> = files
        .iter()
        .filter_map(|bytes| std::str::from_utf8(bytes).ok())
        .collect();
    let ours = |text: &&str| Changelog::parse(text.as_bytes()).entries().len();
    let theirs = |text: &&str| Peer::parse(text).errors().len();
    report(
        "changelogs",
        medians(
            runs,
            || texts.iter().map(ours).sum::<usize>(),
            || texts.iter().map(theirs).sum::<usize>(),
        ),
    );
    report(
        "fields",
        medians(
            runs,
            || texts.iter().map(fields).sum::<usize>(),
            || texts.iter().map(peer_fields).sum::<usize>(),
        ),
    );
}

/// Reads what every tool wants to know of each entry.
fn fields(text: &&str) -> usize {
    let changelog = Changelog::parse(text.as_bytes());
    let of = |entry: &pydeploy::changelog::Entry<'_>| {
        entry.version_text().len() + entry.distributions().count() + usize::from(entry.maintainer().is_some())
    };
    changelog.entries().iter().map(of).sum()
}

fn peer_fields(text: &&str) -> usize {
    let changelog = Peer::parse(text).tree();
    let of = |entry: debian_changelog::Entry| {
        let version = entry
            .try_version()
            .map_or(0, |version| version.map_or(0, |version| version.upstream_version.len()));
        version + entry.distributions().map_or(0, |all| all.len()) + usize::from(entry.maintainer().is_some())
    };
    changelog.iter().map(of).sum()
}
