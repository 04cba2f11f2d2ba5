//! Versions of the site, each with other services than the one before.

use std::path::PathBuf;

use anyhow::Result;

use super::http;
use crate::real::lab::{Lab, Site};
use crate::real::releases;
use crate::real::suite::Suite;

/// Notes its release and what is in its reach, and runs on until it is told to stop.
const WORKER: &str = r#"
import os, signal
def can(action):
    try:
        action()
        return "can"
    except OSError:
        return "cannot"
facts = [
    os.environ["PYDEPLOY_RELEASE"],
    can(lambda: open("/opt/guestbook/app/x", "w")) + " write to /opt",
    can(lambda: open("/proc/1/status")) + " see the first process",
    can(lambda: os.listdir("/home") and open("/root/.profile")) + " look into homes",
    can(lambda: open(os.environ["LOGS_DIRECTORY"] + "/worker.log", "a")) + " write a log",
]
with open(os.environ["STATE_DIRECTORY"] + "/" + NAME, "a") as file:
    file.write(", ".join(facts) + "\n")
print("noted", flush=True)
signal.pause()
"#;
pub(super) const CONFINED: &str =
    "cannot write to /opt, cannot see the first process, cannot look into homes, can write a log";
const TIDY: &str = r#"import os; open(os.environ["STATE_DIRECTORY"] + "/tidied", "w")"#;

pub(super) const FIRST: &str = "1.2.0~20260101000000+git1111111";
pub(super) const SECOND: &str = "1.2.0~20260102000000+git2222222";
pub(super) const REFUSING: &str = "1.2.0~20260103000000+git3333333";
pub(super) const THIRD: &str = "1.2.0~20260104000000+git4444444";
pub(super) const FOURTH: &str = "1.2.0~20260105000000+git5555555";

/// What a project's own script says when it fails, and the file that makes it succeed.
pub(super) const REFUSAL: &str = "The shop is open.";
pub(super) const CONSENT: &str = "/root/closed";

/// The fixture's only service.
const ONE: (&str, &str) = ("[tool.pydeploy.service]", "listen = \"127.0.0.1:8000\"\n");

/// Versions of the package.
pub(super) struct Packages {
    /// The site, `worker` and `leaving` with an init script each, and `tidy` with a schedule.
    pub(super) first: PathBuf,
    /// Without `leaving`.
    pub(super) second: PathBuf,
    /// Without `worker`, at another address, and with a `preinst` that fails when all that is generated for it is done.
    pub(super) refusing: PathBuf,
    /// As the second, but at another address, and `worker` has no init script.
    pub(super) third: PathBuf,
    /// With a `postinst` that fails before anything is done, and a `prerm` that fails when everything is.
    pub(super) fourth: PathBuf,
    pub(super) address: String,
    pub(super) other_address: String,
}

pub(super) fn build(lab: &Lab<'_>, suite: Suite) -> Result<Packages> {
    let (address, other_address) = (http::free_address()?, http::free_address()?);
    let site = releases::site(lab, &format!("{}-site", suite.name))?;
    let main = format!("listen = \"{address}\"\nsysv = true\n");
    let [worker, leaving] = ["worker", "leaving"].map(|name| service(name, &worker_script(name), "sysv = true\n"));
    let tidy = service("tidy", TIDY, "schedule = \"daily\"\n");
    site.replace("pyproject.toml", ONE.0, "[[tool.pydeploy.service]]")?;
    site.replace("pyproject.toml", ONE.1, &(main + &worker + &leaving + &tidy))?;
    let first = committed(&site, suite, FIRST)?;
    site.replace("pyproject.toml", &leaving, "")?;
    let second = committed(&site, suite, SECOND)?;
    site.replace("pyproject.toml", &address, &other_address)?;
    site.commit("Move")?;
    let refusing = refusing(&site, suite, &worker)?;
    site.replace("pyproject.toml", &worker, &worker.replace("sysv = true\n", ""))?;
    let third = committed(&site, suite, THIRD)?;
    let unless = format!("[ -e {CONSENT} ] || {{ echo '{REFUSAL}'; exit 1; }}");
    site.write(
        "debian/postinst",
        &format!("#!/bin/sh\nset -e\n[ \"$1\" != configure ] || {unless}\n#DEBHELPER#\n"),
    )?;
    site.write("debian/prerm", &format!("#!/bin/sh\nset -e\n#DEBHELPER#\n{unless}\n"))?;
    let fourth = committed(&site, suite, FOURTH)?;
    Ok(Packages {
        first,
        second,
        refusing,
        third,
        fourth,
        address,
        other_address,
    })
}

fn refusing(site: &Site<'_>, suite: Suite, worker: &str) -> Result<PathBuf> {
    site.replace("pyproject.toml", worker, "")?;
    let script = format!("#!/bin/sh\nset -e\n#DEBHELPER#\necho '{REFUSAL}'\nexit 1\n");
    site.write("debian/preinst", &script)?;
    let package = committed(site, suite, REFUSING)?;
    site.revert()?;
    Ok(package)
}

fn committed(site: &Site<'_>, suite: Suite, version: &str) -> Result<PathBuf> {
    site.commit(version)?;
    site.build_for(suite.target, version)
}

fn worker_script(name: &str) -> String {
    WORKER.replace("NAME", &format!("\"{name}\""))
}

fn service(name: &str, script: &str, more: &str) -> String {
    format!("\n[[tool.pydeploy.service]]\nname = \"{name}\"\ncommand = [\"python\", \"-c\", '''{script}''']\n{more}")
}
