//! Requirements: a distribution, and which versions of it will do.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use pep440_rs::{Operator, Version, VersionSpecifier, VersionSpecifiers};

use super::specifier::contains;
use super::{DistributionName, Marker};

/// What a distribution needs ([dependency specifiers]): `Requires-Dist`, a line of `requirements.txt`, an entry of
/// `project.dependencies`.
///
/// # Syntax
///
/// `NAME[EXTRA,…] SPECIFIERS ; MARKER`, where the specifiers may stand in parentheses, or
/// `NAME[EXTRA,…] @ URL ; MARKER` with a blank before the `;`. What is displayed is parsed to an equal requirement.
///
/// As `packaging`, this accepts a comma after the last specifier. Unlike it, this refuses a name that ends in `_`, `===`
/// before what is no version in its normal form, and a marker that compares what cannot be compared.
///
/// ```
/// use pydeploy::python::{MarkerEnvironment, Requirement};
///
/// let requirement: Requirement = "Psycopg[Binary]>=3.1,<4; python_version >= '3.8'".parse()?;
/// assert_eq!(requirement.to_string(), "psycopg[binary]>=3.1,<4; python_version >= '3.8'");
/// assert!(requirement.accepts(&"3.2.1".parse()?));
/// assert!(requirement.is_for(&MarkerEnvironment::of(&"debian12".parse()?)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [dependency specifiers]: https://packaging.python.org/en/latest/specifications/dependency-specifiers/
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The distribution.
    pub name: DistributionName,
    /// Extras of it.
    pub extras: BTreeSet<DistributionName>,
    /// Its version, or where it is.
    pub wanted: Wanted,
    /// When it is needed; always, without one.
    pub marker: Option<Marker>,
}

/// What a requirement says about the distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Its version satisfies each of these; any version does when there are none.
    Versions(VersionSpecifiers),
    /// It is at this URL, or path, as written.
    Url(String),
}

impl Requirement {
    /// Whether a distribution of this version will do. A URL says nothing about versions. Pre-releases are versions
    /// like any other: whether they are wanted is a question for who resolves.
    #[must_use]
    pub fn accepts(&self, version: &Version) -> bool {
        match &self.wanted {
            Wanted::Versions(specifiers) => specifiers.iter().all(|specifier| contains(specifier, version)),
            Wanted::Url(_) => true,
        }
    }

    /// Whether it is needed in an environment.
    #[must_use]
    pub fn is_for(&self, environment: &super::MarkerEnvironment) -> bool {
        self.marker.as_ref().is_none_or(|marker| marker.evaluate(environment))
    }

    /// The one version that will do: that of the only specifier, `==` or `===` without a `*`.
    #[must_use]
    pub fn pinned(&self) -> Option<&Version> {
        let Wanted::Versions(specifiers) = &self.wanted else {
            return None;
        };
        match specifiers.iter().as_slice() {
            [only] if matches!(only.operator(), Operator::Equal | Operator::ExactEqual) => Some(only.version()),
            _ => None,
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)?;
        if !self.extras.is_empty() {
            let extras: Vec<_> = self.extras.iter().map(DistributionName::as_str).collect();
            write!(f, "[{}]", extras.join(","))?;
        }
        let before_marker = match &self.wanted {
            Wanted::Versions(specifiers) => {
                let specifiers: Vec<_> = specifiers.iter().map(ToString::to_string).collect();
                f.write_str(&specifiers.join(","))?;
                "; "
            }
            Wanted::Url(url) => {
                write!(f, " @ {url}")?;
                " ; "
            }
        };
        self.marker
            .as_ref()
            .map_or(Ok(()), |marker| write!(f, "{before_marker}{marker}"))
    }
}

/// The text is not a requirement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("requirement `{text}`: {reason} at column {column}")]
pub struct RequirementError {
    text: String,
    reason: String,
    column: usize,
}

