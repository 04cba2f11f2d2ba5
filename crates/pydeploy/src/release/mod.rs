//! A release: what gets installed, independent of any format.
//!
//! [`Release::plan`] gathers the application's files and the wheels; [`Release::tree`] lays them out for a place: below
//! `/opt` for a package, in a folder of its own for a deployment. The tree is data; nothing is written.

mod assemble;
mod build;
mod bytecode;
mod compiled;
mod content;
mod error;
mod etc;
mod files;
mod id;
mod layout;
mod manifest;
mod plan;
mod sbom;
mod template;
mod tree;
mod unpack;

pub(crate) use assemble::is_shared_library;
#[cfg(test)]
pub(crate) use assemble::of_wheel;
pub use build::{BuildError, run_builds};
pub use bytecode::CompileReport;
pub(crate) use compiled::Compiled;
pub use compiled::CompiledCache;
pub use content::ContentError;
pub use error::ReleaseError;
pub use files::FilesError;
pub use id::{ParseReleaseIdError, ReleaseId};
pub use layout::Layout;
pub(crate) use manifest::json;
pub use manifest::{MANIFEST_SCHEMA, Manifest, ManifestEntry, ManifestError, ManifestService};
pub use plan::Release;
pub(crate) use sbom::licence_names;
pub use template::TemplateProblem;
pub(crate) use tree::generated;
pub use tree::{Content, Entry, Kind, Owner, PathError, ReleaseTree, TreeError, TreePath};
pub use unpack::{UnpackError, unpack};
