//! What one target gets, and whether that is enough and fits.

use std::collections::BTreeMap;

use pep440_rs::Version;

use super::closure::{self, Node, Unmet};
use super::findings::Findings;
use super::select::Selected;
use super::wheel::Examined;
use super::{CheckOptions, FindingKind, Wheels, candidates};
use crate::python::{DistributionName, MarkerEnvironment, Target};
use crate::wheelhouse::lock::Pinned;
use crate::wheelhouse::waive::other_python;

/// Checks what one target gets; the wheels of it that are there and have the hash in the lock.
pub(super) fn check(
    options: &CheckOptions<'_>,
    part: &Selected<'_>,
    wheels: &Wheels,
    findings: &mut Findings<'_>,
) -> Vec<String> {
    let target = part.target;
    let mut found = Vec::new();
    for pin in &part.pins {
        let there = candidates(pin, options);
        let there = there.iter().filter_map(|path| wheels.get(path));
        let (right, wrong): (Vec<_>, Vec<_>) = there.partition(|examined| examined.sha256 == pin.sha256);
        for examined in &wrong {
            findings.add(FindingKind::Hash, of(pin), Some(target), wrong_hash(examined, pin));
        }
        match right.first() {
            Some(examined) => found.push((pin, *examined)),
            None if wrong.is_empty() => {
                findings.add(FindingKind::Missing, of(pin), Some(target), missing(pin, options))
            }
            None => {}
        }
    }
    for (pin, examined) in &found {
        check_fit(target, pin, examined, findings);
    }
    check_requirements(options, part, &found, findings);
    check_collisions(target, &found, findings);
    found.iter().map(|(pin, _)| pin.filename.to_string()).collect()
}

fn missing(pin: &Pinned, options: &CheckOptions<'_>) -> String {
    match options.folder {
        Some(_) => format!(
            "{} is not in the folder; `pydeploy wheelhouse fetch --output` puts it there",
            pin.filename
        ),
        None => format!("{} is not there; `pydeploy wheelhouse fetch` fetches it", pin.filename),
    }
}

fn wrong_hash(examined: &Examined, pin: &Pinned) -> String {
    let path = examined.path.display();
    format!("{path} has sha256 {}, the lock says {}", examined.sha256, pin.sha256)
}

/// Whether a wheel is for the target's Python, machine and C library.
fn check_fit(target: &Target, pin: &Pinned, examined: &Examined, findings: &mut Findings<'_>) {
    if let Some(metadata) = examined.metadata.as_ref().filter(|metadata| !metadata.accepts(target)) {
        let requires = metadata.requires_python.as_deref().unwrap_or_default();
        let message = other_python(&pin.filename, requires, target);
        findings.add(FindingKind::RequiresPython, of(pin), Some(target), message);
    }
    let compiled = examined.compiled.iter();
    let readable = compiled.filter_map(|compiled| Some((&compiled.member, compiled.elf.as_ref().ok()?)));
    let (fit, other): (Vec<_>, Vec<_>) = readable.partition(|(_, elf)| elf.machine == Some(target.arch()));
    if let (Some((member, _)), true) = (other.first(), fit.is_empty()) {
        let message = format!("{}: {member} is not for {}", pin.filename, target.arch().machine());
        findings.add(FindingKind::Machine, of(pin), Some(target), message);
    }
    for (member, elf) in fit {
        if let Some((major, minor)) = elf.glibc().filter(|needed| *needed > target.glibc()) {
            let has = target.glibc();
            let file = format!("{}: {member}", pin.filename);
            let message = format!("{file} needs glibc {major}.{minor}, there is {}.{}", has.0, has.1);
            findings.add(FindingKind::Glibc, of(pin), Some(target), message);
        }
    }
}

fn check_requirements(
    options: &CheckOptions<'_>,
    part: &Selected<'_>,
    found: &[(&Pinned, &Examined)],
    findings: &mut Findings<'_>,
) {
    let requires = |pin: &Pinned| {
        let examined = found.iter().find(|(other, _)| other.name == pin.name);
        let requires = examined.into_iter().flat_map(|(_, examined)| &examined.requires);
        requires.filter_map(|requirement| requirement.as_ref().ok()).collect()
    };
    let nodes = part.pins.iter().map(|pin| {
        let requires = requires(pin);
        let version = &pin.version;
        (&pin.name, Node { version, requires })
    });
    let absent = part.absent.iter().map(|(name, version)| {
        let requires = Vec::new();
        (name, Node { version, requires })
    });
    let nodes = nodes.chain(absent).collect();
    let (target, environment) = (part.target, MarkerEnvironment::of(part.target));
    for unmet in closure::unmet(&nodes, options.requirements, &environment) {
        let by = unmet.by.and_then(|name| part.pins.iter().find(|pin| pin.name == *name));
        findings.add(
            FindingKind::Requirement,
            by.and_then(of),
            Some(target),
            unmet_message(&unmet, by),
        );
    }
}

fn unmet_message(unmet: &Unmet<'_>, by: Option<&Pinned>) -> String {
    let by = by.map_or("the project".to_owned(), |pin| pin.filename.to_string());
    let found = match unmet.found {
        Some(version) => format!("{} {version} is locked", unmet.requirement.name),
        None => format!("no {} is locked", unmet.requirement.name),
    };
    format!("{by} requires `{}`, {found}", unmet.requirement)
}

/// Whether two wheels bring one path, or one brings a file where another needs a folder.
fn check_collisions(target: &Target, found: &[(&Pinned, &Examined)], findings: &mut Findings<'_>) {
    let mut owners: BTreeMap<&str, &Pinned> = BTreeMap::new();
    for (pin, examined) in found {
        for path in examined.paths.get(&target.python_minor()).into_iter().flatten() {
            match owners.get(path.as_str()) {
                Some(first) => findings.add_collision(target, first, pin, path),
                None => drop(owners.insert(path, pin)),
            }
        }
    }
    for (path, pin) in &owners {
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        for (folder, other) in folders.filter_map(|folder| owners.get_key_value(folder)) {
            findings.add_collision(target, other, pin, folder);
        }
    }
}

pub(super) fn of(pin: &Pinned) -> Option<(&DistributionName, &Version)> {
    Some((&pin.name, &pin.version))
}
