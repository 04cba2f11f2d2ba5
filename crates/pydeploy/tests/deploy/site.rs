//! A host in a temporary folder, and small releases to deploy to it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use pydeploy::Timestamp;
use pydeploy::config::{Environment, Health};
use pydeploy::deploy::{DeployError, Deployed, Host, Options, Phase, Programs, Request};
use pydeploy::digest::Sha256;
use pydeploy::event::{Event, Silent};
use pydeploy::release::{Content, Entry, Kind, Owner, ReleaseId, ReleaseTree};
use rustix::process::{Pid, Signal, kill_process};

pub(crate) const NOW: i64 = 1_476_025_815;

pub(crate) struct Site {
    pub(crate) host: Host,
    pub(crate) listen: SocketAddr,
    dir: Option<tempfile::TempDir>,
}

impl Drop for Site {
    fn drop(&mut self) {
        if self.dir.is_some() {
            drop(self.host.stop(now(), &mut Silent));
        }
    }
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

pub(crate) fn id(text: &str) -> ReleaseId {
    text.parse().unwrap()
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::in_folder("site")
    }

    pub(crate) fn in_folder(name: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            host: Host::open(&dir.path().join(name)).unwrap(),
            listen: free.local_addr().unwrap(),
            dir: Some(dir),
        }
    }

    /// The host of another process.
    pub(crate) fn at(dir: &Path) -> Self {
        let host = Host::open(dir).unwrap();
        let listen = host.status().unwrap().address.unwrap();
        Self {
            host,
            listen,
            dir: None,
        }
    }

    /// A release whose service is started with `args`.
    pub(crate) fn release(&self, release: &str, args: &[&str]) -> Request {
        let command = ["python", "{app}/serve.py"].iter().chain(args);
        Request {
            id: id(release),
            version: release.to_owned(),
            tree: tree(),
            services: Programs {
                command: command.map(|word| (*word).to_owned()).collect(),
                listen: self.listen,
                others: Vec::new(),
                scheduled: Vec::new(),
            },
            prepare: Vec::new(),
            health: Health {
                path: "/-/release".to_owned(),
                timeout: Duration::from_secs(20),
            },
            environment: Environment {
                generate: vec!["SECRET_KEY".to_owned()],
                set: BTreeMap::from([("COLOUR".to_owned(), "red".to_owned())]),
            },
            at: now(),
        }
    }

    pub(crate) fn deploy(&self, request: &Request) -> Result<Deployed, DeployError> {
        self.host.deploy(request, &options(), &mut Silent)
    }

    pub(crate) fn rollback(&self, to: Option<&str>) -> Result<Deployed, DeployError> {
        self.host.rollback(to.map(id).as_ref(), now(), &options(), &mut Silent)
    }

    pub(crate) fn start(&self) -> Result<Deployed, DeployError> {
        self.host.start(now(), &options(), &mut Silent)
    }

    /// What the service answers for `path`.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> String {
        get(self.host.status().unwrap().address.unwrap(), path).unwrap()
    }

    /// The release that `current` names and that answers.
    #[track_caller]
    pub(crate) fn serving(&self) -> String {
        let status = self.host.status().unwrap();
        let health = status.health.clone().unwrap();
        assert!(health.serving, "{status:?}");
        status.release.unwrap().to_string()
    }

    pub(crate) fn phases(&self) -> Vec<String> {
        let name = |phase: Phase| serde_json::to_value(phase).unwrap().as_str().unwrap().to_owned();
        let records = self.host.history().unwrap().records;
        records
            .iter()
            .map(|r| format!("{} {}", name(r.phase), r.release))
            .collect()
    }

    pub(crate) fn has(&self, phase: &str) -> bool {
        self.phases().iter().any(|there| there == phase)
    }

    /// The names in a folder of the host, sorted.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.host.dir().join(folder)).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub(crate) fn supervisor(&self) -> i32 {
        let holder = std::fs::read_to_string(self.host.dir().join("run/supervisor.lock")).unwrap();
        holder.strip_prefix("process ").unwrap().parse().unwrap()
    }
}

pub(crate) fn kill(pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    while Command::new("/bin/kill")
        .args(["-0", &pid.to_string()])
        .output()
        .unwrap()
        .status
        .success()
    {
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The supervisor is this executable with one test chosen, which takes its last argument for the host folder.
pub(crate) fn options() -> Options {
    let program = std::env::current_exe().unwrap();
    let words = ["/usr/bin/env", "SUPERVISE=1"].map(OsString::from).into_iter();
    let test = ["--quiet", "--nocapture", "--exact", "supervisor_process"].map(OsString::from);
    Options {
        supervisor: words.chain([program.into()]).chain(test).collect(),
        listen: None,
    }
}

pub(crate) fn notes(events: &[Event]) -> Vec<&str> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::Note { text } => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

fn tree() -> ReleaseTree {
    let source = include_bytes!("serve.py");
    let mut tree = ReleaseTree::new();
    let mut insert = |path: &str, kind| {
        let owner = Owner::Application;
        tree.insert(path.parse().unwrap(), Entry { kind, owner }).unwrap();
    };
    insert(
        "app/serve.py",
        Kind::File {
            content: Content::Inline((*source).into()),
            executable: false,
            size: source.len() as u64,
            sha256: Sha256::of(source),
        },
    );
    insert(
        "venv/bin/python",
        Kind::Symlink {
            target: python().to_str().unwrap().to_owned(),
        },
    );
    tree
}

/// The interpreter itself, not a script that chooses one.
fn python() -> PathBuf {
    let asked = Command::new("python3")
        .args(["-c", "import sys; print(sys.executable)"])
        .output();
    let path = String::from_utf8(asked.unwrap().stdout).unwrap();
    std::fs::canonicalize(path.trim()).unwrap()
}

pub(crate) fn get(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n")?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    match response.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.1 200 ") => Ok(body.to_owned()),
        _ => Err(io::Error::other(format!("no answer but {response:?}"))),
    }
}

/// A client that asks again and again.
pub(crate) struct Client {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<Result<String, String>>>,
}

impl Client {
    pub(crate) fn start(address: SocketAddr) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut answers = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                answers.push(get(address, "/-/release").map_err(|error| error.to_string()));
                std::thread::sleep(Duration::from_millis(2));
            }
            answers
        });
        Self { stop, thread }
    }

    /// The different answers in the order in which they came; every request must have had one.
    #[track_caller]
    pub(crate) fn finish(self) -> Vec<String> {
        self.stop.store(true, Ordering::Relaxed);
        let mut answers: Vec<_> = self.thread.join().unwrap().into_iter().map(Result::unwrap).collect();
        assert!(answers.len() > 20, "only {} requests", answers.len());
        answers.dedup();
        answers
    }
}
