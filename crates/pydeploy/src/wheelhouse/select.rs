//! From a lock to the wheels of one target.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::lock::{Lock, LockError, LockedPackage, LockedWheel, Pinned};
use crate::python::{MarkerEnvironment, Tags, Target, python_satisfies};

pub(super) fn select(lock: &Lock, target: &Target) -> Result<Vec<Pinned>, LockError> {
    let mut environment = MarkerEnvironment::of(target);
    environment.dependency_groups.clone_from(&lock.default_groups);
    check_lock(lock, target, &environment)?;
    let tags = Tags::of(target);
    let choice = Choice { lock, target, tags };
    let mut chosen: BTreeMap<_, &LockedPackage> = BTreeMap::new();
    let holds = |package: &&LockedPackage| package.marker.as_ref().is_none_or(|m| m.evaluate(&environment));
    for package in lock.packages.iter().filter(holds) {
        if let Some(first) = chosen.insert(&package.name, package) {
            return Err(choice.two_entries(first, package));
        }
    }
    chosen.into_values().map(|package| choice.pin(package)).collect()
}

fn check_lock(lock: &Lock, target: &Target, environment: &MarkerEnvironment) -> Result<(), LockError> {
    if let Some(requires) = lock.requires_python.as_deref().filter(|text| excludes(target, text)) {
        return Err(LockError::OtherPython {
            file: lock.file.clone(),
            requires_python: requires.to_owned(),
            target: target.clone(),
        });
    }
    let fits = lock.environments.is_empty() || lock.environments.iter().any(|marker| marker.evaluate(environment));
    match fits {
        true => Ok(()),
        false => Err(LockError::OtherEnvironment {
            file: lock.file.clone(),
            environments: lock.environments.iter().map(|marker| format!("`{marker}`")).collect(),
            target: target.clone(),
        }),
    }
}

fn excludes(target: &Target, requires_python: &str) -> bool {
    python_satisfies(target, requires_python) == Some(false)
}

struct Choice<'a> {
    lock: &'a Lock,
    target: &'a Target,
    tags: Tags,
}

impl Choice<'_> {
    fn pin(&self, package: &LockedPackage) -> Result<Pinned, LockError> {
        let requires = package.requires_python.as_deref();
        if let Some(requires) = requires.filter(|text| excludes(self.target, text)) {
            return Err(self.for_other_python(package, requires));
        }
        let wheel = self.best(package).ok_or_else(|| self.no_wheel(package))?;
        let sha256 = wheel.sha256.ok_or_else(|| self.no_hash(package, wheel))?;
        Ok(Pinned {
            name: package.name.clone(),
            version: wheel.filename.version().clone(),
            filename: wheel.filename.clone(),
            url: wheel.url.clone(),
            path: wheel.path.clone(),
            index: package.index.clone(),
            size: wheel.size,
            sha256,
        })
    }

    /// The lowest rank, then the highest build tag, then the first.
    fn best<'p>(&self, package: &'p LockedPackage) -> Option<&'p LockedWheel> {
        let ranked = package
            .wheels
            .iter()
            .filter_map(|wheel| Some((wheel.filename.rank(&self.tags)?, wheel)));
        ranked
            .min_by_key(|(rank, wheel)| (*rank, Reverse(wheel.filename.build())))
            .map(|(_, wheel)| wheel)
    }

    fn two_entries(&self, first: &LockedPackage, second: &LockedPackage) -> LockError {
        LockError::TwoEntries {
            file: self.lock.file.clone(),
            line: second.line,
            first_line: first.line,
            package: second.name.clone(),
            target: self.target.clone(),
        }
    }

    fn for_other_python(&self, package: &LockedPackage, requires_python: &str) -> LockError {
        LockError::PackageForOtherPython {
            file: self.lock.file.clone(),
            line: package.line,
            package: package.name.clone(),
            requires_python: requires_python.to_owned(),
            target: self.target.clone(),
        }
    }

    fn no_wheel(&self, package: &LockedPackage) -> LockError {
        LockError::NoFittingWheel {
            file: self.lock.file.clone(),
            line: package.line,
            package: package.name.clone(),
            target: self.target.clone(),
            available: package.wheels.iter().map(|wheel| wheel.filename.to_string()).collect(),
            has_source: package.has_source,
        }
    }

    fn no_hash(&self, package: &LockedPackage, wheel: &LockedWheel) -> LockError {
        LockError::NoHash {
            file: self.lock.file.clone(),
            line: wheel.line,
            package: package.name.clone(),
            wheel: wheel.filename.to_string(),
        }
    }
}
