//! The life of the package on a machine: installed, serving, upgraded, removed, purged.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};

use super::debian::Debian;
use super::http;
use super::lab::{Lab, PACKAGE, answers_with};
use super::service::Service;
use super::{Check, tools};

pub(crate) const CHECK: Check = Check {
    name: "install",
    about: "dpkg installs, upgrades, removes and purges the package, and the site answers in between",
    needs: &[
        tools::Need::Root,
        tools::CHROOT,
        tools::DEBIAN_KEYRING,
        tools::DEBOOTSTRAP,
        tools::GIT,
        tools::PYTHON,
    ],
    run,
};

const OLDER: &str = "1.2.0~20260101000000+git1111111";
const NEWER: &str = "1.2.0~20260102000000+git2222222";

const GREETING: &str = "Good to see you.";
/// What the package's own script has compiled.
const COMPILED: &str = "/opt/guestbook/app/guestbook/__pycache__/wsgi.cpython-311.pyc";
const ENTRY: &str = "It works on a real Debian";

/// What may differ after a purge, and why.
const LEFTOVERS: [(&str, &str); 13] = [
    ("/opt", "dpkg removes the folder with its last file; no package owns it"),
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

fn run(lab: &Lab<'_>) -> Result<()> {
    let site = lab.site("site")?;
    let older = site.build(OLDER)?;
    site.greet(GREETING)?;
    let newer = site.build(NEWER)?;
    let debian = Debian::fresh(lab)?;
    let before = debian.inventory()?;

    install(&debian, &older, OLDER)?;
    serve(lab, &debian, OLDER, sign)?;
    install(&debian, &newer, NEWER)?;
    serve(lab, &debian, NEWER, remembers)?;
    remove(&debian)?;
    purge(&debian, &before)
}

fn install(debian: &Debian<'_>, package: &std::path::Path, version: &str) -> Result<()> {
    debian.copy_in(package, "/tmp/package.deb")?;
    debian.run(&["dpkg", "--install", "/tmp/package.deb"])?;
    std::fs::remove_file(debian.path("/tmp/package.deb"))?;
    let installed = debian.installed(PACKAGE)?;
    ensure!(installed == format!("installed {version}"), "dpkg says {installed}");
    ensure!(debian.has(COMPILED), "there is no {COMPILED}");
    debian.run(&["guestbook-run", "python", "manage.py", "migrate", "--noinput"])?;
    Ok(())
}

/// Starts the service, lets `visit` look at it, and stops it.
fn serve(lab: &Lab<'_>, debian: &Debian<'_>, version: &str, visit: fn(&str) -> Result<()>) -> Result<()> {
    let service = Service::start(lab, debian, PACKAGE)?;
    answers_with(&service.address, version)?;
    visit(&service.address).with_context(|| format!("a visit to {version}"))?;
    service.stop()?;
    let left = debian.processes()?;
    ensure!(left.is_empty(), "processes of the service still run: {left:?}");
    Ok(())
}

fn sign(address: &str) -> Result<()> {
    let answer = http::post(address, "/", &[("name", "Check"), ("message", ENTRY)])?;
    ensure!(
        answer.status == 302,
        "an entry was answered with {}:\n{}",
        answer.status,
        answer.body
    );
    let page = http::get(address, "/")?;
    ensure!(
        page.body.contains(ENTRY),
        "the entry is not on the page:\n{}",
        page.body
    );
    Ok(())
}

fn remembers(address: &str) -> Result<()> {
    let page = http::get(address, "/")?;
    ensure!(
        page.body.contains(GREETING),
        "the page is not the newer one:\n{}",
        page.body
    );
    ensure!(page.body.contains(ENTRY), "the upgrade lost the entry:\n{}", page.body);
    Ok(())
}

fn remove(debian: &Debian<'_>) -> Result<()> {
    debian.run(&["dpkg", "--remove", PACKAGE])?;
    ensure!(
        debian.has("/etc/guestbook/gunicorn.conf.py"),
        "removal took a configuration file"
    );
    ensure!(debian.has("/var/lib/guestbook"), "removal took the data");
    ensure!(!debian.has("/opt/guestbook"), "removal left /opt/guestbook");
    Ok(())
}

fn purge(debian: &Debian<'_>, before: &BTreeSet<String>) -> Result<()> {
    debian.run(&["dpkg", "--purge", PACKAGE])?;
    let after = debian.inventory()?;
    let changed: Vec<&str> = before
        .symmetric_difference(&after)
        .map(String::as_str)
        .filter(|l| !is_leftover(l))
        .collect();
    ensure!(changed.is_empty(), "purge did not restore:\n{}", changed.join("\n"));
    Ok(())
}

/// Lines start with a path, up to a space or a colon.
fn is_leftover(line: &str) -> bool {
    let path = line.split([' ', ':']).next().unwrap_or_default();
    LEFTOVERS.iter().any(|(allowed, _)| path == *allowed)
}
