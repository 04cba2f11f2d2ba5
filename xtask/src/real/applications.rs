//! Two real applications, a site of Wagtail and a ticket shop of pretix: packaged, installed and running.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use xshell::cmd;

use super::debian::Debian;
use super::lab::{Lab, cache};
use super::{Check, http, tools};
use crate::root;
use crate::step::{finish, read};

pub(crate) const CHECK: Check = Check {
    name: "applications",
    about: "Wagtail behind uwsgi, and pretix behind gunicorn with celery and Redis, are packaged, installed and answer",
    needs: &[tools::DEBIAN, tools::GIT, tools::PYTHON_3_11, tools::REDIS, tools::UV],
    run,
};

const VERSION: &str = "1.0.0~20260101000000+git1111111";
/// How long celery may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

fn run(lab: &Lab<'_>) -> Result<()> {
    let debian = Debian::fresh(lab)?;
    // What systemd mounts on a real machine, for the semaphores of pools of processes.
    let shared_memory = debian.path("/dev/shm");
    read(cmd!(lab.sh, "install --directory --mode=1777 {shared_memory}"))?;
    magazine(lab, &debian).context("magazine")?;
    tickets(lab, &debian).context("tickets")
}

/// The fixture with this name as a repository of its own.
pub(super) fn project(lab: &Lab<'_>, name: &str) -> Result<PathBuf> {
    let (sh, fixture, dir) = (lab.sh, root().join("fixtures/projects").join(name), lab.dir.join(name));
    read(cmd!(sh, "cp --archive {fixture} {dir}"))?;
    read(cmd!(sh, "git init --quiet {dir}"))?;
    Ok(dir)
}

/// A site of Wagtail, made by its starter from the wheels of the lock.
pub(crate) fn start_magazine(lab: &Lab<'_>) -> Result<PathBuf> {
    let (sh, dir, venv) = (lab.sh, project(lab, "magazine")?, lab.dir.join("starter"));
    let make = lab
        .pydeploy()
        .args(["venv", "--target", "debian12", "--cache"])
        .arg(cache());
    read(make.arg("--project").arg(&dir).arg(&venv))?;
    let (wagtail, folder) = (venv.join("bin/wagtail"), lab.dir.join("started"));
    sh.create_dir(&folder)?;
    read(cmd!(sh, "{wagtail} start magazine {folder}"))?;
    read(cmd!(sh, "cp --archive --no-clobber {folder}/. {dir}"))?;
    Ok(dir)
}

fn magazine(lab: &Lab<'_>, debian: &Debian<'_>) -> Result<()> {
    let dir = start_magazine(lab)?;
    install(lab, debian, &dir, "magazine")?;
    // The starter's settings keep the database beside the application.
    let settings =
        "from magazine.settings.dev import *\nDATABASES['default']['NAME'] = '/var/lib/magazine/db.sqlite3'\n";
    lab.sh
        .write_file(debian.path("/etc/magazine/local_settings.py"), settings)?;
    environment(
        lab,
        debian,
        "magazine",
        &[
            ("PYTHONPATH", "/etc/magazine"),
            ("DJANGO_SETTINGS_MODULE", "local_settings"),
        ],
    )?;
    manage(debian, "magazine", &["python", "manage.py", "check"])?;
    manage(debian, "magazine", &["python", "manage.py", "migrate", "--noinput"])?;
    manage(debian, "magazine", &["python", "manage.py", "publish_scheduled"])?;
    let site = Running::unit(lab, debian, "magazine")?;
    let page = site.answers("/")?;
    ensure!(page.contains("Wagtail"), "the first page is:\n{page}");
    let style = http::get(&site.address, "/static/wagtailadmin/css/core.css")?;
    ensure!(style.status == 200, "a style sheet was answered with {}", style.status);
    Ok(())
}

fn tickets(lab: &Lab<'_>, debian: &Debian<'_>) -> Result<()> {
    install(lab, debian, &project(lab, "tickets")?, "tickets")?;
    let redis = Redis::start(lab)?;
    let database = |number: u8| format!("redis://{}/{number}", redis.address);
    let (location, broker, backend) = (database(0), database(1), database(2));
    environment(
        lab,
        debian,
        "tickets",
        &[
            ("PRETIX_REDIS_LOCATION", &location),
            ("PRETIX_CELERY_BROKER", &broker),
            ("PRETIX_CELERY_BACKEND", &backend),
        ],
    )?;
    manage(debian, "tickets", &["python", "-m", "pretix", "check"])?;
    manage(debian, "tickets", &["python", "-m", "pretix", "migrate", "--noinput"])?;
    let site = Running::unit(lab, debian, "tickets")?;
    site.answers("/healthcheck/")?;
    let _worker = Running::unit(lab, debian, "tickets-worker")?;
    let started = Instant::now();
    let ping = ["tickets-run", "celery", "--app=pretix.celery_app", "inspect", "ping"];
    loop {
        let ended = debian.finish(&ping)?;
        if ended.success() && ended.stdout.contains("pong") {
            return Ok(());
        }
        ensure!(started.elapsed() < PATIENCE, "celery does not answer:\n{ended}");
        sleep(Duration::from_secs(1));
    }
}

