//! For which series of a distribution a package is built.

use std::fmt;
use std::str::FromStr;

use pydeploy::changelog::Distributions;
use pydeploy::version::{DebianVersion, ParseVersionError};

#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Series {
    /// Distribution in the package's changelog, such as `noble` [default: the changelog's]
    #[arg(long, value_name = "NAME", env = "PYDEPLOY_DISTRIBUTION", value_parser = distributions)]
    pub(crate) distribution: Option<Distributions>,
    /// What the version ends in for one series of several, such as `~ubuntu24.04.1`
    #[arg(long, value_name = "SUFFIX", env = "PYDEPLOY_VERSION_SUFFIX")]
    pub(crate) version_suffix: Option<VersionSuffix>,
}

impl Series {
    /// The version of this series.
    pub(crate) fn version(&self, base: &DebianVersion) -> Result<DebianVersion, ParseVersionError> {
        match &self.version_suffix {
            Some(suffix) => format!("{base}{suffix}").parse(),
            None => Ok(base.clone()),
        }
    }
}

fn distributions(text: &str) -> Result<Distributions, String> {
    text.parse()
        .map_err(|error: pydeploy::changelog::ParseValueError| format!("{error}: {}", error.hint()))
}

/// The end of a version: below it with `~`, above it with `+`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VersionSuffix(String);

impl fmt::Display for VersionSuffix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for VersionSuffix {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b".+~".contains(&b);
        match text.starts_with(['~', '+']) && text.len() > 1 && text.bytes().all(plain) {
            true => Ok(Self(text.to_owned())),
            false => Err("`~` or `+`, then letters, digits, `.`, `+` and `~`, as in `~ubuntu24.04.1`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suffix_sorts_with_its_series() {
        let version = |suffix: &str| {
            let series = Series {
                version_suffix: Some(suffix.parse().unwrap()),
                ..Series::default()
            };
            series.version(&"1.0-1".parse().unwrap()).unwrap()
        };
        assert_eq!(version("~ubuntu24.04.1").as_str(), "1.0-1~ubuntu24.04.1");
        assert!(version("~ubuntu22.04.1") < version("~ubuntu24.04.1"));
        assert!(version("~ubuntu24.04.1") < "1.0-1".parse().unwrap() && version("+deb12u1") > "1.0-1".parse().unwrap());
        for wrong in ["", "~", "noble1", "~a b", "~1-1", "~é"] {
            assert!(wrong.parse::<VersionSuffix>().is_err(), "{wrong}");
        }
    }
}
