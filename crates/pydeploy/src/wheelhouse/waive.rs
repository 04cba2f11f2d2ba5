//! Waivers where wheels are used: what is accepted, and what becomes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::check::{Finding, FindingKind, Waived};
use crate::config::{Waivable, Waivers};
use crate::python::{DistributionName, Installed, Scheme, Target, Wheel, WheelError, WheelFilename};

/// Opens a wheel; when a waiver accepts that, also one whose RECORD contradicts its members.
///
/// Names that climb out, links, doubled members and whatever else makes a wheel unsafe are refused all the same.
///
/// # Errors
///
/// When [`Wheel::open`] refuses it, and there is no waiver for that.
pub fn open_wheel(path: &Path, waivers: &Waivers) -> Result<Wheel, WheelError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let waived = name
        .parse::<WheelFilename>()
        .is_ok_and(|file| waivers.find(file.name(), file.version(), Waivable::Record).is_some());
    match waived {
        true => Wheel::open_despite_record(path),
        false => Wheel::open(path),
    }
}

/// What of a wheel's RECORD is accepted.
pub(crate) fn records(wheel: &Wheel, target: Option<&Target>, waivers: &Waivers) -> Vec<Waived> {
    let messages = wheel.contradictions().iter();
    let messages = messages.map(|contradiction| format!("{}: {contradiction}", wheel.filename()));
    messages
        .filter_map(|message| waived(wheel.filename(), FindingKind::Record, message, target, waivers))
        .collect()
}

/// Accepts a wheel for another Python, when a waiver says so.
pub(crate) fn python(wheel: &Wheel, target: &Target, waivers: &Waivers) -> Option<Waived> {
    let requires = wheel.metadata().requires_python.as_deref().unwrap_or_default();
    let message = other_python(wheel.filename(), requires, target);
    waived(
        wheel.filename(),
        FindingKind::RequiresPython,
        message,
        Some(target),
        waivers,
    )
}

fn waived(
    file: &WheelFilename,
    kind: FindingKind,
    message: String,
    target: Option<&Target>,
    waivers: &Waivers,
) -> Option<Waived> {
    let waiver = waivers.find(file.name(), file.version(), kind.waivable()?)?;
    let finding = Finding {
        kind,
        package: Some(file.name().clone()),
        message,
        targets: target.map(ToString::to_string).into_iter().collect(),
    };
    Some(Waived {
        finding,
        reason: waiver.reason.clone(),
    })
}

pub(super) fn other_python(file: &WheelFilename, requires: &str, target: &Target) -> String {
    format!("{file} is for Python {requires}, not {}", target.python_full())
}

pub(super) fn both_bring(first: &WheelFilename, second: &WheelFilename, path: &str) -> String {
    format!("{first} and {second} both bring `{path}`")
}

/// Who of two that bring one path has a waiver for it and leaves it to the other: the first, else the second.
pub(super) fn yields<'a>(
    first: &'a WheelFilename,
    second: &'a WheelFilename,
    waivers: &Waivers,
) -> Option<&'a WheelFilename> {
    let waived = |file: &&WheelFilename| waivers.find(file.name(), file.version(), Waivable::Collision).is_some();
    [first, second].into_iter().find(waived)
}

/// What each wheel leaves to others because two bring it and one of them has a waiver.
#[derive(Debug, Default)]
pub(crate) struct LeftOut {
    paths: BTreeMap<DistributionName, BTreeSet<String>>,
    pub(crate) waived: Vec<Waived>,
}

impl LeftOut {
    /// Looks at what the wheels install together.
    pub(crate) fn of<'w>(
        wheels: impl Iterator<Item = (&'w Wheel, &'w [Installed])>,
        target: &Target,
        waivers: &Waivers,
    ) -> Self {
        let mut left = Self::default();
        if !waivers.cover(Waivable::Collision) {
            return left;
        }
        let mut owners: BTreeMap<&str, &WheelFilename> = BTreeMap::new();
        for (wheel, files) in wheels {
            for file in files {
                let (path, second) = (file.path.as_str(), wheel.filename());
                let first = owners.get(path).copied();
                if first.is_none_or(|first| left.add(path, path, [first, second], target, waivers) == Some(first)) {
                    owners.insert(path, second);
                }
            }
        }
        for (path, second) in &owners {
            for (at, _) in path.match_indices('/') {
                if let Some((file, first)) = owners.get_key_value(&path[..at]) {
                    left.add(file, path, [first, second], target, waivers);
                }
            }
        }
        left
    }

    /// The first has `file`, the second `path`, which is the same or lies below it.
    fn add<'a>(
        &mut self,
        file: &str,
        path: &str,
        [first, second]: [&'a WheelFilename; 2],
        target: &Target,
        waivers: &Waivers,
    ) -> Option<&'a WheelFilename> {
        let loser = yields(first, second, waivers)?;
        let lost = if loser == first { file } else { path };
        self.paths
            .entry(loser.name().clone())
            .or_default()
            .insert(lost.to_owned());
        let message = both_bring(first, second, file);
        let waived = waived(loser, FindingKind::Collision, message, Some(target), waivers);
        self.waived
            .extend(waived.filter(|waived| !self.waived.contains(waived)));
        Some(loser)
    }

    /// What a wheel installs without that.
    pub(crate) fn install(&self, wheel: &Wheel, scheme: &Scheme) -> Option<Result<Vec<Installed>, WheelError>> {
        let paths = self.paths.get(wheel.filename().name())?;
        Some(wheel.install_without(scheme, paths))
    }
}
