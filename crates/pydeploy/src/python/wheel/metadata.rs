//! The `.dist-info` folder: `WHEEL` and `METADATA`.

use std::collections::BTreeSet;

use pep440_rs::{Version, VersionSpecifiers};

use super::archive::Archive;
use super::error::WheelProblem;
use crate::python::specifier::contains;
use crate::python::{DistributionName, Target, WheelFilename};

/// What a wheel says about itself ([core metadata]).
///
/// [core metadata]: https://packaging.python.org/en/latest/specifications/core-metadata/
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The distribution.
    pub name: DistributionName,
    /// Its version.
    pub version: Version,
    /// What it needs, each as written.
    pub requires_dist: Vec<String>,
    /// The Python versions that it is for, as written.
    pub requires_python: Option<String>,
    /// What it is, in one line.
    pub summary: Option<String>,
    /// An SPDX expression (PEP 639).
    pub license_expression: Option<String>,
    /// What older tools wrote: an identifier, a name, or the whole text.
    pub license: Option<String>,
    /// `License :: OSI Approved :: MIT License` and others.
    pub classifiers: Vec<String>,
}

impl Metadata {
    /// Whether the distribution is for the Python of `target`. As in pip, what cannot be parsed excludes nothing.
    #[must_use]
    pub fn accepts(&self, target: &Target) -> bool {
        self.requires_python
            .as_deref()
            .is_none_or(|text| python_satisfies(target, text).unwrap_or(true))
    }
}

/// Whether a file in `.dist-info` is the text of a licence, by its name.
pub(super) fn is_licence(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let place = matches!(folder.split('/').next(), Some("" | "licenses" | "license_files"));
    let name = name.to_uppercase();
    place
        && ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE"]
            .iter()
            .any(|word| name.contains(word))
}

/// Whether the target's Python satisfies a `Requires-Python`; `None` when that is not one.
pub(crate) fn python_satisfies(target: &Target, requires_python: &str) -> Option<bool> {
    let specifiers: VersionSpecifiers = requires_python.parse().ok()?;
    let (major, minor, micro) = target.python();
    let version = Version::new([major, minor, micro].map(u64::from));
    Some(specifiers.iter().all(|specifier| contains(specifier, &version)))
}

/// The folder, with what has been read from it.
#[derive(Debug)]
pub(super) struct DistInfo {
    /// `name-1.0.dist-info`.
    pub(super) folder: String,
    pub(super) metadata: Metadata,
    pub(super) metadata_member: usize,
    pub(super) wheel_member: usize,
}

impl DistInfo {
    pub(super) fn read(archive: &Archive, filename: &WheelFilename) -> Result<Self, WheelProblem> {
        let folder = find_folder(archive)?;
        check_folder(&folder, filename)?;
        let (wheel_member, wheel) = read_headers(archive, format!("{folder}/WHEEL"))?;
        check_wheel_version(&wheel)?;
        let (metadata_member, headers) = read_headers(archive, format!("{folder}/METADATA"))?;
        check_metadata_version(&headers)?;
        let metadata = parse_metadata(&headers)?;
        check_metadata(&metadata, &headers.member, filename)?;
        Ok(Self {
            folder,
            metadata,
            metadata_member,
            wheel_member,
        })
    }

    /// The number of a member of the folder, if it is there.
    pub(super) fn find(&self, archive: &Archive, name: &str) -> Option<usize> {
        archive.find(&format!("{}/{name}", self.folder))
    }
}

fn find_folder(archive: &Archive) -> Result<String, WheelProblem> {
    let names = archive
        .members()
        .iter()
        .filter_map(|member| member.name.split_once('/'));
    let folders: BTreeSet<&str> = names
        .map(|(first, _)| first)
        .filter(|first| first.ends_with(".dist-info"))
        .collect();
    match folders.first() {
        Some(folder) if folders.len() == 1 => Ok((*folder).to_owned()),
        _ => Err(WheelProblem::DistInfo { count: folders.len() }),
    }
}

