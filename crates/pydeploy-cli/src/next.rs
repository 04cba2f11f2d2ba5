//! The next version: what the changelog, git and everything published say about it.

use std::io::Read as _;
use std::path::Path;

use pydeploy::changelog::{Changelog, Head};
use pydeploy::config::{PackageName, Project};
use pydeploy::repository::Repository;
use pydeploy::vcs::{self, GitFacts};
use pydeploy::version::{self, Conflict, DebianVersion, SnapshotOptions};
use pydeploy::{Timestamp, changelog, exit};

use crate::args::{PublishedFrom, Which};
use crate::error::CliError;
use crate::workspace::{now, source_date};

/// A version and where it comes from.
#[derive(Debug)]
pub(crate) struct Versioned {
    pub(crate) version: DebianVersion,
    /// The time of everything that is built.
    pub(crate) at: Timestamp,
    /// `1233451abcd…`, when there is a commit.
    pub(crate) commit: Option<String>,
    /// Whether the work tree holds changes that no commit does.
    pub(crate) dirty: bool,
    pub(crate) snapshot: bool,
    /// Whether git lacks older history, and with it tags.
    pub(crate) shallow: bool,
}

/// What decides the next version besides changelog and work tree.
#[derive(Debug)]
pub(crate) struct Choice<'a> {
    pub(crate) which: &'a Which,
    pub(crate) published: Published,
    pub(crate) allow_dirty: bool,
    pub(crate) date: Option<Timestamp>,
    pub(crate) commit: Option<String>,
    pub(crate) hash_length: usize,
}

impl<'a> Choice<'a> {
    /// A snapshot can say that it was changed.
    pub(crate) fn of(which: &'a Which) -> Self {
        Self {
            which,
            published: Published::default(),
            allow_dirty: true,
            date: None,
            commit: None,
            hash_length: version::HASH_LENGTH,
        }
    }
}

/// A changelog and where it was read from.
#[derive(Debug)]
pub(crate) struct ChangelogFile {
    /// The path, for messages.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl ChangelogFile {
    /// `-` is standard input.
    pub(crate) fn read(path: &Path) -> Result<Self, CliError> {
        let (name, read) = if path == Path::new("-") {
            let mut bytes = Vec::new();
            let read = std::io::stdin().lock().read_to_end(&mut bytes);
            ("standard input".to_owned(), read.map(|_| bytes))
        } else {
            (path.display().to_string(), std::fs::read(path))
        };
        let bytes = read.map_err(|error| {
            let hint = "a project has a `debian/changelog`; docs/guide.md shows one";
            CliError::message(exit::FAILED, format!("cannot read {name}: {error}"), hint)
        })?;
        Ok(Self { name, bytes })
    }

    /// The changelog of what is in `folder`: the project's, or `debian/changelog` where there is no project.
    pub(crate) fn of(folder: &Path) -> Result<(Self, Option<Project>), CliError> {
        let plain = folder.join("debian/changelog");
        if plain.is_file() && !folder.join("pyproject.toml").exists() {
            return Ok((Self::read(&plain)?, None));
        }
        let project = Project::load(folder)?;
        Ok((Self::read(&project.changelog)?, Some(project)))
    }

    pub(crate) fn head(&self) -> Result<Head, CliError> {
        changelog::head(&self.bytes).map_err(|error| {
            let hint = "`pydeploy changelog check` lists everything that is wrong with it";
            CliError::message(exit::FAILED, format!("{}: {error}", self.name), hint)
        })
    }

    /// The first entry, which must be the project's.
    pub(crate) fn head_of(&self, package: &PackageName) -> Result<Head, CliError> {
        let head = self.head()?;
        if head.package == package.as_str() {
            return Ok(head);
        }
        let message = format!("{} is of `{}`, the project is `{package}`", self.name, head.package);
        let hint = "set `tool.pydeploy.name`, or correct the changelog";
        Err(CliError::message(exit::FAILED, message, hint))
    }
}

/// Versions that are out, and how that is known.
#[derive(Debug, Default)]
pub(crate) struct Published(Vec<(DebianVersion, String)>);

impl Published {
    pub(crate) fn extend(&mut self, versions: impl IntoIterator<Item = DebianVersion>, source: &str) {
        let sourced = versions.into_iter().map(|version| (version, source.to_owned()));
        self.0.extend(sourced);
    }

    /// Adds what a suite holds of the package.
    pub(crate) fn extend_from(&mut self, from: &PublishedFrom, package: &str) -> Result<(), CliError> {
        let listed = Repository::open(&from.repository)?.list()?;
        let suites = listed.suites.into_iter().filter(|content| content.suite == from.suite);
        let entries = suites.flat_map(|content| content.packages);
        let versions = entries
            .filter(|entry| entry.package.as_str() == package)
            .map(|entry| entry.version);
        self.extend(versions, &format!("suite {from}"));
        Ok(())
    }

