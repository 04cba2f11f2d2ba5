//! Where a release will run.

use std::fmt;
use std::str::FromStr;

/// A machine architecture, by its Debian name.
///
/// ```
/// use pydeploy::python::Arch;
///
/// let arch: Arch = "arm64".parse()?;
/// assert_eq!(arch.machine(), "aarch64");
/// # Ok::<(), pydeploy::python::UnknownTarget>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// Where a release will run: a distribution's own CPython on one architecture.
///
/// Markers and wheel tags are evaluated for the target, never for the machine that builds.
///
/// # Syntax
///
/// `debian12`, or `debian12/arm64`; without an architecture it is `amd64`.
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
pub struct Target {
    distribution: &'static str,
    python: (u16, u16, u16),
    glibc: (u16, u16),
    arch: Arch,
}

/// Distribution, full version of its default CPython, glibc.
type Row = (&'static str, (u16, u16, u16), (u16, u16));

/// From the packages of each release: `python3.X` and `libc6`.
const DISTRIBUTIONS: [Row; 5] = [
    ("debian11", (3, 9, 2), (2, 31)),
    ("debian12", (3, 11, 2), (2, 36)),
    ("debian13", (3, 13, 5), (2, 41)),
    ("ubuntu22.04", (3, 10, 12), (2, 35)),
    ("ubuntu24.04", (3, 12, 3), (2, 39)),
];

impl Target {
    /// Every built-in target for `amd64`, oldest distribution first.
    pub fn built_in() -> impl Iterator<Item = Self> {
        DISTRIBUTIONS.iter().map(|&(distribution, python, glibc)| Self {
            distribution,
            python,
            glibc,
            arch: Arch::Amd64,
        })
    }

    /// `debian12`: the distribution without the architecture.
    #[must_use]
    pub fn distribution(&self) -> &str {
        self.distribution
    }

    /// Major, minor and micro version of the interpreter.
    #[must_use]
    pub fn python(&self) -> (u16, u16, u16) {
        self.python
    }

    /// `3.11`: the part of the version that paths and package names hold.
    #[must_use]
    pub fn python_minor(&self) -> String {
        format!("{}.{}", self.python.0, self.python.1)
    }

    /// `3.11.2`: the full version of the interpreter.
    #[must_use]
    pub fn python_full(&self) -> String {
        let (major, minor, micro) = self.python;
        format!("{major}.{minor}.{micro}")
    }

    /// Major and minor version of the C library.
    #[must_use]
    pub fn glibc(&self) -> (u16, u16) {
        self.glibc
    }

    /// The architecture.
    #[must_use]
    pub fn arch(&self) -> Arch {
        self.arch
    }

    /// `/usr/bin/python3.11`: the versioned path of the interpreter, which no upgrade of the distribution moves to
    /// another minor version.
    #[must_use]
    pub fn interpreter(&self) -> String {
        format!("/usr/bin/python{}", self.python_minor())
    }

    /// `python3.11`: the Debian package that holds the interpreter.
    #[must_use]
    pub fn interpreter_package(&self) -> String {
        format!("python{}", self.python_minor())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.arch {
            Arch::Amd64 => f.write_str(self.distribution),
            arch @ Arch::Arm64 => write!(f, "{}/{arch}", self.distribution),
        }
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
        format!("known are {}, each with `/arm64` too", names.join(", "))
    }
}

impl FromStr for Target {
    type Err = UnknownTarget;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, arch) = match text.split_once('/') {
            Some((name, arch)) => (name, arch.parse().map_err(|_| UnknownTarget(text.to_owned()))?),
            None => (text, Arch::Amd64),
        };
        Self::built_in()
            .find(|target| target.distribution == name)
            .map(|target| Self { arch, ..target })
            .ok_or_else(|| UnknownTarget(text.to_owned()))
    }
}
