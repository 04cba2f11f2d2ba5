//! On a machine with systemd.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use super::packages::{CONFINED, FIRST, FOURTH, Packages, SECOND, THIRD};
use super::{
    allowed, answers, change_interpreter, comes_again, install, install_refused, is_gone, is_silent, noted, refused,
};
use crate::real::debian::Debian;
use crate::real::http;
use crate::real::lab::{Lab, PACKAGE};
use crate::real::life::restored;
use crate::real::machine::{Init, Machine};
use crate::real::suite::{SUITES, Suite};

/// What running systemd leaves.
const LEFTOVERS: [(&str, &str); 1] = [("/var/lib/systemd/timers", "its folder for when timers ran last")];

/// What a process could do to the machine, 0 nothing and 10 everything, as systemd counts; times ten. Each unit has 17;
/// without its confinement it would have 92.
const EXPOSURE: &str = "--threshold=20";

pub(super) fn check(lab: &Lab<'_>, suite: Suite, packages: &Packages) -> Result<()> {
    let debian = Debian::with(lab, suite, &format!("{}-systemd", suite.name), Init::Systemd.packages())?;
    let mut machine = Machine::start(lab, &debian, Init::Systemd)?;
    let before = debian.inventory()?;
    install(&machine, &packages.first)?;
    verify(&machine, suite)?;
    starts(&machine, &packages.address)?;
    machine.restart()?;
    starts_again(&machine, &packages.address).context("after a start of the machine")?;
    machine.run(&["systemctl", "disable", "--now", "guestbook-tidy.timer"])?;
    upgrades(&machine, packages)?;
    goes_back(&machine, packages).context("an upgrade whose preinst fails")?;
    moves(&machine, packages)?;
    change_interpreter(&machine, &suite.interpreter(lab)?)?;
    noted(&debian, "worker", 6)?;
    waits(&machine, packages).context("an upgrade whose postinst fails")?;
    stays(&machine, packages).context("a removal whose prerm fails")?;
    ends(&machine, &packages.other_address)?;
    comes_again(&machine, packages).context("another installation")?;
    restored(&before, &debian.inventory()?, &LEFTOVERS)?;
    // They need not lie side by side.
    drop(machine);
    Ok(lab.sh.remove_path(&debian.dir)?)
}

/// What systemd does not understand in a unit is on the standard error; the exit status is 0 all the same.
fn verify(machine: &Machine<'_>, suite: Suite) -> Result<()> {
    let listed = machine.run(&["dpkg-query", "--listfiles", PACKAGE])?;
    let is_unit = |path: &&str| path.contains("/lib/systemd/system/guestbook");
    let units: Vec<&str> = listed.lines().filter(is_unit).collect();
    ensure!(units.len() == 6, "{units:?}");
    let ended = machine.finish(&[&["systemd-analyze", "verify", "--man=no"], &units[..]].concat())?;
    let about: Vec<_> = ended.stderr.lines().filter(|line| line.contains(PACKAGE)).collect();
    ensure!(about.is_empty(), "systemd-analyze says:\n{}", about.join("\n"));
    if suite == SUITES[0] {
        // Its systemd, 247, looks at no files.
        return Ok(());
    }
    let security = ["systemd-analyze", "security", "--offline=true", "--no-pager", EXPOSURE];
    for unit in units.iter().filter(|unit| unit.ends_with(".service")) {
        machine.run(&[&security[..], &[*unit]].concat())?;
    }
    Ok(())
}

/// Units by what follows the package's name, and the state in which each should be.
fn expect(machine: &Machine<'_>, units: &[(&str, &str)]) -> Result<()> {
    for (unit, expected) in units {
        let unit = format!("{PACKAGE}{unit}");
        let state = state(machine, &unit)?;
        if state != *expected {
            let said = machine.finish(&["journalctl", "--no-pager", "--lines=20", "--unit", &unit])?;
            bail!("{unit} is {state}, not {expected}:\n{}", said.stdout);
        }
    }
    Ok(())
}

/// What systemd says about a unit: `active`, `inactive`, `failed`.
fn state(machine: &Machine<'_>, unit: &str) -> Result<String> {
    let ended = machine.finish(&["systemctl", "is-active", unit])?;
    Ok(ended.stdout.trim().to_owned())
}

const RUNNING: [(&str, &str); 3] = [
    (".socket", "active"),
    (".service", "active"),
    ("-worker.service", "active"),
];

