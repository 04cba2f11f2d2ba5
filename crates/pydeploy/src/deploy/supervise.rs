//! The process that holds the addresses of a host for as long as it lives, and runs the services of `current` behind them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use super::DeployError;
use super::control::{self, Answer, Ask, OtherStatus, ServiceState};
use super::layout::{self, Layout};
use super::programs::Socket;
use super::service::{self, Service};
use super::slot::{self, Slot};
use super::stored::StoredRelease;
use crate::sys::lock::Lock;

/// How long a supervisor that was told to stop, or the kernel behind one that was killed, may hold lock and address.
const HANDOVER: Duration = Duration::from_secs(5);

/// Holds the address of the host in `host_dir` and runs the services of its current release, until it is told to stop.
///
/// A service that listens gets the listening socket as file descriptor 3 by the protocol of `sd_listen_fds(3)`, as from systemd:
/// gunicorn, uvicorn, waitress and uWSGI know it. A service is started again when it dies, after a growing pause; after five
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
    service::end_orphans(&layout)?;
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
        sockets: BTreeMap::new(),
        outbox,
        inbox,
        release: None,
        slots: Vec::new(),
        detail: None,
        started: 0,
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
    /// The main service's socket.
    listener: TcpListener,
    address: SocketAddr,
    /// Those of the services beside it.
    sockets: BTreeMap<SocketAddr, TcpListener>,
    outbox: Sender<Message>,
    inbox: Receiver<Message>,
    /// The release that was started last.
    release: Option<StoredRelease>,
    /// What runs of it, the main service first.
    slots: Vec<Slot>,
    /// Why there is no release to start.
    detail: Option<String>,
    /// How many processes were started.
    started: u64,
}

impl Supervisor {
    fn run(mut self) -> Result<(), DeployError> {
        self.restart();
        loop {
            match self.next() {
                Ok(Message::Ended(number)) => self.slots.iter_mut().for_each(|slot| slot.ended(number)),
                Ok(Message::Asked(Ask::Status, stream)) => self.answer(&stream),
                Ok(Message::Asked(Ask::Restart, stream)) => {
                    self.restart();
                    self.answer(&stream);
                }
                Ok(Message::Asked(Ask::Stop, stream)) => return self.stop(&stream),
                Err(RecvTimeoutError::Timeout) => self.try_again(),
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    fn next(&self) -> Result<Message, RecvTimeoutError> {
        match self.slots.iter().filter_map(|slot| slot.retry).min() {
            Some(at) => self.inbox.recv_timeout(at.saturating_duration_since(Instant::now())),
            None => self.inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    /// Starts what has waited long enough.
    fn try_again(&mut self) {
        let now = Instant::now();
        for at in 0..self.slots.len() {
            if self.slots[at].retry.is_some_and(|retry| retry <= now) {
                self.start(at);
            }
        }
    }

    /// Puts the processes of what is current into the place of those that run. Those that listen change first: others
    /// may take long to finish what they have begun, and requests would wait for them.
    fn restart(&mut self) {
        let (listening, others) = std::mem::take(&mut self.slots).into_iter().partition(Slot::listens);
        self.load();
        end(listening);
        self.start_all(Slot::listens);
        end(others);
        self.start_all(|slot| !slot.listens());
        let in_use = |address: &SocketAddr| {
            self.slots
                .iter()
                .any(|slot| slot.program.socket == Socket::At(*address))
        };
        self.sockets.retain(|address, _| in_use(address));
    }

    /// Finds out what is to run.
    fn load(&mut self) {
        self.detail = None;
        self.release = self.current().unwrap_or_else(|error| {
            self.detail = Some(slot::not_started(&error));
            None
        });
        let programs = self.release.iter().flat_map(StoredRelease::programs);
        self.slots = programs.map(Slot::new).collect();
    }

    fn current(&self) -> Result<Option<StoredRelease>, DeployError> {
        let Some(id) = self.layout.current_release()? else {
            return Ok(None);
        };
        let stored = StoredRelease::load(&self.layout, &id)?;
        stored.map(Some).ok_or_else(|| DeployError::UnknownRelease {
            release: id,
            known: Vec::new(),
        })
    }

    fn start_all(&mut self, wanted: impl Fn(&Slot) -> bool) {
        for at in 0..self.slots.len() {
            if wanted(&self.slots[at]) {
                self.start(at);
            }
        }
    }

    fn start(&mut self, at: usize) {
        let Some(release) = &self.release else { return };
        self.started += 1;
        let (number, outbox) = (self.started, self.outbox.clone());
        let report = move |number| drop(outbox.send(Message::Ended(number)));
        let slot = &mut self.slots[at];
        let listener = match slot.program.socket {
            Socket::Host => Ok(Some(&self.listener)),
            Socket::At(address) => open(&mut self.sockets, address).map(Some),
            Socket::None => Ok(None),
        };
        let spawned =
            listener.and_then(|socket| Service::spawn(&self.layout, release, &slot.program, socket, number, report));
        slot.started(spawned);
    }

    fn stop(mut self, stream: &UnixStream) -> Result<(), DeployError> {
        end(std::mem::take(&mut self.slots));
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
        let main = self.slots.first();
        let others = self.slots.iter().filter_map(|slot| {
            Some(OtherStatus {
                name: slot.program.name.clone()?,
                state: slot.state(),
                pid: slot.pid(),
                detail: slot.detail.clone(),
            })
        });
        Answer {
            state: main.map_or_else(|| self.state(), Slot::state),
            address: self.address,
            release: self.release.as_ref().map(|stored| stored.release.clone()),
            pid: main.and_then(Slot::pid),
            detail: main
                .and_then(|slot| slot.detail.clone())
                .or_else(|| self.detail.clone()),
            others: others.collect(),
        }
    }

    /// That of a supervisor that has nothing to run.
    fn state(&self) -> ServiceState {
        match self.detail {
            Some(_) => ServiceState::Down,
            None => ServiceState::Idle,
        }
    }
}

/// The socket at an address, which stays open from one release to the next.
fn open(sockets: &mut BTreeMap<SocketAddr, TcpListener>, address: SocketAddr) -> Result<&TcpListener, DeployError> {
    match sockets.entry(address) {
        Entry::Occupied(there) => Ok(there.into_mut()),
        Entry::Vacant(place) => Ok(place.insert(bind(address)?)),
    }
}

fn end(slots: Vec<Slot>) {
    Service::stop(slots.into_iter().filter_map(|slot| slot.service).collect());
}
