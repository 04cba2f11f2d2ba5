//! The main job: ship, change a line, ship again under load, fail, go back.

use anyhow::{Result, ensure};
use xshell::cmd;

use super::http::{self, Poller};
use super::lab::{Lab, Site, answers_with};
use super::{Check, tools};
use crate::step::read;

pub(crate) const CHECK: Check = Check {
    name: "ship",
    about: "a second release takes over without a lost request; a failing one changes nothing",
    needs: &[tools::GIT, tools::GNUPG, tools::PYTHON_3_11, tools::DPKG],
    run,
};

/// The exit code of a deployment that failed and was taken back.
const ROLLED_BACK: i32 = 5;

const FAILING_MIGRATION: &str = r#"
from django.db import migrations


def fail(apps, schema_editor):
    raise RuntimeError("this migration fails")


class Migration(migrations.Migration):
    dependencies = [("guestbook", "0001_initial")]
    operations = [migrations.RunPython(fail)]
"#;

fn run(lab: &Lab<'_>) -> Result<()> {
    let site = lab.site("site")?;
    // A health check that never comes should not take the default half minute here.
    site.replace("pyproject.toml", "timeout = 30", "timeout = 5")?;
    site.commit("Less patience")?;
    let (_stop, address) = (site.stop_at_the_end(), http::free_address()?);

    let first = site.shipped(&address, &[])?;
    answers_with(&address, &first)?;
    let second = second_release(&site, &address)?;
    higher(lab, &second, &first)?;
    failing_migration(&site, &address, &second)?;
    failing_health(&site, &address, &second)?;
    going_back(&site, &address, &first, &second)?;
    stopped(&site, &address)
}

/// One changed line, no download, no lost request.
fn second_release(site: &Site<'_>, address: &str) -> Result<String> {
    let first = http::get(address, "/-/release")?.body;
    site.greet("Good to see you.")?;
    let poller = Poller::start(address, "/-/release");
    let shipped = site.shipped(address, &["--offline"]);
    let polled = poller.finish();
    let second = shipped?;
    ensure!(
        polled.failures.is_empty(),
        "{} requests failed: {:?}",
        polled.failures.len(),
        polled.failures
    );
    ensure!(
        polled.seen.first() == Some(&first),
        "the first release did not answer at first: {:?}",
        polled.seen
    );
    answers_with(address, &second)?;
    ensure!(
        http::get(address, "/")?.body.contains("Good to see you."),
        "the changed line is not on the page"
    );
    println!("       {} requests during the switch, none failed", polled.answered);
    Ok(second)
}

fn higher(lab: &Lab<'_>, second: &str, first: &str) -> Result<()> {
    read(cmd!(lab.sh, "dpkg --compare-versions {second} gt {first}")).map(drop)
}

fn failing_migration(site: &Site<'_>, address: &str, current: &str) -> Result<()> {
    site.write("guestbook/migrations/0002_fails.py", FAILING_MIGRATION)?;
    site.commit("A migration that fails")?;
    taken_back(site, address, current, "this migration fails")
}

fn failing_health(site: &Site<'_>, address: &str, current: &str) -> Result<()> {
    site.replace("guestbook/views.py", "{settings.RELEASE}", "another")?;
    site.commit("A release that denies itself")?;
    taken_back(site, address, current, "another")
}

/// Ships what cannot work; says why, and what ran before still does.
fn taken_back(site: &Site<'_>, address: &str, current: &str, reason: &str) -> Result<()> {
    let ended = site.ship(address, &["--offline"])?;
    ensure!(
        ended.code == Some(ROLLED_BACK),
        "exit code {ROLLED_BACK} was expected: {ended}"
    );
    ensure!(
        ended.stderr.contains(reason),
        "the error does not say {reason:?}: {ended}"
    );
    answers_with(address, current)?;
    site.revert()
}

fn going_back(site: &Site<'_>, address: &str, first: &str, second: &str) -> Result<()> {
    site.on_host("rollback", &[])?;
    answers_with(address, first)?;
    let status = site.on_host("status", &["--format", "json"])?;
    ensure!(status.contains(first), "status does not name {first}: {status}");
    let history = site.on_host("history", &[])?;
    ensure!(
        history.contains(first) && history.contains(second),
        "history lacks a release: {history}"
    );
    Ok(())
}

fn stopped(site: &Site<'_>, address: &str) -> Result<()> {
    site.on_host("stop", &[])?;
    ensure!(
        http::get(address, "/").is_err(),
        "the site answers after it was stopped"
    );
    site.on_host("start", &[])?;
    http::wait_for(address, "/-/release")?;
    site.on_host("stop", &[])?;
    Ok(())
}
