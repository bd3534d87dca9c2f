//! One member's part in a job of any kind: compute, seal, commit, wait for finality, reveal.
//!
//! Work and outcome are bytes here: what is in them concerns the worker and the runtime alone.

use super::{
    action::{Action, Authority, Statement},
    pace::{pause, RETRY_BLOCKS},
};
use crate::{journal::Sealed, LOG};
use quorate_primitives::{
    payload::{outcome_commitment, Encoded},
    views::tasks::{JobStage, JobTask},
    BlockNumber, Hash,
};
use quorate_protocol::{Failure, Output, RequestId, Status, Task};

/// Where the local computation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Local {
    Idle { from: BlockNumber },
    Running(RequestId),
    Computed(Vec<u8>),
}

/// A job as one authority's duty.
#[derive(Debug)]
pub(super) struct JobDuty {
    pub(super) by: Authority,
    task: JobTask,
    pub(super) listed_at: BlockNumber,
    local: Local,
    failures: u32,
    /// Block at which the commit or, in the reveal phase, the reveal was sent last.
    sent: Option<BlockNumber>,
    /// The last warning: each is logged once.
    warned: Option<Warning>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Warning {
    UnknownWork,
    NothingSealed,
    OtherCommit,
    WaitsForFinality,
}

/// What the decision needs to know of the best block.
pub(super) struct At {
    pub(super) genesis: Hash,
    pub(super) number: BlockNumber,
    pub(super) finalized: BlockNumber,
}

/// The next step of a job.
pub(super) enum Next {
    Wait,
    Do(Box<Action>),
    Cancel(RequestId),
    Compute { task: Task, until: BlockNumber },
}

impl JobDuty {
    pub(super) fn new(by: Authority, task: JobTask) -> Self {
        Self {
            by,
            task,
            listed_at: 0,
            local: Local::Idle { from: 0 },
            failures: 0,
            sent: None,
            warned: None,
        }
    }

    pub(super) fn list(&mut self, task: &JobTask, number: BlockNumber) {
        self.listed_at = number;
        if std::mem::discriminant(&self.task.stage) != std::mem::discriminant(&task.stage) {
            self.sent = None;
        }
        self.task = task.clone();
    }

    pub(super) fn started(&mut self, request: RequestId) {
        log::info!(target: LOG, "{}: computing", self.name());
        self.local = Local::Running(request);
    }

    pub(super) fn worker_lost(&mut self) {
        if let Local::Running(_) = self.local {
            self.local = Local::Idle { from: 0 };
        }
    }

    /// What this validator does about the job, for metrics.
    pub(super) fn doing(&self) -> &'static str {
        match (self.task.stage, &self.local) {
            (JobStage::Reveal { .. }, _) => "revealing",
            (JobStage::Commit, Local::Idle { .. }) => "waiting",
            (JobStage::Commit, Local::Running(_)) => "computing",
            (JobStage::Commit, Local::Computed(_)) => "committing",
        }
    }

