//! One of the programs that the supervisor keeps running: what became of its processes.

use std::io;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use super::DeployError;
use super::control::ServiceState;
use super::programs::{Program, Socket};
use super::service::Service;

/// A service that lived for less dies "in a row" with those before it.
const STEADY: Duration = Duration::from_secs(10);
/// After so many deaths in a row the service is left alone.
const ATTEMPTS: u32 = 5;
/// The wait after the first death; it doubles with each.
const BACK_OFF: Duration = Duration::from_millis(100);

/// A program and its process, if it has one.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) program: Program,
    pub(super) service: Option<Service>,
    /// When to start it again.
    pub(super) retry: Option<Instant>,
    /// How it ended, or why it could not be started.
    pub(super) detail: Option<String>,
    /// How many of the last processes died early.
    deaths: u32,
}

impl Slot {
    pub(super) fn new(program: Program) -> Self {
        Self {
            program,
            service: None,
            retry: None,
            detail: None,
            deaths: 0,
        }
    }

    pub(super) fn listens(&self) -> bool {
        self.program.socket != Socket::None
    }

    /// Takes the process. What cannot be started now cannot be in a moment: there is no further attempt.
    pub(super) fn started(&mut self, outcome: Result<Service, DeployError>) {
        self.retry = None;
        match outcome {
            Ok(service) => self.service = Some(service),
            Err(error) => self.detail = Some(not_started(&error)),
        }
    }

    /// Notes that the process with this number has ended, if it is this one's.
    pub(super) fn ended(&mut self, number: u64) {
        let Some(mut service) = self.service.take_if(|service| service.number == number) else {
            return;
        };
        let lived = service.started.elapsed();
        self.detail = Some(describe(&service.end()));
        self.deaths = if lived < STEADY { self.deaths + 1 } else { 1 };
        if self.deaths < ATTEMPTS {
            self.retry = Some(Instant::now() + BACK_OFF * 2_u32.pow(self.deaths - 1));
        }
    }

    pub(super) fn state(&self) -> ServiceState {
        match (&self.service, self.retry, &self.detail) {
            (Some(_), ..) => ServiceState::Running,
            (None, Some(_), _) => ServiceState::Waiting,
            (None, None, Some(_)) => ServiceState::Down,
            (None, None, None) => ServiceState::Idle,
        }
    }

    pub(super) fn pid(&self) -> Option<u32> {
        self.service.as_ref().map(Service::pid)
    }
}

pub(super) fn not_started(error: &DeployError) -> String {
    format!("could not be started: {}", error.in_one_line())
}

fn describe(status: &io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => format!("ended with {status}"),
        Err(error) => format!("ended: {error}"),
    }
}
