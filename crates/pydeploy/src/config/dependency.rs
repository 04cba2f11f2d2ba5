//! Relations between packages, as control fields hold them.

use std::fmt;
use std::str::FromStr;

use super::PackageName;
use crate::version::DebianVersion;

/// One relation to other packages ([Debian Policy 7.1]): a package, or several of which one is enough.
///
/// # Syntax
///
/// `NAME`, `NAME:QUALIFIER`, `NAME (RELATION VERSION)`; several are separated by `|`. A relation is one of `<<`, `<=`,
/// `=`, `>=` and `>>`. What only source packages know, lists of architectures and of build profiles, is refused.
///
/// ```
/// use pydeploy::config::Dependency;
///
/// let dependency: Dependency = "libssl3t64(>=3.0.0)|libssl3 (>= 3.0.0)".parse()?;
/// assert_eq!(dependency.to_string(), "libssl3t64 (>= 3.0.0) | libssl3 (>= 3.0.0)");
/// assert!("libssl3 (> 3)".parse::<Dependency>().is_err());
/// # Ok::<(), pydeploy::config::DependencyError>(())
/// ```
///
/// [Debian Policy 7.1]: https://www.debian.org/doc/debian-policy/ch-relationships.html#syntax-of-relationship-fields
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// At least one.
    alternatives: Vec<Possibility>,
}

/// One of the packages that are enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Possibility {
    /// The package.
    pub name: PackageName,
    /// `any`, `native`, or an architecture.
    pub qualifier: Option<String>,
    /// Which versions of it are enough; any when there is none.
    pub version: Option<(Relation, DebianVersion)>,
}

/// How a version has to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `<<`
    Below,
    /// `<=`
    AtMost,
    /// `=`
    Exactly,
    /// `>=`
    AtLeast,
    /// `>>`
    Above,
}

impl Relation {
    const ALL: [Self; 5] = [Self::Below, Self::AtMost, Self::AtLeast, Self::Above, Self::Exactly];

    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Below => "<<",
            Self::AtMost => "<=",
            Self::Exactly => "=",
            Self::AtLeast => ">=",
            Self::Above => ">>",
        }
    }
}

impl Dependency {
    /// The packages of which one is enough, the preferred one first; never empty.
    #[must_use]
    pub fn alternatives(&self) -> &[Possibility] {
        &self.alternatives
    }

    /// Reads the value of a field: relations separated by commas.
    ///
    /// # Errors
    ///
    /// When one of them is no relation. Nothing between two commas is nothing.
    ///
    /// ```
    /// use pydeploy::config::Dependency;
    ///
    /// assert_eq!(Dependency::list("adduser, libc6 (>= 2.34),")?.len(), 2);
    /// # Ok::<(), pydeploy::config::DependencyError>(())
    /// ```
    pub fn list(text: &str) -> Result<Vec<Self>, DependencyError> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(str::parse).collect()
    }

    /// At least a version of one of these packages, or any version.
    #[cfg(feature = "artifact")]
    pub(crate) fn at_least(names: &[PackageName], version: Option<&DebianVersion>) -> Self {
        let possibility = |name: &PackageName| Possibility {
            name: name.clone(),
            qualifier: None,
            version: version.map(|version| (Relation::AtLeast, version.clone())),
        };
        Self {
            alternatives: names.iter().map(possibility).collect(),
        }
    }
}

impl fmt::Display for Dependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, possibility) in self.alternatives.iter().enumerate() {
            f.write_str(if number > 0 { " | " } else { "" })?;
            possibility.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Possibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)?;
        if let Some(qualifier) = &self.qualifier {
            write!(f, ":{qualifier}")?;
        }
        match &self.version {
            Some((relation, version)) => write!(f, " ({} {version})", relation.as_str()),
            None => Ok(()),
        }
    }
}

/// The text is no relation to a package.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no relation to a package: {reason}", text.escape_debug())]
pub struct DependencyError {
    text: String,
    reason: String,
}

