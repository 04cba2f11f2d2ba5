//! The steps of a plan, carried out.

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::control::{self, Ask, ServiceState};
use super::journal::{self, Phase, Record};
use super::layout::{self, Layout};
use super::plan::{Check, Plan, Step};
use super::service::{self, tail_from};
use super::stored::StoredRelease;
use super::{DeployError, Options, Request, environment, folders, health, launcher};
use crate::event::{Event, Observer};
use crate::release::{ReleaseId, unpack};
use crate::sys::files::{self, At as _};
use crate::timestamp::Timestamp;

/// How often the supervisor is asked whether the service stays up.
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
        find_program(&staging, request)?;
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
        let log = fs::metadata(self.layout.service_log());
        self.log_mark = log.map_or(0, |log| log.len());
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

fn find_program(staging: &Path, request: &Request) -> Result<(), DeployError> {
    let Some(program) = request.services.command.first() else {
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
