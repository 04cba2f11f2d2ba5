//! What was committed since a release.

use std::path::Path;

use super::VcsError;
use super::git::Git;
use crate::Timestamp;
use crate::changelog::{Author, Contribution, Item, ParseValueError};
use crate::sys::process::SystemRunner;
use crate::version::DebianVersion;

/// A commit, as a changelog tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Commit {
    /// The whole hash.
    pub hash: String,
    /// The committer date.
    pub at: Timestamp,
    /// The author's name; `.mailmap` has the last word.
    pub author: String,
    /// The author's address; it can be empty.
    pub email: String,
    /// The first paragraph of the message as one line; it can be empty.
    pub subject: String,
}

/// The commits that changed `folder` since the tag of `release`, or all of them when nothing was released; oldest
/// first.
///
/// They are those of every branch that was merged, as `gbp dch` takes them; the merges themselves are left out. The tag
/// is one that [`DebianVersion::from_tag`] reads as this version.
///
/// # Errors
///
/// As for [`head`](super::head); when no tag names the version; and when the clone is shallow and a part of the commits
/// is not in it.
///
/// ```no_run
/// for commit in pydeploy::vcs::commits_since(".".as_ref(), Some(&"1.0".parse()?))? {
///     println!("{} ({})", commit.subject, commit.author);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn commits_since(folder: &Path, release: Option<&DebianVersion>) -> Result<Vec<Commit>, VcsError> {
    Git::new(&SystemRunner, folder)?.commits_since(release)
}

/// The commits as changes for a changelog: one for each, under the name of its author, in the order in which authors and
/// commits come.
///
/// A commit without a subject is told by its hash; an author without a name by the address.
///
/// # Errors
///
/// When an author has neither a name nor an address that a changelog can hold.
///
/// ```no_run
/// let commits = pydeploy::vcs::commits_since(".".as_ref(), Some(&"1.0".parse()?))?;
/// let changes = pydeploy::vcs::contributions(&commits)?;
/// let changelog = std::fs::read("debian/changelog")?;
/// let changelog = pydeploy::changelog::Changelog::parse(&changelog).append(&changes)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn contributions(commits: &[Commit]) -> Result<Vec<Contribution>, ParseValueError> {
    let mut changes: Vec<Contribution> = Vec::new();
    for commit in commits {
        let (author, item) = (author(commit)?, item(commit)?);
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

fn author(commit: &Commit) -> Result<Author, ParseValueError> {
    let name = commit.author.trim().parse();
    name.or_else(|error| commit.email.trim().parse().map_err(|_| error))
}

fn item(commit: &Commit) -> Result<Item, ParseValueError> {
    let printed = |c: char| if c.is_control() { ' ' } else { c };
    let subject: String = commit.subject.chars().map(printed).collect();
    match subject.trim() {
        "" => format!("Commit {}.", commit.hash).parse(),
        subject => subject.parse(),
    }
}

/// The name and the address that git writes into a commit made in `folder`, as far as its configuration has them.
///
/// # Errors
///
/// When there is no such folder or no git, or when its configuration cannot be read. No repository is needed.
///
/// ```no_run
/// let (name, email) = pydeploy::vcs::identity(".".as_ref())?;
/// # Ok::<(), pydeploy::vcs::VcsError>(())
/// ```
pub fn identity(folder: &Path) -> Result<(Option<String>, Option<String>), VcsError> {
    let git = Git::new(&SystemRunner, folder)?;
    // The last value counts, and a list that is empty is no failure.
    let list = git.run(&["config", "--null", "--list"])?;
    let last = |key: &str| {
        let values = list.split('\0').filter_map(|entry| entry.split_once('\n'));
        let mut values = values.filter(|(name, value)| *name == key && !value.is_empty());
        values.next_back().map(|(_, value)| value.to_owned())
    };
    Ok((last("user.name"), last("user.email")))
}

impl Git<'_> {
    fn commits_since(&self, release: Option<&DebianVersion>) -> Result<Vec<Commit>, VcsError> {
        let range = match release {
            Some(version) => format!("refs/tags/{}..HEAD", self.tag_of(version)?),
            None => "HEAD".to_owned(),
        };
        self.refuse_cut_history(&range)?;
        let log = self.run(&[
            "log",
            "-z",
            "--no-merges",
            "--reverse",
            "--date-order",
            "--no-show-signature",
            "--encoding=UTF-8",
            "--format=%H%x00%ct%x00%aN%x00%aE%x00%s",
            &range,
            "--",
            ".",
        ])?;
        let fields: Vec<&str> = log.strip_suffix('\0').unwrap_or(&log).split('\0').collect();
        let commits = match log.is_empty() {
            true => Some(Vec::new()),
            false => fields.chunks(5).map(commit).collect(),
        };
        let path = self.folder.to_owned();
        commits.ok_or(VcsError::Answer { path, answer: log })
    }

    fn tag_of(&self, version: &DebianVersion) -> Result<String, VcsError> {
        let tags = self.run(&["tag", "--list"])?;
        let names = |tag: &&str| DebianVersion::from_tag(tag).is_some_and(|named| named.is_same_text(version));
        if let Some(tag) = tags.lines().find(names) {
            return Ok(tag.to_owned());
        }
        let (path, version) = (self.folder.to_owned(), version.clone());
        match self.is_shallow()? {
            true => Err(VcsError::Shallow { path }),
            false => Err(VcsError::MissingTag { path, version }),
        }
    }

    /// In a shallow clone a commit without parents is one whose parents were left out.
    fn refuse_cut_history(&self, range: &str) -> Result<(), VcsError> {
        let cut = self.is_shallow()? && !self.run(&["rev-list", "--max-parents=0", range, "--"])?.is_empty();
        let path = self.folder.to_owned();
        if cut { Err(VcsError::Shallow { path }) } else { Ok(()) }
    }
}