    /// Adds the released entries below the first one.
    fn extend_from_changelog(&mut self, file: &ChangelogFile, package: &str) {
        let changelog = Changelog::parse(&file.bytes);
        let older = changelog.entries().iter().skip(1);
        let released = older.filter(|entry| entry.is_released() && entry.package() == package);
        let versions = released.filter_map(|entry| Some((entry.version().ok()?, entry.line())));
        self.0
            .extend(versions.map(|(version, line)| (version, format!("{}, line {line}", file.name))));
    }

    fn extend_from_tags(&mut self, folder: &Path, revision: &str, except: Option<&str>) -> Result<(), CliError> {
        let tags = vcs::version_tags(folder, revision)?.into_iter();
        let others = tags.filter(|tag| Some(tag.name.as_str()) != except);
        self.0
            .extend(others.map(|tag| (tag.version, format!("tag `{}`", tag.name))));
        Ok(())
    }

    fn versions(&self) -> Vec<DebianVersion> {
        self.0.iter().map(|(version, _)| version.clone()).collect()
    }

    /// The conflict, and how the published version in it is known.
    fn explain(&self, conflict: Conflict) -> CliError {
        let sources = self
            .0
            .iter()
            .filter(|(version, _)| Some(version) == conflict.published());
        let source = sources
            .map(|(version, source)| format!("{version} is published: {source}"))
            .next();
        let error = CliError::from(conflict);
        match source {
            Some(source) => error.because(source),
            None => error,
        }
    }
}

/// The version that comes next of what is in `folder`.
pub(crate) fn next(
    folder: &Path,
    file: &ChangelogFile,
    entry: &Head,
    mut choice: Choice<'_>,
) -> Result<Versioned, CliError> {
    let commit = Commit::find(folder, &choice)?;
    if commit.is_dirty() && (choice.which.release || !choice.allow_dirty) {
        return Err(changed(choice.which.release));
    }
    let tag = commit.tag(&entry.version);
    choice.published.extend_from_changelog(file, &entry.package);
    if commit.git.is_some() {
        let own = tag.filter(|_| choice.which.release);
        choice.published.extend_from_tags(folder, &commit.hash, own)?;
    }
    let published = choice.published.versions();
    let head = entry.for_version();
    let (version, at) = if choice.which.release {
        (version::release(&head, tag, &published), commit.at)
    } else {
        let options = commit.snapshot_options(&choice)?;
        (version::snapshot(&head, &published, &options), options.at)
    };
    Ok(Versioned {
        version: version.map_err(|conflict| choice.published.explain(conflict))?,
        at,
        dirty: commit.is_dirty(),
        shallow: commit.git.is_some_and(|facts| facts.shallow),
        commit: Some(commit.hash),
        snapshot: !choice.which.release,
    })
}

fn changed(release: bool) -> CliError {
    let hint = match release {
        true => "commit them; a release is what a commit holds",
        false => "commit them, or pass `--allow-dirty`, which marks the version",
    };
    CliError::message(exit::REFUSED, "the work tree holds changes that no commit does", hint)
}

/// The commit that is built.
struct Commit {
    hash: String,
    at: Timestamp,
    /// What git says, unless hash and date were given.
    git: Option<GitFacts>,
}

impl Commit {
    fn find(folder: &Path, choice: &Choice<'_>) -> Result<Self, CliError> {
        if let Some((hash, at)) = choice.commit.clone().zip(choice.date) {
            return Ok(Self { hash, at, git: None });
        }
        let facts = vcs::at(folder, choice.commit.as_deref().unwrap_or("HEAD"))?;
        Ok(Self {
            hash: facts.commit.clone(),
            at: facts.at,
            git: Some(facts),
        })
    }

    fn is_dirty(&self) -> bool {
        self.git.as_ref().is_some_and(|facts| facts.dirty)
    }

    /// The tag that names the version, or else one that names another.
    fn tag(&self, version: &DebianVersion) -> Option<&str> {
        let facts = self.git.as_ref()?;
        let any = || facts.tags.iter().find(|tag| DebianVersion::from_tag(tag).is_some());
        facts.tag_of(version).or_else(|| any().map(String::as_str))
    }

    fn snapshot_options(&self, choice: &Choice<'_>) -> Result<SnapshotOptions<'_>, CliError> {
        let at = match choice.date {
            Some(date) => date,
            // What no commit holds is as new as the clock says.
            None if self.is_dirty() => source_date()?.unwrap_or_else(now).max(self.at),
            None => self.at,
        };
        Ok(SnapshotOptions {
            at,
            commit: &self.hash,
            hash_length: choice.hash_length,
            dirty: self.is_dirty(),
        })
    }
}
