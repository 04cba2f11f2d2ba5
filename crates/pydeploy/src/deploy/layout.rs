//! Where things lie in a host folder.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::DeployError;
use crate::config::ServiceName;
use crate::release::ReleaseId;
use crate::sys::files::{self, At as _};

/// The paths of a host folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn releases(&self) -> PathBuf {
        self.root.join("releases")
    }

    pub(super) fn release(&self, id: &ReleaseId) -> PathBuf {
        self.releases().join(id.as_str())
    }

    /// Where a release is put together before it gets its name.
    pub(super) fn staging(&self, id: &ReleaseId) -> PathBuf {
        self.releases().join(format!(".staging-{id}"))
    }

    /// Where a release that failed is kept.
    pub(super) fn failed(&self, id: &ReleaseId) -> PathBuf {
        self.releases().join(format!(".failed-{id}"))
    }

    pub(super) fn current(&self) -> PathBuf {
        self.root.join("current")
    }

    /// The variables that the host sets.
    pub(super) fn environment(&self) -> PathBuf {
        self.root.join("shared/environment.json")
    }

    /// The application's own data, kept from release to release.
    pub(super) fn state(&self) -> PathBuf {
        self.root.join("shared/state")
    }

    pub(super) fn log(&self, name: &str) -> PathBuf {
        self.root.join("log").join(name)
    }

    /// What a service prints; the main one has no name.
    pub(super) fn service_log(&self, name: Option<&ServiceName>) -> PathBuf {
        match name {
            Some(name) => self.log(&format!("service-{name}.log")),
            None => self.log("service.log"),
        }
    }

    pub(super) fn run(&self) -> PathBuf {
        self.root.join("run")
    }

    /// Held by the supervisor for as long as it lives.
    pub(super) fn supervisor_lock(&self) -> PathBuf {
        self.run().join("supervisor.lock")
    }

    /// Which process the supervisor started last for a service.
    pub(super) fn service_process(&self, name: Option<&ServiceName>) -> PathBuf {
        match name {
            Some(name) => self.run().join(format!("service-{name}.json")),
            None => self.run().join("service.json"),
        }
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.root.join("journal.jsonl")
    }

    /// The address that the service got on its first deployment.
    pub(super) fn address(&self) -> PathBuf {
        self.root.join("address.json")
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// The release that `current` names, if there is one.
    pub(super) fn current_release(&self) -> Result<Option<ReleaseId>, DeployError> {
        let link = self.current();
        let target = match std::fs::read_link(&link) {
            Ok(target) => target,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => {
                return Err(DeployError::CurrentIsNoLink { path: link });
            }
            Err(error) => Err(error).at("read the link", &link)?,
        };
        let name = target.strip_prefix("releases").ok().and_then(Path::to_str);
        match name.and_then(|name| name.parse().ok()) {
            Some(id) => Ok(Some(id)),
            None => Err(DeployError::CurrentIsNoLink { path: link }),
        }
    }
}

/// Reads a JSON file, `None` when there is none.
pub(super) fn load<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, DeployError> {
    let Some(bytes) = files::read_if_exists(path)? else {
        return Ok(None);
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| DeployError::Malformed {
            file: path.to_owned(),
            line: error.line(),
            message: without_position(&error),
        })
}

/// What is wrong, without the position that the error carries beside it.
pub(super) fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((message, _)) => message.to_owned(),
        None => text,
    }
}

/// Writes a JSON file for people and programs, atomically.
pub(super) fn store<T: serde::Serialize>(path: &Path, value: &T, mode: u32) -> Result<(), DeployError> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| DeployError::Malformed {
        file: path.to_owned(),
        line: 0,
        message: error.to_string(),
    })?;
    text.push(b'\n');
    Ok(files::write_atomic(path, &text, mode)?)
}
