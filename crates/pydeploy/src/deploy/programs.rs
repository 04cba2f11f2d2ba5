//! What a host runs of a release.

use std::fmt;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::DeployError;
use crate::config::{ServiceName, Services, Start};

/// The services of a release that a host without an init system runs.
///
/// ```
/// use pydeploy::config::{Service, Services, Start};
/// use pydeploy::deploy::Programs;
///
/// let site = Service::new(["gunicorn", "site.wsgi"], Start::Socket(([127, 0, 0, 1], 8000).into()));
/// let worker = Service::new(["celery", "worker"], Start::Boot).named("worker".parse()?);
/// let programs = Programs::try_from(&Services::new(vec![site, worker.clone()])?)?;
/// assert_eq!(programs.others[0].name.as_str(), "worker");
///
/// let error = Programs::try_from(&Services::new(vec![worker])?).unwrap_err();
/// assert_eq!(error.to_string(), "the project has no main service that listens: nothing could answer the health check");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programs {
    /// Program and arguments of the main service, with placeholders: it answers the health check.
    pub command: Vec<String>,
    /// Where the main service listens.
    pub listen: SocketAddr,
    /// The services beside it that run all the time.
    pub others: Vec<OtherProgram>,
    /// Those that run at certain times: a host without an init system does not run them.
    pub scheduled: Vec<ServiceName>,
}

/// A service beside the main one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherProgram {
    /// Its name.
    pub name: ServiceName,
    /// Program and arguments, with placeholders.
    pub command: Vec<String>,
    /// Where it listens, if it does. Nobody chooses another port for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
}

impl TryFrom<&Services> for Programs {
    type Error = DeployError;

    /// # Errors
    ///
    /// When there is no main service that listens.
    fn try_from(services: &Services) -> Result<Self, DeployError> {
        let main = services.main().and_then(|main| Some((main, main.listen()?)));
        let (main, listen) = main.ok_or(DeployError::NobodyAnswers)?;
        let mut programs = Self {
            command: main.command.clone(),
            listen,
            others: Vec::new(),
            scheduled: Vec::new(),
        };
        for service in services {
            match (&service.name, &service.start) {
                (None, _) => {}
                (Some(name), Start::Schedule(_)) => programs.scheduled.push(name.clone()),
                (Some(name), Start::Boot | Start::Socket(_)) => programs.others.push(OtherProgram {
                    name: name.clone(),
                    command: service.command.clone(),
                    listen: service.listen(),
                }),
            }
        }
        Ok(programs)
    }
}

/// One of the programs of a release, as the supervisor runs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    /// The main service has none.
    pub(super) name: Option<ServiceName>,
    pub(super) command: Vec<String>,
    pub(super) socket: Socket,
}

/// What a program listens on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Socket {
    /// The host's own, which was chosen when the first release was deployed.
    Host,
    /// One that the release names.
    At(SocketAddr),
    /// None.
    None,
}

impl From<&OtherProgram> for Program {
    fn from(other: &OtherProgram) -> Self {
        Self {
            name: Some(other.name.clone()),
            command: other.command.clone(),
            socket: other.listen.map_or(Socket::None, Socket::At),
        }
    }
}

/// In messages.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "the service `{name}`"),
            None => f.write_str("the service"),
        }
    }
}
