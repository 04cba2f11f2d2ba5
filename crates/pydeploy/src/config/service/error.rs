//! Why services do not go together.

use std::net::SocketAddr;

/// The services contradict each other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServicesError {
    /// There is none.
    #[error("there is no service")]
    None,
    /// A service has no program.
    #[error("{service} has an empty `command`")]
    Command {
        /// The service.
        service: String,
    },
    /// Two have the same name, or none.
    #[error("{service} is there twice")]
    Twice {
        /// The service.
        service: String,
    },
    /// Two listen at the same place.
    #[error("{service} listens on {address}, where another one does")]
    Address {
        /// The later one.
        service: String,
        /// The place.
        address: SocketAddr,
    },
    /// It is told to run all the time and at certain times.
    #[error("{service} has both `listen` and `schedule`")]
    Both {
        /// The service.
        service: String,
    },
    /// Init scripts know no times.
    #[error("{service} has both `sysv` and `schedule`")]
    SysvSchedule {
        /// The service.
        service: String,
    },
}

impl ServicesError {
    /// What would be right.
    #[must_use]
    pub fn hint(&self) -> String {
        let hint = match self {
            Self::None | Self::Command { .. } => "a service has a `command`: `[\"gunicorn\", \"site.wsgi\"]`",
            Self::Twice { .. } => "give each but the main service a `name` of its own",
            Self::Address { .. } => "give each a port of its own",
            Self::Both { .. } => "what runs at certain times listens nowhere: remove one of the two",
            Self::SysvSchedule { .. } => {
                "init scripts start what runs all the time: without systemd, let cron run `PACKAGE-run COMMAND`"
            }
        };
        hint.to_owned()
    }
}
