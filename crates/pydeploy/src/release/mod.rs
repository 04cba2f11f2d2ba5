//! A release: what gets installed, independent of any format.

mod content;
mod id;
mod tree;
mod unpack;

pub use content::ContentError;
pub use id::{ParseReleaseIdError, ReleaseId};
pub use tree::{Content, Entry, Kind, Owner, PathError, ReleaseTree, TreeError, TreePath};
pub use unpack::{UnpackError, unpack};
