//! What commands on a host report.

use std::net::SocketAddr;

use serde::Serialize;

use super::control::{OtherStatus, ServiceState};
use super::journal::Record;
use crate::release::ReleaseId;

/// A release is live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Deployed {
    /// The number of this format: 1.
    pub schema: u32,
    /// The release.
    pub release: ReleaseId,
    /// Its version.
    pub version: String,
    /// The release that was current before, if there was one.
    pub previous: Option<ReleaseId>,
    /// Where it serves.
    pub address: SocketAddr,
    /// The service's process.
    pub pid: Option<u32>,
    /// Whether anything had to be done.
    pub changed: bool,
}

/// A service was stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stopped {
    /// The number of this format: 1.
    pub schema: u32,
    /// The release that is current.
    pub release: Option<ReleaseId>,
    /// Whether anything ran.
    pub changed: bool,
}

/// What a host does now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// The number of this format: 1.
    pub schema: u32,
    /// The release that is current.
    pub release: Option<ReleaseId>,
    /// Its version.
    pub version: Option<String>,
    /// What the service does.
    pub state: ServiceState,
    /// Whether the service runs.
    pub running: bool,
    /// The service's process.
    pub pid: Option<u32>,
    /// Where it serves, or will.
    pub address: Option<SocketAddr>,
    /// When the release became live, in seconds since the epoch.
    pub since: Option<i64>,
    /// What the service answers; nothing when it does not run.
    pub health: Option<HealthReport>,
    /// Why the service does not run, where that is known.
    pub detail: Option<String>,
    /// The services beside the main one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OtherStatus>,
}

/// What a service answered when it was asked which release it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HealthReport {
    /// Whether it answered with the id of the current release.
    pub serving: bool,
    /// What came of the request, in words.
    pub answer: String,
}

/// What happened on a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct History {
    /// The number of this format: 1.
    pub schema: u32,
    /// Every record, oldest first.
    pub records: Vec<Record>,
}
