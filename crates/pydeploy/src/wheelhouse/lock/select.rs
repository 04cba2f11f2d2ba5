//! From a lock to the wheels of one target.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::requirements::Constraint;
use super::{Hashes, Pinned, PinnedSdist, SelectOptions, Selection, Unlocated};
use super::{Lock, LockError, LockedPackage, LockedSdist, LockedSource, LockedWheel};
use crate::python::{DistributionName, MarkerEnvironment, Tags, Target, python_satisfies};

pub(super) fn select(lock: &Lock, target: &Target, options: &SelectOptions) -> Result<Selection, LockError> {
    let environment = environment(lock, target, options)?;
    check_lock(lock, target, &environment)?;
    let tags = Tags::of(target);
    let choice = Choice { lock, target, tags };
    let mut selection = Selection::default();
    for package in choice.packages(&environment)? {
        check_constraints(lock, package, &environment)?;
        choice.choose(package, &mut selection)?;
    }
    Ok(selection)
}

fn environment(lock: &Lock, target: &Target, options: &SelectOptions) -> Result<MarkerEnvironment, LockError> {
    let mut environment = MarkerEnvironment::of(target);
    let groups = options.groups.as_ref().unwrap_or(&lock.default_groups);
    check_parts(lock, "extra", &options.extras, &lock.extras)?;
    check_parts(lock, "dependency group", groups, &lock.dependency_groups)?;
    environment.extras.clone_from(&options.extras);
    environment.dependency_groups.clone_from(groups);
    Ok(environment)
}

/// A lock without parts to choose from holds those that it was made with.
fn check_parts(
    lock: &Lock,
    kind: &'static str,
    wanted: &BTreeSet<DistributionName>,
    known: &BTreeSet<DistributionName>,
) -> Result<(), LockError> {
    match wanted.difference(known).next().filter(|_| !known.is_empty()) {
        None => Ok(()),
        Some(name) => Err(LockError::UnknownPart {
            file: lock.file.clone(),
            kind,
            name: name.clone(),
            known: known.iter().map(|name| format!("`{name}`")).collect(),
        }),
    }
}

fn check_lock(lock: &Lock, target: &Target, environment: &MarkerEnvironment) -> Result<(), LockError> {
    if let Some(requires) = lock.requires_python.as_deref().filter(|text| excludes(target, text)) {
        return Err(LockError::OtherPython {
            file: lock.file.clone(),
            line: lock.lines.requires_python,
            requires_python: requires.to_owned(),
            target: target.clone(),
        });
    }
    let fits = lock.environments.is_empty() || lock.environments.iter().any(|marker| marker.evaluate(environment));
    match fits {
        true => Ok(()),
        false => Err(LockError::OtherEnvironment {
            file: lock.file.clone(),
            line: lock.lines.environments,
            environments: lock.environments.iter().map(|marker| format!("`{marker}`")).collect(),
            target: target.clone(),
        }),
    }
}

fn excludes(target: &Target, requires_python: &str) -> bool {
    python_satisfies(target, requires_python) == Some(false)
}

fn check_constraints(lock: &Lock, package: &LockedPackage, environment: &MarkerEnvironment) -> Result<(), LockError> {
    let of_it = |constraint: &&Constraint| constraint.requirement.name == package.name;
    let excluding = lock.constraints.iter().filter(of_it).find_map(|constraint| {
        let version = package.version.as_ref()?;
        let holds = constraint.requirement.is_for(environment) && !constraint.requirement.accepts(version);
        holds.then_some((constraint, version))
    });
    match excluding {
        None => Ok(()),
        Some((constraint, version)) => Err(LockError::Constrained {
            file: constraint.file.clone(),
            line: constraint.line,
            constraint: constraint.requirement.to_string(),
            package: package.name.clone(),
            version: version.clone(),
        }),
    }
}

struct Choice<'a> {
    lock: &'a Lock,
    target: &'a Target,
    tags: Tags,
}