fn commit(fields: &[&str]) -> Option<Commit> {
    let [hash, at, author, email, subject] = fields else {
        return None;
    };
    Some(Commit {
        hash: (*hash).to_owned(),
        at: at.parse().ok()?,
        author: (*author).to_owned(),
        email: (*email).to_owned(),
        subject: (*subject).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vcs::tests::{git, repository};

    fn subjects(folder: &Path, release: Option<&str>) -> Result<Vec<String>, VcsError> {
        let release = release.map(|version| version.parse().unwrap());
        let commits = commits_since(folder, release.as_ref())?;
        Ok(commits.into_iter().map(|commit| commit.subject).collect())
    }

    fn change(root: &Path, file: &str, message: &str) {
        std::fs::write(root.join(file), message).unwrap();
        git(root, &["add", "."]);
        git(root, &["commit", "--quiet", "--message", message]);
    }

    #[test]
    fn commits_of_merged_branches_without_the_merges() {
        let folder = repository();
        let root = folder.path();
        git(root, &["tag", "v1.0"]);
        git(root, &["switch", "--quiet", "--create=side"]);
        change(root, "project/side", "side\nof two lines\n\nand a body");
        git(root, &["switch", "--quiet", "main"]);
        change(root, "project/main", "main");
        change(root, "elsewhere", "not of the project");
        git(root, &["merge", "--quiet", "--message=merge", "side"]);
        change(root, "project/late", "late");
        let seen = subjects(&root.join("project"), Some("1.0")).unwrap();
        assert_eq!(seen.len(), 3, "{seen:?}");
        assert_eq!(seen[2], "late");
        assert!(seen.contains(&"side of two lines".to_owned()) && seen.contains(&"main".to_owned()));
        assert_eq!(subjects(root, None).unwrap().len(), 5);
        git(root, &["tag", "debian/1.1"]);
        assert_eq!(subjects(root, Some("1.1")).unwrap(), [""; 0]);
    }

    #[test]
    fn the_author_as_the_mailmap_has_it() {
        let folder = repository();
        std::fs::write(
            folder.path().join(".mailmap"),
            "Ada Example <ada@example.org> <ada@old.example>\n",
        )
        .unwrap();
        std::fs::write(folder.path().join("project/file"), "2").unwrap();
        let author = "--author=ada <ada@old.example>";
        git(folder.path(), &["commit", "--quiet", "--all", "--message=two", author]);
        let commits = commits_since(folder.path(), None).unwrap();
        let last = commits.last().unwrap();
        assert_eq!(
            (last.author.as_str(), last.email.as_str()),
            ("Ada Example", "ada@example.org")
        );
        assert_eq!((last.hash.len(), last.at.compact().as_str()), (40, "20161009150015"));
    }

    #[test]
    fn changes_by_author() {
        let commit = |author: &str, email: &str, subject: &str| Commit {
            hash: "1233451".to_owned(),
            at: Timestamp::from_second(0).unwrap(),
            author: author.to_owned(),
            email: email.to_owned(),
            subject: subject.to_owned(),
        };
        let commits = [
            commit("Eve", "", "one"),
            commit("Ada", "", "two\u{1b}[0m"),
            commit("Eve", "", ""),
            commit("", "x@y", "three"),
        ];
        let changes = contributions(&commits).unwrap();
        let seen: Vec<String> = changes
            .iter()
            .map(|part| {
                let items: Vec<String> = part.items.iter().map(ToString::to_string).collect();
                format!("{}: {}", part.author, items.join(", "))
            })
            .collect();
        assert_eq!(seen, ["Eve: one, Commit 1233451.", "Ada: two [0m", "x@y: three"]);
        assert!(contributions(&[commit("", "", "x")]).is_err());
    }

    #[test]
    fn a_tag_that_is_missing() {
        let folder = repository();
        let error = commits_since(folder.path(), Some(&"1.0".parse().unwrap())).unwrap_err();
        assert!(matches!(error, VcsError::MissingTag { .. }), "{error:?}");
        assert!(error.hint().is_some());
    }

    #[test]
    fn a_repository_without_a_commit() {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "--quiet"]);
        let error = commits_since(folder.path(), None).unwrap_err();
        assert!(matches!(error, VcsError::NoCommit { .. }), "{error:?}");
    }

    #[test]
    fn a_shallow_clone_has_to_hold_every_commit() {
        let folder = repository();
        let root = folder.path();
        git(root, &["tag", "v1.0"]);
        change(root, "project/a", "a");
        change(root, "project/b", "b");
        let url = format!("file://{}", root.display());
        let place = tempfile::tempdir().unwrap();
        for (depth, whole) in [("1", false), ("2", false), ("3", true)] {
            let name = format!("clone-{depth}");
            git(place.path(), &["clone", "--quiet", "--depth", depth, &url, &name]);
            let clone = place.path().join(&name);
            let result = subjects(&clone, Some("1.0"));
            match whole {
                true => assert_eq!(result.unwrap(), ["a", "b"]),
                false => assert!(matches!(result, Err(VcsError::Shallow { .. })), "{result:?}"),
            }
            // The tag alone is not the way to it.
            git(
                &clone,
                &[
                    "fetch",
                    "--quiet",
                    "--depth=1",
                    "origin",
                    "refs/tags/v1.0:refs/tags/v1.0",
                ],
            );
            assert_eq!(subjects(&clone, Some("1.0")).is_ok(), whole, "{depth}");
            assert!(matches!(subjects(&clone, None), Err(VcsError::Shallow { .. })));
        }
    }

    #[test]
    fn who_commits() {
        let folder = repository();
        let root = folder.path();
        git(root, &["config", "user.name", "Ada Example"]);
        git(root, &["config", "user.email", "ada@example.org"]);
        let seen = identity(root).unwrap();
        assert_eq!(
            seen,
            (Some("Ada Example".to_owned()), Some("ada@example.org".to_owned()))
        );
    }
}
