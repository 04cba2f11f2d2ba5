//! What happens to a package on a machine, and what may remain of it.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, ensure};

use super::debian::Debian;
use super::lab::PACKAGE;

/// What may differ after a purge, and why.
const LEFTOVERS: [(&str, &str); 12] = [
    ("/run/adduser", "the lock of adduser, gone with the next start"),
    ("/var/log/dpkg.log", "dpkg's diary"),
    ("/var/log/alternatives.log", "the diary of update-alternatives"),
    ("/var/lib/dpkg/status-old", "dpkg's backup of its state"),
    ("/var/lib/dpkg/diversions-old", "dpkg's backup of its state"),
    ("/var/lib/dpkg/triggers/Lock", "dpkg's lock, kept for the next time"),
    ("/etc/passwd-", "the backup that the tools for users make"),
    ("/etc/group-", "the same"),
    ("/etc/shadow-", "the same"),
    ("/etc/gshadow-", "the same"),
    ("/etc/subuid-", "the same"),
    ("/etc/subgid-", "the same"),
];

/// Installs the package, or upgrades to it; its files are what it says of them, and the site's database is made.
pub(crate) fn install(debian: &Debian<'_>, package: &Path, version: &str) -> Result<()> {
    debian.copy_in(package, "/tmp/package.deb")?;
    debian.run(&["dpkg", "--install", "/tmp/package.deb"])?;
    std::fs::remove_file(debian.path("/tmp/package.deb"))?;
    let installed = debian.installed(PACKAGE)?;
    ensure!(installed == format!("installed {version}"), "dpkg says {installed}");
    let changed = debian.run(&["dpkg", "--verify", PACKAGE])?;
    ensure!(changed.is_empty(), "dpkg --verify says:\n{changed}");
    debian.run(&["guestbook-run", "python", "manage.py", "migrate", "--noinput"])?;
    Ok(())
}

/// Data and configuration stay.
pub(crate) fn remove(debian: &Debian<'_>) -> Result<()> {
    debian.run(&["dpkg", "--remove", PACKAGE])?;
    ensure!(
        debian.has("/etc/guestbook/gunicorn.conf.py"),
        "removal took a configuration file"
    );
    ensure!(debian.has("/var/lib/guestbook"), "removal took the data");
    ensure!(!debian.has("/opt/guestbook"), "removal left /opt/guestbook");
    Ok(())
}

/// Nothing stays: the machine is as it was `before`.
pub(crate) fn purge(debian: &Debian<'_>, before: &BTreeSet<String>) -> Result<()> {
    debian.run(&["dpkg", "--purge", PACKAGE])?;
    restored(before, &debian.inventory()?, &[])
}

/// Whether a purge left nothing behind but what may differ, `more` included; lines start with a path, up to a space or a
/// colon.
pub(crate) fn restored(before: &BTreeSet<String>, after: &BTreeSet<String>, more: &[(&str, &str)]) -> Result<()> {
    let is_leftover = |line: &&str| {
        let path = line.split([' ', ':']).next().unwrap_or_default();
        LEFTOVERS.iter().chain(more).any(|(allowed, _)| path == *allowed)
    };
    let changed = before.symmetric_difference(after).map(String::as_str);
    let changed: Vec<&str> = changed.filter(|line| !is_leftover(line)).collect();
    ensure!(changed.is_empty(), "purge did not restore:\n{}", changed.join("\n"));
    Ok(())
}
