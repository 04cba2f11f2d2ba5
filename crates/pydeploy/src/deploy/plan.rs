//! What a deployment will do, before anything is done.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::SocketAddr;

use serde::Serialize;

use super::Request;
use super::step::{Check, Step};
use super::stored::StoredRelease;
use crate::release::{Kind, ReleaseId, ReleaseTree};

/// What is known about a host before something is planned.
#[derive(Clone, Debug, Default)]
pub struct HostState {
    /// The release that `current` names.
    pub current: Option<ReleaseId>,
    /// Releases that were good, the one that is live last.
    pub live: Vec<ReleaseId>,
    /// Whether the service was stopped on purpose.
    pub stopped: bool,
    /// Whether a supervisor holds the address.
    pub supervised: bool,
    /// The release whose services run, all of them.
    pub running: Option<ReleaseId>,
    /// Releases that can be made current, by id.
    pub ready: BTreeMap<String, StoredRelease>,
    /// The names of the variables that the host sets.
    pub environment: BTreeSet<String>,
    /// The address that the service got on its first deployment.
    pub address: Option<SocketAddr>,
    /// The address that was asked for now.
    pub asked: Option<SocketAddr>,
}

/// The steps that lead from a state of a host to another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Plan {
    /// The steps in the order in which they are taken.
    pub steps: Vec<Step>,
}

/// One line a step.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps.iter().try_for_each(|step| writeln!(f, "{step}"))
    }
}

impl Plan {
    /// What leads back after the first `taken` steps: `current` and the service first, the files last.
    #[must_use]
    pub fn undo(&self, taken: usize) -> Self {
        let back = self.steps.iter().take(taken).flat_map(Step::undo);
        let (files, mut steps): (Vec<_>, Vec<_>) = back.partition(|step| matches!(step, Step::SetAside { .. }));
        steps.extend(files);
        Self { steps }
    }
}

/// The plan that makes the requested release live.
///
/// It is empty when the release is live and running. A release that is ready is neither unpacked nor prepared again.
///
/// ```
/// # mod site { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/site.rs")); }
/// # let dir = tempfile::tempdir()?;
/// # let release = site::release(dir.path(), "1.0")?;
/// use std::path::Path;
/// use pydeploy::Timestamp;
/// use pydeploy::deploy::{HostState, Programs, Request, Step, plan};
/// use pydeploy::release::Layout;
///
/// let layout = Layout::folder(Path::new("/srv/site/releases/1.0"), Path::new("/usr/bin/python3.11"));
/// let request = Request {
///     id: release.id.clone(),
///     version: release.version.to_string(),
///     tree: release.tree(&layout)?,
///     services: Programs::try_from(&release.project.services)?,
///     prepare: vec![vec!["python".to_owned(), "migrate.py".to_owned()]],
///     health: release.project.health.clone(),
///     environment: release.project.environment.clone(),
///     at: Timestamp::EPOCH,
/// };
/// let plan = plan(&HostState::default(), &request);
/// let names: Vec<_> = plan.steps.iter().map(Step::name).collect();
/// assert_eq!(names[1..], ["unpack", "prepare", "mark-ready", "listen", "switch-current", "restart", "health-check"]);
/// assert!(plan.to_string().contains("run `python migrate.py`\n"));
/// // Nothing ran before: when the health check fails, nothing does.
/// assert_eq!(plan.undo(names.len()).steps[..2], [Step::RemoveCurrent, Step::Stop]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn plan(state: &HostState, request: &Request) -> Plan {
    let wanted = StoredRelease::of(request);
    let mut steps = Vec::new();
    if !state.environment_is_complete(request) {
        steps.push(Step::CreateEnvironment {
            generate: state.missing(request),
        });
    }
    if state.ready.get(request.id.as_str()) != Some(&wanted) {
        steps.extend(fresh(request));
    }
    steps.extend(go_live(state, &wanted).steps);
    Plan { steps }
}

fn fresh(request: &Request) -> Vec<Step> {
    let release = &request.id;
    let (files, bytes) = sizes(&request.tree);
    let mut steps = vec![Step::Unpack {
        release: release.clone(),
        files,
        bytes,
    }];
    steps.extend(request.prepare.iter().map(|command| Step::Prepare {
        release: release.clone(),
        command: command.clone(),
    }));
    steps.push(Step::MarkReady {
        release: release.clone(),
    });
    steps
}

fn sizes(tree: &ReleaseTree) -> (u64, u64) {
    let size = |kind: &Kind| match kind {
        Kind::File { size, .. } => Some(*size),
        Kind::Directory | Kind::Symlink { .. } => None,
    };
    let files = tree.iter().filter_map(|(_, entry)| size(&entry.kind));
    files.fold((0, 0), |(count, bytes), size| (count + 1, bytes + size))
}

