//! A host folder and what can be asked of it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::control::{self, Answer, Ask, ServiceState};
use super::execute::Execution;
use super::job::{self, Job, Purpose};
use super::journal::{self, Past, Phase, Record};
use super::launcher;
use super::layout::{self, Layout};
use super::plan::{self, HostState, Plan};
use super::report::{Deployed, HealthReport, History, Status, Stopped};
use super::step::Step;
use super::stored::StoredRelease;
use super::{DeployError, Options, Request, environment, health};
use crate::event::{Event, Observer};
use crate::release::ReleaseId;
use crate::sys::files::create_dir_all;
use crate::sys::lock::{Lock, LockError};
use crate::timestamp::Timestamp;

/// How long a command waits for another one that works on the host.
const PATIENCE: Duration = Duration::from_secs(600);

/// A folder that releases are deployed to.
///
/// ```
/// use pydeploy::deploy::{DeployError, Host};
///
/// let dir = tempfile::tempdir()?;
/// let host = Host::open(dir.path())?;
/// assert_eq!(host.release_dir(&"1.0".parse()?), dir.path().join("releases/1.0"));
/// assert!(matches!(host.status(), Err(DeployError::NothingDeployed { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    layout: Layout,
}

impl Host {
    /// The host in the folder `dir`, which the first deployment makes.
    ///
    /// # Errors
    ///
    /// When `dir` is not absolute.
    pub fn open(dir: &Path) -> Result<Self, DeployError> {
        if dir.is_absolute() {
            let layout = Layout::new(dir);
            Ok(Self { layout })
        } else {
            Err(DeployError::NotAbsolute { path: dir.to_owned() })
        }
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.layout.root()
    }

    /// Where the release with this id lies, and the place that its files are laid out for.
    #[must_use]
    pub fn release_dir(&self, id: &ReleaseId) -> PathBuf {
        self.layout.release(id)
    }

    /// What [`deploy`](Self::deploy) would do now.
    ///
    /// # Errors
    ///
    /// When the host's files cannot be read, or the release is live with other content.
    pub fn plan(&self, request: &Request, options: &Options) -> Result<Plan, DeployError> {
        let state = self.state(options)?;
        let mut plan = plan::recover(&state, request);
        plan.steps.extend(self.plan_for(&state, request)?.steps);
        Ok(plan)
    }

    fn plan_for(&self, state: &HostState, request: &Request) -> Result<Plan, DeployError> {
        if state.conflicts(request) {
            return Err(DeployError::Conflict {
                release: request.id.clone(),
                dir: self.release_dir(&request.id),
            });
        }
        Ok(plan::plan(state, request))
    }

    /// Makes the release live, or leaves the host as it was.
    ///
    /// Nothing happens when the release is live and running. Waits for other commands that work on the host.
    ///
    /// # Errors
    ///
    /// [`DeployError::RolledBack`] when a step failed and the previous release, if there was one, is current and
    /// running as before; [`DeployError::RollbackFailed`] when bringing it back failed; others when nothing was begun.
    pub fn deploy(
        &self,
        request: &Request,
        options: &Options,
        observer: &mut dyn Observer,
    ) -> Result<Deployed, DeployError> {
        self.make_folders()?;
        let _lock = self.lock(observer)?;
        self.take_back_interrupted(request, options, observer)?;
        let state = self.state(options)?;
        let plan = self.plan_for(&state, request)?;
        note_scheduled(request, observer);
        let only_starts = state.live.last() == Some(&request.id) && !unpacks(&plan);
        let job = Job {
            purpose: if only_starts { Purpose::Start } else { Purpose::Deploy },
            plan,
            state,
            target: StoredRelease::of(request),
            request: Some(request),
            at: request.at,
        };
        job.carry_out(&self.layout, options, observer)
    }

