//! On a machine with sysvinit: the init scripts of the services that have one do what systemd does elsewhere.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use anyhow::{Context as _, Result, ensure};

use super::packages::{FIRST, FOURTH, Packages, SECOND, THIRD};
use super::{
    allowed, answers, change_interpreter, comes_again, install, install_refused, is_gone, is_silent, noted, refused,
};
use crate::real::debian::Debian;
use crate::real::lab::{Lab, PACKAGE};
use crate::real::life::restored;
use crate::real::machine::{Init, Machine};
use crate::real::suite::Suite;

/// What starting the machine leaves.
const LEFTOVERS: [(&str, &str); 1] = [("/var/log/dmesg.0", "what the kernel said at the start before the last")];

pub(super) fn check(lab: &Lab<'_>, suite: Suite, packages: &Packages) -> Result<()> {
    let debian = Debian::with(lab, suite, &format!("{}-sysv", suite.name), Init::Sysv.packages())?;
    let mut machine = Machine::start(lab, &debian, Init::Sysv)?;
    let before = debian.inventory()?;
    install(&machine, &packages.first)?;
    starts(&machine, &packages.address)?;
    machine.restart()?;
    answers(&packages.address, FIRST).context("after a start of the machine")?;
    noted(&debian, "worker", 2)?;
    change(&debian, "/etc/init.d/guestbook-leaving")?;
    upgrades(&machine, packages)?;
    goes_back(&machine, packages).context("an upgrade whose preinst fails")?;
    change_interpreter(&machine, &suite.interpreter(lab)?)?;
    noted(&debian, "worker", 5)?;
    moves(&machine, packages)?;
    waits(&machine, packages).context("an upgrade whose postinst fails")?;
    stays(&machine, packages).context("a removal whose prerm fails")?;
    ends(&machine, &packages.other_address)?;
    comes_again(&machine, packages).context("another installation")?;
    restored(&before, &debian.inventory()?, &LEFTOVERS)?;
    // They need not lie side by side.
    drop(machine);
    Ok(lab.sh.remove_path(&debian.dir)?)
}

fn starts(machine: &Machine<'_>, address: &str) -> Result<()> {
    answers(address, FIRST)?;
    noted(machine.debian, "worker", 1)?;
    noted(machine.debian, "leaving", 1)?;
    machine.run(&["/etc/init.d/guestbook", "status"])?;
    let owner = |path: &str| Ok::<_, anyhow::Error>(fs::metadata(machine.debian.path(path))?.uid());
    let (folder, log) = ("/var/log/guestbook", "/var/log/guestbook/guestbook-worker.log");
    ensure!(owner(folder)? == owner(log)?, "{log} is not the service's own");
    let said = fs::read_to_string(machine.debian.path(log))?;
    ensure!(said == "noted\n", "{log} holds {said:?}");
    Ok(())
}

/// As an administrator does.
fn change(debian: &Debian<'_>, file: &str) -> Result<()> {
    let text = fs::read_to_string(debian.path(file))?;
    Ok(fs::write(debian.path(file), text + "# Changed.\n")?)
}

/// Whether a process that has this name in its command runs.
fn runs(machine: &Machine<'_>, name: &str) -> Result<bool> {
    let name = format!("\"{name}\"");
    Ok(machine.processes()?.iter().any(|command| command.contains(&name)))
}

/// What an administrator has changed is kept, where it starts nothing.
fn upgrades(machine: &Machine<'_>, packages: &Packages) -> Result<()> {
    ensure!(runs(machine, "leaving")?, "`leaving` does not run before it leaves");
    install(machine, &packages.second)?;
    answers(&packages.address, SECOND)?;
    noted(machine.debian, "worker", 3)?;
    ensure!(!runs(machine, "leaving")?, "`leaving` runs on");
    let left = ["/etc/init.d/guestbook-leaving", "/etc/rc2.d/S01guestbook-leaving"];
    is_gone(machine.debian, &left)?;
    let kept = "/etc/init.d/guestbook-leaving.dpkg-bak";
    ensure!(machine.debian.has(kept), "there is no {kept}");
    Ok(())
}

/// The script that the new version lacks is back, and what it has stopped runs again.
fn goes_back(machine: &Machine<'_>, packages: &Packages) -> Result<()> {
    let state = install_refused(machine, &packages.refusing)?;
    ensure!(state == format!("installed {SECOND}"), "dpkg says {state}");
    answers(&packages.address, SECOND)?;
    noted(machine.debian, "worker", 4)?;
    machine.run(&["/etc/init.d/guestbook-worker", "status"])?;
    let link = "/etc/rc2.d/S01guestbook-worker";
    ensure!(machine.debian.has(link), "there is no {link}");
    Ok(())
}

/// Without systemd, a service without a script is nobody's affair any more.
fn moves(machine: &Machine<'_>, packages: &Packages) -> Result<()> {
    install(machine, &packages.third)?;
    answers(&packages.other_address, THIRD)?;
    is_silent(&packages.address)?;
    ensure!(!runs(machine, "worker")?, "`worker` runs on");
    let left = [
        "/etc/init.d/guestbook-worker",
        "/etc/init.d/guestbook-worker.dpkg-bak",
        "/etc/rc2.d/S01guestbook-worker",
    ];
    is_gone(machine.debian, &left)?;
    let listed = machine.run(&["dpkg-query", "--show", "--showformat=${Conffiles}", PACKAGE])?;
    ensure!(
        !listed.contains("guestbook-"),
        "dpkg still knows of a script:\n{listed}"
    );
    Ok(())
}

/// The version before serves on, until the reason is gone and the package is configured.
fn waits(machine: &Machine<'_>, packages: &Packages) -> Result<()> {
    let state = install_refused(machine, &packages.fourth)?;
    ensure!(state == format!("half-configured {FOURTH}"), "dpkg says {state}");
    answers(&packages.other_address, THIRD)?;
    allowed(machine, &["dpkg", "--configure", PACKAGE])?;
    answers(&packages.other_address, FOURTH)
}

/// What the script has stopped runs again.
fn stays(machine: &Machine<'_>, packages: &Packages) -> Result<()> {
    let state = refused(machine, &["dpkg", "--remove", PACKAGE])?;
    ensure!(state == format!("installed {FOURTH}"), "dpkg says {state}");
    answers(&packages.other_address, FOURTH)
}

fn ends(machine: &Machine<'_>, address: &str) -> Result<()> {
    allowed(machine, &["dpkg", "--remove", PACKAGE])?;
    is_silent(address)?;
    let left = machine.processes()?;
    let own: Vec<_> = left.iter().filter(|command| command.contains(PACKAGE)).collect();
    ensure!(own.is_empty(), "processes still run: {own:?}");
    let script = fs::metadata(machine.debian.path("/etc/init.d/guestbook")).context("removal took the init script")?;
    let mode = script.permissions().mode();
    ensure!(
        mode & 0o111 == 0,
        "the init script of a removed package has mode {mode:o}"
    );
    machine.run(&["dpkg", "--purge", PACKAGE]).map(drop)
}
