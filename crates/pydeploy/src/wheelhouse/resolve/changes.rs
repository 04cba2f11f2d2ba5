//! What differs between two locks, for the targets that they are for.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::python::{DistributionName, Target};
use crate::wheelhouse::lock::Selection;

/// A distribution whose version differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The distribution.
    pub name: DistributionName,
    /// Its version before; none when it was not there.
    pub before: Option<String>,
    /// Its version now; none when it is gone.
    pub after: Option<String>,
    /// The targets for which this is so.
    pub targets: Vec<String>,
}

/// What differs, by name; the same change for several targets is one.
///
/// A target that was not there before got nothing then.
///
/// ```
/// use pydeploy::python::Target;
/// use pydeploy::wheelhouse::{Lock, SelectOptions, changes};
///
/// let target: Target = "debian12".parse()?;
/// let pinned = |version: &str| {
///     let text = format!("idna=={version} --hash=sha256:{}", "0".repeat(64));
///     let lock = Lock::parse("requirements.txt".as_ref(), &text)?;
///     let selection = lock.select_with(&target, &SelectOptions::default())?;
///     Ok::<_, pydeploy::wheelhouse::LockError>([(target.clone(), selection)])
/// };
/// let change = changes(&pinned("3.9")?, &pinned("3.10")?).remove(0);
/// assert_eq!((change.before.as_deref(), change.after.as_deref()), (Some("3.9"), Some("3.10")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn changes(before: &[(Target, Selection)], after: &[(Target, Selection)]) -> Vec<Change> {
    let mut changes: BTreeMap<(DistributionName, Option<String>, Option<String>), Vec<String>> = BTreeMap::new();
    for (target, now) in after {
        let then = before.iter().find(|(other, _)| other == target);
        let then = then.map(|(_, selection)| versions(selection)).unwrap_or_default();
        let now = versions(now);
        let names: BTreeSet<_> = then.keys().chain(now.keys()).collect();
        for name in names.into_iter().filter(|name| then.get(*name) != now.get(*name)) {
            let key = ((*name).clone(), then.get(name).cloned(), now.get(name).cloned());
            changes.entry(key).or_default().push(target.to_string());
        }
    }
    let change = |((name, before, after), targets)| Change {
        name,
        before,
        after,
        targets,
    };
    changes.into_iter().map(change).collect()
}

/// The version of each distribution; that of a source distribution without one is its file's name.
pub(in crate::wheelhouse) fn versions(selection: &Selection) -> BTreeMap<DistributionName, String> {
    let wheels = selection
        .wheels
        .iter()
        .map(|pin| (pin.name.clone(), pin.version.to_string()));
    let hashed = selection
        .unlocated
        .iter()
        .map(|found| (found.name.clone(), found.hashes.version.to_string()));
    let sdists = selection.sdists.iter().map(|sdist| {
        let version = sdist.version.as_ref().map(ToString::to_string);
        (sdist.name.clone(), version.unwrap_or_else(|| sdist.filename.clone()))
    });
    wheels.chain(hashed).chain(sdists).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wheelhouse::Lock;

    fn part(target: &str, packages: &str) -> (Target, Selection) {
        let hash = "0".repeat(64);
        let text: String = packages
            .split_whitespace()
            .map(|pinned| format!("{pinned} --hash=sha256:{hash}\n"))
            .collect();
        let target: Target = target.parse().unwrap();
        let lock = Lock::parse("requirements.txt".as_ref(), &text).unwrap();
        let selection = lock.select_with(&target, &Default::default()).unwrap();
        (target, selection)
    }

    #[test]
    fn the_same_change_is_said_once() {
        let before = [part("debian12", "a==1 b==1 c==1"), part("debian13", "a==1 b==2")];
        let after = [
            part("debian12", "a==2 c==1 d==1"),
            part("debian13", "a==2 b==2"),
            part("debian11", "a==1"),
        ];
        let said: Vec<_> = changes(&before, &after)
            .into_iter()
            .map(|change| {
                let text = |version: Option<String>| version.unwrap_or_else(|| "-".to_owned());
                let targets = change.targets.join(",");
                format!(
                    "{} {} {} {targets}",
                    change.name,
                    text(change.before),
                    text(change.after)
                )
            })
            .collect();
        assert_eq!(
            said,
            [
                "a - 1 debian11",
                "a 1 2 debian12,debian13",
                "b 1 - debian12",
                "d - 1 debian12"
            ]
        );
        assert!(changes(&after, &after).is_empty());
    }
}
