//! How commands talk to the supervisor: one JSON line each way, over a socket in the host folder.

use std::fs::{self, DirBuilder, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::DeployError;
use super::layout::Layout;
use super::service::GRACE;
use crate::config::ServiceName;
use crate::release::ReleaseId;
use crate::sys::files::{At as _, FileError};

/// What a command wants of the supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "request")]
pub(super) enum Ask {
    /// Say what the service does.
    Status,
    /// End what runs, then run what is current.
    Restart,
    /// End what runs, then end.
    Stop,
}

/// What the supervisor's service does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ServiceState {
    /// Nobody holds the address.
    #[default]
    Stopped,
    /// It runs.
    Running,
    /// It died and will be started again in a moment.
    Waiting,
    /// It died again and again, or could not be started, and is left alone.
    Down,
    /// Nothing is current.
    Idle,
}

/// What the supervisor says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) state: ServiceState,
    pub(super) address: SocketAddr,
    pub(super) release: Option<ReleaseId>,
    pub(super) pid: Option<u32>,
    pub(super) detail: Option<String>,
    /// The services beside the main one.
    #[serde(default)]
    pub(super) others: Vec<OtherStatus>,
}

impl Answer {
    /// Whether every service runs.
    pub(super) fn all_run(&self) -> bool {
        let others = self.others.iter().map(|other| other.state);
        std::iter::once(self.state)
            .chain(others)
            .all(|state| state == ServiceState::Running)
    }
}

/// What a service beside the main one does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OtherStatus {
    /// Its name.
    pub name: ServiceName,
    /// What it does.
    pub state: ServiceState,
    /// Its process.
    pub pid: Option<u32>,
    /// How it ended last, or why it could not be started.
    pub detail: Option<String>,
}

/// A folder's path that is short however long its name is: the path of a socket is limited to 107 bytes.
struct ShortPath {
    dir: File,
}

impl ShortPath {
    fn open(dir: &Path) -> Result<Self, FileError> {
        let dir = File::open(dir).at("open the folder", dir)?;
        Ok(Self { dir })
    }

    fn socket(&self) -> PathBuf {
        format!("/proc/self/fd/{}/control.sock", self.dir.as_raw_fd()).into()
    }
}

/// Makes the folder of the socket, closed to other users.
pub(super) fn make_run_dir(layout: &Layout) -> Result<(), DeployError> {
    let dir = layout.run();
    Ok(DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&dir)
        .at("create the folder", &dir)?)
}

/// The supervisor's end. Whoever calls it holds the supervisor's lock: a socket that is there is a dead one's.
pub(super) fn listen(layout: &Layout) -> Result<UnixListener, DeployError> {
    let dir = layout.run();
    let short = ShortPath::open(&dir)?;
    remove(layout)?;
    Ok(UnixListener::bind(short.socket()).at("create the socket in", &dir)?)
}

pub(super) fn remove(layout: &Layout) -> Result<(), DeployError> {
    let path = layout.run().join("control.sock");
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).at("remove", &path)?,
        _ => Ok(()),
    }
}

/// Reads one request.
pub(super) fn receive(stream: &UnixStream) -> io::Result<Ask> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut line = String::new();
    BufReader::new(stream).take(4096).read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

/// Answers one request.
pub(super) fn reply(mut stream: &UnixStream, answer: &Answer) -> io::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    stream.write_all(&line)
}

/// Asks the supervisor; `None` when there is none.
pub(super) fn ask(layout: &Layout, what: Ask) -> Result<Option<Answer>, DeployError> {
    let talk = || -> io::Result<Answer> {
        let dir = File::open(layout.run())?;
        let mut stream = UnixStream::connect(ShortPath { dir }.socket())?;
        stream.set_read_timeout(Some(2 * GRACE + Duration::from_secs(30)))?;
        let mut line = serde_json::to_vec(&what)?;
        line.push(b'\n');
        stream.write_all(&line)?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer)?;
        Ok(serde_json::from_str(&answer)?)
    };
    match talk() {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => Ok(None),
        Err(error) => Err(DeployError::Supervisor {
            problem: format!("does not answer: {error}"),
            log: String::new(),
        }),
    }
}
