//! A small Debian in a folder: a copy of the one that debootstrap made.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use xshell::{Shell, cmd};

use super::lab::Lab;
use super::suite::{BOOKWORM, Suite};
use crate::step::{Ended, finish, read};

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
        Self::of(lab, BOOKWORM)
    }

    pub(crate) fn of(lab: &Lab<'a>, suite: Suite) -> Result<Self> {
        Self::with(lab, suite, suite.name, &[])
    }

    /// One in the folder `name`, with more packages.
    pub(crate) fn with(lab: &Lab<'a>, suite: Suite, name: &str, more: &[&str]) -> Result<Self> {
        let (sh, dir) = (lab.sh, lab.dir.join(name));
        let pristine = suite.pristine(lab, more)?;
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
