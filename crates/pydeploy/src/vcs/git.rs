//! The program git, asked about a folder.

use std::path::Path;

use super::{GitFacts, VcsError};
use crate::Timestamp;
use crate::sys::process::{CommandError, Invocation, Runner};

/// A folder to ask git about.
pub(super) struct Git<'a> {
    pub(super) runner: &'a dyn Runner,
    pub(super) folder: &'a Path,
}

impl<'a> Git<'a> {
    pub(super) fn new(runner: &'a dyn Runner, folder: &'a Path) -> Result<Self, VcsError> {
        if folder.is_dir() {
            return Ok(Self { runner, folder });
        }
        let path = folder.to_owned();
        Err(VcsError::NoFolder { path })
    }

    pub(super) fn facts(&self, revision: &str) -> Result<GitFacts, VcsError> {
        let (commit, at, tags) = self.commit(revision)?;
        Ok(GitFacts {
            commit,
            at,
            tags,
            dirty: self.is_dirty()?,
            shallow: self.is_shallow()?,
        })
    }

    /// The hash, the committer date and the tags, in one process.
    fn commit(&self, revision: &str) -> Result<(String, Timestamp, Vec<String>), VcsError> {
        let answer = self.run(&[
            "log",
            "-1",
            "--no-show-signature",
            "--decorate=full",
            "--decorate-refs=refs/tags/*",
            "--format=%H%n%ct%n%D",
            "--end-of-options",
            revision,
            "--",
        ]);
        let answer = answer.map_err(|error| self.unknown(revision, error))?;
        let mut lines = answer.lines();
        let commit = lines.next().filter(|hash| hash.len() >= 40);
        let at = lines.next().and_then(|seconds| seconds.parse().ok());
        let (Some(commit), Some(at)) = (commit, at) else {
            let path = self.folder.to_owned();
            return Err(VcsError::Answer { path, answer });
        };
        let names = lines.next().unwrap_or_default().split(", ");
        let mut tags: Vec<String> = names
            .filter_map(|name| name.strip_prefix("tag: refs/tags/").map(str::to_owned))
            .collect();
        tags.sort();
        Ok((commit.to_owned(), at, tags))
    }

    fn is_dirty(&self) -> Result<bool, VcsError> {
        let changes = self.run(&["status", "--porcelain", "--untracked-files=normal", "--", "."])?;
        Ok(!changes.is_empty())
    }

    /// Git itself looks for this file (gitrepository-layout(5)); asking it costs a process. Where the repository's folder
    /// is elsewhere, in a linked work tree or a submodule, git is asked.
    pub(super) fn is_shallow(&self) -> Result<bool, VcsError> {
        let found = self.folder.ancestors().map(|folder| folder.join(".git"));
        match found.into_iter().find(|git| git.exists()) {
            Some(git) if git.is_dir() => Ok(git.join("shallow").exists()),
            _ => Ok(self.run(&["rev-parse", "--is-shallow-repository"])?.trim_end() == "true"),
        }
    }

    pub(super) fn run(&self, args: &[&str]) -> Result<String, VcsError> {
        let invocation = Invocation::new("git", self.folder)
            .args(args)
            .env("LC_ALL", "C")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_PAGER", "cat");
        let output = self.runner.run(&invocation).map_err(|error| self.explain(error))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn explain(&self, source: CommandError) -> VcsError {
        let path = self.folder.to_owned();
        if source.is_missing_program() {
            return VcsError::MissingGit;
        }
        let said = match &source {
            CommandError::Failed { stderr, .. } => stderr.as_str(),
            _ => "",
        };
        if said.contains("not a git repository") || said.contains("must be run in a work tree") {
            return VcsError::NotARepository { path };
        }
        if said.contains("dubious ownership") || said.contains("unsafe repository") {
            return VcsError::Distrusted { path };
        }
        if said.contains("does not have any commits yet")
            || said.contains("bad default revision")
            || said.contains("bad revision 'HEAD'")
        {
            return VcsError::NoCommit { path };
        }
        VcsError::Command { path, source }
    }

    /// What it means that git does not know the revision.
    fn unknown(&self, revision: &str, error: VcsError) -> VcsError {
        let VcsError::Command { path, source } = error else {
            return error;
        };
        match &source {
            CommandError::Failed { stderr, .. } if stderr.contains("bad revision") => match revision {
                "HEAD" => VcsError::NoCommit { path },
                _ => VcsError::NoRevision {
                    path,
                    revision: revision.to_owned(),
                },
            },
            _ => VcsError::Command { path, source },
        }
    }
}