impl FromStr for Requirement {
    type Err = RequirementError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parser = Parser { text, at: 0 };
        if let Some(at) = text.find(['\n', '\r']) {
            return Err(parser.error(at, "a requirement is one line"));
        }
        let name = parser.name("a distribution's name is expected")?;
        let extras = parser.extras()?;
        let (wanted, marker) = match parser.take('@') {
            true => parser.url()?,
            false => parser.versions()?,
        };
        Ok(Self {
            name,
            extras,
            wanted,
            marker,
        })
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn extras(&mut self) -> Result<BTreeSet<DistributionName>, RequirementError> {
        let mut extras = BTreeSet::new();
        if !self.take('[') || self.take(']') {
            return Ok(extras);
        }
        loop {
            extras.insert(self.name("the name of an extra is expected")?);
            if self.take(']') {
                return Ok(extras);
            }
            if !self.take(',') {
                return Err(self.error(self.at, "`,` or `]` is expected"));
            }
        }
    }

    fn url(&mut self) -> Result<(Wanted, Option<Marker>), RequirementError> {
        self.skip_blanks();
        let rest = self.rest();
        let url = &rest[..rest.find([' ', '\t']).unwrap_or(rest.len())];
        if url.is_empty() {
            return Err(self.error(self.at, "a URL is expected"));
        }
        self.at += url.len();
        Ok((Wanted::Url(url.to_owned()), self.marker()?))
    }

    fn versions(&mut self) -> Result<(Wanted, Option<Marker>), RequirementError> {
        let in_parentheses = self.take('(');
        let end = if in_parentheses { ')' } else { ';' };
        let rest = self.rest();
        let text = &rest[..rest.find(end).unwrap_or(rest.len())];
        let specifiers = self.specifiers(text)?;
        self.at += text.len();
        if in_parentheses && !self.take(')') {
            return Err(self.error(self.at, "`)` is expected"));
        }
        Ok((Wanted::Versions(specifiers), self.marker()?))
    }

    fn specifiers(&self, text: &str) -> Result<VersionSpecifiers, RequirementError> {
        let mut specifiers = Vec::new();
        let listed = text.trim_end_matches([' ', '\t']);
        let listed = listed.strip_suffix(',').unwrap_or(listed);
        let mut at = self.at;
        for whole in listed.split(',').filter(|_| !text.trim().is_empty()) {
            let part = whole.trim();
            let start = at + (whole.len() - whole.trim_start().len());
            specifiers.push(specifier(part).map_err(|reason| self.error(start, &reason))?);
            at += whole.len() + 1;
        }
        Ok(specifiers.into_iter().collect())
    }

    fn marker(&mut self) -> Result<Option<Marker>, RequirementError> {
        if self.take(';') {
            self.skip_blanks();
            let marker = self.rest().trim_end_matches([' ', '\t']).parse::<Marker>();
            return marker.map(Some).map_err(|error| RequirementError {
                column: self.column(self.at) + error.column() - 1,
                reason: error.reason().to_owned(),
                text: self.text.to_owned(),
            });
        }
        match self.rest() {
            "" => Ok(None),
            _ => Err(self.error(self.at, "`;` and a marker, or the end, is expected")),
        }
    }

    fn name(&mut self, expected: &str) -> Result<DistributionName, RequirementError> {
        self.skip_blanks();
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c));
        let word = &rest[..end.unwrap_or(rest.len())];
        let name = word.parse().map_err(|_| self.error(self.at, expected))?;
        self.at += word.len();
        Ok(name)
    }

    /// Whether `symbol` is next, after blanks; if so, it is passed.
    fn take(&mut self, symbol: char) -> bool {
        self.skip_blanks();
        let found = self.rest().starts_with(symbol);
        self.at += if found { symbol.len_utf8() } else { 0 };
        found
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn column(&self, at: usize) -> usize {
        self.text[..at].chars().count() + 1
    }

    fn error(&self, at: usize, reason: &str) -> RequirementError {
        RequirementError {
            text: self.text.to_owned(),
            reason: reason.to_owned(),
            column: self.column(at),
        }
    }
}

/// `===` compares text, so that what is written has to be what a version's text is.
fn specifier(text: &str) -> Result<VersionSpecifier, String> {
    let specifier: VersionSpecifier = text.parse().map_err(|error| first_line(&error))?;
    let written = text.strip_prefix("===").map(str::trim_start);
    match written.is_none_or(|version| version == specifier.version().to_string()) {
        true => Ok(specifier),
        false => Err("`===` needs a version in its normal form".to_owned()),
    }
}

