//! The service restarts when the interpreter's package changes, and at no other time.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use xshell::cmd;

use super::debian::Debian;
use super::lab::{Lab, PACKAGE};
use super::{Check, tools};
use crate::step::read;

pub(crate) const CHECK: Check = Check {
    name: "triggers",
    about: "an upgrade of the interpreter restarts the service, and one of another package does not",
    needs: &[tools::DEBIAN, tools::DPKG, tools::GIT, tools::PYTHON],
    run,
};

const VERSION: &str = "1.2.0~20260101000000+git1111111";
/// The package that holds the interpreter of the target, and one that has nothing to do with it.
const INTERPRETER: &str = "python3.11-minimal";
const ANOTHER: &str = "bsdutils";

/// systemd does not run in the folder: what is asked of it is written down, and every unit is enabled and runs.
const SYSTEMCTL: &str =
    "#!/bin/sh\necho \"$*\" >>/var/log/systemctl\n[ \"$2\" = is-enabled ] && echo enabled\nexit 0\n";
const RECORDER: &str = "/usr/local/bin/systemctl";
const RECORD: &str = "/var/log/systemctl";

fn run(lab: &Lab<'_>) -> Result<()> {
    let package = lab.package(VERSION)?;
    let debian = Debian::fresh(lab)?;
    fs::create_dir_all(debian.path("/run/systemd/system"))?;
    fs::write(debian.path(RECORDER), SYSTEMCTL)?;
    debian.run(&["chmod", "0755", RECORDER])?;

    let installed = calls(&debian, |debian| install(debian, &package))?;
    ensure!(installed.contains(&format!("start {PACKAGE}.service")), "{installed}");
    let unrelated = calls(&debian, |debian| upgrade(lab, debian, ANOTHER))?;
    ensure!(unrelated.is_empty(), "{ANOTHER} was upgraded, and:\n{unrelated}");
    let restarted = calls(&debian, |debian| upgrade(lab, debian, INTERPRETER))?;
    ensure!(
        restarted == format!("try-restart {PACKAGE}.service\n"),
        "{INTERPRETER} was upgraded, and:\n{restarted}"
    );
    let state = debian.installed(PACKAGE)?;
    ensure!(state == format!("installed {VERSION}"), "dpkg says {state}");
    Ok(())
}

/// What systemd was asked while `work` was done.
fn calls(debian: &Debian<'_>, work: impl FnOnce(&Debian<'_>) -> Result<()>) -> Result<String> {
    fs::write(debian.path(RECORD), "")?;
    work(debian)?;
    Ok(fs::read_to_string(debian.path(RECORD))?)
}

fn install(debian: &Debian<'_>, package: &Path) -> Result<()> {
    debian.copy_in(package, "/tmp/package.deb")?;
    debian.run(&["dpkg", "--install", "/tmp/package.deb"]).map(drop)
}

/// Packs an installed package again, with a higher version, and installs that.
fn upgrade(lab: &Lab<'_>, debian: &Debian<'_>, package: &str) -> Result<()> {
    let (sh, tree) = (lab.sh, lab.dir.join(package));
    let control = tree.join("DEBIAN");
    sh.create_dir(&control)?;
    let status = debian.run(&["dpkg-query", "--status", package])?;
    sh.write_file(control.join("control"), raised(&status))?;
    let listed = debian.run(&["dpkg-query", "--listfiles", package])?;
    let (root, list) = (&debian.dir, lab.dir.join("files"));
    let files = listed
        .lines()
        .map(|path| path.trim_start_matches('/'))
        .filter(|path| *path != ".");
    let files = files.filter(|path| !path.is_empty() && debian.has(path));
    sh.write_file(&list, files.collect::<Vec<_>>().join("\n"))?;
    let copy = "tar -C \"$1\" --no-recursion -cf - -T \"$2\" | tar -C \"$3\" -xf -";
    read(cmd!(sh, "sh -c {copy} copy {root} {list} {tree}"))?;
    let deb = lab.dir.join(format!("{package}.deb"));
    read(cmd!(sh, "dpkg-deb --root-owner-group -Znone --build {tree} {deb}"))?;
    install(debian, &deb).with_context(|| format!("an upgrade of {package}"))
}

/// The control fields of a package in its state, one version up.
fn raised(status: &str) -> String {
    let mut control = String::new();
    let mut kept = true;
    for line in status.lines() {
        if !line.starts_with(' ') {
            kept = !["Status:", "Conffiles:", "Config-Version:"]
                .iter()
                .any(|field| line.starts_with(field));
        }
        if kept {
            control += line;
            control += if line.starts_with("Version: ") {
                "+again\n"
            } else {
                "\n"
            };
        }
    }
    control
}
