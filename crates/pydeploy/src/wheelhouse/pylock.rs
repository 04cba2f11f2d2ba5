//! Reading `pylock.toml` ([specification]).
//!
//! [specification]: https://packaging.python.org/en/latest/specifications/pylock-toml/

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use super::lock::{Lock, LockError, LockedPackage, LockedWheel};
use super::url;

/// Keys that do not concern the installation of wheels, and those that are not known, are skipped.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    lock_version: Spanned<String>,
    requires_python: Option<Spanned<String>>,
    #[serde(default)]
    environments: Vec<Spanned<String>>,
    #[serde(default)]
    default_groups: Vec<Spanned<String>>,
    #[serde(default)]
    packages: Vec<Spanned<Package>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    name: Spanned<String>,
    version: Option<Spanned<String>>,
    marker: Option<Spanned<String>>,
    requires_python: Option<Spanned<String>>,
    index: Option<String>,
    #[serde(default)]
    wheels: Vec<Spanned<Wheel>>,
    sdist: Option<IgnoredAny>,
    vcs: Option<IgnoredAny>,
    directory: Option<IgnoredAny>,
    archive: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Wheel {
    name: Option<String>,
    url: Option<String>,
    path: Option<PathBuf>,
    size: Option<u64>,
    #[serde(default)]
    hashes: BTreeMap<String, String>,
}

/// The text, for errors that name a line.
#[derive(Clone, Copy)]
struct Source<'a> {
    file: &'a Path,
    text: &'a str,
    /// Where each line but the first starts.
    line_starts: &'a [usize],
}

pub(super) fn parse(file: &Path, text: &str) -> Result<Lock, LockError> {
    let line_starts: Vec<_> = text.match_indices('\n').map(|(at, _)| at + 1).collect();
    let source = Source {
        file,
        text,
        line_starts: &line_starts,
    };
    let parsed: File = toml::from_str(text).map_err(|error| source.syntax(&error))?;
    source.check_version(&parsed.lock_version)?;
    if let Some(requires) = &parsed.requires_python {
        source.value::<pep440_rs::VersionSpecifiers>(None, "requires-python", requires)?;
    }
    let markers = parsed.environments.iter();
    let groups = parsed.default_groups.iter();
    Ok(Lock {
        file: file.to_owned(),
        requires_python: parsed.requires_python.map(Spanned::into_inner),
        environments: markers
            .map(|text| source.value(None, "environments", text))
            .collect::<Result<_, _>>()?,
        default_groups: groups
            .map(|text| source.value(None, "default-groups", text))
            .collect::<Result<_, _>>()?,
        packages: parsed
            .packages
            .into_iter()
            .map(|package| source.package(package))
            .collect::<Result<_, _>>()?,
    })
}

impl Source<'_> {
    fn package(self, package: Spanned<Package>) -> Result<LockedPackage, LockError> {
        let line = self.line(package.span().start);
        let package = package.into_inner();
        let name = package.name.get_ref().clone();
        if let Some(requires) = &package.requires_python {
            self.value::<pep440_rs::VersionSpecifiers>(Some(&name), "requires-python", requires)?;
        }
        let sources = [&package.sdist, &package.vcs, &package.directory, &package.archive];
        Ok(LockedPackage {
            line,
            name: self.value(None, "name", &package.name)?,
            version: self.optional(&name, "version", package.version.as_ref())?,
            marker: self.optional(&name, "marker", package.marker.as_ref())?,
            has_source: sources.iter().any(|source| source.is_some()),
            requires_python: package.requires_python.map(Spanned::into_inner),
            index: package.index,
            wheels: package
                .wheels
                .into_iter()
                .map(|wheel| self.wheel(&name, wheel))
                .collect::<Result<_, _>>()?,
        })
    }

    fn wheel(self, package: &str, wheel: Spanned<Wheel>) -> Result<LockedWheel, LockError> {
        let line = self.line(wheel.span().start);
        let wheel = wheel.into_inner();
        let wrong = |key, message| self.wrong(line, Some(package), key, message);
        let name = file_name(&wheel).ok_or_else(|| wrong("wheels", "has neither name nor url nor path".to_owned()))?;
        let filename = name.parse().map_err(|error| wrong("wheels", to_string(error)))?;
        let sha256 = wheel.hashes.get("sha256").map(|text| text.parse()).transpose();
        Ok(LockedWheel {
            line,
            filename,
            sha256: sha256.map_err(|error| wrong("hashes", to_string(error)))?,
            url: wheel.url,
            path: wheel.path,
            size: wheel.size,
        })
    }

    fn check_version(self, version: &Spanned<String>) -> Result<(), LockError> {
        match version.get_ref().split('.').next() {
            Some("1") => Ok(()),
            _ => Err(LockError::UnknownVersion {
                file: self.file.to_owned(),
                line: self.line(version.span().start),
                found: version.get_ref().clone(),
            }),
        }
    }

    fn optional<T: FromStr<Err: ToString>>(
        self,
        package: &str,
        key: &'static str,
        text: Option<&Spanned<String>>,
    ) -> Result<Option<T>, LockError> {
        text.map(|text| self.value(Some(package), key, text)).transpose()
    }

    fn value<T: FromStr<Err: ToString>>(
        self,
        package: Option<&str>,
        key: &'static str,
        text: &Spanned<String>,
    ) -> Result<T, LockError> {
        let line = self.line(text.span().start);
        text.get_ref()
            .parse()
            .map_err(|error: T::Err| self.wrong(line, package, key, quoting(text.get_ref(), &error.to_string())))
    }

    fn wrong(self, line: usize, package: Option<&str>, key: &'static str, message: String) -> LockError {
        LockError::Value {
            file: self.file.to_owned(),
            line,
            package: package.map(str::to_owned),
            key,
            message,
        }
    }

    fn syntax(self, error: &toml::de::Error) -> LockError {
        let at = error.span().map_or(0, |span| span.start);
        let before = self.text.get(..at).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        LockError::Syntax {
            file: self.file.to_owned(),
            line: self.line(at),
            column: before[line_start..].chars().count() + 1,
            message: error.message().to_owned(),
        }
    }

    fn line(self, at: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= at) + 1
    }
}

/// The name comes from `name`, else from the end of `path` or `url`.
fn file_name(wheel: &Wheel) -> Option<String> {
    let of_path = || Some(wheel.path.as_ref()?.file_name()?.to_str()?.to_owned());
    let of_url = || wheel.url.as_deref().map(url::file_name);
    wheel.name.clone().or_else(of_path).or_else(of_url)
}

fn to_string(error: impl ToString) -> String {
    error.to_string()
}

/// The first line of what a parser says, and the value where that does not quote it.
fn quoting(value: &str, message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    match message.contains(value) {
        true => message.to_owned(),
        false => format!("`{value}`: {message}"),
    }
}
