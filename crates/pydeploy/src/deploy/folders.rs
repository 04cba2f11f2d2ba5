//! Folders of releases, moved and removed.

use std::fs;
use std::io;
use std::path::Path;

use super::layout::Layout;
use crate::release::ReleaseId;
use crate::sys::files::{self, At as _, FileError};

/// Removes what commands that were killed left half done.
pub(super) fn clear_staging(layout: &Layout) -> Result<(), FileError> {
    remove_where(layout, |name| {
        name.starts_with(".staging-") || name.starts_with(".trash-")
    })
}

fn remove_where(layout: &Layout, wanted: impl Fn(&str) -> bool) -> Result<(), FileError> {
    let releases = layout.releases();
    for entry in fs::read_dir(&releases).at("read the folder", &releases)? {
        let path = entry.at("read the folder", &releases)?.path();
        if path.file_name().and_then(|name| name.to_str()).is_some_and(&wanted) {
            fs::remove_dir_all(&path).at("remove", &path)?;
        }
    }
    Ok(())
}

/// Removes a release that was never finished: first its name, then its files.
pub(super) fn discard(layout: &Layout, dir: &Path) -> Result<(), FileError> {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    let trash = layout.releases().join(format!(".trash-{name}"));
    fs::rename(dir, &trash).at("move away", dir)?;
    fs::remove_dir_all(&trash).at("remove", &trash)
}

/// Keeps the release that failed last, for whoever wants to see why; what was not unpacked whole shows nothing, and
/// holds space on a disk that may be full.
pub(super) fn set_aside(layout: &Layout, id: &ReleaseId) -> Result<(), FileError> {
    let (staging, dir, failed) = (layout.staging(id), layout.release(id), layout.failed(id));
    if staging.symlink_metadata().is_ok() {
        return fs::remove_dir_all(&staging).at("remove", &staging);
    }
    remove_where(layout, |name| name.starts_with(".failed-"))?;
    if dir.symlink_metadata().is_ok() {
        fs::rename(&dir, &failed).at("move away", &dir)?;
    }
    Ok(())
}

pub(super) fn remove_current(layout: &Layout) -> Result<(), FileError> {
    let link = layout.current();
    match fs::remove_file(&link) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).at("remove", &link),
        _ => files::sync_dir(layout.root()),
    }
}
