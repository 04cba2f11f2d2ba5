//! A plan carried out as a whole: recorded when it holds, taken back when it does not.

use super::control::{self, Ask};
use super::execute::Execution;
use super::journal::{self, Phase, Record};
use super::layout::Layout;
use super::plan::{HostState, Plan};
use super::report::Deployed;
use super::step::Step;
use super::stored::StoredRelease;
use super::{DeployError, Options, Request};
use crate::event::{Event, Observer};
use crate::release::ReleaseId;
use crate::timestamp::Timestamp;

/// Why a plan is carried out: decides what its failure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Deploy,
    Rollback,
    Start,
}

/// What is carried out.
pub(super) struct Job<'a> {
    pub(super) purpose: Purpose,
    pub(super) plan: Plan,
    /// The host before the plan.
    pub(super) state: HostState,
    /// The release that is to be live.
    pub(super) target: StoredRelease,
    pub(super) request: Option<&'a Request>,
    pub(super) at: Timestamp,
}

impl Job<'_> {
    pub(super) fn carry_out(
        &self,
        layout: &Layout,
        options: &Options,
        observer: &mut dyn Observer,
    ) -> Result<Deployed, DeployError> {
        let mut execution = Execution::new(layout, options, observer, self.at);
        execution.request = self.request;
        execution.records = true;
        if !self.plan.steps.is_empty() {
            if self.purpose == Purpose::Deploy {
                execution.record(Phase::Started, &self.target.release)?;
            }
            if let Err((step, cause)) = execution.run(&self.plan) {
                return Err(self.take_back(step, cause, &mut execution));
            }
            self.succeeded(&execution)?;
        }
        self.deployed(layout)
    }

    fn succeeded(&self, execution: &Execution<'_>) -> Result<(), DeployError> {
        let target = &self.target.release;
        let left = self.state.live.last().filter(|id| *id != target);
        if let Some(left) = left.filter(|_| self.purpose == Purpose::Rollback) {
            record_back(execution.layout, self.at, left, Some(target), None)?;
        }
        execution.record(Phase::Live, target)
    }

    fn deployed(&self, layout: &Layout) -> Result<Deployed, DeployError> {
        let answer = control::ask(layout, Ask::Status)?;
        let release = self.target.release.clone();
        Ok(Deployed {
            schema: 1,
            version: self.target.version.clone(),
            previous: self.state.current.clone().filter(|id| *id != release),
            release,
            address: answer.as_ref().map_or(self.target.listen, |answer| answer.address),
            pid: answer.and_then(|answer| answer.pid),
            changed: !self.plan.steps.is_empty(),
        })
    }

    /// Undoes the steps up to the one that failed, and says so.
    fn take_back(&self, failed: usize, cause: Box<DeployError>, execution: &mut Execution<'_>) -> DeployError {
        let step = self.plan.steps.get(failed).map_or("", Step::name);
        execution.observer.observe(Event::Note {
            text: format!("the step `{step}` failed: taking back what was done"),
        });
        execution.records = false;
        let undo = self.plan.undo(failed + 1);
        let back = execution.run(&undo);
        let noted = self.record_failure(
            execution.layout,
            failed,
            &format!("{step}: {}", cause.in_one_line()),
            back.is_ok(),
        );
        let back = back.map_err(|(at, error)| (undo.steps.get(at).map_or("", Step::name), error));
        let (release, previous) = (self.target.release.clone(), self.previous(failed));
        match back.and(noted.map_err(|error| ("journal", error.into()))) {
            Ok(()) if self.purpose == Purpose::Start => *cause,
            Ok(()) => DeployError::RolledBack {
                release,
                step,
                previous,
                source: cause,
            },
            Err((undo, source)) => DeployError::RollbackFailed {
                release,
                step,
                reason: cause,
                previous,
                undo,
                source,
            },
        }
    }

    fn record_failure(&self, layout: &Layout, failed: usize, text: &str, is_back: bool) -> Result<(), DeployError> {
        let release = &self.target.release;
        if self.purpose == Purpose::Deploy {
            let mut record = Record::new(self.at, Phase::Failed, release, &self.target.version);
            record.detail = Some(text.to_owned());
            journal::append(layout, record)?;
        }
        if is_back && self.purpose != Purpose::Start && self.switch(failed).is_some() {
            let previous = self.previous(failed);
            record_back(layout, self.at, release, previous.as_ref(), Some(text.to_owned()))?;
        }
        Ok(())
    }

    /// The release that is current when everything up to the step that failed is taken back.
    fn previous(&self, failed: usize) -> Option<ReleaseId> {
        match self.switch(failed) {
            Some(previous) => previous.cloned(),
            None => self.state.current.clone(),
        }
    }

    /// When `current` was switched: what it named before.
    fn switch(&self, failed: usize) -> Option<Option<&ReleaseId>> {
        self.plan.steps.iter().take(failed + 1).find_map(|step| match step {
            Step::SwitchCurrent { previous, .. } => Some(previous.as_ref()),
            _ => None,
        })
    }
}

/// Writes into the journal that `to` is current again instead of `from`.
pub(super) fn record_back(
    layout: &Layout,
    at: Timestamp,
    from: &ReleaseId,
    to: Option<&ReleaseId>,
    detail: Option<String>,
) -> Result<(), DeployError> {
    let mut record = Record::new(at, Phase::RolledBack, from, &version(layout, from)?);
    record.to = to.cloned();
    record.detail = detail;
    journal::append(layout, record)
}

/// The version of a release that is on the host; its id where that is not known.
pub(super) fn version(layout: &Layout, id: &ReleaseId) -> Result<String, DeployError> {
    let stored = StoredRelease::load(layout, id)?;
    Ok(stored.map_or_else(|| id.to_string(), |stored| stored.version))
}
