//! From pinned distributions to wheels.

use std::path::PathBuf;

use pep440_rs::Version;

use super::build::{Builder, Provenance};
use super::by_hash::{Located, locate};
use super::download::{Local, obtain};
use super::error::FetchError;
use super::lock::{Pinned, PinnedSdist, Selection};
use super::options::FetchOptions;
use super::wanted::Wanted;
use crate::digest::Sha256;
use crate::event::Observer;
use crate::python::{DistributionName, Target, WheelFilename};
use crate::sys::process::{Runner, SystemRunner};

/// The wheels of one target, on this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wheelhouse {
    /// The wheels, by name.
    pub wheels: Vec<WheelFile>,
    /// How many files were downloaded just now.
    pub downloaded: usize,
    /// How many bytes that was.
    pub downloaded_bytes: u64,
    /// How many wheels were built from source just now.
    pub built: usize,
}

/// A wheel that is what the lock says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WheelFile {
    /// The distribution.
    pub name: DistributionName,
    /// Its version.
    pub version: Version,
    /// Its name as a wheel.
    pub filename: WheelFilename,
    /// The file.
    pub path: PathBuf,
    /// Its digest.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub size: u64,
    /// Where the lock downloads it from.
    pub url: Option<String>,
    /// The index that the lock names for it.
    pub index: Option<String>,
    /// Where it comes from, when it was built here.
    pub provenance: Option<Provenance>,
}

/// Finds every pinned wheel: at its path beside the lock, in a folder of `find_links`, in the cache, else on a page of
/// `find_links`, at an index or at its URL.
///
/// What is downloaded is checked against the lock while it arrives, and is in the cache only when it is right. A
/// connection that is cut is taken up again where it ended, by a later call too. Processes that want the same wheel wait
/// for the one that came first.
///
/// The first index that knows a name is the only one that is asked for it, and an index in the lock wins; so nobody can
/// slip in a file under the name of a private distribution. A yanked file is taken, because the lock names it, with a
/// note. A locked fetch needs no separate metadata file: what it checks is the hash.
///
/// # Errors
///
/// When a wheel can be had nowhere, or is not the one in the lock. Wheels that arrived before stay in the cache.
pub fn fetch(pins: &[Pinned], options: &FetchOptions, observer: &mut dyn Observer) -> Result<Wheelhouse, FetchError> {
    let wanted: Vec<_> = pins.iter().map(Wanted::from).collect();
    let mut wheelhouse = Wheelhouse::default();
    for (pin, local) in pins.iter().zip(obtain(&wanted, options, observer)?) {
        wheelhouse.count(&local);
        wheelhouse.wheels.push(wheel(pin, local));
    }
    wheelhouse.wheels.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(wheelhouse)
}

/// Finds everything that a target gets of a lock, as wheels.
///
/// It does what [`fetch`] does; and what has no wheel is built from its source distribution, by `uv build`, or by
/// `pip wheel` where there is no uv, each in an environment of its own.
///
/// What is pinned by hashes alone is looked up by them in folders, on pages and at indexes: the wheel that fits best.
///
/// A wheel is built for a target that is this machine: the same full version of Python at the target's path, the same
/// machine and C library. It is kept in the cache with its [`Provenance`], and every file in it is dated 1980.
///
/// # Errors
///
/// As for [`fetch`]; when something has to be built for another machine than this one, or a build fails or makes another
/// wheel than the one wanted.
pub fn fetch_selection(
    selection: &Selection,
    target: &Target,
    options: &FetchOptions,
    observer: &mut dyn Observer,
) -> Result<Wheelhouse, FetchError> {
    fetch_with(&SystemRunner, selection, target, options, observer)
}

pub(super) fn fetch_with(
    runner: &dyn Runner,
    selection: &Selection,
    target: &Target,
    options: &FetchOptions,
    observer: &mut dyn Observer,
) -> Result<Wheelhouse, FetchError> {
    let (mut pins, mut sdists) = (Vec::new(), Vec::new());
    for located in locate(&selection.unlocated, target, options, observer)? {
        match located {
            Located::Wheel(pin) => pins.push(pin),
            Located::Sdist(sdist) => sdists.push(sdist),
        }
    }
    // What was just located has a URL, for which no index need be asked again.
    let settled = FetchOptions {
        index_url: None,
        first_indexes: Vec::new(),
        ..options.clone()
    };
    let builder = Builder {
        runner,
        options,
        target,
    };
    let plan = [
        (builder.unbuilt(&selection.sdists)?, options),
        (builder.unbuilt(&sdists)?, &settled),
    ];
    builder.check_host(plan.iter().flat_map(|((_, unbuilt), _)| unbuilt))?;
    let mut wheelhouse = fetch(&selection.wheels, options, observer)?;
    wheelhouse.extend(fetch(&pins, &settled, observer)?);
    for ((built, unbuilt), options) in plan {
        wheelhouse.wheels.extend(built);
        wheelhouse.build(&builder, &unbuilt, options, observer)?;
    }
    wheelhouse.wheels.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(wheelhouse)
}

impl WheelFile {
    /// The wheel as a lock pins it, at the path where it is.
    pub(super) fn pin(&self) -> Pinned {
        Pinned {
            name: self.name.clone(),
            version: self.version.clone(),
            filename: self.filename.clone(),
            url: self.url.clone(),
            path: Some(self.path.clone()),
            index: self.index.clone(),
            size: Some(self.size),
            sha256: self.sha256,
        }
    }
}

impl Wheelhouse {
    fn extend(&mut self, other: Self) {
        self.wheels.extend(other.wheels);
        self.downloaded += other.downloaded;
        self.downloaded_bytes += other.downloaded_bytes;
    }

    fn build(
        &mut self,
        builder: &Builder<'_>,
        sdists: &[&PinnedSdist],
        options: &FetchOptions,
        observer: &mut dyn Observer,
    ) -> Result<(), FetchError> {
        let wanted: Vec<_> = sdists.iter().map(|sdist| Wanted::from(*sdist)).collect();
        for (sdist, local) in sdists.iter().zip(obtain(&wanted, options, observer)?) {
            self.count(&local);
            self.wheels.push(builder.build(sdist, &local.path, observer)?);
            self.built += 1;
        }
        Ok(())
    }

    fn count(&mut self, local: &Local) {
        if local.downloaded {
            self.downloaded += 1;
            self.downloaded_bytes += local.size;
        }
    }
}

fn wheel(pin: &Pinned, local: Local) -> WheelFile {
    WheelFile {
        name: pin.name.clone(),
        version: pin.version.clone(),
        filename: pin.filename.clone(),
        path: local.path,
        sha256: pin.sha256,
        size: local.size,
        url: pin.url.clone(),
        index: pin.index.clone(),
        provenance: None,
    }
}
