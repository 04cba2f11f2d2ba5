//! Tags of wheels ([platform compatibility tags]) and the ordered list of those that a target accepts.
//!
//! [platform compatibility tags]: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/

use std::collections::BTreeMap;
use std::fmt;

use super::{Arch, Target};

/// One tag of a wheel: `cp311-cp311-manylinux_2_17_x86_64`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    /// The interpreter, `cp311` or `py3`.
    pub python: String,
    /// The binary interface, `cp311`, `abi3` or `none`.
    pub abi: String,
    /// The platform, `manylinux_2_17_x86_64` or `any`.
    pub platform: String,
}

impl Tag {
    fn new(python: &str, abi: &str, platform: &str) -> Self {
        Self {
            python: python.to_owned(),
            abi: abi.to_owned(),
            platform: platform.to_owned(),
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.python, self.abi, self.platform)
    }
}

/// The tags that a target accepts, each with its rank: the lower, the better the fit. The order is pip's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tags(BTreeMap<Tag, usize>);

impl Tags {
    /// The tags of wheels that run on `target`.
    ///
    /// ```
    /// use pydeploy::python::Tags;
    ///
    /// let tags = Tags::of(&"debian12".parse()?);
    /// assert_eq!(tags.iter()[0].to_string(), "cp311-cp311-manylinux_2_36_x86_64");
    /// # Ok::<(), pydeploy::python::UnknownTarget>(())
    /// ```
    #[must_use]
    pub fn of(target: &Target) -> Self {
        Self(ordered(target).into_iter().zip(0..).collect())
    }

    /// How well `tag` fits, 0 best; `None` when it does not fit at all.
    #[must_use]
    pub fn rank(&self, tag: &Tag) -> Option<usize> {
        self.0.get(tag).copied()
    }

    /// All tags, the best first.
    #[must_use]
    pub fn iter(&self) -> Vec<&Tag> {
        let mut ranked: Vec<_> = self.0.iter().collect();
        ranked.sort_by_key(|&(_, rank)| rank);
        ranked.into_iter().map(|(tag, _)| tag).collect()
    }
}

fn ordered(target: &Target) -> Vec<Tag> {
    let minor = target.python().1;
    let cpython = format!("cp3{minor}");
    let platforms = platforms(target);
    let mut tags = Vec::new();
    let mut on_each = |python: &str, abi: &str| {
        tags.extend(platforms.iter().map(|platform| Tag::new(python, abi, platform)));
    };
    for abi in [&*cpython, "abi3", "none"] {
        on_each(&cpython, abi);
    }
    for older in (2..minor).rev() {
        on_each(&format!("cp3{older}"), "abi3");
    }
    let pure = pure_interpreters(minor);
    for python in &pure {
        on_each(python, "none");
    }
    tags.push(Tag::new(&cpython, "none", "any"));
    tags.extend(pure.iter().map(|python| Tag::new(python, "none", "any")));
    tags
}

/// `py311`, `py3`, then `py310` down to `py30`.
fn pure_interpreters(minor: u16) -> Vec<String> {
    let older = (0..minor).rev().map(|older| format!("py3{older}"));
    [format!("py3{minor}"), "py3".to_owned()]
        .into_iter()
        .chain(older)
        .collect()
}

/// Every glibc from the target's down to the oldest that has wheels for its architecture, then plain Linux.
fn platforms(target: &Target) -> Vec<String> {
    let machine = target.arch().machine();
    let oldest = match target.arch() {
        Arch::Amd64 => 5,
        Arch::Arm64 => 17,
    };
    let mut platforms = Vec::new();
    for glibc in (oldest..=target.glibc().1).rev() {
        platforms.push(format!("manylinux_2_{glibc}_{machine}"));
        platforms.extend(alias(glibc).map(|name| format!("{name}_{machine}")));
    }
    platforms.push(format!("linux_{machine}"));
    platforms
}

fn alias(glibc: u16) -> Option<&'static str> {
    match glibc {
        5 => Some("manylinux1"),
        12 => Some("manylinux2010"),
        17 => Some("manylinux2014"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn list(target: &str) -> Vec<String> {
        let tags = Tags::of(&target.parse().unwrap());
        tags.iter().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_order_is_that_of_pip() {
        let tags = list("debian12");
        let at = |tag: &str| tags.iter().position(|t| t == tag).unwrap_or_else(|| panic!("no {tag}"));
        let order = [
            "cp311-cp311-manylinux_2_36_x86_64",
            "cp311-cp311-manylinux_2_17_x86_64",
            "cp311-cp311-manylinux2014_x86_64",
            "cp311-cp311-manylinux_2_5_x86_64",
            "cp311-cp311-manylinux1_x86_64",
            "cp311-cp311-linux_x86_64",
            "cp311-abi3-manylinux_2_36_x86_64",
            "cp311-none-manylinux_2_36_x86_64",
            "cp310-abi3-manylinux_2_36_x86_64",
            "cp32-abi3-linux_x86_64",
            "py311-none-manylinux_2_36_x86_64",
            "py3-none-manylinux_2_36_x86_64",
            "py310-none-manylinux_2_36_x86_64",
            "cp311-none-any",
            "py311-none-any",
            "py3-none-any",
            "py30-none-any",
        ];
        assert!(order.is_sorted_by_key(|tag| at(tag)));
        assert_eq!(at(order[0]), 0);
        assert_eq!(at("py30-none-any"), tags.len() - 1);
    }

    #[test]
    fn what_does_not_run_there_is_not_listed() {
        let tags = list("ubuntu24.04/arm64");
        for no in [
            "cp312-cp312-manylinux_2_40_aarch64",
            "cp312-cp312-manylinux_2_16_aarch64",
            "cp312-cp312-manylinux_2_17_x86_64",
            "cp313-abi3-manylinux_2_17_aarch64",
            "cp312-cp312-musllinux_1_2_aarch64",
            "cp31-abi3-manylinux_2_17_aarch64",
        ] {
            assert!(!tags.iter().any(|tag| tag == no), "{no}");
        }
        assert!(tags.iter().any(|tag| tag == "cp312-cp312-manylinux_2_39_aarch64"));
    }
}
