//! What a deployment will do, before anything is done.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use serde::Serialize;

use super::Request;
use super::stored::StoredRelease;
use crate::event::Bytes;
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

/// A page that must answer with the release id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The release that must answer.
    pub release: ReleaseId,
    /// The page.
    pub path: String,
    /// For how long it is asked.
    pub timeout: Duration,
}

impl Check {
    fn of(stored: &StoredRelease) -> Self {
        Self {
            release: stored.release.clone(),
            path: stored.health_path.clone(),
            timeout: stored.health_timeout,
        }
    }
}

/// One step of a plan: plain data, run by one `match`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Step {
    /// Give variables that have no value yet a random one.
    CreateEnvironment {
        /// The variables.
        generate: Vec<String>,
    },
    /// Write the release's files.
    Unpack {
        /// The release.
        release: ReleaseId,
        /// How many files it has.
        files: u64,
        /// How many bytes are in them.
        bytes: u64,
    },
    /// Run a command in the release.
    Prepare {
        /// The release.
        release: ReleaseId,
        /// The command, with its placeholders.
        command: Vec<String>,
    },
    /// Bring the release to the disk and note that it can be made current.
    MarkReady {
        /// The release.
        release: ReleaseId,
    },
    /// Choose the address that the service listens on, and keep it.
    Listen {
        /// The address.
        address: SocketAddr,
        /// Whether another port will do when this one is taken.
        or_another: bool,
        /// The address until now.
        previous: Option<SocketAddr>,
    },
    /// Make `current` name the release.
    SwitchCurrent {
        /// The release.
        release: ReleaseId,
        /// The release that was good until now.
        previous: Option<ReleaseId>,
    },
    /// Run the service of `current` behind the address, in place of what runs there.
    Restart {
        /// The release that `current` names.
        release: ReleaseId,
        /// What ran until now.
        previous: Option<Check>,
    },
    /// Ask the service which release it is.
    HealthCheck(Check),
    /// Stop the service and its supervisor.
    Stop,
    /// Take `current` away.
    RemoveCurrent,
    /// Move a release that failed out of the way.
    SetAside {
        /// The release.
        release: ReleaseId,
    },
}

impl Step {
    /// The step's name in events, errors and JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::CreateEnvironment { .. } => "create-environment",
            Self::Unpack { .. } => "unpack",
            Self::Prepare { .. } => "prepare",
            Self::MarkReady { .. } => "mark-ready",
            Self::Listen { .. } => "listen",
            Self::SwitchCurrent { .. } => "switch-current",
            Self::Restart { .. } => "restart",
            Self::HealthCheck(_) => "health-check",
            Self::Stop => "stop",
            Self::RemoveCurrent => "remove-current",
            Self::SetAside { .. } => "set-aside",
        }
    }

    /// What takes the step back, whether it was done or broke off half way.
    #[must_use]
    pub fn undo(&self) -> Vec<Self> {
        match self {
            Self::Unpack { release, .. } => vec![Self::SetAside {
                release: release.clone(),
            }],
            Self::Listen {
                previous: Some(address),
                ..
            } => vec![Self::Listen {
                address: *address,
                or_another: false,
                previous: None,
            }],
            Self::SwitchCurrent { release, previous } => vec![match previous {
                Some(id) => Self::SwitchCurrent {
                    release: id.clone(),
                    previous: Some(release.clone()),
                },
                None => Self::RemoveCurrent,
            }],
            Self::Restart { previous, .. } => match previous {
                Some(check) => vec![
                    Self::Restart {
                        release: check.release.clone(),
                        previous: None,
                    },
                    Self::HealthCheck(check.clone()),
                ],
                None => vec![Self::Stop],
            },
            // Variables stay: the next attempt wants them. The rest leaves nothing behind.
            Self::CreateEnvironment { .. } | Self::Listen { .. } | Self::Prepare { .. } => Vec::new(),
            Self::MarkReady { .. } | Self::HealthCheck(_) => Vec::new(),
            Self::Stop | Self::RemoveCurrent | Self::SetAside { .. } => Vec::new(),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateEnvironment { generate } if generate.is_empty() => f.write_str("create the environment"),
            Self::CreateEnvironment { generate } => write!(f, "generate {}", generate.join(", ")),
            Self::Unpack { release, files, bytes } => {
                write!(f, "unpack {release}: {files} files, {}", Bytes(*bytes))
            }
            Self::Prepare { command, .. } => write!(f, "run `{}`", command.join(" ")),
            Self::MarkReady { release } => write!(f, "sync {release} and mark it ready"),
            Self::Listen {
                address, or_another, ..
            } => write!(
                f,
                "listen on {address}{}",
                if *or_another { ", or a free port" } else { "" }
            ),
            Self::SwitchCurrent { release, previous } => match previous {
                Some(previous) => write!(f, "switch current from {previous} to {release}"),
                None => write!(f, "make {release} current"),
            },
            Self::Restart { release, .. } => write!(f, "restart the service as {release}"),
            Self::HealthCheck(check) => {
                let Check { release, path, timeout } = check;
                write!(f, "wait at most {timeout:?} until {path} answers {release}")
            }
            Self::Stop => f.write_str("stop the service"),
            Self::RemoveCurrent => f.write_str("remove current"),
            Self::SetAside { release } => write!(f, "set {release} aside"),
        }
    }
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
