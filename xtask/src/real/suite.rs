//! Releases of Debian: each a folder that debootstrap makes once, and that others are copies of.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use xshell::{Shell, cmd};

use super::lab::Lab;
use crate::step::{finish, read};
use crate::target;

/// What its packages and its index are signed with.
pub(crate) const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// A release of Debian, by its code name, and the target that it is to the program under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Suite {
    pub(crate) name: &'static str,
    pub(crate) target: &'static str,
}

pub(crate) const BOOKWORM: Suite = Suite {
    name: "bookworm",
    target: "debian12",
};
/// Oldest first.
pub(crate) const SUITES: [Suite; 3] = [
    Suite {
        name: "bullseye",
        target: "debian11",
    },
    BOOKWORM,
    Suite {
        name: "trixie",
        target: "debian13",
    },
];

impl Suite {
    /// The package of the interpreter, as the program under test knows it.
    pub(crate) fn interpreter(self, lab: &Lab<'_>) -> Result<String> {
        let target = read(lab.pydeploy().args(["target", "show", self.target]))?;
        let package = target.lines().find_map(|line| line.strip_prefix("package = "));
        Ok(package.context(target.clone())?.trim_matches('"').to_owned())
    }

    /// The folder that all others are copies of, with what the package depends on, so that installing it needs no other
    /// repository.
    pub(crate) fn pristine(self, lab: &Lab<'_>, more: &[&str]) -> Result<PathBuf> {
        let interpreter = self.interpreter(lab)?;
        self.folder(lab.sh, &[&[interpreter.as_str(), "adduser"], more].concat())
    }

    /// The same without an interpreter: it comes and goes with the package.
    pub(crate) fn without_interpreter(self, lab: &Lab<'_>) -> Result<PathBuf> {
        self.folder(lab.sh, &["adduser"])
    }

    /// The smallest system and these packages, after which the folder is called.
    fn folder(self, sh: &Shell, include: &[&str]) -> Result<PathBuf> {
        let dir = target()
            .join("real")
            .join(format!("{}-{}", self.name, include.join("-")));
        if !dir.exists() {
            let unfinished = dir.with_extension("unfinished");
            sh.remove_path(&unfinished)?;
            self.bootstrap(sh, include, &unfinished)?;
            fs::rename(&unfinished, &dir)?;
        }
        Ok(dir)
    }

    /// An index without a good signature is refused: left to itself, debootstrap only warns when it has no keys.
    fn bootstrap(self, sh: &Shell, include: &[&str], dir: &Path) -> Result<()> {
        let include = format!("--include={}", include.join(","));
        let checked = ["--force-check-gpg", "--keyring", KEYRING];
        let (name, mirror) = (self.name, self.mirror(sh)?);
        read(cmd!(
            sh,
            "debootstrap --variant=minbase {checked...} {include} {name} {dir} {mirror...}"
        ))?;
        read(cmd!(sh, "chroot {dir} apt-get clean"))?;
        Ok(())
    }

    /// Where this machine gets the same release from, or another one and has this one too; else debootstrap knows.
    fn mirror(self, sh: &Shell) -> Result<Option<String>> {
        let texts = sources();
        let of = |suite: Suite| texts.iter().find_map(|text| mirror_in(text, suite.name));
        if let Some(own) = of(self) {
            return Ok(Some(own));
        }
        for mirror in SUITES.into_iter().filter_map(of) {
            if self.is_at(sh, &mirror)? {
                return Ok(Some(mirror));
            }
        }
        Ok(None)
    }

    fn is_at(self, sh: &Shell, mirror: &str) -> Result<bool> {
        let (scratch, name) = (sh.create_temp_dir()?, self.name);
        let file = scratch.path().join("InRelease");
        let helper = "/usr/lib/apt/apt-helper";
        let ended = finish(cmd!(
            sh,
            "{helper} download-file {mirror}/dists/{name}/InRelease {file}"
        ))?;
        Ok(ended.success())
    }
}

/// The lists of sources that apt reads here.
fn sources() -> Vec<String> {
    let lists = fs::read_dir("/etc/apt/sources.list.d").into_iter().flatten().flatten();
    let mut texts: Vec<String> = lists.flat_map(|file| fs::read_to_string(file.path())).collect();
    texts.extend(fs::read_to_string("/etc/apt/sources.list"));
    texts
}

/// The first address in a list of sources, of either form, that offers the release.
fn mirror_in(text: &str, release: &str) -> Option<String> {
    let stanzas = text.split("\n\n").filter_map(|stanza| {
        let field = |name: &str| stanza.lines().find_map(|line| line.strip_prefix(name));
        let offered = field("Suites:")?.split_whitespace().any(|suite| suite == release);
        field("URIs:")?.split_whitespace().next().filter(|_| offered)
    });
    let lines = text.lines().filter_map(|line| {
        let words = line
            .strip_prefix("deb ")?
            .split_once("] ")
            .map_or(&line[4..], |(_, rest)| rest);
        let mut words = words.split_whitespace();
        words.next().filter(|_| words.next() == Some(release))
    });
    stanzas
        .chain(lines)
        .find(|uri| uri.starts_with("http"))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::mirror_in;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(mirror_in(text, "bookworm").as_deref(), expected);
    }

    #[test]
    fn the_mirror_is_the_one_that_apt_uses() {
        check(
            "Types: deb\nURIs: http://a/debian\nSuites: bookworm bookworm-updates\n",
            Some("http://a/debian"),
        );
        check("Types: deb\nURIs: http://a/ubuntu\nSuites: noble\n", None);
        check(
            "# deb http://c/ bookworm main\ndeb [arch=amd64] http://b/debian bookworm main\n",
            Some("http://b/debian"),
        );
        check("deb http://b/security bookworm-security main\n", None);
    }
}
