//! A small Debian in a folder: made once by debootstrap, copied for each check.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use xshell::{Shell, cmd};

use super::lab::Lab;
use crate::step::{Ended, finish, read};
use crate::target;

const RELEASE: &str = "bookworm";
/// Beyond the smallest system: what the package depends on, so that installing it needs no other repository.
const INCLUDE: [&str; 2] = ["python3.11", "adduser"];

/// What programs inside find in their environment.
pub(crate) const ENVIRONMENT: [&str; 4] = [
    "HOME=/root",
    "LC_ALL=C.UTF-8",
    "DEBIAN_FRONTEND=noninteractive",
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
];

/// Files that say which users there are.
const ACCOUNTS: [&str; 4] = ["etc/passwd", "etc/group", "etc/shadow", "etc/gshadow"];

/// A Debian to change at will.
pub(crate) struct Debian<'a> {
    sh: &'a Shell,
    pub(crate) dir: PathBuf,
}

impl<'a> Debian<'a> {
    pub(crate) fn fresh(lab: &Lab<'a>) -> Result<Self> {
        Self::fresh_with(lab, "debian", &[])
    }

    /// One in the folder `name`, with more packages.
    pub(crate) fn fresh_with(lab: &Lab<'a>, name: &str, more: &[&str]) -> Result<Self> {
        let (sh, dir) = (lab.sh, lab.dir.join(name));
        let pristine = pristine(sh, more)?;
        read(cmd!(sh, "cp --archive --reflink=auto {pristine} {dir}"))?;
        Ok(Self { sh, dir })
    }

    /// A path inside as seen from outside.
    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.dir.join(inside.trim_start_matches('/'))
    }

    pub(crate) fn has(&self, inside: &str) -> bool {
        fs::symlink_metadata(self.path(inside)).is_ok()
    }

    /// Runs a program inside and returns what it wrote.
    pub(crate) fn run(&self, command: &[&str]) -> Result<String> {
        let ended = self.finish(command)?;
        ensure!(ended.success(), "{ended}");
        Ok(ended.stdout)
    }

    pub(crate) fn finish(&self, command: &[&str]) -> Result<Ended> {
        let dir = &self.dir;
        finish(cmd!(
            self.sh,
            "chroot {dir} /usr/bin/env --ignore-environment {ENVIRONMENT...} {command...}"
        ))
    }

    /// Puts a file inside.
    pub(crate) fn copy_in(&self, file: &Path, inside: &str) -> Result<()> {
        Ok(self.sh.copy_file(file, self.path(inside))?)
    }

    /// The version of an installed package.
    pub(crate) fn installed(&self, package: &str) -> Result<String> {
        self.run(&[
            "dpkg-query",
            "--show",
            "--showformat=${db:Status-Status} ${Version}",
            package,
        ])
    }

    /// Every file with its kind, mode, owner and where it points, and every line about an account.
    pub(crate) fn inventory(&self) -> Result<BTreeSet<String>> {
        let dir = &self.dir;
        let listing = read(cmd!(
            self.sh,
            "find {dir} -xdev -mindepth 1 -printf '/%P %y %m %U:%G %l\n'"
        ))?;
        let mut lines: BTreeSet<String> = listing.lines().map(str::to_owned).collect();
        for file in ACCOUNTS {
            let text = self.sh.read_file(dir.join(file))?;
            lines.extend(text.lines().map(|line| format!("/{file}: {line}")));
        }
        Ok(lines)
    }

    /// The ids of the processes that live inside.
    pub(crate) fn processes(&self) -> Result<Vec<String>> {
        let mut inside = Vec::new();
        for process in fs::read_dir("/proc")?.flatten() {
            // Processes end while we look, and threads of the kernel have no root.
            if fs::read_link(process.path().join("root")).is_ok_and(|root| root == self.dir) {
                inside.push(process.file_name().to_string_lossy().into_owned());
            }
        }
        Ok(inside)
    }
}

/// The folder that all others are copies of; its name says what is in it.
fn pristine(sh: &Shell, more: &[&str]) -> Result<PathBuf> {
    let include = [&INCLUDE, more].concat();
    let dir = target().join("real").join(format!("{RELEASE}-{}", include.join("-")));
    if !dir.exists() {
        let unfinished = dir.with_extension("unfinished");
        sh.remove_path(&unfinished)?;
        bootstrap(sh, &unfinished, &include)?;
        fs::rename(&unfinished, &dir)?;
    }
    Ok(dir)
}

fn bootstrap(sh: &Shell, dir: &Path, include: &[&str]) -> Result<()> {
    let include = format!("--include={}", include.join(","));
    let mirror = mirror();
    read(cmd!(
        sh,
        "debootstrap --variant=minbase {include} {RELEASE} {dir} {mirror...}"
    ))?;
    read(cmd!(sh, "chroot {dir} apt-get clean"))?;
    Ok(())
}

/// Where this machine gets the same release from; else debootstrap knows.
fn mirror() -> Option<String> {
    let lists = fs::read_dir("/etc/apt/sources.list.d").into_iter().flatten().flatten();
    let mut texts: Vec<String> = lists.flat_map(|file| fs::read_to_string(file.path())).collect();
    texts.extend(fs::read_to_string("/etc/apt/sources.list"));
    texts.iter().find_map(|text| mirror_in(text))
}

/// The first address in a list of sources, of either form, that offers the release.
fn mirror_in(text: &str) -> Option<String> {
    let stanzas = text.split("\n\n").filter_map(|stanza| {
        let field = |name: &str| stanza.lines().find_map(|line| line.strip_prefix(name));
        let offered = field("Suites:")?.split_whitespace().any(|suite| suite == RELEASE);
        field("URIs:")?.split_whitespace().next().filter(|_| offered)
    });
    let lines = text.lines().filter_map(|line| {
        let words = line
            .strip_prefix("deb ")?
            .split_once("] ")
            .map_or(&line[4..], |(_, rest)| rest);
        let mut words = words.split_whitespace();
        words.next().filter(|_| words.next() == Some(RELEASE))
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
        assert_eq!(mirror_in(text).as_deref(), expected);
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
