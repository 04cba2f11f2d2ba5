//! A service's process: started behind a held socket, stopped gracefully, never left behind.

use std::ffi::{OsStr, OsString};
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
use super::programs::Program;
use super::stored::StoredRelease;
use super::{DeployError, environment};
use crate::config::Server;
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
    /// What tells it to finish its requests and end.
    end: Signal,
    exited: Receiver<()>,
}

/// Which process a service is: ids are given again, but not with the same starting time.
#[derive(Debug, Serialize, Deserialize)]
struct Process {
    pid: u32,
    started: u64,
    /// Whether `SIGHUP` ends it, not `SIGTERM`.
    #[serde(default)]
    by_hangup: bool,
}

impl Service {
    /// Starts a program of `release`, behind `listener` when it has one; `report` gets `number` when it has ended.
    pub(super) fn spawn(
        layout: &Layout,
        release: &StoredRelease,
        program: &Program,
        listener: Option<&TcpListener>,
        number: u64,
        report: impl FnOnce(u64) + Send + 'static,
    ) -> Result<Self, DeployError> {
        let child = start(layout, release, program, listener)?;
        let pid = Pid::from_child(&child);
        let by_hangup = Server::of(&program.command) == Server::Uwsgi;
        if let Some(started) = starting_time(child.id()) {
            let process = Process {
                pid: child.id(),
                started,
                by_hangup,
            };
            layout::store(&layout.service_process(program.name.as_ref()), &process, 0o600)?;
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
            end: end_signal(by_hangup),
            exited,
        })
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Lets services finish their requests, all at once, and ends those that take too long.
    pub(super) fn stop(services: Vec<Self>) {
        for service in &services {
            let _ = kill_process(Pid::from_child(&service.child), service.end);
        }
        let deadline = Instant::now() + GRACE;
        for mut service in services {
            let left = deadline.saturating_duration_since(Instant::now());
            if service.exited.recv_timeout(left).is_err() {
                let _ = kill_process_group(Pid::from_child(&service.child), Signal::KILL);
            }
            drop(service.end());
        }
    }

    /// Ends what a service that has ended left running, and takes its status.
    pub(super) fn end(&mut self) -> io::Result<ExitStatus> {
        // Until the status is taken, the id of the group cannot be given to anybody else.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        self.child.wait()
    }
}

fn end_signal(by_hangup: bool) -> Signal {
    match by_hangup {
        true => Signal::HUP,
        false => Signal::TERM,
    }
}

/// Waits until the process has ended, without taking its status.
fn wait_for(pid: Pid, done: &Sender<()>) {
    while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {}
    let _ = done.send(());
}

fn start(
    layout: &Layout,
    release: &StoredRelease,
    program: &Program,
    listener: Option<&TcpListener>,
) -> Result<Child, DeployError> {
    let words = environment::command(layout, &release.release, &program.command);
    let log_path = layout.service_log(program.name.as_ref());
    let log = append(&log_path)?;
    let errors = log.try_clone().at("open", &log_path)?;
    let mut command = match listener {
        Some(listener) => {
            let socket = listener.try_clone().at("share the socket for", &log_path)?;
            behind(socket, &words)
        }
        None => alone(&words),
    };
    if Server::of(&program.command) == Server::Uwsgi {
        command.env(Server::UWSGI_EXIT.0, Server::UWSGI_EXIT.1);
    }
    command
        .current_dir(layout.release(&release.release).join("app"))
        .envs(environment::process(layout, release)?)
        .stdout(log)
        .stderr(errors)
        .process_group(0)
        .spawn()
        .map_err(|source| DeployError::Start {
            command: display(&words),
            source,
        })
}

fn behind(socket: TcpListener, words: &[OsString]) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", ACTIVATE, "sh"]).args(words).env_clear();
    command.stdin(Stdio::from(OwnedFd::from(socket)));
    command
}

fn alone(words: &[OsString]) -> Command {
    let (program, args) = words
        .split_first()
        .map_or((OsStr::new(""), words), |(p, a)| (p.as_os_str(), a));
    let mut command = Command::new(program);
    command.args(args).env_clear().stdin(Stdio::null());
    command
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

/// Ends the services that a supervisor left running when it was killed: they hold the addresses.
pub(super) fn end_orphans(layout: &Layout) -> Result<bool, DeployError> {
    let mut found = false;
    let run = layout.run();
    for entry in fs::read_dir(&run).at("read the folder", &run)? {
        let path = entry.at("read the folder", &run)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("service") && name.ends_with(".json") {
            found |= end_orphan(&path)?;
        }
    }
    Ok(found)
}

fn end_orphan(path: &Path) -> Result<bool, DeployError> {
    let Some(process) = layout::load::<Process>(path)? else {
        return Ok(false);
    };
    let pid = i32::try_from(process.pid).ok().and_then(Pid::from_raw);
    let lives = || starting_time(process.pid) == Some(process.started);
    let found = lives();
    if let Some(pid) = pid.filter(|_| found) {
        let _ = kill_process(pid, end_signal(process.by_hangup));
        let deadline = Instant::now() + GRACE;
        while lives() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(20));
        }
        let _ = kill_process_group(pid, Signal::KILL);
    }
    fs::remove_file(path).at("remove", path)?;
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
