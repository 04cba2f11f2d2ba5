//! What each target gets of the lock, as far as it is there.

use pep440_rs::Version;

use super::findings::Findings;
use super::{CheckOptions, FindingKind};
use crate::event::Silent;
use crate::python::{DistributionName, Target};
use crate::sys::process::SystemRunner;
use crate::wheelhouse::build::Builder;
use crate::wheelhouse::by_hash::{Located, locate};
use crate::wheelhouse::error::FetchError;
use crate::wheelhouse::lock::{Pinned, PinnedSdist, Selection, Unlocated};
use crate::wheelhouse::options::{FetchOptions, FindLinks};

/// What a target gets.
#[derive(Debug)]
pub(super) struct Selected<'a> {
    pub(super) target: &'a Target,
    pub(super) pins: Vec<Pinned>,
    /// What is locked, but which file it is is not known yet.
    pub(super) absent: Vec<(DistributionName, Version)>,
}

/// A lock that does not serve a target is a finding.
pub(super) fn select<'a>(
    options: &CheckOptions<'a>,
    findings: &mut Findings<'_>,
) -> Result<Vec<Selected<'a>>, FetchError> {
    let mut selected = Vec::new();
    for target in options.targets {
        match options.lock.select_with(target, options.select) {
            Ok(selection) => {
                let mut part = Selected {
                    target,
                    pins: Vec::new(),
                    absent: Vec::new(),
                };
                part.take(selection, options, findings)?;
                selected.push(part);
            }
            Err(error) => findings.add(FindingKind::Lock, None, Some(target), error.to_string()),
        }
    }
    Ok(selected)
}

impl Selected<'_> {
    /// Wheels, those that are found by their hash, and those that were built here.
    fn take(
        &mut self,
        selection: Selection,
        options: &CheckOptions<'_>,
        findings: &mut Findings<'_>,
    ) -> Result<(), FetchError> {
        self.pins = selection.wheels;
        let mut sdists = selection.sdists;
        let places = offline(options);
        for unlocated in &selection.unlocated {
            match locate(std::slice::from_ref(unlocated), self.target, &places, &mut Silent) {
                Ok(located) => located.into_iter().for_each(|located| match located {
                    Located::Wheel(pin) => self.pins.push(pin),
                    Located::Sdist(sdist) => sdists.push(sdist),
                }),
                Err(FetchError::Offline { .. }) => self.add_absent(unlocated, findings),
                Err(error) => return Err(error),
            }
        }
        for sdist in &sdists {
            let builder = Builder {
                runner: &SystemRunner,
                options: options.places,
                target: self.target,
            };
            match builder.find(sdist)? {
                Some(built) => self.pins.push(built.pin()),
                None => self.add_unbuilt(sdist, findings),
            }
        }
        Ok(())
    }

    fn add_absent(&mut self, unlocated: &Unlocated, findings: &mut Findings<'_>) {
        let (name, version) = (&unlocated.name, &unlocated.hashes.version);
        let message = format!("{name} {version} is not there; `pydeploy wheelhouse fetch` fetches it");
        findings.add(FindingKind::Missing, Some((name, version)), Some(self.target), message);
        self.absent.push((name.clone(), version.clone()));
    }

    fn add_unbuilt(&mut self, sdist: &PinnedSdist, findings: &mut Findings<'_>) {
        let package = sdist.version.as_ref().map(|version| (&sdist.name, version));
        let file = &sdist.filename;
        let message = format!("the wheel of {file} is not built; `pydeploy wheelhouse fetch` builds it");
        findings.add(FindingKind::Missing, package, Some(self.target), message);
        self.absent
            .extend(package.map(|(name, version)| (name.clone(), version.clone())));
    }
}

fn offline(options: &CheckOptions<'_>) -> FetchOptions {
    let folder = options.folder.map(|folder| FindLinks::Folder(folder.to_owned()));
    let mut places = options.places.clone();
    places.offline = true;
    places.find_links.extend(folder);
    places
}
