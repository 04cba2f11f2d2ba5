//! Environment markers ([dependency specifiers], [pylock.toml]), evaluated for a target.
//!
//! [dependency specifiers]: https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers
//! [pylock.toml]: https://packaging.python.org/en/latest/specifications/pylock-toml/

mod evaluate;
mod parse;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::{DistributionName, Target};

/// A condition on the environment that a distribution is installed into.
///
/// ```
/// use pydeploy::python::{Marker, MarkerEnvironment};
///
/// let marker: Marker = r#"python_full_version < "3.11.3" and sys_platform == "linux""#.parse()?;
/// assert!(marker.evaluate(&MarkerEnvironment::of(&"debian12".parse()?)));
/// assert!(!marker.evaluate(&MarkerEnvironment::of(&"ubuntu24.04".parse()?)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    text: String,
    tree: Tree,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Tree {
    All(Vec<Self>),
    Any(Vec<Self>),
    Compare {
        left: Operand,
        operator: Operator,
        right: Operand,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Operand {
    Variable(Variable),
    Literal(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variable {
    OsName,
    SysPlatform,
    PlatformMachine,
    PlatformPythonImplementation,
    PlatformRelease,
    PlatformSystem,
    PlatformVersion,
    PythonVersion,
    PythonFullVersion,
    ImplementationName,
    ImplementationVersion,
    Extra,
    Extras,
    DependencyGroups,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Less,
    LessEqual,
    Equal,
    NotEqual,
    GreaterEqual,
    Greater,
    Compatible,
    Identical,
    In,
    NotIn,
}

/// What markers are evaluated against: never the machine that evaluates them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkerEnvironment {
    /// Major, minor and micro version of CPython.
    pub python: (u16, u16, u16),
    /// What `uname -m` says.
    pub machine: String,
    /// Extras that were asked for.
    pub extras: BTreeSet<DistributionName>,
    /// Dependency groups that were asked for.
    pub dependency_groups: BTreeSet<DistributionName>,
}

impl MarkerEnvironment {
    /// CPython on `target`, without extras and dependency groups.
    #[must_use]
    pub fn of(target: &Target) -> Self {
        Self {
            python: target.python(),
            machine: target.arch().machine().to_owned(),
            extras: BTreeSet::new(),
            dependency_groups: BTreeSet::new(),
        }
    }
}

impl Marker {
    /// Whether the environment satisfies the condition.
    #[must_use]
    pub fn evaluate(&self, environment: &MarkerEnvironment) -> bool {
        evaluate::evaluate(&self.tree, environment)
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

/// The text is not a marker.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("marker `{text}`: {reason} at column {column}")]
pub struct MarkerError {
    text: String,
    reason: String,
    column: usize,
}

impl MarkerError {
    pub(super) fn reason(&self) -> &str {
        &self.reason
    }

    pub(super) fn column(&self) -> usize {
        self.column
    }
}

impl FromStr for Marker {
    type Err = MarkerError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse::parse(text).map(|tree| Self {
            text: text.to_owned(),
            tree,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment() -> MarkerEnvironment {
        let mut environment = MarkerEnvironment::of(&"debian12".parse().unwrap());
        environment.extras.insert("Some_Extra".parse().unwrap());
        environment.dependency_groups.insert("prod".parse().unwrap());
        environment
    }

    /// Each line is a marker that holds on Debian 12 (CPython 3.11.2), amd64, with one extra and one group.
    const TRUE: &str = r#"
        os_name == 'posix'
        sys_platform == "linux"
        sys_platform != "win32"
        platform_machine == "x86_64"
        platform_python_implementation == 'CPython'
        platform_system == "Linux"
        implementation_name == "cpython"
        implementation_version >= "3.11"
        implementation_version == "3.11.2"
        python_version == "3.11"
        python_version >= "3.8"
        python_version > "3.9"
        python_version < "3.12"
        python_version == "3.*"
        python_version == "3.11.0.*"
        python_version != "3.10.*"
        python_version ~= "3.8"
        python_version === "3.11"
        python_full_version < "3.11.3"
        python_full_version >= "3.11"
        python_full_version ~= "3.11.1"
        "3.8" <= python_version
        "linux" in sys_platform
        "win" not in sys_platform
        sys_platform in "linux darwin"
        python_version not in "2.7, 3.5"
        python_version in "3.11 3.12"
        platform_machine >= "x86_64"
        extra == "some-extra"
        extra == "Some.Extra"
        "some-extra" == extra
        extra != "other"
        'some_extra' in extras
        'other' not in extras
        "prod" in dependency_groups
        (os_name == "nt" or os_name == "posix") and python_version>="3"
        os_name == "posix" or os_name == "nt" and os_name == "nt"
        os.name == 'posix' and python_implementation == "CPython"
        (((os_name=="posix")))
        platform_version == ''
        os_name   not
          in "nt"
    "#;

    const FALSE: &str = r#"
        sys_platform == "win32"
        python_version < "3.9"
        python_version == "3.1"
        python_version >= "3.12"
        python_version ~= "2.7"
        python_version == "3.11.2.*"
        python_full_version >= "3.11.3"
        platform_machine > "a"
        platform_machine < "z"
        platform_release > "1"
        extra == "other"
        extra != "some_extra"
        "dev" in dependency_groups
        "prod" not in dependency_groups
        os_name == "posix" and (os_name == "nt" or python_version < "3")
        "Linux" == sys_platform
    "#;

    #[track_caller]
    fn check(list: &str, expect: bool) {
        let joined = list.replace("not\n          in", "not\tin");
        for text in joined.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let marker: Marker = text.parse().unwrap();
            assert_eq!(marker.evaluate(&environment()), expect, "{text}");
            assert_eq!(marker.to_string(), text);
        }
    }

    #[test]
    fn markers_that_hold() {
        check(TRUE, true);
    }

    #[test]
    fn markers_that_do_not_hold() {
        check(FALSE, false);
    }

    #[test]
    fn what_is_not_a_marker_is_refused_with_its_column() {
        for (text, expect) in [
            ("", "a variable or a quoted string is expected at column 1"),
            ("python == '3'", "`python` is not a known variable at column 1"),
            ("os_name", "a comparison is expected at column 8"),
            ("os_name = 'nt'", "a comparison is expected at column 9"),
            ("os_name == 'nt", "the string does not end at column 12"),
            ("os_name == nt", "`nt` is not a known variable at column 12"),
            ("(os_name == 'nt'", "`)` is expected at column 17"),
            ("os_name == 'nt' 'x'", "the marker should end here at column 17"),
            (
                "os_name == 'nt' and",
                "a variable or a quoted string is expected at column 20",
            ),
            ("os_name ~= 'nt'", "`~=` compares versions only at column 9"),
            (
                "python_version ~= '3'",
                "`~=` needs a version of two parts or more at column 16",
            ),
            ("os_name not 'nt'", "`in` is expected at column 13"),
            (
                "extras == 'x'",
                "`extras` and `dependency_groups` take `in` and `not in` at column 8",
            ),
            ("extra < 'x'", "`extra` takes `==` and `!=` at column 7"),
            ("extra == 'a b'", "`a b` is not a name at column 10"),
            ("'a' == 'b'", "a variable is needed on one side at column 5"),
            ("extras in 'x'", "a quoted name is needed on the left at column 8"),
        ] {
            let error = text.parse::<Marker>().unwrap_err();
            assert_eq!(error.to_string(), format!("marker `{text}`: {expect}"));
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let text = format!("{}os_name == 'nt'{}", "(".repeat(5000), ")".repeat(5000));
        assert!(text.parse::<Marker>().is_err());
    }
}