    /// Takes back a deployment that was killed after its switch, so that this one begins with what was good.
    fn take_back_interrupted(
        &self,
        request: &Request,
        options: &Options,
        observer: &mut dyn Observer,
    ) -> Result<(), DeployError> {
        let state = self.state(options)?;
        let plan = plan::recover(&state, request);
        let Some(left) = state.interrupted().filter(|_| !plan.steps.is_empty()) else {
            return Ok(());
        };
        let text = format!("the deployment of {left} was interrupted: taking it back");
        observer.observe(Event::Note { text });
        let mut execution = Execution::new(&self.layout, options, observer, request.at);
        execution.run(&plan).map_err(|(_, error)| *error)?;
        let good = state.last_good().map(|stored| &stored.release);
        job::record_back(&self.layout, request.at, left, good, Some("interrupted".to_owned()))
    }

    /// Makes an earlier release live again: `to`, or the one that was live before. A release that failed, or that was
    /// left by a rollback, is passed over.
    ///
    /// # Errors
    ///
    /// When there is no such release; otherwise as [`deploy`](Self::deploy).
    pub fn rollback(
        &self,
        to: Option<&ReleaseId>,
        at: Timestamp,
        options: &Options,
        observer: &mut dyn Observer,
    ) -> Result<Deployed, DeployError> {
        let target = |state: &HostState| self.rollback_target(state, to);
        self.bring_up(Purpose::Rollback, &target, at, options, observer)
    }

    /// Makes a release live that is on the host already.
    fn bring_up(
        &self,
        purpose: Purpose,
        target: &dyn Fn(&HostState) -> Result<StoredRelease, DeployError>,
        at: Timestamp,
        options: &Options,
        observer: &mut dyn Observer,
    ) -> Result<Deployed, DeployError> {
        self.must_exist()?;
        let _lock = self.lock(observer)?;
        let state = self.state(options)?;
        let target = target(&state)?;
        let job = Job {
            purpose,
            plan: plan::go_live(&state, &target),
            state,
            target,
            request: None,
            at,
        };
        job.carry_out(&self.layout, options, observer)
    }

    fn rollback_target(&self, state: &HostState, to: Option<&ReleaseId>) -> Result<StoredRelease, DeployError> {
        match to {
            _ if state.current.is_none() && state.live.is_empty() => Err(self.nothing_deployed()),
            Some(id) => state
                .ready
                .get(id.as_str())
                .cloned()
                .ok_or_else(|| DeployError::UnknownRelease {
                    release: id.clone(),
                    known: state.ready.keys().cloned().collect(),
                }),
            None => state
                .earlier(state.current.as_ref())
                .cloned()
                .ok_or_else(|| DeployError::NothingToRollBackTo {
                    dir: self.dir().to_owned(),
                }),
        }
    }

    /// Runs the service of the current release, when it does not run.
    ///
    /// # Errors
    ///
    /// When nothing is current, or the service does not answer with its release id; it is stopped again then.
    pub fn start(
        &self,
        at: Timestamp,
        options: &Options,
        observer: &mut dyn Observer,
    ) -> Result<Deployed, DeployError> {
        let current = |state: &HostState| {
            let current = state.current.as_ref();
            let stored = current.and_then(|id| state.ready.get(id.as_str()).cloned());
            stored.ok_or_else(|| self.nothing_deployed())
        };
        self.bring_up(Purpose::Start, &current, at, options, observer)
    }

    /// Stops the service. The release stays current.
    ///
    /// # Errors
    ///
    /// When the host does not exist, or the supervisor does not answer.
    pub fn stop(&self, at: Timestamp, observer: &mut dyn Observer) -> Result<Stopped, DeployError> {
        self.must_exist()?;
        let _lock = self.lock(observer)?;
        let release = self.layout.current_release()?;
        let changed = launcher::stop(&self.layout)?;
        if let Some(id) = release.as_ref().filter(|_| changed) {
            let version = job::version(&self.layout, id)?;
            journal::append(&self.layout, Record::new(at, Phase::Stopped, id, &version))?;
        }
        Ok(Stopped {
            schema: 1,
            release,
            changed,
        })
    }

