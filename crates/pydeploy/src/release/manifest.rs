//! The manifest: what a release is and every file of it.

use serde::{Deserialize, Serialize};

use super::tree::{Kind, ReleaseTree};
use super::{Layout, ReleaseId};
use crate::config::PackageName;
use crate::digest::Sha256;

/// The number that a reader of manifests checks before anything else.
pub const MANIFEST_SCHEMA: u32 = 1;

/// `manifest.json` of a release, which lies beside its environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`MANIFEST_SCHEMA`].
    pub schema: u32,
    /// The package.
    pub name: PackageName,
    /// The Debian version.
    pub version: String,
    /// What the running site answers.
    pub release: ReleaseId,
    /// The target, `debian12`.
    pub target: String,
    /// Absolute path of the interpreter.
    pub interpreter: String,
    /// The service's program and arguments, with final paths.
    pub command: Vec<String>,
    /// Where the service listens.
    pub listen: String,
    /// The page that answers with the release id.
    pub health: String,
    /// Every file and link except the manifest itself, in the order of their paths.
    pub files: Vec<ManifestEntry>,
}

/// A file or a symbolic link of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ManifestEntry {
    /// A regular file.
    File {
        /// Absolute path.
        path: String,
        /// `0644` or `0755`.
        mode: String,
        /// Size in bytes.
        size: u64,
        /// Digest of the bytes.
        sha256: Sha256,
        /// Who brings it: `application`, `pydeploy` or a wheel's file name.
        owner: String,
    },
    /// A symbolic link.
    Link {
        /// Absolute path.
        path: String,
        /// What it points at.
        target: String,
        /// Who brings it.
        owner: String,
    },
}

impl ManifestEntry {
    /// The files and links of `tree`, in the order of their paths.
    pub(super) fn list(tree: &ReleaseTree, layout: &Layout) -> Vec<Self> {
        let entry = |(path, entry): (&super::TreePath, &super::Entry)| {
            let (path, owner) = (layout.absolute(path.as_str()), entry.owner.label().to_owned());
            match &entry.kind {
                Kind::Directory => None,
                Kind::Symlink { target } => Some(Self::Link {
                    path,
                    target: target.clone(),
                    owner,
                }),
                Kind::File {
                    executable,
                    size,
                    sha256,
                    ..
                } => Some(Self::File {
                    path,
                    mode: if *executable { "0755" } else { "0644" }.to_owned(),
                    size: *size,
                    sha256: *sha256,
                    owner,
                }),
            }
        };
        tree.iter().filter_map(entry).collect()
    }
}
