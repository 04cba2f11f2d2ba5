//! The project's own `debian/control`: the fields of its binary package are honoured.
//!
//! `Section`, `Priority`, `Homepage` and `Maintainer` may stand in the paragraph of the source, as in any source package.
//! Relations are added to what pydeploy finds out itself, which is also what `${misc:Depends}`, `${shlibs:Depends}` and
//! `${python3:Depends}` would stand for. What would make the package another one than pydeploy builds is refused.

mod error;
mod read;
mod substitute;
#[cfg(test)]
mod tests;

pub use error::ControlFileError;

use self::read::ControlText;
use crate::config::{Dependency, Relation};
use crate::deb822::Paragraph;
use crate::release::Release;
use crate::sys::files;

/// Fields of relations, in the order in which a control file has them.
pub(super) const RELATIONS: [&str; 9] = [
    "Pre-Depends",
    "Depends",
    "Recommends",
    "Suggests",
    "Enhances",
    "Breaks",
    "Conflicts",
    "Replaces",
    "Provides",
];
/// Those in which `a | b` means nothing (Debian Policy 7.1).
const WITHOUT_ALTERNATIVES: [&str; 4] = ["Breaks", "Conflicts", "Replaces", "Provides"];
/// Fields whose values are taken as they are.
pub(super) const PLAIN: [&str; 5] = ["Section", "Priority", "Multi-Arch", "Homepage", "Description"];
/// Those that the paragraph of the source gives to every package of it.
const INHERITED: [&str; 4] = ["Section", "Priority", "Homepage", "Maintainer"];
/// What an application is not.
const REFUSED: [&str; 4] = ["Essential", "Important", "Protected", "Package-Type"];
/// What only matters when a source package is built.
const OF_SOURCES: [&str; 3] = ["Build-Profiles", "Rules-Requires-Root", "Auto-Built-Package"];

/// What the file says about the package.
#[derive(Debug, Default)]
pub(super) struct OwnControl {
    /// Values by field, in the order of the file: plain ones, and those that the project makes up (`XB-…`).
    fields: Vec<(String, String)>,
    relations: Vec<(&'static str, Vec<Dependency>)>,
    /// `Architecture`, and the line that it stands on.
    architecture: Option<(String, usize)>,
}

/// Relative to the project.
const FILE: &str = "debian/control";

impl OwnControl {
    /// Reads `debian/control` of the release's project; one without content when there is no such file.
    pub(super) fn load(release: &Release) -> Result<Self, ControlFileError> {
        let file = release.project.root.join(FILE);
        match files::read_if_exists(&file)? {
            Some(bytes) => Self::parse(release, &ControlText::parse(&file, &bytes)?),
            None => Ok(Self::default()),
        }
    }

    fn parse(release: &Release, text: &ControlText) -> Result<Self, ControlFileError> {
        let number = binary(release, text)?;
        let mut own = Self::default();
        let source = text.paragraphs.first().filter(|first| first.get("Source").is_some());
        let inherited = INHERITED.iter().filter_map(|name| Some((*name, source?.get(name)?)));
        let binary = &text.paragraphs[number];
        let inherited = inherited.filter(|(name, _)| binary.get(name).is_none());
        own.fields
            .extend(inherited.map(|(name, value)| (name.to_owned(), value.to_owned())));
        for (name, value) in binary.fields() {
            own.add(
                release,
                &Field {
                    text,
                    number,
                    name,
                    value,
                },
            )?;
        }
        Ok(own)
    }

    fn add(&mut self, release: &Release, field: &Field<'_>) -> Result<(), ControlFileError> {
        let same = |names: &[&'static str]| names.iter().copied().find(|name| name.eq_ignore_ascii_case(field.name));
        if let Some(name) = same(&RELATIONS) {
            self.relations.push((name, field.relations(release, name)?));
        } else if let Some(name) = same(&PLAIN).or(same(&INHERITED)) {
            self.fields.push((name.to_owned(), field.plain(release)?));
        } else if let Some(name) = user_defined(field.name) {
            self.fields.push((name.to_owned(), field.plain(release)?));
        } else if field.name.eq_ignore_ascii_case("Architecture") {
            let line = field.text.line(field.number, field.name, "");
            self.architecture = Some((field.value.to_owned(), line));
        } else if same(&REFUSED).is_some() && !field.value.eq_ignore_ascii_case("no") {
            let message = format!("`{}: {}` is not for an application", field.name, field.value);
            return Err(field.error("", message, "remove the field"));
        } else if same(&["Package"]).or(same(&REFUSED)).or(same(&OF_SOURCES)).is_none() && !is_of_source(field.name) {
            let message = format!("the field `{}` is not known", field.name);
            return Err(field.error(
                "",
                message,
                "write `XB-NAME` when it is to stand in the package as it is",
            ));
        }
        Ok(())
    }

    /// The value of a field, when the file has it.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.fields.iter().filter(|field| field.0 == name);
        found.next().map(|field| field.1.as_str())
    }

