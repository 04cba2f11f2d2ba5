//! Releases made current on a host: planned, carried out, checked, and taken back when they do not serve.
//!
//! A host is a folder. Nothing in it needs root or an init system:
//!
//! | path | holds |
//! |---|---|
//! | `releases/<id>/` | `app`, `etc`, `static`, `venv` of one release, and `release.json`: how to run it |
//! | `current` | a link to the release that runs |
//! | `shared/environment.json` | variables that the host sets, mode 0600 |
//! | `shared/state/` | the application's own data, kept from release to release |
//! | `log/` | what the service, the commands that prepare a release and the supervisor write |
//! | `run/` | the supervisor's socket and locks |
//! | `address.json` | the address that the service got on its first deployment |
//! | `journal.jsonl` | every phase of every deployment, numbered |
//!
//! A deployment is a [`Plan`], computed by the pure function [`plan()`](plan()) before anything is done. A new release
//! is written beside the running one and prepared; then `current` is renamed into place and the services restarted
//! behind sockets that the [supervisor](supervise) holds, so that no connection is refused. The deployment holds when
//! the main service answers with the *new* release id and the others run on. When a step fails, the steps that were taken are undone.

mod control;
mod environment;
mod error;
mod execute;
mod folders;
mod health;
mod host;
mod job;
mod journal;
mod launcher;
mod layout;
mod plan;
mod programs;
mod report;
mod service;
mod slot;
mod step;
mod stored;
mod supervise;

use std::ffi::OsString;
use std::net::SocketAddr;

use crate::config;
use crate::release::{ReleaseId, ReleaseTree};
use crate::timestamp::Timestamp;

pub use control::{OtherStatus, ServiceState};
pub use error::DeployError;
pub use host::Host;
pub use journal::{Phase, Record};
pub use plan::{HostState, Plan, go_live, plan, recover};
pub use programs::{OtherProgram, Programs};
pub use report::{Deployed, HealthReport, History, Status, Stopped};
pub use step::{Check, Step};
pub use stored::StoredRelease;
pub use supervise::supervise;

/// What is to be deployed.
#[derive(Clone, Debug)]
pub struct Request {
    /// The release's id, which the running service must answer.
    pub id: ReleaseId,
    /// The release's version.
    pub version: String,
    /// The release's files, with paths relative to the release's folder (`venv/bin/python`) and content that is laid
    /// out for [`Host::release_dir`].
    pub tree: ReleaseTree,
    /// What runs.
    pub services: Programs,
    /// Commands run in the new release before it is made current, with placeholders.
    pub prepare: Vec<Vec<String>>,
    /// How to find out whether the release serves.
    pub health: config::Health,
    /// The application's environment.
    pub environment: config::Environment,
    /// The time of the deployment, for the history.
    pub at: Timestamp,
}

/// How to work on a host.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The program that runs [`supervise`], an absolute path, and its arguments; the host folder is added to them.
    pub supervisor: Vec<OsString>,
    /// Where to listen instead of where the service listened until now.
    pub listen: Option<SocketAddr>,
}
