//! A generation becomes what hosts see: everything else first, `InRelease` last.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::index::{self, Indexes};
use super::layout::by_hash;
use super::session::Session;
use super::sign::Signed;
use super::state::{Generation, IndexFile, Record, SCHEMA};
use super::{Action, Entry, RepositoryError, Step, Suite, ingest};
use crate::Timestamp;
use crate::artifact::deb::Architecture;
use crate::sys::files::{self, At as _};
use crate::sys::gpg::signed_text;

/// How far the clock may stand behind the last publication, in seconds.
const CLOCK_SLACK: i64 = 60;
/// How long a replaced index stays under its digest, in seconds: a host may just have read the `Release` before.
const BY_HASH_AGE: i64 = 24 * 60 * 60;

impl Session<'_> {
    /// Makes and publishes the next generation of a suite.
    ///
    /// Up to the pointer, a failure leaves the repository as it was; from there on, the next session completes it.
    pub(super) fn commit(
        &self,
        suite: Suite,
        before: Option<&Generation>,
        entries: Vec<Entry>,
        action: Action,
        at: Timestamp,
    ) -> Result<Generation, RepositoryError> {
        let mut generation = next(suite, before, entries, action, at)?;
        let indexes = self.indexes(&generation)?;
        generation.indexes = index::describe(&indexes);
        let signed = self.prepare(&generation, &indexes)?;
        self.layout()
            .store(&self.layout().generation(suite, generation.generation), &generation)?;
        self.reach(Step::Generation)?;
        let pointer = format!("{}\n", generation.generation);
        files::write_atomic(&self.layout().current(suite), pointer.as_bytes(), 0o644)?;
        self.reach(Step::Pointer)?;
        self.swap(&generation, &indexes, &signed)?;
        self.prune(&generation)?;
        Ok(generation)
    }

    /// Publishes the current generation of a suite again if hosts see anything else.
    pub(super) fn roll_forward(&self, generation: &Generation) -> Result<(), RepositoryError> {
        let published = files::read_if_exists(&self.layout().dist(generation.suite).join("InRelease"))?;
        if published.and_then(|bytes| signed_text(&bytes)) == Some(self.release(generation)?) {
            return Ok(());
        }
        let indexes = self.indexes(generation)?;
        let mut generation = generation.clone();
        let described = index::describe(&indexes);
        if described != generation.indexes {
            generation.indexes = described;
            self.layout().store(
                &self.layout().generation(generation.suite, generation.generation),
                &generation,
            )?;
        }
        let signed = self.prepare(&generation, &indexes)?;
        self.swap(&generation, &indexes, &signed)?;
        self.prune(&generation)
    }

    fn indexes(&self, generation: &Generation) -> Result<Indexes, RepositoryError> {
        let records: Result<Vec<_>, _> = generation.entries.iter().map(|entry| self.record(entry)).collect();
        let built = index::indexes(&records?, &generation.architectures);
        Ok(built.at("compress the indexes for", &self.layout().dist(generation.suite))?)
    }

    fn record(&self, entry: &Entry) -> Result<Record, RepositoryError> {
        let path = self.layout().pool(entry);
        if !ingest::is_whole(&path, entry.size) {
            return Err(RepositoryError::PoolDamaged { path });
        }
        let record = self.layout().load_record(entry)?;
        let record = record.filter(|record| record.entry.sha256 == entry.sha256);
        record.ok_or_else(|| RepositoryError::State {
            path: self.layout().record(entry),
            reason: format!("it does not describe {} {}", entry.package, entry.version),
        })
    }

    fn release(&self, generation: &Generation) -> Result<String, RepositoryError> {
        index::release(self.settings(), generation).map_err(|error| RepositoryError::State {
            path: self.layout().settings(),
            reason: error.to_string(),
        })
    }

    /// Everything that hosts do not see yet: the indexes under their digests, on the disk, and a verified signature.
    fn prepare(&self, generation: &Generation, indexes: &Indexes) -> Result<Signed, RepositoryError> {
        let dist = self.layout().dist(generation.suite);
        for (index, content) in generation.indexes.iter().zip(indexes.values()) {
            let path = by_hash_path(&dist, index);
            if !ingest::is_whole(&path, index.size) {
                self.put(&path, content, generation)?;
            }
        }
        self.reach(Step::ByHash)?;
        let signed = self.sign(generation.suite, &self.release(generation)?)?;
        self.reach(Step::Signed)?;
        Ok(signed)
    }

    fn swap(&self, generation: &Generation, indexes: &Indexes, signed: &Signed) -> Result<(), RepositoryError> {
        let dist = self.layout().dist(generation.suite);
        for (path, content) in indexes {
            self.put(&dist.join(path), content, generation)?;
        }
        self.reach(Step::Indexes)?;
        self.put(&dist.join("Release"), self.release(generation)?.as_bytes(), generation)?;
        self.reach(Step::Release)?;
        self.put(&dist.join("Release.gpg"), &signed.detached, generation)?;
        self.reach(Step::Detached)?;
        self.put(&dist.join("InRelease"), &signed.inrelease, generation)?;
        self.reach(Step::InRelease)
    }

    /// Writes a file for hosts, dated as its generation: HTTP caches tell versions apart by the second.
    fn put(&self, path: &Path, content: &[u8], generation: &Generation) -> Result<(), RepositoryError> {
        let mut staged = files::stage_file(&self.layout().staging())?;
        staged.write_all(content).at("write", path)?;
        let age = Duration::from_secs(generation.date.unsigned_abs());
        let modified = staged.as_file().set_modified(SystemTime::UNIX_EPOCH + age);
        modified.at("set the time of", path)?;
        files::create_dir_all(path.parent().unwrap_or(path))?;
        Ok(files::commit_file(staged, path, 0o644)?)
    }

    /// Removes the indexes that no host can still ask for.
    fn prune(&self, generation: &Generation) -> Result<(), RepositoryError> {
        let keep = self.still_wanted(generation)?;
        let dist = self.layout().dist(generation.suite);
        let folders: BTreeSet<_> = generation
            .indexes
            .iter()
            .map(|index| by_hash(&dist.join(&index.path)))
            .collect();
        for folder in folders {
            for item in fs::read_dir(&folder).at("read the folder", &folder)? {
                let path = item.at("read the folder", &folder)?.path();
                if !keep.contains(&path) {
                    fs::remove_file(&path).at("remove", &path)?;
                }
            }
        }
        Ok(())
    }

    fn still_wanted(&self, current: &Generation) -> Result<BTreeSet<PathBuf>, RepositoryError> {
        let dist = self.layout().dist(current.suite);
        let mut keep: BTreeSet<_> = current.indexes.iter().map(|index| by_hash_path(&dist, index)).collect();
        let mut replaced = current.date;
        for number in (1..current.generation).rev() {
            if replaced < current.date - BY_HASH_AGE {
                break;
            }
            let generation = self.layout().load_generation(current.suite, number)?;
            keep.extend(generation.indexes.iter().map(|index| by_hash_path(&dist, index)));
            replaced = generation.date;
        }
        Ok(keep)
    }
}

