//! Names of wheel files.

use std::fmt;
use std::str::FromStr;

use pep440_rs::Version;

use super::name::DistributionName;
use super::tags::{Tag, Tags};

/// The name of a wheel file ([file name convention]).
///
/// # Syntax
///
/// `NAME-VERSION(-BUILD)?-PYTHON-ABI-PLATFORM.whl`, the last three each a set joined by `.`.
///
/// ```
/// use pydeploy::python::{Tags, WheelFilename};
///
/// let file: WheelFilename = "psycopg_binary-3.2.9-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl".parse()?;
/// assert_eq!(file.name().as_str(), "psycopg-binary");
/// assert!(file.rank(&Tags::of(&"debian12".parse()?)).is_some());
/// assert!(file.rank(&Tags::of(&"ubuntu24.04".parse()?)).is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [file name convention]: https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WheelFilename {
    text: String,
    name: DistributionName,
    version: Version,
    build: Option<(u64, String)>,
    tags: [Vec<String>; 3],
}

impl WheelFilename {
    /// The file name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The distribution.
    #[must_use]
    pub fn name(&self) -> &DistributionName {
        &self.name
    }

    /// The version.
    #[must_use]
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// The build tag, which orders wheels of one version and one rank: a later one is preferred.
    #[must_use]
    pub fn build(&self) -> Option<(u64, &str)> {
        self.build.as_ref().map(|(number, rest)| (*number, rest.as_str()))
    }

    /// Every tag that the three sets stand for.
    pub fn tags(&self) -> impl Iterator<Item = Tag> + '_ {
        let [pythons, abis, platforms] = &self.tags;
        pythons.iter().flat_map(move |python| {
            abis.iter().flat_map(move |abi| {
                platforms.iter().map(move |platform| Tag {
                    python: python.clone(),
                    abi: abi.clone(),
                    platform: platform.clone(),
                })
            })
        })
    }

    /// The rank of the tag that fits best, 0 for the best that there is; `None` when no tag fits.
    #[must_use]
    pub fn rank(&self, accepted: &Tags) -> Option<usize> {
        self.tags().filter_map(|tag| accepted.rank(&tag)).min()
    }
}

impl fmt::Display for WheelFilename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

/// The text is not the name of a wheel file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not the name of a wheel: {reason}", text.escape_debug())]
pub struct WheelFilenameError {
    text: String,
    reason: &'static str,
}

impl FromStr for WheelFilename {
    type Err = WheelFilenameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).map_err(|reason| WheelFilenameError {
            text: text.to_owned(),
            reason,
        })
    }
}

fn parse(text: &str) -> Result<WheelFilename, &'static str> {
    let stem = text.strip_suffix(".whl").ok_or("it does not end in `.whl`")?;
    let parts: Vec<_> = stem.split('-').collect();
    let (name, version, build, tags) = match parts[..] {
        [name, version, python, abi, platform] => (name, version, None, [python, abi, platform]),
        [name, version, build, python, abi, platform] => (name, version, Some(build), [python, abi, platform]),
        _ => return Err("it has not five or six parts between `-`"),
    };
    Ok(WheelFilename {
        text: text.to_owned(),
        name: name
            .parse()
            .map_err(|_| "its first part is not a distribution's name")?,
        version: version.parse().map_err(|_| "its second part is not a version")?,
        build: build.map(parse_build).transpose()?,
        tags: parse_tags(tags)?,
    })
}

fn parse_build(text: &str) -> Result<(u64, String), &'static str> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    let number = number
        .parse()
        .map_err(|_| "its build tag does not start with a number")?;
    Ok((number, rest.to_owned()))
}

fn parse_tags(sets: [&str; 3]) -> Result<[Vec<String>; 3], &'static str> {
    let known = |b: u8| b.is_ascii_alphanumeric() || b"_.".contains(&b);
    let valid = |set: &str| set.bytes().all(known) && set.split('.').all(|tag| !tag.is_empty());
    if !sets.into_iter().all(valid) {
        return Err("a tag is empty or holds a character that tags cannot");
    }
    Ok(sets.map(|set| set.split('.').map(str::to_ascii_lowercase).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let file: WheelFilename = "Foo.Bar-1.0-2b-py2.py3-none-any.whl".parse().unwrap();
        assert_eq!(file.name().as_str(), "foo-bar");
        assert_eq!(file.build(), Some((2, "b")));
        let tags: Vec<_> = file.tags().map(|tag| tag.to_string()).collect();
        assert_eq!(tags, ["py2-none-any", "py3-none-any"]);
    }

    #[test]
    fn what_is_not_a_wheel_is_refused() {
        for text in [
            "foo-1.0.tar.gz",
            "foo-1.0.whl",
            "foo-1.0-py3-none.whl",
            "foo-x-py3-none-any.whl",
            "foo-1.0-b1-py3-none-any.whl",
            "foo-1.0-py3..py2-none-any.whl",
            "foo-1.0-py3-none-a/../b.whl",
            "-1.0-py3-none-any.whl",
            "foo-1.0-1-1-py3-none-any.whl",
        ] {
            assert!(text.parse::<WheelFilename>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_best_tag_decides() {
        let tags = Tags::of(&"debian12".parse().unwrap());
        let rank = |text: &str| text.parse::<WheelFilename>().unwrap().rank(&tags);
        let by_fit = [
            "a-1-cp311-cp311-manylinux_2_28_x86_64.whl",
            "a-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            "a-1-cp311-abi3-manylinux_2_34_x86_64.whl",
            "a-1-cp37-abi3-manylinux_2_34_x86_64.whl",
            "a-1-py3-none-manylinux_2_17_x86_64.whl",
            "a-1-py2.py3-none-any.whl",
        ];
        assert!(by_fit.iter().all(|text| rank(text).is_some()));
        assert!(by_fit.is_sorted_by_key(|text| rank(text)));
        assert_eq!(rank("a-1-cp311-cp311-manylinux_2_37_x86_64.whl"), None);
        assert_eq!(rank("a-1-cp311-cp311-win_amd64.whl"), None);
        assert_eq!(rank("a-1-cp310-cp310-manylinux_2_17_x86_64.whl"), None);
    }
}