/// Every format is built and verified, the package is installed, and what is installed is verified.
fn install(lab: &Lab<'_>, debian: &Debian<'_>, dir: &Path, name: &str) -> Result<()> {
    let (sh, out) = (lab.sh, lab.dir.join("out"));
    let git = ["-c", "user.name=Site", "-c", "user.email=site@example.org"];
    read(cmd!(sh, "git -C {dir} add --all"))?;
    read(cmd!(sh, "git -C {dir} {git...} commit --quiet --message Start"))?;
    let fixed = [
        "--format",
        "deb,zip,bundle",
        "--target",
        "debian12",
        "--version",
        VERSION,
    ];
    let build = lab.pydeploy().arg("build").args(fixed).arg("--output").arg(&out);
    let built = read(build.arg("--cache").arg(cache()).arg(dir))?;
    for artifact in built.lines() {
        read(lab.pydeploy().args(["verify", artifact]))?;
    }
    let package = built
        .lines()
        .find(|line| line.ends_with(".deb"))
        .context("no package")?;
    let inside = format!("/tmp/{name}.deb");
    debian.copy_in(package.as_ref(), &inside)?;
    debian.run(&["dpkg", "--install", &inside])?;
    std::fs::remove_file(debian.path(&inside))?;
    sh.remove_path(&out)?;
    let ended = finish(lab.pydeploy().arg("verify").arg(debian.path(&format!("/opt/{name}"))))?;
    ensure!(ended.success(), "{ended}");
    Ok(())
}

/// Adds to what the processes of a service find in their environment.
pub(super) fn environment(lab: &Lab<'_>, debian: &Debian<'_>, name: &str, variables: &[(&str, &str)]) -> Result<()> {
    let file = debian.path(&format!("/etc/{name}/environment"));
    let lines = variables.iter().map(|(name, value)| format!("{name}='{value}'\n"));
    let text = lab.sh.read_file(&file)? + &lines.collect::<String>();
    Ok(std::fs::write(&file, text)?)
}

fn manage(debian: &Debian<'_>, name: &str, command: &[&str]) -> Result<()> {
    let run = format!("{name}-run");
    let words: Vec<&str> = std::iter::once(run.as_str()).chain(command.iter().copied()).collect();
    debian.run(&words).map(drop)
}

/// A unit of an installed package, started as systemd would.
struct Running {
    child: Child,
    log: PathBuf,
    address: String,
}

impl Running {
    fn unit(lab: &Lab<'_>, debian: &Debian<'_>, unit: &str) -> Result<Self> {
        let (address, log) = (http::free_address()?, lab.dir.join(format!("{unit}.log")));
        let out = std::fs::File::create(&log)?;
        let child = Command::new("python3")
            .arg(root().join("xtask/src/real/launch.py"))
            .args([debian.dir.as_os_str(), unit.as_ref(), address.as_ref()])
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()?;
        Ok(Self { child, log, address })
    }

    fn answers(&self, path: &str) -> Result<String> {
        let answer = http::wait_for(&self.address, path);
        Ok(answer
            .with_context(|| std::fs::read_to_string(&self.log).unwrap_or_default())?
            .body)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Servers end their workers when they are asked to, not when they are killed.
        let pid = self.child.id().to_string();
        drop(Command::new("kill").args(["-TERM", &pid]).status());
        let started = Instant::now();
        while started.elapsed() < PATIENCE && self.child.try_wait().is_ok_and(|status| status.is_none()) {
            sleep(Duration::from_millis(50));
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A Redis of this check's own.
pub(super) struct Redis {
    child: Child,
    pub(super) address: String,
}

impl Redis {
    pub(super) fn start(lab: &Lab<'_>) -> Result<Self> {
        let address = http::free_address()?;
        let port = address.rsplit(':').next().unwrap_or_default();
        let child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--port", port])
            .current_dir(&lab.dir)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        Ok(Self { child, address })
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
