//! The process that holds the address of a host for as long as it lives, and runs the service of `current` behind it.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::ExitStatus;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use super::DeployError;
use super::control::{self, Answer, Ask, ServiceState};
use super::layout::{self, Layout};
use super::service::{self, Service};
use super::stored::StoredRelease;
use crate::release::ReleaseId;
use crate::sys::lock::Lock;

/// A service that lived for less dies "in a row" with those before it.
const STEADY: Duration = Duration::from_secs(10);
/// After so many deaths in a row the service is left alone.
const ATTEMPTS: u32 = 5;
/// The wait after the first death; it doubles with each.
const BACK_OFF: Duration = Duration::from_millis(100);
/// How long a supervisor that was told to stop, or the kernel behind one that was killed, may hold lock and address.
const HANDOVER: Duration = Duration::from_secs(5);

/// Holds the address of the host in `host_dir` and runs the service of its current release, until it is told to stop.
///
/// The service gets the listening socket as file descriptor 3 by the protocol of `sd_listen_fds(3)`, as from systemd:
/// gunicorn, uvicorn, waitress and uWSGI know it. It is started again when it dies, after a growing pause; after five
/// deaths in a row, each within ten seconds, it stays down until the next deployment.
///
/// The process detaches itself from its terminal and from the group of whoever started it.
///
/// # Errors
///
/// When another supervisor runs for the host, when no address was chosen for it yet, or when the address is taken.
pub fn supervise(host_dir: &Path) -> Result<(), DeployError> {
    // It fails for the leader of a group, which a shell has detached already.
    let _ = rustix::process::setsid();
    let layout = Layout::new(host_dir);
    control::make_run_dir(&layout)?;
    let _lock = Lock::acquire(&layout.supervisor_lock(), HANDOVER)?;
    service::end_orphan(&layout)?;
    let address = layout::load::<SocketAddr>(&layout.address())?.ok_or_else(|| DeployError::NothingDeployed {
        dir: host_dir.to_owned(),
    })?;
    let listener = bind(address)?;
    let (outbox, inbox) = mpsc::channel();
    let control = control::listen(&layout)?;
    let requests = outbox.clone();
    thread::spawn(move || pass_on_requests(&control, &requests));
    Supervisor {
        layout,
        listener,
        address,
        outbox,
        inbox,
        service: None,
        release: None,
        started: 0,
        deaths: 0,
        retry: None,
        detail: None,
    }
    .run()
}

fn bind(address: SocketAddr) -> Result<TcpListener, DeployError> {
    let deadline = Instant::now() + HANDOVER;
    loop {
        match TcpListener::bind(address) {
            Ok(listener) => return Ok(listener),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(50));
            }
            Err(source) => return Err(DeployError::Listen { address, source }),
        }
    }
}

/// What the supervisor waits for.
enum Message {
    /// The service with this number ended.
    Ended(u64),
    /// A command asks something.
    Asked(Ask, UnixStream),
}

fn pass_on_requests(control: &UnixListener, outbox: &Sender<Message>) {
    for stream in control.incoming().flatten() {
        match control::receive(&stream) {
            Ok(ask) if outbox.send(Message::Asked(ask, stream)).is_err() => return,
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "a request was not understood"),
        }
    }
}

struct Supervisor {
    layout: Layout,
    listener: TcpListener,
    address: SocketAddr,
    outbox: Sender<Message>,
    inbox: Receiver<Message>,
    service: Option<Service>,
    /// The release that was started last.
    release: Option<ReleaseId>,
    /// How many services were started.
    started: u64,
    /// How many of the last ones died early.
    deaths: u32,
    /// When to start the service again.
    retry: Option<Instant>,
    /// How the service ended, or why it could not be started.
    detail: Option<String>,
}

impl Supervisor {
    fn run(mut self) -> Result<(), DeployError> {
        self.start();
        loop {
            match self.next() {
                Ok(Message::Ended(number)) => self.ended(number),
                Ok(Message::Asked(Ask::Status, stream)) => self.answer(&stream),
                Ok(Message::Asked(Ask::Restart, stream)) => {
                    self.restart();
                    self.answer(&stream);
                }
                Ok(Message::Asked(Ask::Stop, stream)) => return self.stop(&stream),
                Err(RecvTimeoutError::Timeout) => self.start(),
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    fn next(&self) -> Result<Message, RecvTimeoutError> {
        match self.retry {
            Some(at) => self.inbox.recv_timeout(at.saturating_duration_since(Instant::now())),
            None => self.inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    /// Starts what is current. What cannot be started now cannot be in a moment: there is no further attempt.
    fn start(&mut self) {
        self.retry = None;
        self.started += 1;
        match self.spawn() {
            Ok(service) => self.service = service,
            Err(error) => self.detail = Some(format!("could not be started: {}", error.in_one_line())),
        }
    }

    fn spawn(&mut self) -> Result<Option<Service>, DeployError> {
        self.release = self.layout.current_release()?;
        let Some(id) = &self.release else {
            return Ok(None);
        };
        let stored = StoredRelease::load(&self.layout, id)?.ok_or_else(|| DeployError::UnknownRelease {
            release: id.clone(),
            known: Vec::new(),
        })?;
        let outbox = self.outbox.clone();
        let report = move |number| drop(outbox.send(Message::Ended(number)));
        Service::spawn(&self.layout, &stored, &self.listener, self.started, report).map(Some)
    }

    fn ended(&mut self, number: u64) {
        let Some(mut service) = self.service.take_if(|service| service.number == number) else {
            return;
        };
        let lived = service.started.elapsed();
        self.detail = Some(describe(&service.end()));
        self.deaths = if lived < STEADY { self.deaths + 1 } else { 1 };
        if self.deaths < ATTEMPTS {
            self.retry = Some(Instant::now() + BACK_OFF * 2_u32.pow(self.deaths - 1));
        }
    }

    fn restart(&mut self) {
        self.end();
        self.deaths = 0;
        self.detail = None;
        self.start();
    }

    fn end(&mut self) {
        self.retry = None;
        if let Some(service) = self.service.take() {
            service.stop();
        }
    }

    fn stop(mut self, stream: &UnixStream) -> Result<(), DeployError> {
        self.end();
        self.release = None;
        self.detail = None;
        control::remove(&self.layout)?;
        self.answer(stream);
        Ok(())
    }

    /// A command that does not wait for its answer does not get it.
    fn answer(&self, stream: &UnixStream) {
        if let Err(error) = control::reply(stream, &self.report()) {
            tracing::warn!(%error, "an answer was not taken");
        }
    }

    fn report(&self) -> Answer {
        Answer {
            state: self.state(),
            address: self.address,
            release: self.release.clone(),
            pid: self.service.as_ref().map(Service::pid),
            detail: self.detail.clone(),
        }
    }

    fn state(&self) -> ServiceState {
        match (&self.service, self.retry, &self.detail) {
            (Some(_), ..) => ServiceState::Running,
            (None, Some(_), _) => ServiceState::Waiting,
            (None, None, Some(_)) => ServiceState::Down,
            (None, None, None) => ServiceState::Idle,
        }
    }
}

fn describe(status: &io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => format!("ended with {status}"),
        Err(error) => format!("ended: {error}"),
    }
}
