//! What can go wrong with a deployment.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use crate::exit;
use crate::release::{ReleaseId, UnpackError};
use crate::sys::files::FileError;
use crate::sys::lock::LockError;

/// A deployment, or something else asked of a host, failed.
///
/// ```
/// use pydeploy::deploy::Host;
///
/// let error = Host::open("srv/site".as_ref()).unwrap_err();
/// assert!(error.to_string().contains("srv/site"));
/// assert!(error.hint().is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeployError {
    /// The system refused a file or a folder.
    #[error(transparent)]
    File(#[from] FileError),
    /// Another command works on the host.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The release's files could not be written.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// A host folder was given by a relative path.
    #[error("the host folder `{}` is not an absolute path", path.display())]
    NotAbsolute {
        /// The path.
        path: PathBuf,
    },
    /// `current` is not a link to a release.
    #[error("{} is not a link to a folder in `releases`", path.display())]
    CurrentIsNoLink {
        /// The path of `current`.
        path: PathBuf,
    },
    /// A file of the host folder does not hold what it must.
    #[error("{}:{line}: {message}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// The host serves a release with this id and other content.
    #[error("{release} is live at {} with other content", dir.display())]
    Conflict {
        /// The release.
        release: ReleaseId,
        /// Its folder.
        dir: PathBuf,
    },
    /// A program that the release is to run is not in it.
    #[error("the release has no program `{program}`: there is no {}", path.display())]
    MissingProgram {
        /// The program, as the project names it.
        program: String,
        /// Where it would be.
        path: PathBuf,
    },
    /// No service could say which release it is.
    #[error("the project has no main service that listens: nothing could answer the health check")]
    NobodyAnswers,
    /// A program could not be started.
    #[error("cannot run `{command}`")]
    Start {
        /// The command line.
        command: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A command that prepares a release failed.
    #[error("`{command}` ended with {status}{}", quoted(log))]
    Prepare {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// The end of what it wrote.
        log: String,
    },
    /// The supervisor ended, or does not answer.
    #[error("the supervisor {problem}{}", quoted(log))]
    Supervisor {
        /// What it does or does not do.
        problem: String,
        /// The end of its log.
        log: String,
    },
    /// The address is taken by a process that is not this host's.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A service dies whenever it is started.
    #[error("{service} of {release} does not stay up: it {detail}{}", quoted(log))]
    Down {
        /// The service, in words.
        service: String,
        /// The release.
        release: ReleaseId,
        /// How it ended.
        detail: String,
        /// The end of what it wrote since it was started.
        log: String,
    },
    /// The service did not answer with its release id in time.
    #[error(
        "{url} did not answer `{release}` within {timeout:?}; it last {answered}{}",
        quoted(log)
    )]
    Unhealthy {
        /// The release that was expected.
        release: ReleaseId,
        /// The page that was asked for.
        url: String,
        /// For how long it was asked.
        timeout: Duration,
        /// What came of the last request.
        answered: String,
        /// The end of what the service wrote since it was started.
        log: String,
    },
    /// Nothing is deployed.
    #[error("nothing is deployed in {}", dir.display())]
    NothingDeployed {
        /// The host folder.
        dir: PathBuf,
    },
    /// There is no earlier release that was good.
    #[error("{} holds no earlier release that was live", dir.display())]
    NothingToRollBackTo {
        /// The host folder.
        dir: PathBuf,
    },
    /// The release to go back to is not on the host.
    #[error("the host holds no release {release} that is ready; it holds {}", list(known))]
    UnknownRelease {
        /// The release.
        release: ReleaseId,
        /// Those that are there.
        known: Vec<String>,
    },
    /// A step failed; what was there before is back.
    #[error(
        "{release} was not deployed: the step `{step}` failed; {}",
        running(previous.as_ref(), "is current as before", "nothing is current, as before")
    )]
    RolledBack {
        /// The release that was to be current.
        release: ReleaseId,
        /// The step.
        step: &'static str,
        /// The release that is current again.
        previous: Option<ReleaseId>,
        /// Why the step failed.
        source: Box<Self>,
    },
    /// A step failed, and then bringing back what was there before failed too.
    #[error(
        "{release} was not deployed: the step `{step}` failed ({reason}); then bringing back {} failed at `{undo}`",
        running(previous.as_ref(), "", "the state before")
    )]
    RollbackFailed {
        /// The release that was to be current.
        release: ReleaseId,
        /// The step.
        step: &'static str,
        /// Why the step failed.
        reason: Box<Self>,
        /// The release that was to be brought back.
        previous: Option<ReleaseId>,
        /// The step back that failed.
        undo: &'static str,
        /// Why the step back failed.
        source: Box<Self>,
    },
}

impl DeployError {
    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::File(error) => return error.hint(),
            Self::Lock(LockError::File(error)) => return error.hint(),
            Self::Unpack(error) => return error.hint(),
            Self::RolledBack { source, .. } => return source.hint(),
            Self::Lock(_) => "wait until that command is done and run this one again",
            Self::NotAbsolute { .. } => "give the path from the root",
            Self::CurrentIsNoLink { .. } => "move it away: pydeploy makes the link",
            Self::Malformed { .. } => "correct that line",
            Self::Conflict { .. } => "give the changed release another version",
            Self::MissingProgram { .. } => "name a console script of a locked package, or `python`",
            Self::NobodyAnswers => "remove the `name`, or the `schedule`, of the service that answers `health.path`",
            Self::Listen { .. } => "stop the other process, or choose another address",
            Self::NothingDeployed { .. } => "deploy a release first",
            Self::NothingToRollBackTo { .. } => "deploy a version that works instead",
            Self::UnknownRelease { .. } => "name one of those",
            Self::RollbackFailed { .. } => "see the log folder of the host, then deploy a version that works",
            Self::Start { .. } | Self::Prepare { .. } | Self::Supervisor { .. } => return None,
            Self::Down { .. } | Self::Unhealthy { .. } => return None,
        };
        Some(hint.to_owned())
    }

    /// The exit code of a command that ends with it.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Unpack(error) => error.exit_code(),
            Self::Conflict { .. } | Self::NobodyAnswers => exit::REFUSED,
            Self::RolledBack { .. } => exit::ROLLED_BACK,
            Self::RollbackFailed { .. } => exit::ROLLBACK_FAILED,
            _ => exit::FAILED,
        }
    }

    /// The error with its causes.
    pub(super) fn in_one_line(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

fn quoted(log: &str) -> String {
    if log.is_empty() {
        String::new()
    } else {
        format!(":\n{log}")
    }
}

fn list(known: &[String]) -> String {
    if known.is_empty() {
        "none".to_owned()
    } else {
        known.join(", ")
    }
}

fn running(previous: Option<&ReleaseId>, state: &str, none: &str) -> String {
    match previous {
        Some(id) => format!("{id} {state}").trim_end().to_owned(),
        None => none.to_owned(),
    }
}