fn first_line(error: &impl ToString) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_read_and_written() {
        for (text, expect) in [
            ("Django", "django"),
            (" a ", "a"),
            ("a>=1", "a>=1"),
            ("a >= 1 , < 2", "a>=1,<2"),
            ("a(>=1,<2)", "a>=1,<2"),
            ("a ( >= 1 )", "a>=1"),
            ("a()", "a"),
            ("a>=1,", "a>=1"),
            ("a==1.*,!=1.2", "a==1.*,!=1.2"),
            ("a===1.0", "a===1.0"),
            ("a==1!2.0+local.1", "a==1!2.0+local.1"),
            ("a~=1.2", "a~=1.2"),
            ("a[]", "a"),
            ("a[X_y , z]<2", "a[x-y,z]<2"),
            (
                "a[x]>=1;python_version<'3.9' and extra == 'test'",
                "a[x]>=1; python_version<'3.9' and extra == 'test'",
            ),
            ("a;'x' in extras", "a; 'x' in extras"),
            ("a@https://h/a.whl#sha256=0", "a @ https://h/a.whl#sha256=0"),
            ("a @ file:///b;c ; os_name == 'nt'", "a @ file:///b;c ; os_name == 'nt'"),
            ("a[x]@./rel", "a[x] @ ./rel"),
        ] {
            let requirement: Requirement = text.parse().unwrap();
            assert_eq!(requirement.to_string(), expect, "{text}");
            assert_eq!(expect.parse::<Requirement>().unwrap(), requirement, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_requirement_is_refused_with_its_column() {
        for (text, expect) in [
            ("", "a distribution's name is expected at column 1"),
            ("-r x", "a distribution's name is expected at column 1"),
            ("./a.whl", "a distribution's name is expected at column 1"),
            ("a.b-", "a distribution's name is expected at column 1"),
            ("a[x", "`,` or `]` is expected at column 4"),
            ("a[x y]", "`,` or `]` is expected at column 5"),
            ("a[x,]", "the name of an extra is expected at column 5"),
            ("a[,x]", "the name of an extra is expected at column 3"),
            ("a (>=1", "`)` is expected at column 7"),
            ("a (>=1) x", "`;` and a marker, or the end, is expected at column 9"),
            ("a @", "a URL is expected at column 4"),
            ("a @ x y", "`;` and a marker, or the end, is expected at column 7"),
            ("a;", "a variable or a quoted string is expected at column 3"),
            ("a===01", "`===` needs a version in its normal form at column 2"),
            ("a>=1; os_name == nt", "`nt` is not a known variable at column 18"),
        ] {
            let error = text.parse::<Requirement>().unwrap_err();
            assert_eq!(error.to_string(), format!("requirement `{text}`: {expect}"));
        }
        for text in [
            "a 1",
            "a>=1,,<2",
            "a,",
            "a>",
            "a~=1",
            "a>=1.*",
            "a>=1 <2",
            "a>=1\n",
            "a\n>=1",
            "a===x",
            "a==1+x,>=1+x",
        ] {
            assert!(text.parse::<Requirement>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn versions_are_accepted_and_pinned() {
        for (text, accepted, refused) in [
            ("a", "1.dev0", ""),
            ("a>=1,<2", "1.9", "2"),
            ("a==1.2.*", "1.2.5", "1.20"),
            ("a==1.2.0.*", "1.2", "1.2.1"),
            ("a==1.2", "1.2+local", "1.2.1"),
            ("a===1.2", "1.2", "1.2.0"),
            ("a~=1.4.5", "1.4.9", "1.5"),
            ("a!=1.0", "1.1", "1"),
            ("a>=1.0a1", "1.0b1", "1.0.dev1"),
            ("a @ https://h/a.whl", "7", ""),
        ] {
            let requirement: Requirement = text.parse().unwrap();
            assert!(requirement.accepts(&accepted.parse().unwrap()), "{text} {accepted}");
            let refused = refused.parse();
            assert!(refused.is_err() || !requirement.accepts(&refused.unwrap()), "{text}");
        }
        for (text, expect) in [
            ("a==1.0", Some("1.0")),
            ("a===1.0", Some("1.0")),
            ("a==1.*", None),
            ("a==1,==1", None),
            ("a>=1", None),
            ("a", None),
            ("a @ https://h", None),
        ] {
            let requirement: Requirement = text.parse().unwrap();
            let pinned = requirement.pinned().map(ToString::to_string);
            assert_eq!(pinned.as_deref(), expect, "{text}");
        }
    }
}
