//! Facts from git: the commit, its date and tags, and whether the project differs from it.
//!
//! ```
#![doc = include_str!("repository.txt")]
//! // `folder` holds one commit, of 17:00:15 in a zone two hours ahead of UTC, with the tag `v1.0`.
//! let facts = pydeploy::vcs::head(folder)?;
//! assert_eq!(facts.at.rfc3339(), "2016-10-09T15:00:15Z");
//! assert_eq!(facts.tags, ["v1.0"]);
//! assert!(!facts.dirty);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod git;
mod log;

pub use self::error::VcsError;
pub use self::log::{Commit, commits_since, contributions, identity};

use std::path::Path;

use self::git::Git;
use crate::sys::process::SystemRunner;
use crate::version::{DebianVersion, SnapshotOptions};
use crate::{Timestamp, version};

/// What git knows about the folder of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GitFacts {
    /// The whole hash of the commit.
    pub commit: String,
    /// The committer date.
    pub at: Timestamp,
    /// The tags of the commit, in order of their names.
    pub tags: Vec<String>,
    /// Whether anything in the folder was changed, added or removed since the commit. Files that git does not know
    /// count, ignored ones do not; neither does the rest of the repository.
    pub dirty: bool,
    /// Whether the clone lacks older history. Nothing here depends on it, counts of commits would.
    pub shallow: bool,
}

impl GitFacts {
    /// What [`version::snapshot`] asks for, with the usual length of the hash.
    ///
    /// ```
    #[doc = include_str!("repository.txt")]
    /// use pydeploy::version::{DebianVersion, Head, snapshot};
    ///
    /// let version: DebianVersion = "1.0".parse()?;
    /// let facts = pydeploy::vcs::head(folder)?;
    /// let next = snapshot(&Head { version: &version, released: true }, &[], &facts.snapshot_options())?;
    /// assert_eq!(next.as_str(), format!("1.0+0~20161009150015+git{}", &facts.commit[..11]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn snapshot_options(&self) -> SnapshotOptions<'_> {
        SnapshotOptions {
            at: self.at,
            commit: &self.commit,
            hash_length: version::HASH_LENGTH,
            dirty: self.dirty,
        }
    }

    /// The tag of the commit that names this version, if there is one.
    ///
    /// ```
    #[doc = include_str!("repository.txt")]
    /// let facts = pydeploy::vcs::head(folder)?;
    /// assert_eq!(facts.tag_of(&"2.0".parse()?), None);
    /// assert_eq!(facts.tag_of(&"1.0".parse()?), Some("v1.0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn tag_of(&self, version: &DebianVersion) -> Option<&str> {
        let names = |tag: &&String| DebianVersion::from_tag(tag).is_some_and(|named| named.is_same_text(version));
        self.tags.iter().find(names).map(String::as_str)
    }
}

/// What git knows about `folder`, which may be any folder of a repository. Nothing is written, not even git's index.
///
/// # Errors
///
/// When there is no such folder or no git, when the folder is in no repository or in one that git does not trust, and
/// when there is no commit yet.
///
/// ```
#[doc = include_str!("repository.txt")]
/// let facts = pydeploy::vcs::head(folder)?;
/// assert_eq!(facts.commit.len(), 40);
///
/// std::fs::write(folder.join("file"), "")?;
/// assert!(pydeploy::vcs::head(folder)?.dirty);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn head(folder: &Path) -> Result<GitFacts, VcsError> {
    at(folder, "HEAD")
}

/// As [`head`], with the hash, date and tags of another commit, which `revision` names as git's commands take it.
///
/// # Errors
///
/// As for [`head`], and when there is no such commit.
///
/// ```
#[doc = include_str!("repository.txt")]
/// let facts = pydeploy::vcs::at(folder, "v1.0")?;
/// assert_eq!(facts.tag_of(&"1.0".parse()?), Some("v1.0"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn at(folder: &Path, revision: &str) -> Result<GitFacts, VcsError> {
    Git::new(&SystemRunner, folder)?.facts(revision)
}

/// A tag that names a version.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VersionTag {
    /// The tag, as git lists it.
    pub name: String,
    /// What it names.
    pub version: DebianVersion,
}