    /// Fields that the project made up.
    pub(super) fn user_defined(&self) -> impl Iterator<Item = (&str, &str)> {
        let known = |name: &String| PLAIN.contains(&name.as_str()) || INHERITED.contains(&name.as_str());
        let others = self.fields.iter().filter(move |(name, _)| !known(name));
        others.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The relations of a field.
    pub(super) fn relations(&self, name: &str) -> &[Dependency] {
        let mut found = self.relations.iter().filter(|field| field.0 == name);
        found.next().map_or(&[], |field| &field.1)
    }

    /// The package's architecture, when what is in it has the architecture `found`: `all` only for what has none.
    pub(super) fn architecture(&self, release: &Release, found: &str) -> Result<String, ControlFileError> {
        let Some((list, line)) = &self.architecture else {
            return Ok(found.to_owned());
        };
        let arch = release.target.arch();
        let wrong = |message, hint| ControlFileError::Content {
            file: release.project.root.join(FILE),
            line: *line,
            message,
            hint,
        };
        let all = list.split_whitespace().any(|one| one == "all");
        match (all, found) {
            (true, "all") => Ok("all".to_owned()),
            (true, found) => {
                let message =
                    format!("`Architecture: {list}`, and the release holds files that are compiled for {found}");
                Err(wrong(message, "write `Architecture: any`"))
            }
            (false, _) if substitute::admits(list, arch) => Ok(arch.to_string()),
            (false, _) => {
                let message = format!("`Architecture: {list}`, and the target is {arch}");
                Err(wrong(message, "add the architecture, or choose another target"))
            }
        }
    }
}

/// The paragraph of the package that is built.
fn binary(release: &Release, text: &ControlText) -> Result<usize, ControlFileError> {
    let name = release.project.name.as_str();
    let package = |paragraph: &Paragraph| paragraph.get("Package") == Some(name);
    text.paragraphs.iter().position(package).ok_or_else(|| {
        let message = format!("there is no paragraph with `Package: {name}`");
        text.error(1, message, "call the package so in both, or set `tool.pydeploy.name`")
    })
}

/// The name in the package of a field of the project's own: `XB-Team` is `Team` ([deb-src-control(5)]).
///
/// [deb-src-control(5)]: https://manpages.debian.org/bookworm/dpkg-dev/deb-src-control.5.en.html#User-defined_fields
fn user_defined(name: &str) -> Option<&str> {
    let (prefix, rest) = name.split_once('-')?;
    let letters = prefix.strip_prefix(['X', 'x'])?;
    let binary = letters.contains(['B', 'b']) && letters.bytes().all(|b| b"BCSbcs".contains(&b));
    (binary && !rest.is_empty()).then_some(rest)
}

/// Whether such a field is for other files than the package.
fn is_of_source(name: &str) -> bool {
    let prefix = name
        .split_once('-')
        .and_then(|(prefix, _)| prefix.strip_prefix(['X', 'x']));
    prefix.is_some_and(|letters| letters.bytes().all(|b| b"CScs".contains(&b)))
}

/// A field in its place.
struct Field<'a> {
    text: &'a ControlText,
    number: usize,
    name: &'a str,
    value: &'a str,
}

impl Field<'_> {
    fn plain(&self, release: &Release) -> Result<String, ControlFileError> {
        if self.name.eq_ignore_ascii_case("Multi-Arch") && !["foreign", "no"].contains(&self.value) {
            let message = format!("`Multi-Arch: {}` is not for an application", self.value);
            return Err(self.error("", message, "it can be `foreign`"));
        }
        self.substituted(release)
    }

    fn substituted(&self, release: &Release) -> Result<String, ControlFileError> {
        substitute::variables(self.value, &release.version).map_err(|variable| {
            let message = format!("the variable `{variable}` is not known");
            let hint =
                "write what it stands for; misc, shlibs and python3 variables, and `${binary:Version}`, are known";
            self.error(&variable, message, hint)
        })
    }

    fn relations(&self, release: &Release, name: &str) -> Result<Vec<Dependency>, ControlFileError> {
        let text = self.substituted(release)?;
        let mut found = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let wrong = |message: String| {
                let needle = part.split_whitespace().next().unwrap_or_default();
                let hint = "a relation looks like `libfoo1 (>= 1.2) | libfoo2`";
                self.error(needle, message, hint)
            };
            let alternatives = part.split('|');
            let kept = alternatives.filter_map(|one| substitute::architectures(one.trim(), release.target.arch()));
            let kept: Vec<_> = kept.collect();
            if kept.is_empty() {
                continue;
            }
            let relation: Dependency = kept
                .join(" | ")
                .parse()
                .map_err(|error: crate::config::DependencyError| wrong(error.to_string()))?;
            if let Some(reason) = misplaced(name, &relation) {
                return Err(wrong(format!("`{relation}` {reason} in `{name}`")));
            }
            found.push(relation);
        }
        Ok(found)
    }

    fn error(&self, needle: &str, message: String, hint: &'static str) -> ControlFileError {
        self.text
            .error(self.text.line(self.number, self.name, needle), message, hint)
    }
}

/// Why a relation cannot stand in a field.
fn misplaced(name: &str, relation: &Dependency) -> Option<&'static str> {
    let exact = |(relation, _): &(Relation, _)| *relation == Relation::Exactly;
    let versions = relation.alternatives().iter().filter_map(|one| one.version.as_ref());
    if WITHOUT_ALTERNATIVES.contains(&name) && relation.alternatives().len() > 1 {
        return Some("has alternatives, which mean nothing");
    }
    let mut versions = versions;
    (name == "Provides" && !versions.all(exact)).then_some("has a version that is not exact")
}