fn check_folder(folder: &str, filename: &WheelFilename) -> Result<(), WheelProblem> {
    let stem = folder.trim_end_matches(".dist-info");
    let (name, version) = stem.rsplit_once('-').unwrap_or((stem, ""));
    let place = format!("`{folder}`");
    if name.parse::<DistributionName>().ok().as_ref() != Some(filename.name()) {
        return Err(contradiction("name", place, filename.name(), name));
    }
    if version.parse::<Version>().ok().as_ref() != Some(filename.version()) {
        return Err(contradiction("version", place, filename.version(), version));
    }
    Ok(())
}

fn check_metadata(metadata: &Metadata, member: &str, filename: &WheelFilename) -> Result<(), WheelProblem> {
    let place = format!("`{member}`");
    if metadata.name != *filename.name() {
        return Err(contradiction("name", place, filename.name(), &metadata.name));
    }
    if metadata.version != *filename.version() {
        return Err(contradiction("version", place, filename.version(), &metadata.version));
    }
    Ok(())
}

fn contradiction(
    field: &'static str,
    place: String,
    expected: &impl ToString,
    found: &(impl ToString + ?Sized),
) -> WheelProblem {
    WheelProblem::Contradiction {
        field,
        place,
        expected: expected.to_string(),
        found: found.to_string(),
    }
}

fn check_wheel_version(headers: &Headers) -> Result<(), WheelProblem> {
    let found = headers.required("Wheel-Version")?;
    match found.split('.').next() {
        Some("1") => Ok(()),
        _ => Err(WheelProblem::WheelVersion {
            found: found.to_owned(),
        }),
    }
}

/// A later minor version only adds fields; a later major one may mean anything. No installer misses the field.
fn check_metadata_version(headers: &Headers) -> Result<(), WheelProblem> {
    let Some(found) = headers.all("Metadata-Version").next() else {
        return Ok(());
    };
    match found.split('.').next() {
        Some("1" | "2") => Ok(()),
        _ => Err(headers.wrong(&format!("its Metadata-Version is {found}, known are 1 and 2"))),
    }
}

fn parse_metadata(headers: &Headers) -> Result<Metadata, WheelProblem> {
    let name = headers.required("Name")?;
    let version = headers.required("Version")?;
    let first = |field| {
        headers
            .all(field)
            .next()
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
    };
    Ok(Metadata {
        name: name.parse().map_err(|error| headers.wrong(&error))?,
        version: version.parse().map_err(|error| headers.wrong(&error))?,
        requires_dist: headers.all("Requires-Dist").map(str::to_owned).collect(),
        requires_python: headers.all("Requires-Python").next().map(str::to_owned),
        summary: first("Summary"),
        license_expression: first("License-Expression"),
        license: first("License"),
        classifiers: headers.all("Classifier").map(str::to_owned).collect(),
    })
}

/// Headers of a message up to the first empty line (RFC 822, as Python's `email` reads it).
struct Headers {
    member: String,
    fields: Vec<(String, String)>,
}

fn read_headers(archive: &Archive, member: String) -> Result<(usize, Headers), WheelProblem> {
    let Some(number) = archive.find(&member) else {
        return Err(WheelProblem::Missing { member });
    };
    let bytes = archive.read(number)?;
    let fields = parse_headers(&String::from_utf8_lossy(&bytes));
    Ok((number, Headers { member, fields }))
}

fn parse_headers(text: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    let text = text.trim_start_matches('\u{feff}');
    for line in text.lines().take_while(|line| !line.trim_end().is_empty()) {
        match (line.starts_with([' ', '\t']), fields.last_mut()) {
            (true, Some((_, value))) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            _ => {
                let (name, value) = line.split_once(':').unwrap_or((line, ""));
                fields.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
    }
    fields
}

impl Headers {
    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let same = move |field: &&(String, String)| field.0.eq_ignore_ascii_case(name);
        self.fields.iter().filter(same).map(|(_, value)| value.as_str())
    }

    fn required(&self, name: &'static str) -> Result<&str, WheelProblem> {
        let found = self.all(name).next().filter(|value| !value.is_empty());
        found.ok_or_else(|| self.wrong(&format!("`{name}` is missing")))
    }

    fn wrong(&self, reason: &impl ToString) -> WheelProblem {
        WheelProblem::Metadata {
            member: self.member.clone(),
            reason: reason.to_string(),
        }
    }
}