/// The tags of the commit and of those before it, as far as they name versions. Tags of other branches do not count:
/// a maintained old release goes on below the newer one.
///
/// # Errors
///
/// As for [`at`].
///
/// ```
#[doc = include_str!("repository.txt")]
/// let published = pydeploy::vcs::version_tags(folder, "HEAD")?;
/// assert_eq!(published[0].version, "1.0".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn version_tags(folder: &Path, revision: &str) -> Result<Vec<VersionTag>, VcsError> {
    let merged = format!("--merged={revision}");
    let tags = Git::new(&SystemRunner, folder)?.run(&["tag", "--list", &merged])?;
    let named = |name: &str| {
        let (name, version) = (name.to_owned(), DebianVersion::from_tag(name)?);
        Some(VersionTag { name, version })
    };
    Ok(tags.lines().filter_map(named).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::process::{Invocation, RecordedRunner, Runner as _};

    /// Runs git in `folder` with a person, a clock and no settings of the machine.
    #[track_caller]
    pub(super) fn git(folder: &Path, args: &[&str]) {
        let mut invocation = Invocation::new("git", folder).args(args);
        for (name, value) in [
            ("GIT_AUTHOR_NAME", "Ada"),
            ("GIT_AUTHOR_EMAIL", "ada@example.org"),
            ("GIT_COMMITTER_NAME", "Ada"),
            ("GIT_COMMITTER_EMAIL", "ada@example.org"),
            ("GIT_AUTHOR_DATE", "2015-01-01T00:00:00 +0000"),
            ("GIT_COMMITTER_DATE", "2016-10-09T17:00:15 +0200"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ] {
            invocation = invocation.env(name, value);
        }
        SystemRunner.run(&invocation).unwrap();
    }

    /// A repository with a project in a subfolder.
    pub(super) fn repository() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        git(root, &["init", "--quiet", "--initial-branch=main"]);
        std::fs::create_dir(root.join("project")).unwrap();
        std::fs::write(root.join("project/file"), "1").unwrap();
        std::fs::write(root.join(".gitignore"), "*.pyc\n").unwrap();
        git(root, &["add", "."]);
        git(root, &["commit", "--quiet", "--message=one"]);
        folder
    }

    #[test]
    fn the_commit_its_date_and_its_tags() {
        let folder = repository();
        for tag in ["v1.0", "nightly", "debian/1%1.0_rc1", "a,b"] {
            git(folder.path(), &["tag", tag]);
        }
        git(folder.path(), &["tag", "-m", "text", "annotated"]);
        git(folder.path(), &["branch", "v9.9"]);
        git(folder.path(), &["config", "log.excludeDecoration", "refs/tags/*"]);
        let facts = head(&folder.path().join("project")).unwrap();
        assert_eq!(facts.at.compact(), "20161009150015");
        assert_eq!(facts.commit.len(), 40);
        assert_eq!(facts.tags, ["a,b", "annotated", "debian/1%1.0_rc1", "nightly", "v1.0"]);
        assert!(!facts.shallow && !facts.dirty);
        assert_eq!(facts.tag_of(&"1.0".parse().unwrap()), Some("v1.0"));
    }

    #[test]
    fn tags_of_other_branches_do_not_count() {
        let folder = repository();
        let root = folder.path();
        let commit = |message: &str| git(root, &["commit", "--quiet", "--allow-empty", "--message", message]);
        git(root, &["tag", "v1.0"]);
        git(root, &["checkout", "--quiet", "-b", "next"]);
        commit("next");
        git(root, &["tag", "-m", "text", "v2.0"]);
        git(root, &["checkout", "--quiet", "main"]);
        commit("fix");
        for tag in ["debian/1%1.0_rc1", "nightly"] {
            git(root, &["tag", tag]);
        }
        let named = |revision: &str| {
            let tags = version_tags(root, revision).unwrap();
            let texts: Vec<String> = tags.iter().map(|tag| format!("{} {}", tag.name, tag.version)).collect();
            texts.join(", ")
        };
        assert_eq!(named("HEAD"), "debian/1%1.0_rc1 1:1.0~rc1, v1.0 1.0");
        assert_eq!(named("next"), "v1.0 1.0, v2.0 2.0");
        assert_eq!(at(root, "next").unwrap().tags, ["v2.0"]);
    }

    #[test]
    fn only_changes_in_the_folder_count() {
        let folder = repository();
        let (root, project) = (folder.path(), folder.path().join("project"));
        let dirty = || head(&project).unwrap().dirty;
        git(root, &["config", "status.showUntrackedFiles", "no"]);
        std::fs::write(root.join("other"), "").unwrap();
        std::fs::write(project.join("file.pyc"), "").unwrap();
        assert!(!dirty());
        std::fs::write(project.join("new"), "").unwrap();
        assert!(dirty());
        std::fs::remove_file(project.join("new")).unwrap();
        std::fs::write(project.join("file"), "2").unwrap();
        assert!(dirty());
        git(root, &["commit", "--quiet", "--all", "--message=two"]);
        assert!(!dirty());
        std::fs::remove_file(project.join("file")).unwrap();
        assert!(dirty());
    }

    #[test]
    fn a_shallow_clone() {
        let folder = repository();
        git(folder.path(), &["commit", "--quiet", "--allow-empty", "--message=two"]);
        let url = format!("file://{}", folder.path().display());
        let clone = tempfile::tempdir().unwrap();
        git(clone.path(), &["clone", "--quiet", "--depth=1", &url, "clone"]);
        assert!(head(&clone.path().join("clone")).unwrap().shallow);
    }

    #[test]
    fn errors_say_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let error = head(folder.path()).unwrap_err();
        assert!(matches!(error, VcsError::NotARepository { .. }), "{error:?}");
        git(folder.path(), &["init", "--quiet"]);
        let error = head(folder.path()).unwrap_err();
        assert!(matches!(error, VcsError::NoCommit { .. }), "{error:?}");
        git(folder.path(), &["commit", "--quiet", "--allow-empty", "--message=one"]);
        for revision in ["--all", "0123456789", "HEAD~1"] {
            let error = at(folder.path(), revision).unwrap_err();
            assert!(matches!(error, VcsError::NoRevision { .. }), "{error:?}");
        }
        let error = head(&folder.path().join("none")).unwrap_err();
        assert!(matches!(error, VcsError::NoFolder { .. }), "{error:?}");
        let runner = RecordedRunner::default();
        let error = Git::new(&runner, folder.path()).unwrap().facts("HEAD").unwrap_err();
        assert!(matches!(error, VcsError::MissingGit), "{error:?}");
        assert!(error.hint().is_some());
    }
}
