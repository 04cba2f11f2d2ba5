//! The steps of a plan, carried out.

use std::fs;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::control::{self, Answer, Ask, ServiceState};
use super::journal::{self, Phase, Record};
use super::layout::{self, Layout};
use super::plan::{Check, Plan, Step};
use super::service::{self, GRACE};
use super::stored::StoredRelease;
use super::{DeployError, Options, Request, environment, health};
use crate::event::{Event, Observer};
use crate::release::{ReleaseId, unpack};
use crate::sys::files::{self, At as _, FileError};
use crate::sys::lock::Lock;
use crate::sys::process::tail;
use crate::timestamp::Timestamp;

/// How often a process is asked whether it is so far.
const PAUSE: Duration = Duration::from_millis(50);

/// What the steps of a plan work on.
pub(super) struct Execution<'a> {
    pub(super) layout: &'a Layout,
    pub(super) options: &'a Options,
    pub(super) observer: &'a mut dyn Observer,
    pub(super) at: Timestamp,
    /// What is deployed; nothing for plans that neither unpack nor prepare.
    pub(super) request: Option<&'a Request>,
    /// Whether phases go into the journal; not on the way back.
    pub(super) records: bool,
    /// Where the service's log ended when the service was last started.
    log_mark: u64,
}

impl<'a> Execution<'a> {
    /// One that neither unpacks nor prepares, and records nothing.
    pub(super) fn new(layout: &'a Layout, options: &'a Options, observer: &'a mut dyn Observer, at: Timestamp) -> Self {
        Self {
            layout,
            options,
            observer,
            at,
            request: None,
            records: false,
            log_mark: 0,
        }
    }

    /// Takes the steps in order. On failure: the number of the step that failed, and why.
    pub(super) fn run(&mut self, plan: &Plan) -> Result<(), (usize, Box<DeployError>)> {
        for (number, step) in plan.steps.iter().enumerate() {
            self.observer.observe(Event::StepStarted {
                step: step.name().to_owned(),
            });
            let started = Instant::now();
            self.take(step).map_err(|error| (number, Box::new(error)))?;
            self.observer.observe(Event::StepFinished {
                step: step.name().to_owned(),
                detail: step.to_string(),
                elapsed: started.elapsed(),
            });
        }
        Ok(())
    }

    fn take(&mut self, step: &Step) -> Result<(), DeployError> {
        match step {
            Step::CreateEnvironment { generate } => environment::generate(self.layout, generate).map(drop),
            Step::Unpack { release, .. } => self.unpack(release),
            Step::Prepare { release, command } => self.prepare(release, command),
            Step::MarkReady { release } => self.mark_ready(release),
            Step::Listen {
                address, or_another, ..
            } => self.listen(*address, *or_another),
            Step::SwitchCurrent { release, .. } => self.switch(release),
            Step::Restart { .. } => self.restart(),
            Step::HealthCheck(check) => self.check(check),
            Step::Stop => stop(self.layout).map(drop),
            Step::RemoveCurrent => Ok(remove_current(self.layout)?),
            Step::SetAside { release } => Ok(set_aside(self.layout, release)?),
        }
    }

    fn note(&mut self, text: String) {
        self.observer.observe(Event::Note { text });
    }

    fn unpack(&mut self, id: &ReleaseId) -> Result<(), DeployError> {
        let Some(request) = self.request else { return Ok(()) };
        let (staging, dir) = (self.layout.staging(id), self.layout.release(id));
        clear_staging(self.layout)?;
        unpack(&request.tree, &staging)?;
        for name in ["app", "etc", "static"] {
            files::create_dir_all(&staging.join(name))?;
        }
        StoredRelease::of(request).store(&staging)?;
        find_program(&staging, request)?;
        if dir.symlink_metadata().is_ok() {
            discard(self.layout, &dir)?;
        }
        fs::rename(&staging, &dir).at("rename into place", &dir)?;
        Ok(())
    }

