//! What of a lock is no longer the newest, or was taken back.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::Version;
use serde::Serialize;

use super::FetchError;
use super::http::Client;
use super::index::{self, DEFAULT_INDEX, Offer};
use super::lock::Selection;
use super::options::FetchOptions;
use super::parallel::in_parallel;
use super::resolve::versions;
use crate::python::{DistributionName, Target, WheelFilename};

/// A distribution that a fresh resolution would change, that was taken back, or that has a newer release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outdated {
    /// The distribution.
    pub name: DistributionName,
    /// The version in the lock; none when it is not there.
    pub locked: Option<String>,
    /// The version that a fresh resolution gives; none when it would be gone.
    pub fresh: Option<String>,
    /// The newest release of the index, whatever the project's bounds; none when it is not known.
    pub newest: Option<String>,
    /// Why the locked version was taken back (PEP 592), perhaps empty; none when it was not.
    pub yanked: Option<String>,
    /// The targets for which this is so.
    pub targets: Vec<String>,
}

/// A version that an index offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The version.
    pub version: Version,
    /// Why all of its files were taken back, perhaps empty; none when one was not.
    pub yanked: Option<String>,
}

/// Releases by name, in the order of their versions.
pub type Releases = BTreeMap<DistributionName, Vec<Release>>;

/// What is outdated, by name; the same for several targets is said once.
///
/// ```
/// use pydeploy::python::Target;
/// use pydeploy::wheelhouse::{Lock, SelectOptions, Release, Releases, outdated};
///
/// let target: Target = "debian12".parse()?;
/// let pinned = |version: &str| {
///     let text = format!("idna=={version} --hash=sha256:{}", "0".repeat(64));
///     let lock = Lock::parse("requirements.txt".as_ref(), &text)?;
///     let selection = lock.select_with(&target, &SelectOptions::default())?;
///     Ok::<_, pydeploy::wheelhouse::LockError>([(target.clone(), selection)])
/// };
/// let release = Release { version: "4.0".parse()?, yanked: None };
/// let releases = Releases::from([("idna".parse()?, vec![release])]);
/// let found = outdated(&pinned("3.9")?, &pinned("3.10")?, &releases).remove(0);
/// assert_eq!((found.fresh.as_deref(), found.newest.as_deref()), (Some("3.10"), Some("4.0")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn outdated(locked: &[(Target, Selection)], fresh: &[(Target, Selection)], releases: &Releases) -> Vec<Outdated> {
    let mut found: BTreeMap<(DistributionName, Option<String>, Option<String>), Vec<String>> = BTreeMap::new();
    for (target, now) in locked {
        let then = fresh.iter().find(|(other, _)| other == target);
        let then = then.map(|(_, selection)| versions(selection)).unwrap_or_default();
        let now = versions(now);
        let names: BTreeSet<_> = now.keys().chain(then.keys()).collect();
        for name in names {
            let key = (name.clone(), now.get(name).cloned(), then.get(name).cloned());
            found.entry(key).or_default().push(target.to_string());
        }
    }
    let described = found.into_iter().map(|((name, locked, fresh), targets)| {
        let known = releases.get(&name).map_or(&[][..], Vec::as_slice);
        Outdated {
            newest: newest(known, locked.as_deref()).map(ToString::to_string),
            yanked: locked.as_deref().and_then(|version| yanked(known, version)),
            name,
            locked,
            fresh,
            targets,
        }
    });
    described.filter(Outdated::is_worth_a_line).collect()
}

impl Outdated {
    fn is_worth_a_line(&self) -> bool {
        let is_newer = match (&self.newest, &self.locked) {
            (Some(newest), Some(locked)) => newest.parse::<Version>().ok() > locked.parse().ok(),
            _ => false,
        };
        self.locked != self.fresh || self.yanked.is_some() || is_newer
    }
}

/// The newest that was not taken back; a pre-release only where one is locked.
fn newest<'a>(releases: &'a [Release], locked: Option<&str>) -> Option<&'a Version> {
    let locked = locked.and_then(|version| version.parse::<Version>().ok());
    let with_pre_releases = locked.is_some_and(|version| version.any_prerelease());
    let offered = releases.iter().filter(|release| release.yanked.is_none());
    let versions = offered.map(|release| &release.version);
    versions
        .filter(|version| with_pre_releases || !version.any_prerelease())
        .max()
}

fn yanked(releases: &[Release], version: &str) -> Option<String> {
    let version = version.parse::<Version>().ok()?;
    let release = releases.iter().find(|release| release.version == version)?;
    release.yanked.clone()
}

/// What the indexes offer of everything in these selections: those of the options, else the one that the lock names.
///
/// A name that no index knows has no releases.
///
/// # Errors
///
/// When an index cannot be asked, or answers what no index answers.
pub fn releases(parts: &[(Target, Selection)], options: &FetchOptions) -> Result<Releases, FetchError> {
    let wanted: Vec<_> = names(parts).into_iter().collect();
    let client = Client::new(options)?;
    let found = in_parallel(&wanted, |(name, index)| {
        let asked = ask(&client, name, *index, options);
        asked.map(|releases| ((*name).clone(), releases))
    });
    found.into_iter().collect()
}

