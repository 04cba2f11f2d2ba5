//! The steps of plans.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use serde::Serialize;

use super::stored::StoredRelease;
use crate::event::Bytes;
use crate::release::ReleaseId;

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
    pub(super) fn of(stored: &StoredRelease) -> Self {
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