    fn prepare(&mut self, id: &ReleaseId, command: &[String]) -> Result<(), DeployError> {
        let Some(request) = self.request else { return Ok(()) };
        let words = environment::command(self.layout, id, command);
        let Some((program, args)) = words.split_first() else {
            return Ok(());
        };
        let log_path = self.layout.log("prepare.log");
        let log = service::append(&log_path)?;
        let mark = log.metadata().at("read", &log_path)?.len();
        let errors = log.try_clone().at("open", &log_path)?;
        let status = Command::new(program)
            .args(args)
            .current_dir(self.layout.release(id).join("app"))
            .env_clear()
            .envs(environment::process(self.layout, &StoredRelease::of(request))?)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .status();
        let command = service::display(&words);
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(DeployError::Prepare {
                command,
                status,
                log: tail_from(&log_path, mark),
            }),
            Err(source) => Err(DeployError::Start { command, source }),
        }
    }

    /// The release's files, what preparing it wrote, and its name reach the disk together, before the record does.
    fn mark_ready(&mut self, id: &ReleaseId) -> Result<(), DeployError> {
        files::sync_file_system(&self.layout.releases())?;
        self.record(Phase::Ready, id)
    }

    fn listen(&mut self, wanted: SocketAddr, or_another: bool) -> Result<(), DeployError> {
        let any = wanted.port() == 0;
        let address = if any || or_another { free(wanted)? } else { wanted };
        if address != wanted && !any {
            self.note(format!("{wanted} is taken: the service listens on {address}"));
        }
        layout::store(&self.layout.address(), &address, 0o644)
    }

    fn switch(&mut self, id: &ReleaseId) -> Result<(), DeployError> {
        let target = Path::new("releases").join(id.as_str());
        files::replace_symlink(&target, &self.layout.current())?;
        self.record(Phase::Switched, id)
    }

    fn restart(&mut self) -> Result<(), DeployError> {
        let log = fs::metadata(self.layout.service_log());
        self.log_mark = log.map_or(0, |log| log.len());
        let address = layout::load::<SocketAddr>(&self.layout.address())?;
        match control::ask(self.layout, Ask::Status)? {
            Some(there) if Some(there.address) == address => {
                control::ask(self.layout, Ask::Restart)?;
            }
            Some(_) => {
                stop(self.layout)?;
                self.launch()?;
            }
            None => {
                self.launch()?;
            }
        }
        Ok(())
    }

    /// Starts a supervisor, which starts the service, and waits until it answers.
    fn launch(&mut self) -> Result<Answer, DeployError> {
        let log_path = self.layout.log("supervisor.log");
        let mark = service::append(&log_path)?.metadata().at("read", &log_path)?.len();
        let failed = |problem: String| DeployError::Supervisor {
            problem,
            log: tail_from(&log_path, mark),
        };
        let mut child = spawn_supervisor(self.layout, self.options)?;
        let deadline = Instant::now() + GRACE + Duration::from_secs(15);
        let answer = loop {
            if let Some(answer) = control::ask(self.layout, Ask::Status)? {
                break answer;
            }
            if let Ok(Some(status)) = child.try_wait() {
                return Err(failed(format!("ended with {status}")));
            }
            if Instant::now() >= deadline {
                drop(child.kill().and_then(|()| child.wait()));
                return Err(failed("does not answer".to_owned()));
            }
            thread::sleep(PAUSE);
        };
        // It outlives this process, or is collected when it ends before.
        thread::spawn(move || child.wait());
        Ok(answer)
    }

    fn check(&mut self, check: &Check) -> Result<(), DeployError> {
        let address = self.address(check)?;
        let mut asked = Instant::now();
        let (layout, mark) = (self.layout, self.log_mark);
        let log = || tail_from(&layout.service_log(), mark);
        let mut worth = || {
            if asked.elapsed() < PAUSE {
                return Ok(());
            }
            asked = Instant::now();
            stays_up(layout, check).map_err(|detail| DeployError::Down {
                release: check.release.clone(),
                detail,
                log: log(),
            })
        };
        let answered = health::wait(check, address, &mut worth)?;
        if answered.is(&check.release) {
            return Ok(());
        }
        Err(DeployError::Unhealthy {
            release: check.release.clone(),
            url: format!("http://{address}{}", check.path),
            timeout: check.timeout,
            answered: answered.describe(),
            log: log(),
        })
    }

    fn address(&self, check: &Check) -> Result<SocketAddr, DeployError> {
        let kept = layout::load(&self.layout.address())?;
        kept.ok_or_else(|| DeployError::Down {
            release: check.release.clone(),
            detail: "has no address".to_owned(),
            log: String::new(),
        })
    }

    /// Writes what happened to a release into the journal.
    pub(super) fn record(&self, phase: Phase, id: &ReleaseId) -> Result<(), DeployError> {
        if !self.records {
            return Ok(());
        }
        let stored = StoredRelease::load(self.layout, id)?;
        let version = self
            .request
            .filter(|request| request.id == *id)
            .map(|request| &request.version);
        let version = version.or(stored.as_ref().map(|stored| &stored.version));
        let version = version.map_or(id.as_str(), String::as_str);
        journal::append(self.layout, Record::new(self.at, phase, id, version))
    }
}

