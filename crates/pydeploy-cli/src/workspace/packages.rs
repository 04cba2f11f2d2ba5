//! Debian packages of a release, binary and source.

use std::path::Path;

use pydeploy::artifact::PieceCache;
use pydeploy::artifact::deb::{self, DebOptions, OwnScripts, Packaging, WrittenDeb};
use pydeploy::artifact::source::{self, SourceOptions, WrittenSource};
use pydeploy::changelog::{self, Changelog, Contribution, Maintainer, NewEntry};
use pydeploy::event::Bytes;
use pydeploy::release::Release;
use pydeploy::{Timestamp, exit};

use super::{Workspace, cache, source_date};
use crate::args::{Series, Wheels};
use crate::error::CliError;
use crate::next::{ChangelogFile, Versioned};

impl Workspace {
    /// Who answers for what is built.
    pub(crate) fn maintainer(&self, entry: &changelog::Head) -> Result<String, CliError> {
        let chosen = self.project.maintainer.clone().or(entry.maintainer.clone());
        chosen.ok_or_else(|| {
            let message = format!(
                "{}: the first entry has no maintainer",
                self.project.changelog.display()
            );
            CliError::message(
                exit::FAILED,
                message,
                "end it with ` -- Name <address>  DATE`, or set `tool.pydeploy.maintainer`",
            )
        })
    }

    /// Writes the release as a Debian package into `dir`.
    pub(crate) fn build(
        &self,
        release: &Release,
        versioned: &Versioned,
        series: &Series,
        wheels: &Wheels,
        dir: &Path,
    ) -> Result<WrittenDeb, CliError> {
        let documents = self.documents(versioned, series)?;
        let options = DebOptions {
            packaging: documents.packaging(),
            pieces: Some(&PieceCache::at(cache(wheels.cache.as_ref())?)),
        };
        Ok(deb::write(release, &options, dir)?)
    }

    /// Writes the release as a Debian source package into `dir`.
    pub(crate) fn source(
        &self,
        release: &Release,
        versioned: &Versioned,
        series: &Series,
        key: Option<&str>,
        dir: &Path,
    ) -> Result<WrittenSource, CliError> {
        let documents = self.documents(versioned, series)?;
        let options = SourceOptions {
            packaging: documents.packaging(),
            key,
        };
        Ok(source::write(release, &options, dir)?)
    }

    fn documents(&self, versioned: &Versioned, series: &Series) -> Result<Documents, CliError> {
        let file = ChangelogFile::read(&self.project.changelog)?;
        let entry = file.head_of(&self.project.name)?;
        let maintainer = self.maintainer(&entry)?;
        Ok(Documents {
            at: source_date()?.unwrap_or(versioned.at),
            changelog: built_changelog(&file.bytes, &entry, versioned, series, &maintainer)?,
            copyright: std::fs::read_to_string(self.project.root.join("debian/copyright")).ok(),
            scripts: OwnScripts::load(&self.project.root.join("debian"), &self.project.name)?,
            maintainer,
        })
    }
}

/// What a package says about itself besides the release.
struct Documents {
    at: Timestamp,
    maintainer: String,
    changelog: Vec<u8>,
    copyright: Option<String>,
    scripts: OwnScripts,
}

impl Documents {
    fn packaging(&self) -> Packaging<'_> {
        Packaging {
            copyright: self.copyright.as_deref(),
            scripts: Some(&self.scripts),
            ..Packaging::new(self.at, &self.maintainer, &self.changelog)
        }
    }
}

/// The entry of a package's version, where the changelog has none that becomes it.
pub(crate) fn built_entry(
    versioned: &Versioned,
    maintainer: Maintainer,
    order: changelog::Order,
) -> Result<NewEntry, CliError> {
    let what = match &versioned.commit {
        Some(commit) => format!("Snapshot of commit {commit}."),
        None => "Build of this version.".to_owned(),
    };
    let change = Contribution {
        author: maintainer.name().clone(),
        items: vec![what.parse()?],
    };
    Ok(NewEntry {
        package: None,
        version: versioned.version.clone(),
        order,
        distributions: "development".parse()?,
        urgency: changelog::Urgency::default(),
        changes: vec![change],
        maintainer,
        at: versioned.at,
    })
}

/// The changelog that goes into the package: its first entry is the one of the version that is built.
fn built_changelog(
    bytes: &[u8],
    head: &changelog::Head,
    versioned: &Versioned,
    series: &Series,
    maintainer: &str,
) -> Result<Vec<u8>, CliError> {
    let changelog = Changelog::parse(bytes);
    let own = series.version(&head.version);
    let text = if own.is_ok_and(|own| own.is_same_text(&versioned.version)) {
        changelog.set_version(&versioned.version, changelog::Order::Any)?
    } else {
        changelog.snapshot(&built_entry(versioned, maintainer.parse()?, changelog::Order::Any)?)?
    };
    match &series.distribution {
        Some(distributions) => Ok(Changelog::parse(&text).set_distributions(distributions)?),
        None => Ok(text),
    }
}

pub(crate) fn built(deb: &WrittenDeb) -> String {
    summary(&deb.path, deb.size, deb.entries, "entries")
}

/// A file's name, how large it is, and how much it holds.
pub(crate) fn summary(path: &Path, size: u64, count: usize, what: &str) -> String {
    let name = path.file_name().unwrap_or_default().display();
    format!("{name} ({}, {count} {what})", Bytes(size))
}
