//! Findings while they come in, and which of them are waived.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::Version;

use super::Counts;
use super::report::{CheckReport, Finding, FindingKind, Waived};
use super::target::of;
use crate::config::{Waiver, Waivers};
use crate::python::{DistributionName, Target};
use crate::wheelhouse::lock::Pinned;
use crate::wheelhouse::waive::{both_bring, yields};

/// One that several targets share is one.
#[derive(Debug)]
pub(super) struct Findings<'a> {
    waivers: &'a Waivers,
    found: BTreeMap<Key, Value<'a>>,
}

type Key = (FindingKind, Option<DistributionName>, String);

/// The targets, and the waiver.
type Value<'a> = (BTreeSet<String>, Option<&'a Waiver>);

impl<'a> Findings<'a> {
    pub(super) fn new(waivers: &'a Waivers) -> Self {
        Self {
            waivers,
            found: BTreeMap::new(),
        }
    }

    pub(super) fn add(
        &mut self,
        kind: FindingKind,
        package: Option<(&DistributionName, &Version)>,
        target: Option<&Target>,
        message: String,
    ) {
        let waiver = package.and_then(|(name, version)| self.waivers.find(name, version, kind.waivable()?));
        let key = (kind, package.map(|(name, _)| name.clone()), message);
        let (targets, _) = self.found.entry(key).or_insert((BTreeSet::new(), waiver));
        targets.extend(target.map(ToString::to_string));
    }

    /// It is about the one of the two that has a waiver, else about the second.
    pub(super) fn add_collision(&mut self, target: &Target, first: &Pinned, second: &Pinned, path: &str) {
        let message = both_bring(&first.filename, &second.filename, path);
        let package = match yields(&first.filename, &second.filename, self.waivers) {
            Some(file) if *file == first.filename => first,
            _ => second,
        };
        self.add(FindingKind::Collision, of(package), Some(target), message);
    }

    pub(super) fn report(self, targets: &[Target], counts: Counts) -> CheckReport {
        let mut report = CheckReport {
            schema: 1,
            targets: targets.iter().map(ToString::to_string).collect(),
            wheels: counts.all.len(),
            wheels_of: counts.targets,
            findings: Vec::new(),
            waived: Vec::new(),
            unused_waivers: Vec::new(),
        };
        let mut unused: BTreeSet<_> = self.waivers.0.keys().cloned().collect();
        for ((kind, package, message), (targets, waiver)) in self.found {
            if let (Some(name), Some(_)) = (&package, waiver) {
                unused.remove(name);
            }
            let finding = Finding {
                kind,
                package,
                message,
                targets,
            };
            match waiver.map(|waiver| waiver.reason.clone()) {
                Some(reason) => report.waived.push(Waived { finding, reason }),
                None => report.findings.push(finding),
            }
        }
        report.unused_waivers = unused.into_iter().collect();
        report
    }
}
