//! The steps of a plan, carried out.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::control::{self, Answer, Ask, ServiceState};
use super::journal::{self, Phase, Record};
use super::layout::{self, Layout};
use super::plan::Plan;
use super::programs::Program;
use super::service::{self, tail_from};
use super::step::{Check, Step};
use super::stored::StoredRelease;
use super::{DeployError, Options, Request, environment, folders, health, launcher};
use crate::config::ServiceName;
use crate::event::{Event, Observer};
use crate::release::{ReleaseId, unpack};
use crate::sys::files::{self, At as _};
use crate::timestamp::Timestamp;

/// How often the supervisor is asked whether the service stays up.
const PAUSE: Duration = Duration::from_millis(50);

/// How long services that cannot be asked have to run before they count as running.
const CALM: Duration = Duration::from_secs(1);

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
    /// Where the services' logs ended when the services were last started.
    log_marks: BTreeMap<PathBuf, u64>,
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
            log_marks: BTreeMap::new(),
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
            Step::Stop => launcher::stop(self.layout).map(drop),
            Step::RemoveCurrent => Ok(folders::remove_current(self.layout)?),
            Step::SetAside { release } => Ok(folders::set_aside(self.layout, release)?),
        }
    }

    fn note(&mut self, text: String) {
        self.observer.observe(Event::Note { text });
    }

    fn unpack(&mut self, id: &ReleaseId) -> Result<(), DeployError> {
        let Some(request) = self.request else { return Ok(()) };
        let (staging, dir) = (self.layout.staging(id), self.layout.release(id));
        folders::clear_staging(self.layout)?;
        unpack(&request.tree, &staging)?;
        for name in ["app", "etc", "static"] {
            files::create_dir_all(&staging.join(name))?;
        }
        StoredRelease::of(request).store(&staging)?;
        find_programs(&staging, request)?;
        if dir.symlink_metadata().is_ok() {
            folders::discard(self.layout, &dir)?;
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
        self.log_marks = lengths(&self.layout.log(""))?;
        let address = layout::load::<SocketAddr>(&self.layout.address())?;
        match control::ask(self.layout, Ask::Status)? {
            Some(there) if Some(there.address) == address => {
                control::ask(self.layout, Ask::Restart)?;
            }
            Some(_) => {
                launcher::stop(self.layout)?;
                launcher::launch(self.layout, self.options)?;
            }
            None => {
                launcher::launch(self.layout, self.options)?;
            }
        }
        Ok(())
    }

    fn check(&mut self, check: &Check) -> Result<(), DeployError> {
        let address = self.address(check)?;
        let mut asked = Instant::now();
        let mut worth = || {
            if asked.elapsed() < PAUSE {
                return Ok(());
            }
            asked = Instant::now();
            self.stays_up(check).map(drop)
        };
        let answered = health::wait(check, address, &mut worth)?;
        if answered.is(&check.release) {
            return self.others_stay_up(check);
        }
        Err(DeployError::Unhealthy {
            release: check.release.clone(),
            url: format!("http://{address}{}", check.path),
            timeout: check.timeout,
            answered: answered.describe(),
            log: self.said(None),
        })
    }

    /// The services beside the one that answered cannot be asked anything: they hold when they run on for a moment.
    fn others_stay_up(&self, check: &Check) -> Result<(), DeployError> {
        let deadline = Instant::now() + check.timeout;
        let (mut since, mut pids) = (Instant::now(), Vec::new());
        loop {
            let answer = self.stays_up(check)?;
            let now: Vec<_> = answer.others.iter().map(|other| other.pid).collect();
            if now != pids {
                (since, pids) = (Instant::now(), now);
            }
            if pids.is_empty() || (answer.all_run() && since.elapsed() >= CALM) {
                return Ok(());
            }
            if Instant::now() >= deadline {
                let unsteady = answer.others.iter().find(|other| other.detail.is_some());
                return Err(self.down(
                    check,
                    unsteady.map(|other| &other.name),
                    "dies again and again".to_owned(),
                ));
            }
            thread::sleep(PAUSE);
        }
    }

    /// What the supervisor says, when no service is down.
    fn stays_up(&self, check: &Check) -> Result<Answer, DeployError> {
        let answer = match control::ask(self.layout, Ask::Status) {
            Ok(Some(answer)) => answer,
            Ok(None) => return Err(self.down(check, None, "has lost its supervisor".to_owned())),
            Err(error) => return Err(self.down(check, None, error.to_string())),
        };
        if matches!(answer.state, ServiceState::Down | ServiceState::Idle) {
            let nothing = || format!("has no current release {}", check.release);
            return Err(self.down(check, None, answer.detail.unwrap_or_else(nothing)));
        }
        match answer.others.iter().find(|other| other.state == ServiceState::Down) {
            Some(other) => Err(self.down(check, Some(&other.name), other.detail.clone().unwrap_or_default())),
            None => Ok(answer),
        }
    }

    fn down(&self, check: &Check, name: Option<&ServiceName>, detail: String) -> DeployError {
        let service = name.map_or_else(|| "the service".to_owned(), |name| format!("the service `{name}`"));
        DeployError::Down {
            service,
            release: check.release.clone(),
            detail,
            log: self.said(name),
        }
    }

    /// The end of what a service has printed since it was started.
    fn said(&self, name: Option<&ServiceName>) -> String {
        let path = self.layout.service_log(name);
        let mark = self.log_marks.get(&path).copied().unwrap_or_default();
        tail_from(&path, mark)
    }

    fn address(&self, check: &Check) -> Result<SocketAddr, DeployError> {
        let kept = layout::load(&self.layout.address())?;
        kept.ok_or_else(|| self.down(check, None, "has no address".to_owned()))
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

/// The lengths of the files in a folder.
fn lengths(dir: &Path) -> Result<BTreeMap<PathBuf, u64>, DeployError> {
    let mut lengths = BTreeMap::new();
    for entry in fs::read_dir(dir).at("read the folder", dir)? {
        let entry = entry.at("read the folder", dir)?;
        lengths.insert(entry.path(), entry.metadata().map_or(0, |file| file.len()));
    }
    Ok(lengths)
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

fn find_programs(staging: &Path, request: &Request) -> Result<(), DeployError> {
    let stored = StoredRelease::of(request);
    for Program { command, .. } in stored.programs() {
        let program = command.first().map_or("", String::as_str);
        let path = environment::program_path(staging, program.as_ref());
        if !program.contains('/') && !path.exists() {
            return Err(DeployError::MissingProgram {
                program: program.to_owned(),
                path: path.strip_prefix(staging).unwrap_or(&path).to_owned(),
            });
        }
    }
    Ok(())
}
