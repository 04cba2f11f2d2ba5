//! Writing `pylock.toml` ([specification]) for a set of targets: the same text for the same choice.
//!
//! What is written is read by uv and pip too, offline where an entry has a `path`.
//!
//! [specification]: https://packaging.python.org/en/latest/specifications/pylock-toml/

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pep440_rs::Version;

use super::{LockError, Pinned, PinnedSdist, Selection};
use crate::digest::Sha256;
use crate::python::{DistributionName, Target};
use crate::wheelhouse::url;

/// The text of a lock for these targets, with what each of them gets.
///
/// A distribution that not every target gets, or not in one version, has a marker that says which: the versions of Python
/// and the machines that tell the targets apart. User names and passwords in URLs are left out.
///
/// ```
/// use pydeploy::python::Target;
/// use pydeploy::wheelhouse::{Lock, SelectOptions, to_pylock};
///
/// let lock = Lock::parse(
///     "requirements.txt".as_ref(),
///     "./idna-3.10-py3-none-any.whl --hash=sha256:946d195a0d259cbba61165e88e65941f16e9b36ea6ddb97f00452bae8b1287d3",
/// )?;
/// let target: Target = "debian12".parse()?;
/// let selection = lock.select_with(&target, &SelectOptions::default())?;
/// let text = to_pylock(&[(target, selection)])?;
/// assert!(text.contains(r#"path = "./idna-3.10-py3-none-any.whl""#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When a distribution has no file yet; when two targets of the same Python on the same kind of machine get different
/// versions of a distribution, which no marker can say.
pub fn to_pylock(parts: &[(Target, Selection)]) -> Result<String, LockError> {
    let targets: Vec<_> = parts.iter().map(|(target, _)| target).collect();
    let conditions = Conditions::new(&targets);
    let entries = entries(parts)?;
    conditions.check(&entries)?;
    let mut text = head(&conditions);
    for ((name, version), entry) in &entries {
        let marker = conditions.marker(&entry.targets);
        write_entry(&mut text, name, *version, marker.as_deref(), entry);
    }
    Ok(text)
}

type Entries<'a> = BTreeMap<(&'a DistributionName, Option<&'a Version>), Entry<'a>>;

/// One version of a distribution, its files by name.
#[derive(Default)]
struct Entry<'a> {
    targets: BTreeSet<&'a Target>,
    index: Option<&'a str>,
    wheels: BTreeMap<&'a str, &'a Pinned>,
    sdist: Option<&'a PinnedSdist>,
}

fn entries(parts: &[(Target, Selection)]) -> Result<Entries<'_>, LockError> {
    let mut entries = Entries::new();
    for (target, selection) in parts {
        if let Some(unlocated) = selection.unlocated.first() {
            return Err(LockError::Unlocated {
                file: unlocated.file.clone(),
                line: unlocated.line,
                package: unlocated.name.clone(),
            });
        }
        for pin in &selection.wheels {
            let entry = entries.entry((&pin.name, Some(&pin.version))).or_default();
            entry.targets.insert(target);
            entry.index = entry.index.or(pin.index.as_deref());
            entry.wheels.insert(pin.filename.as_str(), pin);
        }
        for sdist in &selection.sdists {
            let entry = entries.entry((&sdist.name, sdist.version.as_ref())).or_default();
            entry.targets.insert(target);
            entry.index = entry.index.or(sdist.index.as_deref());
            entry.sdist = Some(sdist);
        }
    }
    Ok(entries)
}

/// What tells the targets apart in markers.
struct Conditions<'a> {
    targets: &'a [&'a Target],
}

