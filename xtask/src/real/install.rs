//! The life of the package on a machine: installed, serving, upgraded, removed, purged.

use anyhow::{Context as _, Result, ensure};

use super::debian::Debian;
use super::http;
use super::lab::{Lab, PACKAGE, answers_with};
use super::service::Service;
use super::{Check, life, tools};

pub(crate) const CHECK: Check = Check {
    name: "install",
    about: "dpkg installs, upgrades, removes and purges the package, and the site answers in between",
    needs: &[tools::DEBIAN, tools::GIT, tools::PYTHON],
    run,
};

const OLDER: &str = "1.2.0~20260101000000+git1111111";
const NEWER: &str = "1.2.0~20260102000000+git2222222";

const GREETING: &str = "Good to see you.";
/// What the package's own script has compiled.
const COMPILED: &str = "/opt/guestbook/app/guestbook/__pycache__/wsgi.cpython-311.pyc";
const ENTRY: &str = "It works on a real Debian";

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
    life::remove(&debian)?;
    life::purge(&debian, &before)
}

fn install(debian: &Debian<'_>, package: &std::path::Path, version: &str) -> Result<()> {
    life::install(debian, package, version)?;
    ensure!(debian.has(COMPILED), "there is no {COMPILED}");
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
