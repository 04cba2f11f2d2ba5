//! A host without a library that a wheel needs is told so before anything is written there.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use xshell::cmd;

use super::debian::Debian;
use super::lab::{Lab, Site, cache};
use super::{Check, tools, wheels};
use crate::step::{Ended, finish, read};

pub(crate) const CHECK: Check = Check {
    name: "libraries",
    about: "without libstdc++.so.6, zip archive and deploy refuse a wheel that needs it, and leave no trace",
    needs: &[tools::DEBIAN, tools::GIT, tools::PYTHON_3_11, tools::UNSHARE],
    run,
};

const FIRST: &str = "1.2.0~20260101000000+git1111111";
const SECOND: &str = "1.2.0~20260102000000+git2222222";

const HOST: &str = "/srv/guestbook";
/// Where Debian has libraries, and the package that is taken away.
const FOLDER: &str = "usr/lib/x86_64-linux-gnu";
const PACKAGE: &str = "libstdc++6";
/// Runs the rest of its arguments on a machine whose folder `$2` is `$1`.
const INSTEAD: &str = r#"mount --bind "$1" "$2" && shift 2 && exec "$@""#;

fn run(lab: &Lab<'_>) -> Result<()> {
    let (debian, site) = (Debian::fresh(lab)?, lab.site("site")?);
    needs_library(lab, &site)?;
    let (first, second) = (zip(lab, &site, FIRST)?, zip(lab, &site, SECOND)?);
    installs(&debian, &first)?;
    debian.run(&["dpkg", "--force-depends", "--remove", PACKAGE])?;
    let before = debian.inventory()?;
    for (archive, args) in [
        (&first, &["--directory", HOST, "--check"][..]),
        (&second, &["--directory", HOST]),
        (&second, &["--directory", "/srv/another"]),
    ] {
        refuses(&run_zip(&debian, archive, args)?)?;
    }
    let after = debian.inventory()?;
    let changed: Vec<_> = before.symmetric_difference(&after).collect();
    ensure!(changed.is_empty(), "something was written: {changed:?}");
    deploys_nothing(lab, &debian, &site)
}

/// Adds a real wheel to the lock, and to the application what loads it.
fn needs_library(lab: &Lab<'_>, site: &Site<'_>) -> Result<()> {
    let wheels = wheels::download(lab.sh)?;
    let name = |wheel: &Path| wheel.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let wheel = wheels.iter().find(|wheel| name(wheel).starts_with("greenlet-"));
    let wheel = wheel.context("no wheel of greenlet")?;
    let version = name(wheel).split('-').nth(1).unwrap_or_default().to_owned();
    let sums = read(cmd!(lab.sh, "sha256sum {wheel}"))?;
    let sha256 = sums.split(' ').next().unwrap_or_default();
    let entry = format!(
        "\n[[packages]]\nname = \"greenlet\"\nversion = \"{version}\"\n\
         wheels = [{{ path = \"{}\", hashes = {{ sha256 = \"{sha256}\" }} }}]\n",
        wheel.display()
    );
    let lock = lab.sh.read_file(site.dir.join("pylock.toml"))?;
    site.write("pylock.toml", &(lock + &entry))?;
    site.commit("Greenlets")
}

fn zip(lab: &Lab<'_>, site: &Site<'_>, version: &str) -> Result<PathBuf> {
    let fixed = ["build", "--format", "zip", "--target", "debian12", "--version", version];
    let build = lab.pydeploy().args(fixed).arg("--output").arg(lab.dir.join("out"));
    Ok(read(build.arg("--cache").arg(cache()).arg(&site.dir))?.trim().into())
}

fn run_zip(debian: &Debian<'_>, archive: &Path, args: &[&str]) -> Result<Ended> {
    debian.copy_in(archive, "/tmp/site.zip")?;
    let ended = debian.finish(&[&["python3.11", "/tmp/site.zip"], args].concat());
    std::fs::remove_file(debian.path("/tmp/site.zip"))?;
    ended
}

/// With the library, there is nothing to say.
fn installs(debian: &Debian<'_>, archive: &Path) -> Result<()> {
    for args in [&["--directory", HOST][..], &["--directory", HOST, "--check"]] {
        let ended = run_zip(debian, archive, args)?;
        ensure!(ended.success(), "{ended}");
    }
    let python = format!("{HOST}/current/venv/bin/python");
    debian.run(&[&python, "-c", "import greenlet"]).map(drop)
}

fn refuses(ended: &Ended) -> Result<()> {
    let says = [
        "there is no libstdc++.so.6, which greenlet-",
        "_greenlet.cpython-311",
        "hint: install libstdc++6",
    ];
    ensure!(ended.code == Some(3), "{ended}");
    ensure!(says.iter().all(|part| ended.stderr.contains(part)), "{ended}");
    Ok(())
}

/// On this machine, with the libraries of the other one.
fn deploys_nothing(lab: &Lab<'_>, debian: &Debian<'_>, site: &Site<'_>) -> Result<()> {
    let (sh, theirs, here) = (lab.sh, debian.path(FOLDER), Path::new("/").join(FOLDER));
    let deploy = cmd!(sh, "unshare --mount sh -c {INSTEAD} instead {theirs} {here}").arg(lab.program());
    let deploy = deploy.args(["deploy", "--target", "debian12", "--cache"]).arg(cache());
    refuses(&finish(deploy.arg(&site.dir))?)?;
    ensure!(!site.state().join("host").exists(), "the host's folder was made");
    Ok(())
}
