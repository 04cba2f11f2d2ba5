//! Where a release will run.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A machine architecture, by its Debian name.
///
/// ```
/// use pydeploy::python::Arch;
///
/// let arch: Arch = "arm64".parse()?;
/// assert_eq!(arch.machine(), "aarch64");
/// # Ok::<(), pydeploy::python::UnknownTarget>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Arch {
    /// 64-bit x86.
    Amd64,
    /// 64-bit Arm.
    Arm64,
}

impl Arch {
    /// What `uname -m` and wheel tags call it.
    #[must_use]
    pub fn machine(self) -> &'static str {
        match self {
            Self::Amd64 => "x86_64",
            Self::Arm64 => "aarch64",
        }
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        })
    }
}

impl FromStr for Arch {
    type Err = UnknownTarget;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "amd64" => Ok(Self::Amd64),
            "arm64" => Ok(Self::Arm64),
            _ => Err(UnknownTarget(text.to_owned())),
        }
    }
}

/// Where a release will run: a CPython on a distribution and an architecture.
///
/// Markers and wheel tags are evaluated for the target, never for the machine that builds.
///
/// # Syntax
///
/// `debian12`, or `debian12/arm64`, names a distribution's own interpreter; without an architecture it is `amd64`. Any
/// other is described by a file: see [`Target::parse`].
///
/// ```
/// use pydeploy::python::Target;
///
/// let target: Target = "ubuntu24.04/arm64".parse()?;
/// assert_eq!(target.interpreter(), "/usr/bin/python3.12");
/// assert_eq!(target.to_string(), "ubuntu24.04/arm64");
/// # Ok::<(), pydeploy::python::UnknownTarget>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target(pub(super) Arc<Description>);

/// What is known about a target.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Description {
    pub(super) name: String,
    pub(super) distribution: String,
    pub(super) python: (u16, u16, u16),
    pub(super) glibc: (u16, u16),
    pub(super) arch: Arch,
    pub(super) interpreter: String,
    pub(super) package: Option<String>,
}

/// Distribution, full version of its default CPython, glibc.
type Row = (&'static str, (u16, u16, u16), (u16, u16));

/// From the packages of each release, updates included: `python3.X` and `libc6`.
const DISTRIBUTIONS: [Row; 6] = [
    ("debian11", (3, 9, 2), (2, 31)),
    ("debian12", (3, 11, 2), (2, 36)),
    ("debian13", (3, 13, 5), (2, 41)),
    ("ubuntu22.04", (3, 10, 12), (2, 35)),
    ("ubuntu24.04", (3, 12, 3), (2, 39)),
    ("ubuntu26.04", (3, 14, 4), (2, 43)),
];

const ARCHITECTURES: [Arch; 2] = [Arch::Amd64, Arch::Arm64];

impl Target {
    /// Every built-in target, oldest distribution first.
    pub fn built_in() -> impl Iterator<Item = Self> {
        DISTRIBUTIONS
            .iter()
            .flat_map(|row| ARCHITECTURES.iter().map(|&arch| Self::of_distribution(row, arch)))
    }

    fn of_distribution(&(distribution, python, glibc): &Row, arch: Arch) -> Self {
        let package = format!("python{}.{}", python.0, python.1);
        Self(Arc::new(Description {
            name: Self::name_of(distribution, arch),
            distribution: distribution.to_owned(),
            python,
            glibc,
            arch,
            interpreter: format!("/usr/bin/{package}"),
            package: Some(package),
        }))
    }

    /// `debian12`, `debian12/arm64`.
    pub(super) fn name_of(distribution: &str, arch: Arch) -> String {
        match arch {
            Arch::Amd64 => distribution.to_owned(),
            arch @ Arch::Arm64 => format!("{distribution}/{arch}"),
        }
    }

    /// `debian12`: the distribution and its version.
    #[must_use]
    pub fn distribution(&self) -> &str {
        &self.0.distribution
    }

    /// Major, minor and micro version of the interpreter.
    #[must_use]
    pub fn python(&self) -> (u16, u16, u16) {
        self.0.python
    }

    /// `3.11`: the part of the version that paths and package names hold.
    #[must_use]
    pub fn python_minor(&self) -> String {
        format!("{}.{}", self.0.python.0, self.0.python.1)
    }

    /// `3.11.2`: the full version of the interpreter.
    #[must_use]
    pub fn python_full(&self) -> String {
        let (major, minor, micro) = self.0.python;
        format!("{major}.{minor}.{micro}")
    }

    /// Major and minor version of the C library.
    #[must_use]
    pub fn glibc(&self) -> (u16, u16) {
        self.0.glibc
    }

    /// The architecture.
    #[must_use]
    pub fn arch(&self) -> Arch {
        self.0.arch
    }

    /// `/usr/bin/python3.11`: a versioned path, which no upgrade of the distribution moves to another minor version.
    #[must_use]
    pub fn interpreter(&self) -> &str {
        &self.0.interpreter
    }

    /// `python3.11`: the Debian package that holds the interpreter; `None` when none does.
    #[must_use]
    pub fn interpreter_package(&self) -> Option<&str> {
        self.0.package.as_deref()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.name.fmt(f)
    }
}

/// No built-in target has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a known target")]
pub struct UnknownTarget(String);

impl UnknownTarget {
    /// The names that are known.
    #[must_use]
    pub fn hint(&self) -> String {
        let names: Vec<_> = DISTRIBUTIONS.iter().map(|row| row.0).collect();
        format!(
            "known are {}, each with `/arm64` too; any other is a file that `pydeploy target probe` writes, `./host.toml`",
            names.join(", ")
        )
    }
}

impl FromStr for Target {
    type Err = UnknownTarget;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.strip_suffix("/amd64").unwrap_or(text);
        Self::built_in()
            .find(|target| target.0.name == name)
            .ok_or_else(|| UnknownTarget(text.to_owned()))
    }
}