    /// What the host does now. Asks the service which release it is when it runs.
    ///
    /// # Errors
    ///
    /// When the host does not exist, or its files cannot be read.
    pub fn status(&self) -> Result<Status, DeployError> {
        self.must_exist()?;
        let release = self.layout.current_release()?;
        let stored = release.as_ref().map(|id| StoredRelease::load(&self.layout, id));
        let stored = stored.transpose()?.flatten();
        let answer = control::ask(&self.layout, Ask::Status)?;
        let state = answer.as_ref().map(|answer| answer.state).unwrap_or_default();
        let running = state == ServiceState::Running;
        let kept = layout::load(&self.layout.address())?;
        Ok(Status {
            schema: 1,
            since: self.since(release.as_ref())?,
            release,
            version: stored.as_ref().map(|stored| stored.version.clone()),
            state,
            running,
            pid: answer.as_ref().and_then(|answer| answer.pid),
            address: answer.as_ref().map(|answer| answer.address).or(kept),
            health: stored
                .zip(answer.as_ref())
                .filter(|_| running)
                .map(|(s, a)| report(&s, a)),
            detail: answer.as_ref().and_then(|answer| answer.detail.clone()),
            others: answer.map(|answer| answer.others).unwrap_or_default(),
        })
    }

    fn since(&self, release: Option<&ReleaseId>) -> Result<Option<i64>, DeployError> {
        let records = journal::read(&self.layout)?;
        let live = |record: &&Record| record.phase == Phase::Live && Some(&record.release) == release;
        Ok(records.iter().rev().find(live).map(|record| record.at.as_second()))
    }

    /// What happened on the host.
    ///
    /// # Errors
    ///
    /// When the host does not exist, or its journal cannot be read; the error names the line.
    pub fn history(&self) -> Result<History, DeployError> {
        self.must_exist()?;
        let records = journal::read(&self.layout)?;
        Ok(History { schema: 1, records })
    }

    fn must_exist(&self) -> Result<(), DeployError> {
        if self.layout.journal().exists() {
            return Ok(());
        }
        Err(self.nothing_deployed())
    }

    fn nothing_deployed(&self) -> DeployError {
        DeployError::NothingDeployed {
            dir: self.dir().to_owned(),
        }
    }

    fn make_folders(&self) -> Result<(), DeployError> {
        for dir in [self.layout.releases(), self.layout.state(), self.layout.log("")] {
            create_dir_all(&dir)?;
        }
        control::make_run_dir(&self.layout)
    }

    fn lock(&self, observer: &mut dyn Observer) -> Result<Lock, DeployError> {
        let path = self.layout.lock();
        match Lock::acquire(&path, Duration::ZERO) {
            Err(LockError::Held { holder, .. }) => {
                let text = format!("waiting for {holder}, which works on {}", self.dir().display());
                observer.observe(Event::Note { text });
                Ok(Lock::acquire(&path, PATIENCE)?)
            }
            other => Ok(other?),
        }
    }

    fn state(&self, options: &Options) -> Result<HostState, DeployError> {
        let past = Past::of(&journal::read(&self.layout)?);
        let answer = control::ask(&self.layout, Ask::Status)?;
        let mut state = HostState {
            current: self.layout.current_release()?,
            live: past.live,
            stopped: past.stopped,
            supervised: answer.is_some(),
            environment: environment::load(&self.layout)?.into_keys().collect(),
            address: layout::load(&self.layout.address())?,
            asked: options.listen,
            ..HostState::default()
        };
        state.running = answer.filter(Answer::all_run).and_then(|answer| answer.release);
        for id in past.ready {
            if let Some(stored) = StoredRelease::load(&self.layout, &id)? {
                state.ready.insert(id.to_string(), stored);
            }
        }
        Ok(state)
    }
}

/// Timers belong to an init system.
fn note_scheduled(request: &Request, observer: &mut dyn Observer) {
    for name in &request.services.scheduled {
        let text = format!("the service `{name}` has a schedule: nothing runs it on this host, a package's timer does");
        observer.observe(Event::Note { text });
    }
}

fn unpacks(plan: &Plan) -> bool {
    plan.steps.iter().any(|step| matches!(step, Step::Unpack { .. }))
}

fn report(stored: &StoredRelease, answer: &Answer) -> HealthReport {
    let deadline = Instant::now() + Duration::from_secs(2);
    let answered =
        health::ask::<std::convert::Infallible>(answer.address, &stored.health_path, deadline, &mut || Ok(()));
    let Ok(answered) = answered;
    HealthReport {
        serving: answered.is(&stored.release),
        answer: answered.describe(),
    }
}