fn by_hash_path(dist: &Path, index: &IndexFile) -> PathBuf {
    by_hash(&dist.join(&index.path)).join(index.sha256.to_string())
}

fn next(
    suite: Suite,
    before: Option<&Generation>,
    mut entries: Vec<Entry>,
    action: Action,
    at: Timestamp,
) -> Result<Generation, RepositoryError> {
    entries.sort_by(Entry::listing_order);
    let mut architectures: BTreeSet<Architecture> = entries.iter().map(|entry| entry.architecture.clone()).collect();
    architectures.extend(before.into_iter().flat_map(|before| before.architectures.clone()));
    architectures.extend("amd64".parse::<Architecture>());
    architectures.retain(|architecture| !architecture.is_all());
    Ok(Generation {
        schema: SCHEMA,
        suite,
        generation: before.map_or(1, |before| before.generation + 1),
        date: date(suite, before, at)?,
        action,
        architectures: architectures.into_iter().collect(),
        entries,
        indexes: Vec::new(),
    })
}

/// Hosts ignore a `Release` that is older than the one they have, without a word.
fn date(suite: Suite, before: Option<&Generation>, at: Timestamp) -> Result<i64, RepositoryError> {
    let Some(before) = before else {
        return Ok(at.as_second());
    };
    if at.as_second() + CLOCK_SLACK < before.date {
        return Err(RepositoryError::ClockBehind {
            suite,
            at: at.rfc3339(),
            previous: before.date().rfc3339(),
        });
    }
    Ok(at.as_second().max(before.date + 1))
}
