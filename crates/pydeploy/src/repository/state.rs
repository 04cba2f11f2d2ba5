//! What the repository knows, on disk: its settings, a record for each package file, numbered generations.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::layout::Layout;
use super::{Action, Entry, RepositoryError, Suite};
use crate::Timestamp;
use crate::artifact::deb::Architecture;
use crate::digest::Sha256;
use crate::sys::files::{self, At as _};

/// Of all state files; a higher one is refused.
pub(super) const SCHEMA: u32 = 1;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Settings {
    pub(super) schema: u32,
    pub(super) origin: String,
    pub(super) label: String,
    /// Of the signing key.
    pub(super) fingerprint: String,
    /// Whether the key lies in the repository's own keyring, not in the user's.
    pub(super) own_key: bool,
}

/// A package file that was accepted, and its part of a `Packages` file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) schema: u32,
    #[serde(flatten)]
    pub(super) entry: Entry,
    pub(super) stanza: String,
}

/// What a suite holds at one time, and the indexes that say so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Generation {
    pub(super) schema: u32,
    pub(super) suite: Suite,
    pub(super) generation: u64,
    /// Seconds since 1970; the `Date` of its `Release`.
    pub(super) date: i64,
    #[serde(flatten)]
    pub(super) action: Action,
    pub(super) architectures: Vec<Architecture>,
    /// Sorted by name, then newest first, then architecture.
    pub(super) entries: Vec<Entry>,
    pub(super) indexes: Vec<IndexFile>,
}

/// A file that `Release` lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct IndexFile {
    /// Below the suite's folder.
    pub(super) path: String,
    pub(super) size: u64,
    pub(super) sha256: Sha256,
}

impl Generation {
    pub(super) fn date(&self) -> Timestamp {
        Timestamp::from_second(self.date).unwrap_or(Timestamp::EPOCH)
    }
}

impl Layout {
    /// The settings; `None` when nothing was made here yet.
    pub(super) fn load_settings(&self) -> Result<Option<Settings>, RepositoryError> {
        load(&self.settings())
    }

    /// The generation that is current; `None` when nothing was ever published.
    pub(super) fn load_current(&self, suite: Suite) -> Result<Option<Generation>, RepositoryError> {
        let path = self.current(suite);
        let Some(number) = files::read_if_exists(&path)? else {
            return Ok(None);
        };
        let number = String::from_utf8_lossy(&number).trim().parse::<u64>();
        let number = number.map_err(|_| bad_state(&path, "it does not hold a number"))?;
        self.load_generation(suite, number).map(Some)
    }

    pub(super) fn load_generation(&self, suite: Suite, generation: u64) -> Result<Generation, RepositoryError> {
        load(&self.generation(suite, generation))?.ok_or(RepositoryError::NoGeneration { suite, generation })
    }

    pub(super) fn load_record(&self, entry: &Entry) -> Result<Option<Record>, RepositoryError> {
        load(&self.record(entry))
    }

    /// Everything that was ever accepted under one name.
    pub(super) fn load_records(&self, package: &str) -> Result<Vec<Record>, RepositoryError> {
        let dir = self.records(package);
        if !dir.exists() {
            return Ok(Vec::new());
        }
        let mut records = Vec::new();
        for item in std::fs::read_dir(&dir).at("read the folder", &dir)? {
            let path = item.at("read the folder", &dir)?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                records.extend(load::<Record>(&path)?);
            }
        }
        Ok(records)
    }

    /// The suite that has or had exactly this package file, if there is one.
    pub(super) fn published_in(&self, entry: &Entry) -> Result<Option<Suite>, RepositoryError> {
        for suite in Suite::ALL {
            let last = self.load_current(suite)?.map_or(0, |current| current.generation);
            for number in (1..=last).rev() {
                if self.load_generation(suite, number)?.entries.contains(entry) {
                    return Ok(Some(suite));
                }
            }
        }
        Ok(None)
    }

    pub(super) fn store<T: Serialize>(&self, path: &Path, value: &T) -> Result<(), RepositoryError> {
        let mut bytes = serde_json::to_vec_pretty(value).map_err(|error| bad_state(path, error))?;
        bytes.push(b'\n');
        Ok(files::write_atomic(path, &bytes, 0o644)?)
    }
}

fn load<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, RepositoryError> {
    #[derive(Deserialize)]
    struct Versioned {
        schema: u32,
    }
    let Some(bytes) = files::read_if_exists(path)? else {
        return Ok(None);
    };
    let bad = |error| bad_state(path, error);
    let Versioned { schema } = serde_json::from_slice(&bytes).map_err(bad)?;
    if schema != SCHEMA {
        let reason = format!("schema {schema} is not {SCHEMA}, which this version of pydeploy reads");
        return Err(bad_state(path, reason));
    }
    serde_json::from_slice(&bytes).map(Some).map_err(bad)
}

fn bad_state(path: &Path, reason: impl std::fmt::Display) -> RepositoryError {
    RepositoryError::State {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}
