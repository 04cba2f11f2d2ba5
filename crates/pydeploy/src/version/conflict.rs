//! Why there is no next version, and what to do about it.

use std::fmt;

use super::DebianVersion;

/// Why there is no next version: the versions that stand against each other, and by which rule.
///
/// ```
/// use pydeploy::version::{Conflict, DebianVersion, Head, release};
///
/// let version: DebianVersion = "1.0.0".parse()?;
/// let head = Head { version: &version, released: true };
/// let conflict = release(&head, None, &["1.0.0.1".parse()?]).unwrap_err();
/// assert!(matches!(conflict, Conflict::NotAbove { .. }));
/// assert_eq!(
///     conflict.to_string(),
///     "version 1.0.0 is not above 1.0.0.1, which is published: versions may not go back"
/// );
/// # Ok::<(), pydeploy::version::ParseVersionError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conflict {
    /// The commit's hash is not hexadecimal or has fewer digits than asked for.
    CommitHash {
        /// What was given.
        commit: String,
        /// How many digits were asked for.
        length: usize,
    },
    /// A snapshot of the same release with a later date is published.
    EarlierDate {
        /// What the version would have been.
        offered: DebianVersion,
        /// The highest published version.
        published: DebianVersion,
    },
    /// The head is marked `UNRELEASED`, and that version or a higher one is published.
    AlreadyReleased {
        /// The release that the snapshot would lead to.
        head: DebianVersion,
        /// The highest published version.
        published: DebianVersion,
    },
    /// The same version or a higher one is published.
    NotAbove {
        /// What the version would have been.
        offered: DebianVersion,
        /// The highest published version.
        published: DebianVersion,
    },
    /// What would be above everything published would be above the coming release too.
    NotBelow {
        /// What the version would have been.
        offered: DebianVersion,
        /// The release that is still to come.
        release: DebianVersion,
    },
    /// The head is marked `UNRELEASED`.
    Unreleased {
        /// The version of the head.
        version: DebianVersion,
    },
    /// The head is a snapshot.
    SnapshotVersion {
        /// The version of the head.
        version: DebianVersion,
    },
    /// The tag names another version than the head.
    TagMismatch {
        /// The tag.
        tag: String,
        /// The version of the head.
        version: DebianVersion,
    },
}

impl Conflict {
    /// The published version that is in the way, if one is.
    ///
    /// ```
    /// use pydeploy::version::{DebianVersion, Head, release};
    ///
    /// let version: DebianVersion = "1.0.0".parse()?;
    /// let published = [version.clone()];
    /// let conflict = release(&Head { version: &version, released: true }, None, &published).unwrap_err();
    /// assert_eq!(conflict.published(), Some(&version));
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn published(&self) -> Option<&DebianVersion> {
        match self {
            Self::EarlierDate { published, .. }
            | Self::AlreadyReleased { published, .. }
            | Self::NotAbove { published, .. } => Some(published),
            _ => None,
        }
    }

    /// What a person can do about it, in one sentence.
    ///
    /// ```
    /// use pydeploy::version::{DebianVersion, Head, release};
    ///
    /// let version: DebianVersion = "1.0.0".parse()?;
    /// let conflict = release(&Head { version: &version, released: true }, Some("v1"), &[]).unwrap_err();
    /// assert_eq!(conflict.hint(), "tag the commit `v1.0.0`, or correct the changelog");
    /// # Ok::<(), pydeploy::version::ParseVersionError>(())
    /// ```
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::CommitHash { .. } => "give the full hash, as `git rev-parse HEAD` prints it".to_owned(),
            Self::EarlierDate { published, .. } => later_date(published),
            Self::AlreadyReleased { published, .. } => {
                format!("add a changelog entry with a version above {published}")
            }
            Self::NotAbove { offered, published } if offered == published => {
                "nothing needs to be done if it is the same release; otherwise add a changelog entry with a higher version"
                    .to_owned()
            }
            Self::NotAbove { published, .. } | Self::NotBelow { offered: published, .. } => {
                format!("add a changelog entry with a version above {published}, or merge the one that it was made from")
            }
            Self::Unreleased { .. } => {
                "run `pydeploy changelog release`, commit and tag, or build a snapshot".to_owned()
            }
            Self::SnapshotVersion { .. } => "take the snapshot's entry out of the changelog".to_owned(),
            Self::TagMismatch { version, .. } => {
                format!("tag the commit `v{}`, or correct the changelog", version.to_tag())
            }
        }
    }
}

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

fn later_date(published: &DebianVersion) -> String {
    let Some(snapshot) = published.as_snapshot() else {
        return format!("add a changelog entry with a version above {published}");
    };
    let (after, base) = (snapshot.at().rfc3339(), snapshot.base());
    let otherwise = match snapshot.is_after_release() {
        true => format!("or add a changelog entry with a version above {base}"),
        false => format!("or release {base}: its later snapshots, `{base}+0~…`, are above"),
    };
    format!(
        "is the commit older than what is published? `--date` with a time after {after} makes it the newer one; {otherwise}"
    )
}
