//! Whether the compiled files are for the target.

use std::collections::BTreeMap;

use super::{Members, member_name};
use crate::config::{Waivable, Waiver};
use crate::python::{Elf, Wheel};
use crate::release::{Release, ReleaseError};
use crate::wheelhouse::{Finding, FindingKind, Waived};

impl Release {
    /// Checks that the compiled files of every wheel are for the target's machine and need no newer C library than it
    /// has. What a tag promises is not looked at: the files say it themselves. Those of the application are checked
    /// when they are read.
    ///
    /// Returns what does not fit and is accepted by the project.
    ///
    /// # Errors
    ///
    /// When something does not fit, or cannot be read, and no waiver of the project accepts that.
    pub fn check_compiled(&self) -> Result<Vec<Waived>, ReleaseError> {
        let known: BTreeMap<&str, Members> = self.known()?;
        let mut waived = Vec::new();
        for wheel in self.wheels() {
            let Some(members) = known
                .get(wheel.filename().as_str())
                .filter(|members| !members.is_empty())
            else {
                continue;
            };
            for (kind, message) in self.misfits(wheel, members) {
                waived.push(self.accept(wheel, kind, message)?);
            }
        }
        Ok(waived)
    }

    /// As [`crate::wheelhouse::check`] says it.
    fn misfits(&self, wheel: &Wheel, members: &Members) -> Vec<(FindingKind, String)> {
        let target = &self.target;
        let fits = |elf: &Elf| elf.machine == Some(target.arch());
        if let Some(first) = members.keys().next().filter(|_| !members.values().any(fits)) {
            let message = format!("{} is not for {}", member_name(wheel, *first), target.arch().machine());
            return vec![(FindingKind::Machine, message)];
        }
        let has = target.glibc();
        let needs = members.iter().filter(|(_, elf)| fits(elf));
        let needs = needs.filter_map(|(number, elf)| Some((*number, elf.glibc().filter(|needed| *needed > has)?)));
        let message = |(number, (major, minor))| {
            let file = member_name(wheel, number);
            format!("{file} needs glibc {major}.{minor}, {target} has {}.{}", has.0, has.1)
        };
        needs.map(|need| (FindingKind::Glibc, message(need))).collect()
    }

    fn accept(&self, wheel: &Wheel, kind: FindingKind, message: String) -> Result<Waived, ReleaseError> {
        let (name, version) = (wheel.filename().name(), wheel.filename().version());
        let waiver = kind
            .waivable()
            .and_then(|kind| self.project.waivers.find(name, version, kind));
        match waiver {
            None => Err(ReleaseError::Unfit {
                package: name.clone(),
                kind,
                message,
            }),
            Some(waiver) => Ok(accepted(self, wheel, kind, message, waiver)),
        }
    }

    /// Whether a need of a file is beyond the target, and accepted as such.
    pub(crate) fn waives_glibc(&self, wheel: &Wheel) -> bool {
        self.waives(wheel, Waivable::Glibc)
    }
}

fn accepted(release: &Release, wheel: &Wheel, kind: FindingKind, message: String, waiver: &Waiver) -> Waived {
    Waived {
        finding: Finding {
            kind,
            package: Some(wheel.filename().name().clone()),
            message,
            targets: [release.target.to_string()].into(),
        },
        reason: waiver.reason.clone(),
    }
}