fn stays_up(layout: &Layout, check: &Check) -> Result<(), String> {
    match control::ask(layout, Ask::Status) {
        Ok(Some(answer)) if matches!(answer.state, ServiceState::Down | ServiceState::Idle) => Err(answer
            .detail
            .unwrap_or_else(|| format!("has no current release {}", check.release))),
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err("has lost its supervisor".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// The address when nobody listens there, else a free port of the same host.
fn free(wanted: SocketAddr) -> Result<SocketAddr, DeployError> {
    let failed = |source| DeployError::Listen {
        address: wanted,
        source,
    };
    match TcpListener::bind(wanted) {
        Ok(there) => there.local_addr().map_err(failed),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            let other = TcpListener::bind(SocketAddr::new(wanted.ip(), 0));
            other.and_then(|other| other.local_addr()).map_err(failed)
        }
        Err(error) => Err(failed(error)),
    }
}

fn spawn_supervisor(layout: &Layout, options: &Options) -> Result<Child, DeployError> {
    let (program, args) = options.supervisor.split_first().ok_or(DeployError::Supervisor {
        problem: "has no program".to_owned(),
        log: String::new(),
    })?;
    let log_path = layout.log("supervisor.log");
    let log = service::append(&log_path)?;
    let errors = log.try_clone().at("open", &log_path)?;
    Command::new(program)
        .args(args)
        .arg(layout.root())
        .current_dir(layout.root())
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        .spawn()
        .map_err(|source| DeployError::Start {
            command: service::display(&options.supervisor),
            source,
        })
}

/// Stops service and supervisor; whether there was anything to stop.
pub(super) fn stop(layout: &Layout) -> Result<bool, DeployError> {
    control::make_run_dir(layout)?;
    let supervised = control::ask(layout, Ask::Stop)?.is_some();
    // Free when the supervisor has ended.
    let _lock = Lock::acquire(&layout.supervisor_lock(), Duration::from_secs(10))?;
    let orphaned = service::end_orphan(layout)?;
    Ok(supervised || orphaned)
}

fn find_program(staging: &Path, request: &Request) -> Result<(), DeployError> {
    let Some(program) = request.service.command.first() else {
        return Ok(());
    };
    let path = environment::program_path(staging, program.as_ref());
    if program.contains('/') || path.exists() {
        return Ok(());
    }
    Err(DeployError::MissingProgram {
        program: program.clone(),
        path: path.strip_prefix(staging).unwrap_or(&path).to_owned(),
    })
}

/// Removes what commands that were killed left half done.
fn clear_staging(layout: &Layout) -> Result<(), FileError> {
    remove_where(layout, |name| {
        name.starts_with(".staging-") || name.starts_with(".trash-")
    })
}

fn remove_where(layout: &Layout, wanted: impl Fn(&str) -> bool) -> Result<(), FileError> {
    let releases = layout.releases();
    for entry in fs::read_dir(&releases).at("read the folder", &releases)? {
        let path = entry.at("read the folder", &releases)?.path();
        if path.file_name().and_then(|name| name.to_str()).is_some_and(&wanted) {
            fs::remove_dir_all(&path).at("remove", &path)?;
        }
    }
    Ok(())
}

/// Removes a release that was never finished: first its name, then its files.
fn discard(layout: &Layout, dir: &Path) -> Result<(), FileError> {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    let trash = layout.releases().join(format!(".trash-{name}"));
    fs::rename(dir, &trash).at("move away", dir)?;
    fs::remove_dir_all(&trash).at("remove", &trash)
}

/// Keeps the release that failed last, for whoever wants to see why; what was not unpacked whole shows nothing, and
/// holds space on a disk that may be full.
fn set_aside(layout: &Layout, id: &ReleaseId) -> Result<(), FileError> {
    let (staging, dir, failed) = (layout.staging(id), layout.release(id), layout.failed(id));
    if staging.symlink_metadata().is_ok() {
        return fs::remove_dir_all(&staging).at("remove", &staging);
    }
    remove_where(layout, |name| name.starts_with(".failed-"))?;
    if dir.symlink_metadata().is_ok() {
        fs::rename(&dir, &failed).at("move away", &dir)?;
    }
    Ok(())
}

fn remove_current(layout: &Layout) -> Result<(), FileError> {
    let link = layout.current();
    match fs::remove_file(&link) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).at("remove", &link),
        _ => files::sync_dir(layout.root()),
    }
}

/// The end of what was written to a log since it had the length `mark`.
fn tail_from(path: &Path, mark: u64) -> String {
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|mut file| {
        let end = file.metadata()?.len();
        file.seek(SeekFrom::Start(mark.max(end.saturating_sub(4096))))?;
        file.read_to_end(&mut bytes)
    });
    drop(read);
    tail(&bytes)
}
