//! Real servers and workers under a real systemd, with all that their units keep from them.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use xshell::cmd;

use super::applications::{Redis, environment, project, start_magazine};
use super::debian::Debian;
use super::lab::{Lab, cache, only_package};
use super::machine::{Init, Machine};
use super::suite::BOOKWORM;
use super::{Check, http, tools};
use crate::step::read;

pub(crate) const CHECK: Check = Check {
    name: "confined",
    about: "uwsgi, and celery's worker and beat, do their work and end in peace as systemd confines them",
    needs: &[
        tools::DEBIAN,
        tools::Need::Mounts,
        tools::GIT,
        tools::PYTHON_3_11,
        tools::REDIS,
        tools::UV,
    ],
    run,
};

const VERSION: &str = "1.0.0~20260101000000+git1111111";
/// How long a program may take to do what it was started for.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the shop does at certain times, for once by celery.
const BEAT: &str = r#"
[[tool.pydeploy.service]]
name = "beat"
command = ["celery", "--app=pretix.celery_app", "beat", "--loglevel=info"]
"#;

fn run(lab: &Lab<'_>) -> Result<()> {
    let debian = Debian::with(lab, BOOKWORM, "debian", Init::Systemd.packages())?;
    let machine = Machine::start(lab, &debian, Init::Systemd)?;
    magazine(lab, &machine).context("magazine")?;
    tickets(lab, &machine).context("tickets")
}

/// A site of Wagtail behind uwsgi.
fn magazine(lab: &Lab<'_>, machine: &Machine<'_>) -> Result<()> {
    let dir = start_magazine(lab)?;
    let address = elsewhere(lab, &dir, "127.0.0.1:8200")?;
    install(lab, machine, &dir)?;
    let settings =
        "from magazine.settings.dev import *\nDATABASES['default']['NAME'] = '/var/lib/magazine/db.sqlite3'\n";
    lab.sh
        .write_file(machine.debian.path("/etc/magazine/local_settings.py"), settings)?;
    let variables = [
        ("PYTHONPATH", "/etc/magazine"),
        ("DJANGO_SETTINGS_MODULE", "local_settings"),
    ];
    environment(lab, machine.debian, "magazine", &variables)?;
    machine.run(&["magazine-run", "python", "manage.py", "migrate", "--noinput"])?;
    machine.run(&["systemctl", "restart", "magazine.service"])?;
    let page = http::wait_for(&address, "/")?;
    ensure!(page.body.contains("Wagtail"), "the first page is:\n{}", page.body);
    machine.run(&["systemctl", "start", "magazine-publish.service"])?;
    restarts(machine, &address)?;
    stops(machine, &["magazine.socket", "magazine.service"])
}

/// Behind the socket, no request is lost.
fn restarts(machine: &Machine<'_>, address: &str) -> Result<()> {
    let poller = http::Poller::start(address, "/");
    sleep(Duration::from_millis(300));
    machine.run(&["systemctl", "restart", "magazine.service"])?;
    sleep(Duration::from_millis(300));
    let polled = poller.finish();
    ensure!(
        polled.failures.is_empty() && polled.answered > 1,
        "requests failed: {:?}",
        polled.failures
    );
    Ok(())
}

/// A shop of pretix behind gunicorn, with a worker of celery and its beat.
fn tickets(lab: &Lab<'_>, machine: &Machine<'_>) -> Result<()> {
    let dir = project(lab, "tickets")?;
    let address = elsewhere(lab, &dir, "127.0.0.1:8345")?;
    let file = dir.join("pyproject.toml");
    lab.sh.write_file(&file, lab.sh.read_file(&file)? + BEAT)?;
    install(lab, machine, &dir)?;
    let redis = Redis::start(lab)?;
    let database = |number: u8| format!("redis://{}/{number}", redis.address);
    let (location, broker, backend) = (database(0), database(1), database(2));
    let variables = [
        ("PRETIX_REDIS_LOCATION", location.as_str()),
        ("PRETIX_CELERY_BROKER", &broker),
        ("PRETIX_CELERY_BACKEND", &backend),
    ];
    environment(lab, machine.debian, "tickets", &variables)?;
    machine.run(&["tickets-run", "python", "-m", "pretix", "migrate", "--noinput"])?;
    let services = ["tickets.service", "tickets-worker.service", "tickets-beat.service"];
    machine.run(&[&["systemctl", "restart"], &services[..]].concat())?;
    http::wait_for(&address, "/healthcheck/")?;
    works(machine)?;
    machine.run(&["systemctl", "start", "tickets-periodic.service"])?;
    stops(machine, &[&["tickets.socket"], &services[..]].concat())
}