    /// The statement that was due and never sent.
    pub(super) fn missed(&self) -> Option<&'static str> {
        let due = match self.task.stage {
            JobStage::Commit => "commit",
            JobStage::Reveal { .. } => "reveal",
        };
        self.sent.is_none().then_some(due)
    }

    /// The worker answered.
    pub(super) fn done(&mut self, result: Result<Output, Failure>, number: BlockNumber) -> Vec<Action> {
        match result {
            Ok(Output::Outcome(outcome)) => {
                log::info!(target: LOG, "{}: computed", self.name());
                self.local = Local::Computed(outcome.clone());
                vec![self.seal(outcome)]
            }
            other => {
                self.failures = self.failures.saturating_add(1);
                let from = number.saturating_add(pause(self.failures));
                self.local = Local::Idle { from };
                let why = match other {
                    Err(failure) => failure.to_string(),
                    Ok(_) => "the worker answered with something else than an outcome".to_owned(),
                };
                log::warn!(
                    target: LOG,
                    "{}: {why}. This validator abstains unless a further try, from block {from} on, ends before block {}",
                    self.name(),
                    self.task.until
                );
                Vec::new()
            }
        }
    }

    /// What to do at this block. Notes whatever it returns as sent.
    pub(super) fn next(&mut self, sealed: Option<Sealed>, at: &At, worker: Option<&Status>) -> Next {
        match (self.task.stage, sealed) {
            (JobStage::Commit, Some(sealed)) => self.commit(sealed, at),
            (JobStage::Commit, None) => self.compute(at, worker),
            (JobStage::Reveal { since, commit }, sealed) => match self.local {
                Local::Running(request) => {
                    self.local = Local::Idle { from: BlockNumber::MAX };
                    Next::Cancel(request)
                }
                _ => self.reveal(sealed, since, commit, at),
            },
        }
    }

    fn compute(&mut self, at: &At, worker: Option<&Status>) -> Next {
        let needed = (self.task.kind, self.task.exact_version);
        match (&self.local, worker) {
            (Local::Computed(outcome), _) => Next::Do(Box::new(self.seal(outcome.clone()))),
            (Local::Idle { from }, Some(worker)) if *from <= at.number => {
                if !worker.exact_versions.contains(&needed) {
                    let what = format!(
                        "abstains: the worker {} implements (kind of work, version) {:?}, not {needed:?}. Update the worker",
                        worker.version, worker.exact_versions
                    );
                    self.warn_once(Warning::UnknownWork, &what);
                    return Next::Wait;
                }
                Next::Compute {
                    task: Task::Compute {
                        job: self.task.id,
                        kind: self.task.kind,
                        exact_version: self.task.exact_version,
                        work: self.task.work.clone(),
                    },
                    until: self.task.until,
                }
            }
            _ => Next::Wait,
        }
    }

    fn seal(&self, outcome: Vec<u8>) -> Action {
        Action::Seal {
            by: self.by.clone(),
            job: self.task.id,
            outcome,
        }
    }

    fn commit(&mut self, sealed: Sealed, at: &At) -> Next {
        if !self.due(at.number) {
            return Next::Wait;
        }
        log::info!(target: LOG, "{}: committing", self.name());
        Next::Do(Box::new(Action::Submit(Statement::Commit {
            by: self.by.clone(),
            job: self.task.id,
            member: self.task.member,
            sealed,
        })))
    }

    fn reveal(&mut self, sealed: Option<Sealed>, since: BlockNumber, commit: Hash, at: &At) -> Next {
        let job = self.task.id;
        let Some(sealed) = sealed else {
            let what =
                "cannot reveal: the chain has a commit of this validator, the journal has no salt for it. Was the \
                        folder removed, or does another node use the same key?";
            self.warn_once(Warning::NothingSealed, what);
            return Next::Wait;
        };
        let outcome = Encoded(sealed.outcome.clone());
        if outcome_commitment(at.genesis, job, &self.by.validator, &outcome, sealed.salt) != commit {
            let what =
                "cannot reveal: the commit on chain is not the one in the journal. Does another node use the same \
                        key?";
            self.warn_once(Warning::OtherCommit, what);
            return Next::Wait;
        }
        if at.finalized < since {
            let what = format!("reveals when block {since} is final (final now: {})", at.finalized);
            self.warn_once(Warning::WaitsForFinality, &what);
            return Next::Wait;
        }
        if !self.due(at.number) {
            return Next::Wait;
        }
        log::info!(target: LOG, "{}: revealing", self.name());
        Next::Do(Box::new(Action::Submit(Statement::Reveal {
            by: self.by.clone(),
            job,
            member: self.task.member,
            sealed,
        })))
    }

    /// The pool did not take the commit or the reveal.
    pub(super) fn not_sent(&mut self, reveal: bool) {
        if reveal == matches!(self.task.stage, JobStage::Reveal { .. }) {
            self.sent = None;
        }
    }

    fn due(&mut self, number: BlockNumber) -> bool {
        let rested = self.sent.is_none_or(|sent| number >= sent.saturating_add(RETRY_BLOCKS));
        if rested && number < self.task.until {
            self.sent = Some(number);
            return true;
        }
        false
    }

    fn warn_once(&mut self, warning: Warning, what: &str) {
        if self.warned == Some(warning) {
            return;
        }
        self.warned = Some(warning);
        let name = self.name();
        match warning {
            Warning::WaitsForFinality => log::info!(target: LOG, "{name}: this validator {what}"),
            _ => log::error!(target: LOG, "{name}: this validator {what}"),
        }
    }

    fn name(&self) -> String {
        format!("Job {:?} (work of kind {})", self.task.id, self.task.kind)
    }
}
