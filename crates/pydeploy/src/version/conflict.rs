//! Why there is no next version, and what to do about it.

use std::fmt;

use super::{Conflict, DebianVersion};

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommitHash { commit, length } => {
                write!(
                    f,
                    "`{commit}` is not a commit hash of at least {length} hexadecimal digits"
                )
            }
            Self::EarlierDate { offered, published } => write!(
                f,
                "snapshot {offered} is dated before {published}, which is published: dates may not go back"
            ),
            Self::AlreadyReleased { head, published } => write!(
                f,
                "version {head} is marked UNRELEASED, but {published} is published: a snapshot stays below its release"
            ),
            Self::NotAbove { offered, published } => write!(
                f,
                "version {offered} is not above {published}, which is published: versions may not go back"
            ),
            Self::NotBelow { offered, release } => write!(
                f,
                "snapshot {offered} is not below {release}, which is still to be released: a snapshot stays below its \
                 release"
            ),
            Self::Unreleased { version } => write!(f, "version {version} is still marked UNRELEASED"),
            Self::SnapshotVersion { version } => write!(f, "version {version} is a snapshot's, not a release's"),
            Self::TagMismatch { tag, version } => {
                write!(f, "tag `{tag}` does not name version {version} of the changelog")
            }
        }
    }
}

impl std::error::Error for Conflict {}

pub(super) fn hint(conflict: &Conflict) -> String {
    match conflict {
        Conflict::CommitHash { .. } => "give the full hash, as `git rev-parse HEAD` prints it".to_owned(),
        Conflict::EarlierDate { published, .. } => later_date(published),
        Conflict::AlreadyReleased { published, .. } => {
            format!("add a changelog entry with a version above {published}")
        }
        Conflict::NotAbove { offered, published } if offered == published => {
            "nothing needs to be done if it is the same release; otherwise add a changelog entry with a higher version"
                .to_owned()
        }
        Conflict::NotAbove { published, .. } | Conflict::NotBelow { offered: published, .. } => {
            format!("add a changelog entry with a version above {published}, or merge the one that it was made from")
        }
        Conflict::Unreleased { .. } => {
            "run `pydeploy changelog release`, commit and tag, or build a snapshot".to_owned()
        }
        Conflict::SnapshotVersion { .. } => "take the snapshot's entry out of the changelog".to_owned(),
        Conflict::TagMismatch { version, .. } => {
            format!("tag the commit `v{}`, or correct the changelog", mangled(version))
        }
    }
}

fn later_date(published: &DebianVersion) -> String {
    let after = published.as_snapshot().map(|snapshot| snapshot.at().rfc3339());
    format!(
        "is the commit older than what is published? `--date` with a time after {} makes it the newer one",
        after.unwrap_or_else(|| published.to_string())
    )
}

/// The version as a tag can hold it (DEP-14).
pub(super) fn mangled(version: &DebianVersion) -> String {
    let text = version
        .as_str()
        .replace(':', "%")
        .replace('~', "_")
        .replace("..", ".#.");
    match text.strip_suffix(".lock") {
        Some(rest) => format!("{rest}.#lock"),
        None => text,
    }
}
