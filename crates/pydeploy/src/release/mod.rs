//! A release: what gets installed, independent of any format.
//!
//! [`Release::plan`] gathers the application's files and the wheels; [`Release::tree`] lays them out for a place: below
//! `/opt` for a package, in a folder of its own for a deployment. The tree is data; nothing is written.

mod build;
mod compiled;
mod content;
mod files;
mod id;
mod layout;
mod manifest;
mod plan;
mod sbom;
mod template;
mod tree;
mod unpack;

pub use build::{BuildError, run_builds};
pub(crate) use compiled::Compiled;
pub use compiled::CompiledCache;
pub use content::ContentError;
pub use files::FilesError;
pub use id::{ParseReleaseIdError, ReleaseId};
pub use layout::Layout;
pub(crate) use manifest::json;
pub use manifest::{MANIFEST_SCHEMA, Manifest, ManifestEntry, ManifestError, ManifestService};
pub use plan::{Release, ReleaseError};
pub(crate) use plan::{generated, is_shared_library};
pub use template::TemplateProblem;
pub use tree::{Content, Entry, Kind, Owner, PathError, ReleaseTree, TreeError, TreePath};
pub use unpack::{UnpackError, unpack};
