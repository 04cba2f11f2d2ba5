//! What a host keeps beside a release's files, so that it can run the release again without the project.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::layout::{self, Layout};
use super::programs::{OtherProgram, Program, Socket};
use super::{DeployError, Request};
use crate::digest::Sha256;
use crate::release::ReleaseId;

/// `release.json` in a release's folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoredRelease {
    /// The number of this format: 1.
    pub schema: u32,
    /// The release's id.
    pub release: ReleaseId,
    /// The release's version.
    pub version: String,
    /// A digest over the listing of the tree: paths, kinds, modes, sizes and digests.
    pub tree: Sha256,
    /// Program and arguments of the main service, with their placeholders.
    pub command: Vec<String>,
    /// Where the main service wants to listen.
    pub listen: SocketAddr,
    /// The services beside it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OtherProgram>,
    /// The commands that prepared the release.
    pub prepare: Vec<Vec<String>>,
    /// The page whose body is the release id.
    pub health_path: String,
    /// How long a release may take until it answers.
    pub health_timeout: Duration,
    /// Variables with a value from the project.
    pub set: BTreeMap<String, String>,
}

impl StoredRelease {
    pub(super) fn of(request: &Request) -> Self {
        Self {
            schema: 1,
            release: request.id.clone(),
            version: request.version.clone(),
            tree: request.tree.digest(),
            command: request.services.command.clone(),
            listen: request.services.listen,
            others: request.services.others.clone(),
            prepare: request.prepare.clone(),
            health_path: request.health.path.clone(),
            health_timeout: request.health.timeout,
            set: request.environment.set.clone(),
        }
    }

    /// What runs, the main service first.
    pub(super) fn programs(&self) -> Vec<Program> {
        let main = Program {
            name: None,
            command: self.command.clone(),
            socket: Socket::Host,
        };
        std::iter::once(main)
            .chain(self.others.iter().map(Program::from))
            .collect()
    }

    /// That of the release with this id, `None` when there is none.
    pub(super) fn load(layout: &Layout, id: &ReleaseId) -> Result<Option<Self>, DeployError> {
        layout::load(&file(&layout.release(id)))
    }

    pub(super) fn store(&self, release_dir: &Path) -> Result<(), DeployError> {
        layout::store(&file(release_dir), self, 0o644)
    }
}

fn file(release_dir: &Path) -> PathBuf {
    release_dir.join("release.json")
}
