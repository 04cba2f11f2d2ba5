//! The zip archive installs itself with Debian's Python and nothing else, serves, and goes back.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use xshell::cmd;

use super::http;
use super::lab::{Lab, Site, cache};
use super::{Check, tools};
use crate::step::{finish, last_lines, read};

pub(crate) const CHECK: Check = Check {
    name: "zip",
    about: "Debian's Python installs the archive offline, the site serves, a damaged archive changes nothing, rollback works",
    needs: &[tools::GIT, tools::PYTHON_3_11],
    run,
};

const FIRST: &str = "1.2.0~20260101000000+git1111111";
const SECOND: &str = "1.2.0~20260102000000+git2222222";
/// No pip, no packages of the machine, no proxy that a download could use.
const PYTHON: &str = "/usr/bin/python3.11";

fn run(lab: &Lab<'_>) -> Result<()> {
    let (sh, site, host) = (lab.sh, lab.site("site")?, lab.dir.join("srv/guestbook"));
    let first = build(lab, &site, FIRST)?;
    ensure!(install(lab, &first, &host)?.trim() == FIRST);
    serves(lab, &host, FIRST)?;
    read(cmd!(sh, "{PYTHON} {first} -d {host} --check"))?;
    site.greet("Nice to see you.")?;
    let second = build(lab, &site, SECOND)?;
    damaged(lab, &second, &host)?;
    ensure!(install(lab, &second, &host)?.trim() == SECOND);
    serves(lab, &host, SECOND)?;
    ensure!(read(cmd!(sh, "{PYTHON} {second} -d {host} --rollback"))?.trim() == FIRST);
    serves(lab, &host, FIRST)
}

fn build(lab: &Lab<'_>, site: &Site<'_>, version: &str) -> Result<PathBuf> {
    let fixed = ["build", "--format", "zip", "--target", "debian12", "--version", version];
    let out = lab.dir.join("out");
    let build = lab.pydeploy().args(fixed).arg("--output").arg(out);
    Ok(read(build.arg("--cache").arg(cache()).arg(&site.dir))?.trim().into())
}

fn install(lab: &Lab<'_>, archive: &Path, host: &Path) -> Result<String> {
    let sh = lab.sh;
    // A place where nothing listens: whatever wants the network fails at once.
    let install = cmd!(sh, "{PYTHON} {archive} -d {host}").env("HTTPS_PROXY", "http://127.0.0.1:9");
    read(install.env("HTTP_PROXY", "http://127.0.0.1:9"))
}

/// A byte in the middle is another one: refused, and whoever was current is.
fn damaged(lab: &Lab<'_>, archive: &Path, host: &Path) -> Result<()> {
    let (sh, copy) = (lab.sh, lab.dir.join("damaged.zip"));
    let mut bytes = std::fs::read(archive)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&copy, bytes)?;
    let ended = finish(cmd!(sh, "{PYTHON} {copy} -d {host}"))?;
    ensure!(ended.code == Some(4), "{ended}");
    let current = std::fs::read_link(host.join("current"))?;
    ensure!(current.ends_with(FIRST), "{} is current", current.display());
    Ok(())
}

/// A running site; ended when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The site of the current release answers with its version.
fn serves(lab: &Lab<'_>, host: &Path, version: &str) -> Result<()> {
    let (address, log, current) = (http::free_address()?, lab.dir.join("site.log"), host.join("current"));
    let child = Command::new(current.join("venv/bin/gunicorn"))
        .args(["--bind", &address, "guestbook.wsgi:application"])
        .current_dir(current.join("app"))
        .env_remove("PYTHONPATH")
        .stdin(Stdio::null())
        .stdout(File::create(&log)?)
        .stderr(File::options().append(true).open(&log)?)
        .spawn()?;
    let _running = Running(child);
    let said = || last_lines(&lab.sh.read_file(&log).unwrap_or_default(), 20);
    let answer = http::wait_for(&address, "/-/release").with_context(said)?;
    ensure!(answer.body.trim() == version, "{} answers, not {version}", answer.body);
    Ok(())
}
