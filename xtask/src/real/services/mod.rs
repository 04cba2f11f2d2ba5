//! The life of a package with several services, on a machine with systemd and on one with sysvinit.

mod packages;
mod systemd;
mod sysv;

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use self::packages::Packages;
use super::debian::Debian;
use super::lab::{Lab, PACKAGE};
use super::machine::Machine;
use super::suite::{BOOKWORM, SUITES};
use super::{Check, http, tools};

pub(crate) const CHECK: Check = Check {
    name: "services",
    about: "systemd of Debian 11, 12 and 13, and sysvinit, run every service of a package through its whole life",
    needs: &[tools::DEBIAN, tools::Need::Mounts, tools::APT, tools::GIT, tools::UV],
    run,
};

/// How long a service may take to do what it was started for.
const PATIENCE: Duration = Duration::from_secs(60);

fn run(lab: &Lab<'_>) -> Result<()> {
    for suite in SUITES {
        let packages = packages::build(lab, suite)?;
        systemd::check(lab, suite, &packages).with_context(|| format!("on {} with systemd", suite.name))?;
        if suite == BOOKWORM {
            sysv::check(lab, suite, &packages).with_context(|| format!("on {} with sysvinit", suite.name))?;
        }
    }
    Ok(())
}

fn install(machine: &Machine<'_>, package: &Path) -> Result<()> {
    with_package(machine, package, |words| machine.run(words).map(drop))?;
    machine.run(&["guestbook-run", "python", "manage.py", "migrate", "--noinput"])?;
    Ok(())
}

/// A script of the package's own refuses that dpkg does this; returns what dpkg thinks of the package then.
fn refused(machine: &Machine<'_>, words: &[&str]) -> Result<String> {
    let ended = machine.finish(words)?;
    let said = ended.stdout.contains(packages::REFUSAL);
    ensure!(!ended.success() && said, "no refusal: {ended}");
    machine.debian.installed(PACKAGE)
}

fn install_refused(machine: &Machine<'_>, package: &Path) -> Result<String> {
    let mut state = String::new();
    with_package(machine, package, |words| {
        state = refused(machine, words)?;
        Ok(())
    })?;
    Ok(state)
}

fn with_package(machine: &Machine<'_>, package: &Path, work: impl FnOnce(&[&str]) -> Result<()>) -> Result<()> {
    let inside = "/root/package.deb";
    machine.debian.copy_in(package, inside)?;
    // Thousands of files are not worth waiting for the disk here.
    work(&["dpkg", "--force-unsafe-io", "--install", inside])?;
    Ok(std::fs::remove_file(machine.debian.path(inside))?)
}

/// As dpkg calls the script when a package with the interpreter was installed.
fn change_interpreter(machine: &Machine<'_>, interpreter: &str) -> Result<()> {
    let (package, program) = (
        format!("--by-package={interpreter}-minimal"),
        format!("/usr/bin/{interpreter}"),
    );
    machine.run(&["dpkg-trigger", &package, &program])?;
    machine.run(&["dpkg", "--triggers-only", "--pending"]).map(drop)
}

/// What a script of the package's own has refused, with nothing in its way.
fn allowed(machine: &Machine<'_>, words: &[&str]) -> Result<()> {
    let consent = machine.debian.path(packages::CONSENT);
    std::fs::write(&consent, "")?;
    machine.run(words)?;
    Ok(std::fs::remove_file(consent)?)
}

/// A removed package comes again with more, and another time with less: what neither brings is gone with the purge.
fn comes_again(machine: &Machine<'_>, packages: &Packages) -> Result<()> {
    install(machine, &packages.first)?;
    answers(&packages.address, packages::FIRST)?;
    machine.run(&["dpkg", "--remove", PACKAGE])?;
    install(machine, &packages.third)?;
    answers(&packages.other_address, packages::THIRD)?;
    let left = [
        "/etc/init.d/guestbook-leaving",
        "/etc/init.d/guestbook-worker",
        "/etc/rc2.d/S01guestbook-worker",
        "/etc/systemd/system/multi-user.target.wants/guestbook-leaving.service",
    ];
    is_gone(machine.debian, &left)?;
    machine.run(&["dpkg", "--remove", PACKAGE])?;
    machine.run(&["dpkg", "--purge", PACKAGE]).map(drop)
}

/// A file in the package's data, once it has so many lines.
fn noted(debian: &Debian<'_>, name: &str, lines: usize) -> Result<String> {
    let (path, started) = (debian.path("/var/lib/guestbook").join(name), Instant::now());
    loop {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        if text.lines().count() >= lines || started.elapsed() > PATIENCE {
            ensure!(text.lines().count() == lines, "{name} holds not {lines} lines:\n{text}");
            return Ok(text);
        }
        sleep(Duration::from_millis(100));
    }
}

/// Waits until the site says that it runs from `version`; a server that starts again may not answer at once.
fn answers(address: &str, version: &str) -> Result<()> {
    let started = Instant::now();
    loop {
        match http::get(address, "/-/release") {
            Ok(answer) if answer.body.trim() == version => return Ok(()),
            answer if started.elapsed() > PATIENCE => bail!("{version} does not answer: {answer:?}"),
            _ => sleep(Duration::from_millis(100)),
        }
    }
}

fn is_silent(address: &str) -> Result<()> {
    ensure!(http::get(address, "/").is_err(), "http://{address} still answers");
    Ok(())
}

fn is_gone(debian: &Debian<'_>, paths: &[&str]) -> Result<()> {
    let left: Vec<_> = paths.iter().filter(|path| debian.has(path)).collect();
    ensure!(left.is_empty(), "what the new version has no more is left: {left:?}");
    Ok(())
}