impl<'a> Choice<'a> {
    /// Those that are needed, by name.
    fn packages(&self, environment: &MarkerEnvironment) -> Result<Vec<&'a LockedPackage>, LockError> {
        let mut chosen: BTreeMap<_, &LockedPackage> = BTreeMap::new();
        for package in self.needed(environment) {
            if let Some(first) = chosen.insert(&package.name, package)
                && !is_said_twice(first, package)
            {
                return Err(self.two_entries(first, package));
            }
        }
        Ok(chosen.into_values().collect())
    }

    /// Those whose marker holds, or that the project depends on.
    fn needed(&self, environment: &MarkerEnvironment) -> Vec<&'a LockedPackage> {
        let packages = &self.lock.packages;
        let holds = |package: &&LockedPackage| package.marker.as_ref().is_none_or(|m| m.evaluate(environment));
        match &self.lock.graph {
            Some(graph) => graph.needed(environment).into_iter().map(|at| &packages[at]).collect(),
            None => packages.iter().filter(holds).collect(),
        }
    }

    fn choose(&self, package: &LockedPackage, selection: &mut Selection) -> Result<(), LockError> {
        let requires = package.requires_python.as_deref();
        if let Some(requires) = requires.filter(|text| excludes(self.target, text)) {
            return Err(self.for_other_python(package, requires));
        }
        match &package.source {
            LockedSource::Project => Ok(()),
            LockedSource::Other { kind } => Err(no_file(package, kind)),
            LockedSource::Files { wheels, sdist } => self.choose_file(package, wheels, sdist.as_ref(), selection),
            LockedSource::Hashes(hashes) => {
                selection.unlocated.push(unlocated(package, hashes));
                Ok(())
            }
        }
    }

    fn choose_file(
        &self,
        package: &LockedPackage,
        wheels: &[LockedWheel],
        sdist: Option<&LockedSdist>,
        selection: &mut Selection,
    ) -> Result<(), LockError> {
        match (best(wheels, &self.tags), sdist) {
            (Some(wheel), _) => selection.wheels.push(pin(package, wheel)?),
            (None, Some(sdist)) => selection.sdists.push(pin_sdist(package, wheels, sdist)?),
            (None, None) => return Err(self.no_wheel(package, wheels)),
        }
        Ok(())
    }

    fn two_entries(&self, first: &LockedPackage, second: &LockedPackage) -> LockError {
        LockError::TwoEntries {
            file: second.file.clone(),
            line: second.line,
            first_line: first.line,
            package: second.name.clone(),
            target: self.target.clone(),
        }
    }

    fn for_other_python(&self, package: &LockedPackage, requires_python: &str) -> LockError {
        LockError::PackageForOtherPython {
            file: package.file.clone(),
            line: package.line,
            package: package.name.clone(),
            requires_python: requires_python.to_owned(),
            target: self.target.clone(),
        }
    }

    fn no_wheel(&self, package: &LockedPackage, wheels: &[LockedWheel]) -> LockError {
        LockError::NoFittingWheel {
            file: package.file.clone(),
            line: package.line,
            package: package.name.clone(),
            target: self.target.clone(),
            available: names(wheels),
            has_source: false,
        }
    }
}

/// Requirements files that include one another may say the same of a distribution.
fn is_said_twice(first: &LockedPackage, second: &LockedPackage) -> bool {
    matches!(first.source, LockedSource::Hashes(_)) && first.source == second.source
}

/// The lowest rank, then the highest build tag, then the first.
fn best<'p>(wheels: &'p [LockedWheel], tags: &Tags) -> Option<&'p LockedWheel> {
    let ranked = wheels
        .iter()
        .filter_map(|wheel| Some((wheel.filename.rank(tags)?, wheel)));
    ranked
        .min_by_key(|(rank, wheel)| (*rank, Reverse(wheel.filename.build())))
        .map(|(_, wheel)| wheel)
}

fn pin(package: &LockedPackage, wheel: &LockedWheel) -> Result<Pinned, LockError> {
    let no_hash = || no_hash(package, wheel.line, wheel.filename.as_str());
    Ok(Pinned {
        name: package.name.clone(),
        version: wheel.filename.version().clone(),
        filename: wheel.filename.clone(),
        url: wheel.url.clone(),
        path: wheel.path.clone(),
        index: package.index.clone(),
        size: wheel.size,
        sha256: wheel.sha256.ok_or_else(no_hash)?,
    })
}

fn pin_sdist(package: &LockedPackage, wheels: &[LockedWheel], sdist: &LockedSdist) -> Result<PinnedSdist, LockError> {
    let no_hash = || no_hash(package, sdist.line, &sdist.filename);
    Ok(PinnedSdist {
        file: package.file.clone(),
        line: package.line,
        name: package.name.clone(),
        version: package.version.clone(),
        filename: sdist.filename.clone(),
        url: sdist.url.clone(),
        path: sdist.path.clone(),
        index: package.index.clone(),
        size: sdist.size,
        sha256: sdist.sha256.ok_or_else(no_hash)?,
        other_wheels: names(wheels),
    })
}

fn names(wheels: &[LockedWheel]) -> Vec<String> {
    wheels.iter().map(|wheel| wheel.filename.to_string()).collect()
}

fn unlocated(package: &LockedPackage, hashes: &Hashes) -> Unlocated {
    Unlocated {
        file: package.file.clone(),
        line: package.line,
        name: package.name.clone(),
        hashes: hashes.clone(),
    }
}

fn no_file(package: &LockedPackage, kind: &str) -> LockError {
    LockError::NoFile {
        file: package.file.clone(),
        line: package.line,
        package: package.name.clone(),
        kind: kind.to_owned(),
    }
}

fn no_hash(package: &LockedPackage, line: usize, file: &str) -> LockError {
    LockError::NoHash {
        file: package.file.clone(),
        line,
        package: package.name.clone(),
        wheel: file.to_owned(),
    }
}
