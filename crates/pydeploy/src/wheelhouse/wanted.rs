//! A file that a lock pins, whatever its kind.

use std::path::Path;

use super::lock::{Pinned, PinnedSdist};
use crate::digest::Sha256;
use crate::python::DistributionName;

/// A wheel or a source distribution.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) name: &'a DistributionName,
    pub(super) file: &'a str,
    pub(super) url: Option<&'a str>,
    /// Relative to the folder of the lock.
    pub(super) path: Option<&'a Path>,
    pub(super) index: Option<&'a str>,
    pub(super) size: Option<u64>,
    pub(super) sha256: Sha256,
}

impl<'a> From<&'a Pinned> for Wanted<'a> {
    fn from(pin: &'a Pinned) -> Self {
        Self {
            name: &pin.name,
            file: pin.filename.as_str(),
            url: pin.url.as_deref(),
            path: pin.path.as_deref(),
            index: pin.index.as_deref(),
            size: pin.size,
            sha256: pin.sha256,
        }
    }
}

impl<'a> From<&'a PinnedSdist> for Wanted<'a> {
    fn from(sdist: &'a PinnedSdist) -> Self {
        Self {
            name: &sdist.name,
            file: &sdist.filename,
            url: sdist.url.as_deref(),
            path: sdist.path.as_deref(),
            index: sdist.index.as_deref(),
            size: sdist.size,
            sha256: sdist.sha256,
        }
    }
}