impl FromStr for Dependency {
    type Err = DependencyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |reason: String| DependencyError {
            text: text.to_owned(),
            reason,
        };
        let alternatives = text.split('|').map(|part| possibility(part.trim()));
        Ok(Self {
            alternatives: alternatives.collect::<Result<_, _>>().map_err(wrong)?,
        })
    }
}

fn possibility(text: &str) -> Result<Possibility, String> {
    let (package, version) = match text.split_once('(') {
        None => (text, None),
        Some((package, rest)) => match rest.split_once(')') {
            Some((inside, "")) => (package.trim_end(), Some(restriction(inside.trim())?)),
            Some((_, after)) => return Err(unexpected(after.trim())),
            None => return Err("the parenthesis is not closed".to_owned()),
        },
    };
    let (name, qualifier) = match package.split_once(':') {
        Some((name, qualifier)) => (name, Some(qualified(qualifier)?)),
        None => (package, None),
    };
    if let Some(at) = name.find(|c: char| c.is_whitespace() || "[<".contains(c)) {
        return Err(unexpected(name[at..].trim()));
    }
    Ok(Possibility {
        name: name
            .parse()
            .map_err(|error: super::PackageNameError| error.to_string())?,
        qualifier,
        version,
    })
}

fn unexpected(text: &str) -> String {
    match text.chars().next() {
        Some('[') => "lists of architectures are for source packages".to_owned(),
        Some('<') => "build profiles are for source packages".to_owned(),
        _ => format!("`{text}` is not expected there"),
    }
}

fn qualified(text: &str) -> Result<String, String> {
    let valid = text
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    match valid && !text.is_empty() {
        true => Ok(text.to_owned()),
        false => Err(format!("`{text}` is no architecture")),
    }
}

fn restriction(text: &str) -> Result<(Relation, DebianVersion), String> {
    let begins = |relation: &Relation| text.starts_with(relation.as_str());
    let Some(relation) = Relation::ALL.into_iter().find(begins) else {
        return Err(format!("`{text}` does not begin with <<, <=, =, >= or >>"));
    };
    let version = text[relation.as_str().len()..].trim();
    let version = version.parse().map_err(|error| format!("{error}"))?;
    Ok((relation, version))
}

impl serde::Serialize for Dependency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_in_one_way() {
        for (text, expect) in [
            ("adduser", "adduser"),
            ("libc6(>=2.34)", "libc6 (>= 2.34)"),
            ("a1 ( << 1:2~rc1-3 )", "a1 (<< 1:2~rc1-3)"),
            (
                "python3:any|python3.11 (=3.11.2)",
                "python3:any | python3.11 (= 3.11.2)",
            ),
            ("libfoo:amd64 (>> 1)", "libfoo:amd64 (>> 1)"),
        ] {
            let dependency: Dependency = text.parse().unwrap();
            assert_eq!(dependency.to_string(), expect);
            assert_eq!(dependency.to_string().parse(), Ok(dependency));
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, expect) in [
            ("", "is not a package name"),
            ("Lib", "is not a package name"),
            ("a1 |", "is not a package name"),
            ("a1 b1", "`b1` is not expected there"),
            ("a1 (2)", "`2` does not begin with <<"),
            ("a1 (< 2)", "`< 2` does not begin with <<"),
            ("a1 (>= )", "version"),
            ("a1 (>= 1_2)", "'_'"),
            ("a1 (>= 2", "is not closed"),
            ("a1 (>= 2) x", "`x` is not expected there"),
            ("a1 [amd64]", "architectures are for source"),
            ("a1 (>= 1) [amd64]", "architectures are for source"),
            ("a1 <!nocheck>", "build profiles are for source"),
            ("a1:", "`` is no architecture"),
        ] {
            let error = text.parse::<Dependency>().unwrap_err().to_string();
            assert!(error.contains(expect), "{text}: {error}");
        }
    }
}