impl<'a> Conditions<'a> {
    fn new(targets: &'a [&'a Target]) -> Self {
        Self { targets }
    }

    /// `python_version == '3.11'`; the full version where another target differs in nothing else.
    fn python(&self, target: &Target) -> String {
        let is_close = |other: &&&Target| {
            let same = other.python_minor() == target.python_minor() && other.arch() == target.arch();
            same && other.python_full() != target.python_full()
        };
        match self.targets.iter().any(|other| is_close(&other)) {
            true => format!("python_full_version == '{}'", target.python_full()),
            false => format!("python_version == '{}'", target.python_minor()),
        }
    }

    fn machine(target: &Target) -> String {
        format!("platform_machine == '{}'", target.arch().machine())
    }

    /// The condition under which one of `wanted` is meant; `None` when every target is.
    fn marker(&self, wanted: &BTreeSet<&Target>) -> Option<String> {
        if self.targets.iter().all(|target| wanted.contains(target)) {
            return None;
        }
        let alternatives: BTreeSet<_> = wanted.iter().map(|target| self.alternative(target, wanted)).collect();
        let alternatives: Vec<_> = alternatives.into_iter().collect();
        Some(alternatives.join(" or "))
    }

    /// The machine is named only where the same Python on another one is not meant.
    fn alternative(&self, target: &Target, wanted: &BTreeSet<&Target>) -> String {
        let python = self.python(target);
        let mut same_python = self.targets.iter().filter(|other| self.python(other) == python);
        match same_python.all(|other| wanted.contains(other)) {
            true => python,
            false => format!("{python} and {}", Self::machine(target)),
        }
    }

    fn environments(&self) -> BTreeSet<String> {
        let of = |target: &&Target| {
            format!(
                "{} and {} and sys_platform == 'linux'",
                self.python(target),
                Self::machine(target)
            )
        };
        self.targets.iter().map(of).collect()
    }

    /// Refuses what markers cannot say: two versions under one condition.
    fn check(&self, entries: &Entries<'_>) -> Result<(), LockError> {
        let mut seen = BTreeMap::new();
        for ((name, version), entry) in entries {
            for target in &entry.targets {
                let condition = (*name, self.python(target), target.arch());
                match seen.insert(condition, (version, *target)) {
                    Some((other, first)) if other != version => {
                        return Err(LockError::Indistinguishable {
                            package: (*name).clone(),
                            targets: Box::new([first.clone(), (*target).clone()]),
                        });
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

fn head(conditions: &Conditions<'_>) -> String {
    let mut text =
        "# Written by `pydeploy wheelhouse lock`; not meant to be edited.\nlock-version = \"1.0\"\n".to_owned();
    text += "created-by = \"pydeploy\"\n";
    if let Some(lowest) = conditions.targets.iter().min_by_key(|target| target.python()) {
        text += &format!("requires-python = \">={}\"\n", lowest.python_minor());
    }
    text += "environments = [\n";
    for environment in conditions.environments() {
        text += &format!("    {},\n", quoted(&environment));
    }
    text + "]\n"
}

fn write_entry(
    text: &mut String,
    name: &DistributionName,
    version: Option<&Version>,
    marker: Option<&str>,
    entry: &Entry<'_>,
) {
    *text += &format!("\n[[packages]]\nname = {}\n", quoted(name.as_str()));
    let mut key = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            *text += &format!("{key} = {}\n", quoted(&value));
        }
    };
    key("version", version.map(ToString::to_string));
    key("marker", marker.map(str::to_owned));
    key("index", entry.index.map(|index| url::authorization(index).0));
    if let Some(sdist) = entry.sdist {
        *text += &format!("sdist = {}\n", self::sdist(sdist));
    }
    if !entry.wheels.is_empty() {
        let wheels = entry.wheels.values().map(|pin| format!("    {},\n", wheel(pin)));
        *text += &format!("wheels = [\n{}]\n", wheels.collect::<String>());
    }
}

fn wheel(pin: &Pinned) -> String {
    file(
        &pin.filename.to_string(),
        pin.url.as_deref(),
        pin.path.as_deref(),
        pin.size,
        pin.sha256,
    )
}

fn sdist(sdist: &PinnedSdist) -> String {
    file(
        &sdist.filename,
        sdist.url.as_deref(),
        sdist.path.as_deref(),
        sdist.size,
        sdist.sha256,
    )
}

/// The name is written where it is not the end of the path or the URL.
fn file(name: &str, url: Option<&str>, path: Option<&Path>, size: Option<u64>, sha256: Sha256) -> String {
    let path = path.map(|path| path.to_string_lossy().into_owned());
    let url = url.map(|url| url::authorization(url).0);
    let named_by = |place: &String| url::file_name(place) == name;
    let is_named = path.as_ref().or(url.as_ref()).is_some_and(named_by);
    let mut fields = Vec::new();
    fields.extend(
        Some(name)
            .filter(|_| !is_named)
            .map(|name| format!("name = {}", quoted(name))),
    );
    fields.extend(url.map(|url| format!("url = {}", quoted(&url))));
    fields.extend(path.map(|path| format!("path = {}", quoted(&path))));
    fields.extend(size.map(|size| format!("size = {size}")));
    fields.push(format!("hashes = {{ sha256 = \"{sha256}\" }}"));
    format!("{{ {} }}", fields.join(", "))
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted += &format!("\\u{:04X}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wheelhouse::Lock;

    fn target(name: &str) -> Target {
        name.parse().unwrap()
    }

    fn pin(filename: &str) -> Pinned {
        let filename: crate::python::WheelFilename = filename.parse().unwrap();
        Pinned {
            name: filename.name().clone(),
            version: filename.version().clone(),
            url: Some(format!("https://me:secret@f/{filename}")),
            path: None,
            index: Some("https://me:secret@i/simple".to_owned()),
            size: Some(7),
            sha256: Sha256::of(filename.as_str().as_bytes()),
            filename,
        }
    }

    fn part(name: &str, filenames: &[&str]) -> (Target, Selection) {
        let wheels = filenames.iter().map(|filename| pin(filename)).collect();
        (
            target(name),
            Selection {
                wheels,
                ..Selection::default()
            },
        )
    }

    const ANY: &str = "a-1-py3-none-any.whl";

    #[test]
    fn what_is_written_gives_each_target_what_it_got() {
        let parts = [
            part(
                "debian12",
                &[ANY, "b-1-cp311-cp311-manylinux_2_17_x86_64.whl", "c-1-py3-none-any.whl"],
            ),
            part("debian12/arm64", &[ANY, "b-1-cp311-cp311-manylinux_2_17_aarch64.whl"]),
            part("debian13", &[ANY, "b-2-py3-none-any.whl", "d-1-py3-none-any.whl"]),
        ];
        let text = to_pylock(&parts).unwrap();
        let lock = Lock::parse("pylock.toml".as_ref(), &text).unwrap();
        for (target, selection) in &parts {
            let mut expect = selection.wheels.clone();
            for pin in &mut expect {
                pin.url = pin.url.as_ref().map(|url| url.replace("me:secret@", ""));
                pin.index = Some("https://i/simple".to_owned());
            }
            assert_eq!(lock.select(target).unwrap(), expect);
        }
        assert!(lock.select(&target("debian11")).is_err());
        let markers: Vec<_> = lock
            .packages
            .iter()
            .map(|package| package.marker.as_ref().map_or(String::new(), ToString::to_string))
            .collect();
        assert_eq!(
            markers,
            [
                "",
                "python_version == '3.11'",
                "python_version == '3.13'",
                "python_version == '3.11' and platform_machine == 'x86_64'",
                "python_version == '3.13'"
            ]
        );
        let mut reversed = parts;
        reversed.reverse();
        assert_eq!(to_pylock(&reversed).unwrap(), text);
    }

    #[test]
    fn the_text_is_this() {
        let mut pinned = pin(ANY);
        pinned.path = Some("wheels/\"a\".whl".into());
        let sdist = PinnedSdist {
            file: "x".into(),
            line: 1,
            name: "s".parse().unwrap(),
            version: None,
            filename: "s-1.tar.gz".to_owned(),
            url: Some("https://f/s-1.tar.gz".to_owned()),
            path: None,
            index: None,
            size: None,
            sha256: Sha256::of(b""),
            other_wheels: Vec::new(),
        };
        let selection = Selection {
            wheels: vec![pinned],
            sdists: vec![sdist],
            unlocated: Vec::new(),
        };
        insta::assert_snapshot!(to_pylock(&[(target("debian12"), selection)]).unwrap(), @r#"
        # Written by `pydeploy wheelhouse lock`; not meant to be edited.
        lock-version = "1.0"
        created-by = "pydeploy"
        requires-python = ">=3.11"
        environments = [
            "python_version == '3.11' and platform_machine == 'x86_64' and sys_platform == 'linux'",
        ]

        [[packages]]
        name = "a"
        version = "1"
        index = "https://i/simple"
        wheels = [
            { name = "a-1-py3-none-any.whl", url = "https://f/a-1-py3-none-any.whl", path = "wheels/\"a\".whl", size = 7, hashes = { sha256 = "8ebb21e538b03d38a4f0795a4ca1a8763de94cee95afb0ce818e9652e68c0ee5" } },
        ]

        [[packages]]
        name = "s"
        sdist = { url = "https://f/s-1.tar.gz", hashes = { sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" } }
        "#);
    }

    #[test]
    fn what_no_marker_can_say_is_refused() {
        let parts = [part("debian12", &[ANY]), part("debian12", &["a-2-py3-none-any.whl"])];
        let error = to_pylock(&parts).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no marker tells debian12 and debian12 apart, which get different versions of a"
        );
        assert!(error.hint().is_some());
    }
}