/// Every name, and the index that it is from.
fn names(parts: &[(Target, Selection)]) -> BTreeMap<&DistributionName, Option<&str>> {
    let mut names = BTreeMap::new();
    for (_, selection) in parts {
        names.extend(selection.wheels.iter().map(|pin| (&pin.name, pin.index.as_deref())));
        names.extend(
            selection
                .sdists
                .iter()
                .map(|sdist| (&sdist.name, sdist.index.as_deref())),
        );
        let hashed = selection.unlocated.iter();
        names.extend(hashed.map(|found| (&found.name, found.hashes.indexes.first().map(String::as_str))));
    }
    names
}

fn ask(
    client: &Client,
    name: &DistributionName,
    locked: Option<&str>,
    options: &FetchOptions,
) -> Result<Vec<Release>, FetchError> {
    let mut indexes = options.indexes();
    if indexes.is_empty() {
        indexes.push(locked.unwrap_or(DEFAULT_INDEX));
    }
    for index in indexes {
        if let Some(offers) = index::project(client, index, name, name.as_str())? {
            return Ok(by_version(&offers));
        }
    }
    Ok(Vec::new())
}

/// A release was taken back when all of its files were.
fn by_version(offers: &[Offer]) -> Vec<Release> {
    let mut releases: BTreeMap<Version, Option<String>> = BTreeMap::new();
    for offer in offers {
        let Some(version) = version_of(&offer.filename) else {
            continue;
        };
        let yanked = releases.entry(version).or_insert_with(|| offer.yanked.clone());
        if offer.yanked.is_none() {
            *yanked = None;
        }
    }
    let release = |(version, yanked)| Release { version, yanked };
    releases.into_iter().map(release).collect()
}

/// Of a wheel or a source distribution; other files say nothing.
fn version_of(filename: &str) -> Option<Version> {
    if let Ok(wheel) = filename.parse::<WheelFilename>() {
        return Some(wheel.version().clone());
    }
    let stem = [".tar.gz", ".zip"].iter().find_map(|end| filename.strip_suffix(end))?;
    stem.rsplit_once('-')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wheelhouse::Lock;

    fn part(target: &str, packages: &str) -> (Target, Selection) {
        let hash = "0".repeat(64);
        let lines = packages
            .split_whitespace()
            .map(|pinned| format!("{pinned} --hash=sha256:{hash}\n"));
        let target: Target = target.parse().unwrap();
        let lock = Lock::parse("requirements.txt".as_ref(), &lines.collect::<String>()).unwrap();
        let selection = lock.select_with(&target, &Default::default()).unwrap();
        (target, selection)
    }

    fn offers(files: &[(&str, Option<&str>)]) -> Vec<Offer> {
        let offer = |(filename, yanked): &(&str, Option<&str>)| Offer {
            filename: (*filename).to_owned(),
            url: String::new(),
            sha256: None,
            yanked: yanked.map(str::to_owned),
        };
        files.iter().map(offer).collect()
    }

    #[test]
    fn releases_are_read_from_file_names() {
        let offers = offers(&[
            ("a-b-1.10.tar.gz", None),
            ("a_b-1.9-py3-none-any.whl", Some("broken")),
            ("a_b-1.9.zip", Some("")),
            ("a_b-1.8-py3-none-any.whl", Some("broken")),
            ("a_b-1.8.tar.gz", None),
            ("a_b-1.7.win32.exe", None),
            ("a_b-x.tar.gz", None),
        ]);
        let found: Vec<_> = by_version(&offers)
            .into_iter()
            .map(|release| (release.version.to_string(), release.yanked))
            .collect();
        let broken = Some("broken".to_owned());
        assert_eq!(
            found,
            [
                ("1.8".to_owned(), None),
                ("1.9".to_owned(), broken),
                ("1.10".to_owned(), None)
            ]
        );
    }

    #[test]
    fn what_is_outdated_is_said_once() {
        let locked = [
            part("debian12", "a==1 b==1 c==1 d==1 e==1rc1 f==1"),
            part("debian13", "a==1 b==1"),
        ];
        let fresh = [
            part("debian12", "a==1 b==2 d==1 e==1rc1 f==1 g==1"),
            part("debian13", "a==1 b==3"),
        ];
        let releases = |offered: &[&str]| -> Vec<Release> {
            let release = |text: &&str| Release {
                version: text.trim_end_matches('!').parse().unwrap(),
                yanked: text.ends_with('!').then(|| "bad".to_owned()),
            };
            offered.iter().map(release).collect()
        };
        let known = [
            ("a", releases(&["1", "2rc1", "3!"])),
            ("b", releases(&["1", "2", "3"])),
            ("d", releases(&["1!", "2"])),
            ("e", releases(&["1rc1", "1rc2"])),
            ("f", releases(&["1", "2"])),
        ];
        let known = known
            .into_iter()
            .map(|(name, releases)| (name.parse().unwrap(), releases))
            .collect();
        let said: Vec<_> = outdated(&locked, &fresh, &known)
            .into_iter()
            .map(|found| {
                let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
                let parts = [found.locked, found.fresh, found.newest, found.yanked].map(text);
                format!("{} {} {}", found.name, parts.join(" "), found.targets.join(","))
            })
            .collect();
        assert_eq!(
            said,
            [
                "b 1 2 3 - debian12",
                "b 1 3 3 - debian13",
                "c 1 - - - debian12",
                "d 1 1 2 bad debian12",
                "e 1rc1 1rc1 1rc2 - debian12",
                "f 1 1 2 - debian12",
                "g - 1 - - debian12",
            ]
        );
    }
}
