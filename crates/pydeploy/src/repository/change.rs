//! What a suite holds next.

use super::session::Session;
use super::state::Generation;
use super::{Action, Entry, Promotion, Report, RepositoryError, Step, Suite, ingest};
use crate::Timestamp;
use crate::config::PackageName;
use crate::version::DebianVersion;
use std::path::PathBuf;

impl Session<'_> {
    pub(super) fn add(&self, suite: Suite, paths: &[PathBuf], at: Timestamp) -> Result<Report, RepositoryError> {
        let current = self.current(suite)?;
        let added = ingest::ingest(self.layout(), suite, paths)?;
        self.reach(Step::Pool)?;
        let mut entries = current.entries.clone();
        merge(&mut entries, &added);
        self.change(&current, entries, added, Action::Add, at)
    }

    pub(super) fn promote(&self, promotion: &Promotion, at: Timestamp) -> Result<Report, RepositoryError> {
        let Promotion { package, to, .. } = promotion;
        let from = source(promotion)?;
        let source = self.current(from)?;
        let (version, promoted) = select(&source, package, promotion.version.as_ref())?;
        let current = self.current(*to)?;
        let mut entries = current.entries.clone();
        let newer = |entry: &Entry| entry.package == *package && entry.version > version;
        if !promotion.allow_downgrade {
            refuse_newer(*to, entries.iter().find(|entry| newer(entry)), &version)?;
        }
        entries.retain(|entry| !newer(entry));
        merge(&mut entries, &promoted);
        let action = Action::Promote {
            package: package.clone(),
            version: version.clone(),
            from,
        };
        self.change(&current, entries, promoted, action, at)
    }

    pub(super) fn remove(
        &self,
        suite: Suite,
        package: &PackageName,
        version: Option<&DebianVersion>,
        at: Timestamp,
    ) -> Result<Report, RepositoryError> {
        let current = self.current(suite)?;
        let gone = |entry: &Entry| entry.package == *package && version.is_none_or(|v| entry.version == *v);
        let (removed, entries): (Vec<_>, Vec<_>) = current.entries.iter().cloned().partition(gone);
        if removed.is_empty() {
            return Err(not_found(suite, package, version));
        }
        let action = Action::Remove {
            package: package.clone(),
            version: version.cloned(),
        };
        self.change(&current, entries, removed, action, at)
    }

    pub(super) fn rollback(&self, suite: Suite, to: u64, at: Timestamp) -> Result<Report, RepositoryError> {
        let current = self.current(suite)?;
        if to == 0 || to > current.generation {
            return Err(RepositoryError::NoGeneration { suite, generation: to });
        }
        let entries = self.layout().load_generation(suite, to)?.entries;
        self.change(&current, entries.clone(), entries, Action::Rollback { to }, at)
    }

    /// Publishes `entries`, unless they are what is published.
    fn change(
        &self,
        current: &Generation,
        mut entries: Vec<Entry>,
        about: Vec<Entry>,
        action: Action,
        at: Timestamp,
    ) -> Result<Report, RepositoryError> {
        entries.sort_by(Entry::listing_order);
        if entries == current.entries {
            return Ok(Report::new(current, false, about));
        }
        let next = self.commit(current.suite, Some(current), entries, action, at)?;
        Ok(Report::new(&next, true, about))
    }
}

/// Adds what is not there; what is there under the same name has the same content.
fn merge(entries: &mut Vec<Entry>, added: &[Entry]) {
    for entry in added {
        if !entries.contains(entry) {
            entries.push(entry.clone());
        }
    }
}

fn source(promotion: &Promotion) -> Result<Suite, RepositoryError> {
    let from = promotion.from.or(promotion.to.previous());
    let from = from.filter(|from| *from != promotion.to);
    from.ok_or(RepositoryError::NoSource {
        from: promotion.from,
        to: promotion.to,
    })
}

/// All architectures of one version of a package, and which it is: the newest when none is named.
fn select(
    source: &Generation,
    package: &PackageName,
    version: Option<&DebianVersion>,
) -> Result<(DebianVersion, Vec<Entry>), RepositoryError> {
    let of_package = || source.entries.iter().filter(|entry| entry.package == *package);
    let missing = || not_found(source.suite, package, version);
    let newest = of_package().map(|entry| &entry.version).max();
    let wanted = version.or(newest).ok_or_else(missing)?;
    let selected: Vec<_> = of_package().filter(|entry| entry.version == *wanted).cloned().collect();
    if selected.is_empty() {
        Err(missing())
    } else {
        Ok((wanted.clone(), selected))
    }
}

fn refuse_newer(suite: Suite, newer: Option<&Entry>, offered: &DebianVersion) -> Result<(), RepositoryError> {
    newer.map_or(Ok(()), |have| {
        Err(RepositoryError::NotNewer {
            package: have.package.clone(),
            suite,
            have: have.version.clone(),
            offered: offered.clone(),
        })
    })
}

fn not_found(suite: Suite, package: &PackageName, version: Option<&DebianVersion>) -> RepositoryError {
    RepositoryError::NotFound {
        package: package.clone(),
        version: version.cloned(),
        suite,
    }
}
