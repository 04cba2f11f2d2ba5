//! Versions of symbols, and the versions of packages that have them.

use crate::python::{Target, glibc_version};
use crate::version::DebianVersion;

use super::table::DISTRIBUTIONS;

/// How a library names the versions of its symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbering {
    /// `GLIBC_2.34`.
    Glibc,
    /// `GCC_7.0.0`.
    Gcc,
    /// `GLIBCXX_3.4.29`, `CXXABI_1.3.13`: counted, so that a table is needed.
    Libstdcxx,
    /// `ZLIB_1.2.9`.
    Zlib,
    /// `OPENSSL_3.0.0`, `OPENSSL_1_1_1`.
    Openssl,
    /// In a way that says nothing about the package's version, or not at all: any version of a target will do, as the
    /// soname changes when symbols go.
    Free,
}

/// The compiler that brought `GLIBCXX_3.4.N`, from N = 9 on ([history]), as Debian's package says it; what is older
/// comes with any. Debian says 10.2 of a few that came before: every target has that.
///
/// [history]: https://gcc.gnu.org/onlinedocs/libstdc++/manual/abi.html
const GLIBCXX: [&str; 27] = [
    "4.2.1", "4.3", "4.4", "4.4", "4.4.2", "4.5", "4.6", "4.6", "4.7", "4.8", "4.8", "4.9", "5.2", "6", "10.2", "7",
    "8", "9", "9.1", "10.2", "11", "12", "13", "13.1", "14", "15", "16",
];
/// The one that brought `CXXABI_1.3.N`, from N = 2 on.
const CXXABI: [&str; 16] = [
    "4.3", "4.4", "4.5", "4.6", "4.7", "4.8", "4.9", "5", "6", "10.2", "9", "11", "13", "14", "15", "16",
];
/// What is not in the tables needs a compiler that is in no distribution of the other table.
const NEXT: &str = "17";

impl Numbering {
    /// The oldest package that has symbols of this version; `None` when any has.
    pub(super) fn minimum(self, version: &str) -> Option<DebianVersion> {
        let text = match self {
            Self::Glibc => glibc(version)?,
            Self::Gcc => gcc(version.strip_prefix("GCC_")?),
            Self::Libstdcxx => libstdcxx(version)?.to_owned(),
            Self::Zlib => format!("1:{}", version.strip_prefix("ZLIB_")?),
            Self::Openssl => version.strip_prefix("OPENSSL_")?.replace('_', "."),
            Self::Free => return None,
        };
        text.parse().ok()
    }

    /// The version that the target has at least; `None` when that is not known.
    pub(super) fn provided(self, target: &Target) -> Option<DebianVersion> {
        let (_, gcc, zlib, openssl) = *DISTRIBUTIONS.iter().find(|row| row.0 == target.distribution())?;
        match self {
            Self::Glibc | Self::Free => None,
            Self::Gcc | Self::Libstdcxx => Some(gcc),
            Self::Zlib => Some(zlib),
            Self::Openssl => Some(openssl),
        }?
        .parse()
        .ok()
    }
}

fn glibc(version: &str) -> Option<String> {
    let (major, minor) = glibc_version(version)?;
    let written = version.strip_prefix("GLIBC_")?;
    // `GLIBC_2.2.5` has a third number; `GLIBC_ABI_DT_RELR` has none.
    let numbers = written.starts_with(|c: char| c.is_ascii_digit());
    Some(if numbers {
        written.to_owned()
    } else {
        format!("{major}.{minor}")
    })
}

/// Releases had two numbers before 5, and one since then; versions of symbols have three of most.
fn gcc(version: &str) -> String {
    let release = match version.matches('.').count() {
        2 => version.strip_suffix(".0").unwrap_or(version),
        _ => version,
    };
    let major = release.strip_suffix(".0");
    let major = major.filter(|major| major.parse().is_ok_and(|major: u32| major > 4));
    major.unwrap_or(release).to_owned()
}

fn libstdcxx(version: &str) -> Option<&'static str> {
    let count = |prefix: &str| version.strip_prefix(prefix)?.parse::<usize>().ok();
    match (count("GLIBCXX_3.4."), count("CXXABI_1.3.")) {
        (Some(number), _) => Some(
            number
                .checked_sub(9)
                .map_or("4.1.1", |at| GLIBCXX.get(at).unwrap_or(&NEXT)),
        ),
        (_, Some(number)) => Some(
            number
                .checked_sub(2)
                .map_or("4.1.1", |at| CXXABI.get(at).unwrap_or(&NEXT)),
        ),
        _ => match version {
            "GLIBCXX_3.4" | "CXXABI_1.3" => Some("4.1.1"),
            "CXXABI_TM_1" => Some("4.7"),
            "CXXABI_FLOAT128" => Some("5"),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_symbols_are_versions_of_packages() {
        for (numbering, version, expect) in [
            (Numbering::Glibc, "GLIBC_2.34", Some("2.34")),
            (Numbering::Glibc, "GLIBC_2.2.5", Some("2.2.5")),
            (Numbering::Glibc, "GLIBC_ABI_DT_RELR", Some("2.36")),
            (Numbering::Glibc, "GLIBC_PRIVATE", None),
            (Numbering::Gcc, "GCC_3.0", Some("3.0")),
            (Numbering::Gcc, "GCC_3.3.1", Some("3.3.1")),
            (Numbering::Gcc, "GCC_4.2.0", Some("4.2")),
            (Numbering::Gcc, "GCC_4.0.0", Some("4.0")),
            (Numbering::Gcc, "GCC_7.0.0", Some("7")),
            (Numbering::Libstdcxx, "GLIBCXX_3.4", Some("4.1.1")),
            (Numbering::Libstdcxx, "GLIBCXX_3.4.9", Some("4.2.1")),
            (Numbering::Libstdcxx, "GLIBCXX_3.4.22", Some("6")),
            (Numbering::Libstdcxx, "GLIBCXX_3.4.30", Some("12")),
            (Numbering::Libstdcxx, "GLIBCXX_3.4.35", Some("16")),
            (Numbering::Libstdcxx, "GLIBCXX_3.4.99", Some("17")),
            (Numbering::Libstdcxx, "GLIBCXX_3.4.28", Some("10.2")),
            (Numbering::Libstdcxx, "CXXABI_1.3.12", Some("9")),
            (Numbering::Libstdcxx, "CXXABI_1.3.13", Some("11")),
            (Numbering::Libstdcxx, "CXXABI_1.3.15", Some("14")),
            (Numbering::Zlib, "ZLIB_1.2.3.4", Some("1:1.2.3.4")),
            (Numbering::Openssl, "OPENSSL_3.0.0", Some("3.0.0")),
            (Numbering::Openssl, "OPENSSL_1_1_0g", Some("1.1.0g")),
            (Numbering::Free, "PNG16_0", None),
        ] {
            let minimum = numbering.minimum(version).map(|version| version.to_string());
            assert_eq!(minimum.as_deref(), expect, "{version}");
        }
    }
}