/// The plan that takes back a deployment that was killed between its switch and its check, before another one begins.
///
/// What runs must be what was good last. The plan is empty when that is so, or when `request` finishes what was begun.
#[must_use]
pub fn recover(state: &HostState, request: &Request) -> Plan {
    let Some(current) = state.interrupted() else {
        return Plan::default();
    };
    let ready = state.ready.get(current.as_str());
    if *current == request.id && ready == Some(&StoredRelease::of(request)) {
        return Plan::default();
    }
    let steps = match state.last_good() {
        Some(good) => vec![
            Step::SwitchCurrent {
                release: good.release.clone(),
                previous: Some(current.clone()),
            },
            if state.stopped {
                Step::Stop
            } else {
                Step::Restart {
                    release: good.release.clone(),
                    previous: None,
                }
            },
        ],
        None => vec![Step::RemoveCurrent, Step::Stop],
    };
    Plan { steps }
}

/// The plan that makes a release live that is on the host: the end of a deployment, a rollback, a start.
///
/// ```
/// use pydeploy::deploy::{HostState, Step, StoredRelease, go_live};
///
/// let stored: StoredRelease = serde_json::from_str(
///     r#"{
///         "schema": 1, "release": "1.0", "version": "1.0", "command": ["python", "app.py"], "listen": "127.0.0.1:8000",
///         "tree": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "prepare": [], "set": {},
///         "health_path": "/-/release", "health_timeout": {"secs": 30, "nanos": 0}
///     }"#,
/// )?;
/// let plan = go_live(&HostState::default(), &stored);
/// let names: Vec<_> = plan.steps.iter().map(Step::name).collect();
/// assert_eq!(names, ["listen", "switch-current", "restart", "health-check"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn go_live(state: &HostState, stored: &StoredRelease) -> Plan {
    let release = &stored.release;
    let mut steps = Vec::new();
    let listen = state.listen(stored);
    if listen.is_none() && state.serves(release) {
        return Plan { steps };
    }
    steps.extend(listen);
    let previous = state.previous(release);
    if state.current.as_ref() != Some(release) || state.live.last() != Some(release) {
        steps.push(Step::SwitchCurrent {
            release: release.clone(),
            previous: previous.map(|stored| stored.release.clone()),
        });
    }
    steps.push(Step::Restart {
        release: release.clone(),
        previous: previous.filter(|_| !state.stopped).map(Check::of),
    });
    steps.push(Step::HealthCheck(Check::of(stored)));
    Plan { steps }
}

impl HostState {
    /// Whether the release is live and its service runs.
    #[must_use]
    pub fn serves(&self, release: &ReleaseId) -> bool {
        let wanted = Some(release);
        self.current.as_ref() == wanted && self.live.last() == wanted && self.running.as_ref() == wanted
    }

    /// The good release that was live before `release`, for a rollback.
    #[must_use]
    pub fn earlier(&self, release: Option<&ReleaseId>) -> Option<&StoredRelease> {
        let others = self.live.iter().rev().filter(|id| Some(*id) != release);
        others.filter_map(|id| self.ready.get(id.as_str())).next()
    }

    /// The release that is current or runs, when it is not the one that was good last.
    #[must_use]
    pub fn interrupted(&self) -> Option<&ReleaseId> {
        let found = [self.current.as_ref(), self.running.as_ref()];
        let good = self.live.last();
        found.into_iter().flatten().find(|id| Some(*id) != good)
    }

    /// The release that was good last.
    #[must_use]
    pub fn last_good(&self) -> Option<&StoredRelease> {
        self.earlier(None)
    }

    /// What is to be back when making `release` live fails: nothing when it is live already and only runs again.
    fn previous(&self, release: &ReleaseId) -> Option<&StoredRelease> {
        let restarts = self.live.last() == Some(release);
        self.earlier(Some(release)).filter(|_| !restarts)
    }

    /// Whether the release is live with other content than what is wanted.
    pub(super) fn conflicts(&self, request: &Request) -> bool {
        let live = self.live.last() == Some(&request.id);
        let stored = self.ready.get(request.id.as_str());
        live && stored.is_some_and(|stored| *stored != StoredRelease::of(request))
    }

    fn environment_is_complete(&self, request: &Request) -> bool {
        !self.live.is_empty() && self.missing(request).is_empty()
    }

    fn missing(&self, request: &Request) -> Vec<String> {
        let missing = |name: &&String| !self.environment.contains(*name);
        request.environment.generate.iter().filter(missing).cloned().collect()
    }

    /// A port that nobody has been told of yet can be another one; later it is kept.
    fn listen(&self, stored: &StoredRelease) -> Option<Step> {
        let first = self.live.is_empty();
        let kept = self.address.filter(|_| !first || self.supervised);
        let address = self.asked.or(kept).unwrap_or(stored.listen);
        (kept != Some(address)).then_some(Step::Listen {
            address,
            or_another: first && self.asked.is_none(),
            previous: kept,
        })
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
