//! Package files from outside into the pool.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::layout::Layout;
use super::state::{Record, SCHEMA};
use super::{Entry, RepositoryError, Suite, index};
use crate::artifact::deb::Deb;
use crate::sys::files::{self, At as _};

/// A verified copy that has no name yet.
struct Staged {
    copy: tempfile::TempPath,
    record: Record,
}

/// Verifies all of `paths`, then puts all of them into the pool; nothing of them when one is refused.
pub(super) fn ingest(layout: &Layout, suite: Suite, paths: &[PathBuf]) -> Result<Vec<Entry>, RepositoryError> {
    let mut staged: Vec<Staged> = Vec::new();
    for path in paths {
        let next = stage(layout, path)?;
        let earlier: Vec<_> = staged.iter().map(|staged| staged.record.clone()).collect();
        check(&next.record.entry, &earlier, |_| Ok(Some(suite)))?;
        let known = layout.load_records(next.record.entry.package.as_str())?;
        check(&next.record.entry, &known, |entry| layout.published_in(entry))?;
        staged.push(next);
    }
    let entries = staged.iter().map(|staged| staged.record.entry.clone()).collect();
    accept(layout, staged)?;
    Ok(entries)
}

/// Copies first and reads the copy, so that what was verified is what is published.
fn stage(layout: &Layout, path: &Path) -> Result<Staged, RepositoryError> {
    let copy = files::stage_file(&layout.staging())?.into_temp_path();
    fs::copy(path, &copy).at("copy", path)?;
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o644)).at("set the mode of", &copy)?;
    let deb = Deb::read(File::open(&copy).at("open", &copy)?, path)?;
    let entry = Entry {
        package: deb.package().clone(),
        version: deb.version().clone(),
        architecture: deb.architecture().clone(),
        size: deb.size(),
        sha256: deb.sha256(),
    };
    let stanza = index::stanza(&deb, &entry).map_err(|error| RepositoryError::State {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    let record = Record {
        schema: SCHEMA,
        entry,
        stanza,
    };
    Ok(Staged { copy, record })
}

/// Fails when one of `known` has the identity or the file name of `offered`, other content, and is published.
fn check(
    offered: &Entry,
    known: &[Record],
    published_in: impl Fn(&Entry) -> Result<Option<Suite>, RepositoryError>,
) -> Result<(), RepositoryError> {
    for have in known.iter().map(|record| &record.entry) {
        let identity = offered.is_same_build_of(have);
        let clash = identity || super::layout::pool_path(have) == super::layout::pool_path(offered);
        if !clash || (identity && have.sha256 == offered.sha256) {
            continue;
        }
        if let Some(suite) = published_in(have)? {
            return Err(if identity {
                conflict(have, offered, suite)
            } else {
                name_taken(have, offered, suite)
            });
        }
    }
    Ok(())
}

fn conflict(have: &Entry, offered: &Entry, suite: Suite) -> RepositoryError {
    RepositoryError::Conflict {
        offered: Box::new(offered.clone()),
        suite,
        have: have.sha256,
    }
}

fn name_taken(have: &Entry, offered: &Entry, suite: Suite) -> RepositoryError {
    RepositoryError::NameTaken {
        package: offered.package.clone(),
        suite,
        have: have.version.clone(),
        offered: offered.version.clone(),
    }
}

/// Content first, then one sync for all of it, then the records that speak of it.
fn accept(layout: &Layout, staged: Vec<Staged>) -> Result<(), RepositoryError> {
    let mut records = Vec::new();
    for Staged { copy, record } in staged {
        let path = layout.pool(&record.entry);
        if layout.load_record(&record.entry)?.as_ref() == Some(&record) && is_whole(&path, record.entry.size) {
            continue;
        }
        files::create_dir_all(path.parent().unwrap_or(&path))?;
        copy.persist(&path)
            .map_err(|e| e.error)
            .at("rename into place", &path)?;
        records.push(record);
    }
    if !records.is_empty() {
        files::sync_file_system(&layout.root)?;
    }
    records
        .iter()
        .try_for_each(|record| layout.store(&layout.record(&record.entry), record))
}

/// Whether a file of the pool is there and has its size.
pub(super) fn is_whole(path: &Path, size: u64) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.len() == size)
}
