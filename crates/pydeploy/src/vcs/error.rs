//! Why git could not say what was asked.

use std::path::PathBuf;

use crate::sys::process::CommandError;
use crate::version::DebianVersion;

/// Git could not say what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VcsError {
    /// There is no such folder.
    #[error("{} is not a folder", path.display())]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The program is not installed.
    #[error("git is not installed")]
    MissingGit,
    /// No repository holds the folder.
    #[error("{} is not in a git repository", path.display())]
    NotARepository {
        /// The folder.
        path: PathBuf,
    },
    /// Git does not trust a repository that belongs to another user.
    #[error("the git repository of {} belongs to another user", path.display())]
    Distrusted {
        /// The folder.
        path: PathBuf,
    },
    /// The repository has no commit yet.
    #[error("the git repository of {} has no commit", path.display())]
    NoCommit {
        /// The folder.
        path: PathBuf,
    },
    /// The repository has no such commit.
    #[error("`{revision}` is no commit in the git repository of {}", path.display())]
    NoRevision {
        /// The folder.
        path: PathBuf,
        /// What was to name a commit.
        revision: String,
    },
    /// No tag names the version.
    #[error("no tag of the git repository of {} names the version {version}", path.display())]
    MissingTag {
        /// The folder.
        path: PathBuf,
        /// The version.
        version: DebianVersion,
    },
    /// The clone lacks a part of the history that was asked for.
    #[error("the shallow clone {} does not hold all commits since the last release", path.display())]
    Shallow {
        /// The folder.
        path: PathBuf,
    },
    /// Git failed for another reason.
    #[error("git failed in {}", path.display())]
    Command {
        /// The folder.
        path: PathBuf,
        /// The command and what it said.
        source: CommandError,
    },
    /// Git said something else than it was asked for.
    #[error("git answered `{answer}` in {}", path.display())]
    Answer {
        /// The folder.
        path: PathBuf,
        /// What it said.
        answer: String,
    },
}

impl VcsError {
    /// What a person can do about it, in one sentence.
    ///
    /// ```
    /// let error = pydeploy::vcs::VcsError::MissingGit;
    /// assert_eq!(error.hint(), Some("install git, or give `--date` and `--commit`"));
    /// ```
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::MissingGit => Some("install git, or give `--date` and `--commit`"),
            Self::NotARepository { .. } => Some("run `git init` and commit, or give `--date` and `--commit`"),
            Self::Distrusted { .. } => Some("tell git to trust it: `git config --global --add safe.directory FOLDER`"),
            Self::NoCommit { .. } => Some("commit first, or give `--date` and `--commit`"),
            Self::NoRevision { .. } => {
                Some("`git log` lists the commits; one that is not here needs `--date` besides `--commit`")
            }
            Self::MissingTag { .. } => Some("tag the release, or fetch its tag: `git fetch --tags`"),
            Self::Shallow { .. } => Some("fetch the rest: `git fetch --unshallow --tags`"),
            Self::NoFolder { .. } | Self::Command { .. } | Self::Answer { .. } => None,
        }
    }
}