/// The worker answers, and the beat has noted when it ran what.
fn works(machine: &Machine<'_>) -> Result<()> {
    let started = Instant::now();
    let ping = ["tickets-run", "celery", "--app=pretix.celery_app", "inspect", "ping"];
    loop {
        let ended = machine.finish(&ping)?;
        if ended.success() && ended.stdout.contains("pong") && has_beaten(machine.debian)? {
            return Ok(());
        }
        if started.elapsed() > PATIENCE {
            let said = machine.run(&["journalctl", "--no-pager", "--lines=40", "--unit=tickets-*"])?;
            ensure!(false, "celery does not work:\n{ended}\n{said}");
        }
        sleep(Duration::from_secs(1));
    }
}

/// Which suffix the file has is for Python's `shelve` to say.
fn has_beaten(debian: &Debian<'_>) -> Result<bool> {
    let mut files = std::fs::read_dir(debian.path("/var/lib/tickets"))?.flatten();
    Ok(files.any(|file| file.file_name().to_string_lossy().starts_with("celerybeat-schedule")))
}

/// None has to be killed, and none ends with a status that systemd takes for a failure.
fn stops(machine: &Machine<'_>, units: &[&str]) -> Result<()> {
    for unit in units {
        machine.run(&["systemctl", "is-active", unit])?;
    }
    machine.run(&[&["systemctl", "stop"], units].concat())?;
    for unit in units {
        let result = machine.run(&["systemctl", "show", "--property=ActiveState,Result", unit])?;
        ensure!(
            result.trim() == "ActiveState=inactive\nResult=success"
                || result.trim() == "Result=success\nActiveState=inactive",
            "{unit} ended so:\n{result}"
        );
    }
    Ok(())
}

/// Lets the project listen at an address that nobody else has; returns it.
fn elsewhere(lab: &Lab<'_>, dir: &Path, address: &str) -> Result<String> {
    let (file, free) = (dir.join("pyproject.toml"), http::free_address()?);
    let text = lab.sh.read_file(&file)?;
    ensure!(text.contains(address), "{} does not hold {address}", file.display());
    lab.sh.write_file(&file, text.replace(address, &free))?;
    Ok(free)
}

fn install(lab: &Lab<'_>, machine: &Machine<'_>, dir: &Path) -> Result<()> {
    let package = build(lab, dir)?;
    machine.debian.copy_in(&package, "/root/package.deb")?;
    // Thousands of files are not worth waiting for the disk here.
    machine.run(&["dpkg", "--force-unsafe-io", "--install", "/root/package.deb"])?;
    Ok(std::fs::remove_file(machine.debian.path("/root/package.deb"))?)
}

fn build(lab: &Lab<'_>, dir: &Path) -> Result<PathBuf> {
    let (sh, out) = (lab.sh, dir.with_extension("out"));
    let git = ["-c", "user.name=Site", "-c", "user.email=site@example.org"];
    read(cmd!(sh, "git -C {dir} add --all"))?;
    read(cmd!(sh, "git -C {dir} {git...} commit --quiet --message Start"))?;
    let fixed = ["--format", "deb", "--target", "debian12", "--version", VERSION];
    let build = lab.pydeploy().arg("build").args(fixed).arg("--output").arg(&out);
    read(build.arg("--cache").arg(cache()).arg(dir))?;
    only_package(sh, &out)
}
