//! The service's process: started behind a held socket, stopped gracefully, never left behind.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};
use serde::{Deserialize, Serialize};

use super::layout::{self, Layout};
use super::stored::StoredRelease;
use super::{DeployError, environment};
use crate::sys::files::{At as _, create_dir_all};
use crate::sys::process::tail;

/// How long a service may take to finish its requests: a little longer than gunicorn gives its workers.
pub(super) const GRACE: Duration = Duration::from_secs(35);

/// Turns the standard input, a listening socket, into the first socket of the protocol of `sd_listen_fds(3)`. The
/// shell's process becomes the service, so `$$` is the service's own id.
const ACTIVATE: &str = r#"exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@""#;

/// A service that was started.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) number: u64,
    pub(super) started: Instant,
    child: Child,
    exited: Receiver<()>,
}

/// Which process a service is: ids are given again, but not with the same starting time.
#[derive(Debug, Serialize, Deserialize)]
struct Process {
    pid: u32,
    started: u64,
}

impl Service {
    /// Starts the service of `release`; `report` gets `number` when it has ended.
    pub(super) fn spawn(
        layout: &Layout,
        release: &StoredRelease,
        listener: &TcpListener,
        number: u64,
        report: impl FnOnce(u64) + Send + 'static,
    ) -> Result<Self, DeployError> {
        let child = start(layout, release, listener)?;
        let pid = Pid::from_child(&child);
        if let Some(started) = starting_time(child.id()) {
            let process = Process {
                pid: child.id(),
                started,
            };
            layout::store(&layout.service_process(), &process, 0o600)?;
        }
        let (sender, exited) = mpsc::channel();
        thread::spawn(move || {
            wait_for(pid, &sender);
            report(number);
        });
        Ok(Self {
            number,
            started: Instant::now(),
            child,
            exited,
        })
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Lets the service finish its requests, and ends it when it takes too long.
    pub(super) fn stop(mut self) {
        let pid = Pid::from_child(&self.child);
        let _ = kill_process(pid, Signal::TERM);
        if self.exited.recv_timeout(GRACE).is_err() {
            let _ = kill_process_group(pid, Signal::KILL);
        }
        drop(self.end());
    }

    /// Ends what a service that has ended left running, and takes its status.
    pub(super) fn end(&mut self) -> io::Result<ExitStatus> {
        // Until the status is taken, the id of the group cannot be given to anybody else.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        self.child.wait()
    }
}

/// Waits until the process has ended, without taking its status.
fn wait_for(pid: Pid, done: &Sender<()>) {
    while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {}
    let _ = done.send(());
}

fn start(layout: &Layout, release: &StoredRelease, listener: &TcpListener) -> Result<Child, DeployError> {
    let command = environment::command(layout, &release.release, &release.command);
    let env = environment::process(layout, release)?;
    let log_path = layout.service_log();
    let log = append(&log_path)?;
    let errors = log.try_clone().at("open", &log_path)?;
    let socket = listener.try_clone().at("share the socket for", &log_path)?;
    Command::new("/bin/sh")
        .args(["-c", ACTIVATE, "sh"])
        .args(&command)
        .current_dir(layout.release(&release.release).join("app"))
        .env_clear()
        .envs(env)
        .stdin(Stdio::from(OwnedFd::from(socket)))
        .stdout(log)
        .stderr(errors)
        .process_group(0)
        .spawn()
        .map_err(|source| DeployError::Start {
            command: display(&command),
            source,
        })
}

pub(super) fn display(command: &[OsString]) -> String {
    let words: Vec<_> = command.iter().map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}

/// Opens a log to write at its end.
pub(super) fn append(path: &Path) -> Result<File, DeployError> {
    if let Some(dir) = path.parent() {
        create_dir_all(dir)?;
    }
    Ok(File::options().append(true).create(true).open(path).at("open", path)?)
}

/// The end of what was written to a log since it had the length `mark`.
pub(super) fn tail_from(path: &Path, mark: u64) -> String {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|mut file| {
        let end = file.metadata()?.len();
        file.seek(SeekFrom::Start(mark.max(end.saturating_sub(4096))))?;
        file.read_to_end(&mut bytes)
    });
    drop(read);
    tail(&bytes)
}

/// Ends the service that a supervisor left running when it was killed: it holds the address.
pub(super) fn end_orphan(layout: &Layout) -> Result<bool, DeployError> {
    let path = layout.service_process();
    let Some(process) = layout::load::<Process>(&path)? else {
        return Ok(false);
    };
    let pid = i32::try_from(process.pid).ok().and_then(Pid::from_raw);
    let lives = || starting_time(process.pid) == Some(process.started);
    let found = lives();
    if let Some(pid) = pid.filter(|_| found) {
        let _ = kill_process(pid, Signal::TERM);
        let deadline = Instant::now() + GRACE;
        while lives() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(20));
        }
        let _ = kill_process_group(pid, Signal::KILL);
    }
    fs::remove_file(&path).at("remove", &path)?;
    Ok(found)
}

/// When a process was started, in ticks since the machine was; `None` when there is no such process or it has ended.
fn starting_time(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses can hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}