fn starts(machine: &Machine<'_>, address: &str) -> Result<()> {
    expect(machine, &RUNNING)?;
    let more = [
        ("-leaving.service", "active"),
        ("-tidy.timer", "active"),
        ("-tidy.service", "inactive"),
    ];
    expect(machine, &more)?;
    answers(address, FIRST)?;
    let facts = noted(machine.debian, "worker", 1)?;
    ensure!(
        facts.trim() == format!("{FIRST}, {CONFINED}"),
        "the worker says: {facts}"
    );
    let next = "--property=NextElapseUSecRealtime";
    let next = machine.run(&["systemctl", "show", "--value", next, "guestbook-tidy.timer"])?;
    ensure!(!next.trim().is_empty(), "the timer never elapses");
    machine.run(&["systemctl", "start", "guestbook-tidy.service"])?;
    let did = machine.debian.has("/var/lib/guestbook/tidied");
    ensure!(did, "the scheduled service did nothing");
    Ok(())
}

fn starts_again(machine: &Machine<'_>, address: &str) -> Result<()> {
    answers(address, FIRST)?;
    noted(machine.debian, "worker", 2)?;
    expect(machine, &RUNNING)?;
    expect(machine, &[("-tidy.timer", "active")])
}

/// No request is lost, every process is a new one, and what the new version has no more is gone.
fn upgrades(machine: &Machine<'_>, packages: &Packages) -> Result<()> {
    let poller = http::Poller::start(&packages.address, "/-/release");
    std::thread::sleep(Duration::from_millis(300));
    install(machine, &packages.second)?;
    answers(&packages.address, SECOND)?;
    let polled = poller.finish();
    let lost = polled.failures.len();
    ensure!(lost == 0 && polled.answered > 10, "requests failed: {polled:?}");
    let seen: Vec<_> = polled.seen.iter().map(|body| body.trim()).collect();
    ensure!(seen == [FIRST, SECOND], "{polled:?}");
    expect(machine, &RUNNING)?;
    expect(
        machine,
        &[("-leaving.service", "inactive"), ("-tidy.timer", "inactive")],
    )?;
    noted(machine.debian, "worker", 3)?;
    noted(machine.debian, "leaving", 2)?;
    let left = [
        "/etc/systemd/system/multi-user.target.wants/guestbook-leaving.service",
        "/etc/init.d/guestbook-leaving",
        "/etc/rc2.d/S01guestbook-leaving",
    ];
    is_gone(machine.debian, &left)
}

/// What the script of the new version has stopped runs again, with the old version.
fn goes_back(machine: &Machine<'_>, packages: &Packages) -> Result<()> {
    let state = install_refused(machine, &packages.refusing)?;
    ensure!(state == format!("installed {SECOND}"), "dpkg says {state}");
    answers(&packages.address, SECOND)?;
    noted(machine.debian, "worker", 4)?;
    expect(machine, &RUNNING)?;
    expect(machine, &[("-tidy.timer", "inactive")])
}

fn moves(machine: &Machine<'_>, packages: &Packages) -> Result<()> {
    install(machine, &packages.third)?;
    answers(&packages.other_address, THIRD)?;
    is_silent(&packages.address)?;
    noted(machine.debian, "worker", 5)?;
    expect(machine, &RUNNING)?;
    expect(machine, &[("-tidy.timer", "inactive")])?;
    let left = ["/etc/init.d/guestbook-worker", "/etc/rc2.d/S01guestbook-worker"];
    is_gone(machine.debian, &left)
}

/// The version before serves on, until the reason is gone and the package is configured.
fn waits(machine: &Machine<'_>, packages: &Packages) -> Result<()> {
    let state = install_refused(machine, &packages.fourth)?;
    ensure!(state == format!("half-configured {FOURTH}"), "dpkg says {state}");
    answers(&packages.other_address, THIRD)?;
    expect(machine, &RUNNING)?;
    allowed(machine, &["dpkg", "--configure", PACKAGE])?;
    answers(&packages.other_address, FOURTH)?;
    noted(machine.debian, "worker", 7)?;
    expect(machine, &RUNNING)
}

/// What the script has stopped runs again.
fn stays(machine: &Machine<'_>, packages: &Packages) -> Result<()> {
    let state = refused(machine, &["dpkg", "--remove", PACKAGE])?;
    ensure!(state == format!("installed {FOURTH}"), "dpkg says {state}");
    answers(&packages.other_address, FOURTH)?;
    noted(machine.debian, "worker", 8)?;
    expect(machine, &RUNNING)
}

fn ends(machine: &Machine<'_>, address: &str) -> Result<()> {
    allowed(machine, &["dpkg", "--remove", PACKAGE])?;
    for unit in [".socket", ".service", "-worker.service", "-tidy.timer"] {
        let state = state(machine, &format!("{PACKAGE}{unit}"))?;
        let ended = state == "inactive" || state == "unknown";
        ensure!(ended, "{PACKAGE}{unit} is {state} after its removal");
    }
    is_silent(address)
}
