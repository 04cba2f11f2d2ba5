//! One project, locked for three releases of Debian with three Pythons: the life of its package on each.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::debian::Debian;
use super::lab::{Lab, PACKAGE, Site};
use super::suite::{SUITES, Suite};
use super::{Check, life, tools};
use crate::step::read;
use crate::target;

pub(crate) const CHECK: Check = Check {
    name: "releases",
    about: "packages for Debian 11, 12 and 13 are installed, run, upgraded, removed and purged there",
    needs: &[tools::DEBIAN, tools::APT, tools::GIT, tools::UV],
    run,
};

const OLDER: &str = "1.2.0~20260101000000+git1111111";
const NEWER: &str = "1.2.0~20260102000000+git2222222";

const GREETING: &str = "Good to see you.";

/// What the fixture has, and what a developer who wants Debian 11 too would write: the last Django for Python 3.9 is 4.2,
/// which knows no modes of transactions.
const CHANGES: [(&str, &str, &str); 4] = [
    (
        "pyproject.toml",
        r#"["debian12", "ubuntu24.04"]"#,
        r#"["debian11", "debian12", "debian13"]"#,
    ),
    ("pyproject.toml", ">=3.11", ">=3.9"),
    ("pyproject.toml", "django>=5.2,<5.3", "django>=4.2,<5.3"),
    ("guestbook/database.py", r#", "transaction_mode": "IMMEDIATE""#, ""),
];

/// A site that runs on all three.
pub(super) fn site<'a>(lab: &'a Lab<'a>, name: &str) -> Result<Site<'a>> {
    let site = lab.site(name)?;
    for (file, from, to) in CHANGES {
        site.replace(file, from, to)?;
    }
    lock(lab, &site)?;
    site.commit("Run on three releases")?;
    Ok(site)
}

fn run(lab: &Lab<'_>) -> Result<()> {
    let site = site(lab, "site")?;
    let older = packages(&site, OLDER)?;
    site.greet(GREETING)?;
    let newer = packages(&site, NEWER)?;
    for ((suite, older), newer) in SUITES.into_iter().zip(older).zip(newer) {
        lives(lab, suite, &older, &newer).context(suite.name)?;
    }
    Ok(())
}

/// One lock for all targets, made by the program under test when there is none from an earlier run.
fn lock(lab: &Lab<'_>, site: &Site<'_>) -> Result<()> {
    let (sh, kept) = (lab.sh, target().join("real/releases.pylock.toml"));
    let lock = site.dir.join("pylock.toml");
    if kept.exists() {
        sh.copy_file(&kept, &lock)?;
    } else {
        sh.remove_path(&lock)?;
        read(lab.pydeploy().args(["wheelhouse", "lock"]).arg(&site.dir))?;
        sh.copy_file(&lock, &kept)?;
    }
    Ok(())
}

fn packages(site: &Site<'_>, version: &str) -> Result<Vec<PathBuf>> {
    let package = |suite: Suite| site.build_for(suite.target, version).context(suite.target);
    SUITES.into_iter().map(package).collect()
}

fn lives(lab: &Lab<'_>, suite: Suite, older: &Path, newer: &Path) -> Result<()> {
    let debian = Debian::of(lab, suite)?;
    let before = debian.inventory()?;
    life::install(&debian, older, OLDER)?;
    runs(lab, &debian, suite)?;
    life::install(&debian, newer, NEWER)?;
    runs(lab, &debian, suite)?;
    let page = debian.run(&["guestbook-run", "python", "-c", PAGE])?;
    ensure!(page.contains(GREETING), "the page of the newer version is:\n{page}");
    life::remove(&debian)?;
    life::purge(&debian, &before)?;
    // Three of them need not lie side by side.
    Ok(lab.sh.remove_path(&debian.dir)?)
}

/// Prints the first page, as the site would answer it.
const PAGE: &str = "import os, django
os.environ['DJANGO_SETTINGS_MODULE'] = 'guestbook.settings'
django.setup()
from django.test import Client
print(Client().get('/', HTTP_HOST='localhost').content.decode())";

/// Django finds nothing wrong, under the release's own Python and with the compiled wheel for it.
fn runs(lab: &Lab<'_>, debian: &Debian<'_>, suite: Suite) -> Result<()> {
    let said = debian.run(&["guestbook-run", "python", "manage.py", "check"])?;
    ensure!(said.contains("no issues"), "manage.py check said:\n{said}");
    let show =
        "import sys, psycopg, psycopg_binary._psycopg as m; print('python%d.%d' % sys.version_info[:2], m.__file__)";
    let said = debian.run(&["guestbook-run", "python", "-c", show])?;
    let interpreter = suite.interpreter(lab)?;
    let compiled = format!("/opt/{PACKAGE}/venv/lib/{interpreter}/site-packages/psycopg_binary/");
    ensure!(
        said.starts_with(&format!("{interpreter} {compiled}")),
        "Python says:\n{said}"
    );
    Ok(())
}
