//! A small Debian that has been started, with systemd or sysvinit as its first process.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use xshell::{Shell, cmd};

use super::debian::{Debian, ENVIRONMENT};
use super::lab::Lab;
use crate::root;
use crate::step::{Ended, finish, last_lines};

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// What each machine has of its own; it shares the network with this one.
const NAMESPACES: [&str; 5] = ["--mount", "--pid", "--cgroup", "--uts", "--ipc"];

/// Units that would change the kernel of this machine, or that look for devices.
const MASKED: [&str; 13] = [
    "dev-hugepages.mount",
    "dev-mqueue.mount",
    "getty.target",
    "proc-sys-fs-binfmt_misc.automount",
    "sys-fs-fuse-connections.mount",
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
    "systemd-binfmt.service",
    "systemd-logind.service",
    "systemd-modules-load.service",
    "systemd-remount-fs.service",
    "systemd-sysctl.service",
    "systemd-udevd.service",
];

const JOURNAL: &str = "[Journal]\nStorage=volatile\n";

/// The lines of Debian's own table that start services; the others mount, set clocks and look for devices.
const INITTAB: &str = "id:2:initdefault:\nl1:1:wait:/etc/init.d/rc 1\nl2:2:wait:/etc/init.d/rc 2\n";

/// What starts and stops services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Init {
    Systemd,
    Sysv,
}

impl Init {
    /// The packages that bring it.
    pub(crate) fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Systemd => &["systemd", "systemd-sysv"],
            Self::Sysv => &["sysvinit-core"],
        }
    }

    /// Keeps it from touching this machine, and from keeping a diary.
    fn confine(self, debian: &Debian<'_>) -> Result<()> {
        match self {
            Self::Systemd => {
                for unit in MASKED {
                    let link = debian.path(&format!("/etc/systemd/system/{unit}"));
                    std::os::unix::fs::symlink("/dev/null", link).with_context(|| format!("mask {unit}"))?;
                }
                Ok(fs::write(debian.path("/etc/systemd/journald.conf"), JOURNAL)?)
            }
            Self::Sysv => Ok(fs::write(debian.path("/etc/inittab"), INITTAB)?),
        }
    }

    fn command(self) -> &'static [&'static str] {
        match self {
            Self::Systemd => &[
                "/lib/systemd/systemd",
                "--system",
                "--log-target=console",
                "--show-status=no",
                "--unit=multi-user.target",
            ],
            Self::Sysv => &["/sbin/init"],
        }
    }

    /// A command, and the words with which it tells that everything has been started.
    fn ready(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Systemd => (&["systemctl", "is-system-running"], &["running", "degraded"]),
            Self::Sysv => (&["runlevel"], &["N 2"]),
        }
    }
}

/// A running machine; it ends, with all its processes, when dropped.
pub(crate) struct Machine<'a> {
    sh: &'a Shell,
    pub(crate) debian: &'a Debian<'a>,
    init: Init,
    log: PathBuf,
    /// Holds the machine's namespaces.
    holder: Child,
    /// Its first process, as seen from outside.
    first: String,
}

impl<'a> Machine<'a> {
    /// Starts the Debian, which has the init system installed.
    pub(crate) fn start(lab: &Lab<'a>, debian: &'a Debian<'a>, init: Init) -> Result<Self> {
        init.confine(debian)?;
        let log = lab.dir.join("machine.log");
        let mut machine = Self {
            sh: lab.sh,
            debian,
            init,
            holder: boot(&debian.dir, init, &log)?,
            log,
            first: String::new(),
        };
        machine.wait()?;
        Ok(machine)
    }

    /// As after a failure of its power.
    pub(crate) fn restart(&mut self) -> Result<()> {
        self.end();
        self.first.clear();
        self.holder = boot(&self.debian.dir, self.init, &self.log)?;
        self.wait()
    }

    fn wait(&mut self) -> Result<()> {
        let (started, holder) = (Instant::now(), self.holder.id());
        let children = format!("/proc/{holder}/task/{holder}/children");
        let (question, answers) = self.init.ready();
        while started.elapsed() < PATIENCE {
            if self.holder.try_wait()?.is_some() {
                break;
            }
            self.first = fs::read_to_string(&children).unwrap_or_default().trim().to_owned();
            let answer = self.finish(question);
            if answer.is_ok_and(|answer| answers.contains(&answer.stdout.trim())) {
                return Ok(());
            }
            sleep(Duration::from_millis(200));
        }
        let log = self.sh.read_file(&self.log).unwrap_or_default();
        bail!("the machine does not start:\n{}", last_lines(&log, 30))
    }

    /// Runs a program inside and returns what it wrote.
    pub(crate) fn run(&self, command: &[&str]) -> Result<String> {
        let ended = self.finish(command)?;
        ensure!(ended.success(), "{ended}");
        Ok(ended.stdout)
    }

    pub(crate) fn finish(&self, command: &[&str]) -> Result<Ended> {
        let (first, dir) = (&self.first, &self.debian.dir);
        ensure!(!first.is_empty(), "the machine does not run");
        finish(cmd!(
            self.sh,
            "nsenter --target {first} {NAMESPACES...} chroot {dir} /usr/bin/env --ignore-environment {ENVIRONMENT...} {command...}"
        ))
    }

    /// The command lines of what runs inside.
    pub(crate) fn processes(&self) -> Result<Vec<String>> {
        let space = |process: &Path| fs::read_link(process.join("ns/pid"));
        let own = space(&Path::new("/proc").join(&self.first))?;
        let mut inside = Vec::new();
        for process in fs::read_dir("/proc")?.flatten() {
            // Processes end while we look.
            if space(&process.path()).is_ok_and(|space| space == own) {
                let words = fs::read(process.path().join("cmdline")).unwrap_or_default();
                inside.push(String::from_utf8_lossy(&words).replace('\0', " "));
            }
        }
        Ok(inside)
    }

    fn end(&mut self) {
        // All others end with the first process.
        let first = &self.first;
        if !first.is_empty() {
            drop(cmd!(self.sh, "kill -KILL {first}").quiet().ignore_stderr().run());
        }
        drop(self.holder.kill());
        drop(self.holder.wait());
    }
}

impl Drop for Machine<'_> {
    fn drop(&mut self) {
        self.end();
    }
}

fn boot(dir: &Path, init: Init, log: &Path) -> Result<Child> {
    let log = File::options().create(true).append(true).open(log)?;
    Command::new("unshare")
        .args(NAMESPACES)
        .args(["--fork", "--kill-child"])
        .args(["sh".as_ref(), root().join("xtask/src/real/boot.sh").as_os_str()])
        .arg(dir)
        .args(init.command())
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("cannot run unshare")
}
