//! One member's part in a job: compute, seal, commit, wait for finality, reveal.

use super::{pause, Action, Identity, RETRY_BLOCKS};
use crate::{journal::Sealed, LOG};
use quorate_primitives::{
    job::Outcome,
    payload::outcome_commitment,
    views::{BlobRef, JobStage, JobTask},
    BlockNumber, Hash,
};
use quorate_protocol::{AggregateTask, Failure, Output, RequestId, Status, Task, WeightedBlob};

/// Where the local computation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Local {
    Idle { from: BlockNumber },
    Running(RequestId),
    Computed(Outcome),
}

/// A job as one identity's duty.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) by: Identity,
    task: JobTask,
    pub(super) listed_at: BlockNumber,
    local: Local,
    failures: u32,
    /// Block at which the commit or, in the reveal phase, the reveal was sent last.
    sent: Option<BlockNumber>,
    /// What was complained about last: each complaint is made once.
    said: Option<Complaint>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Complaint {
    UnknownExactVersion,
    NothingSealed,
    OtherCommit,
    WaitsForFinality,
}

/// What the decision needs to know of the chain.
pub(super) struct Chain {
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

impl Work {
    pub(super) fn new(by: Identity, task: JobTask) -> Self {
        Self {
            by,
            task,
            listed_at: 0,
            local: Local::Idle { from: 0 },
            failures: 0,
            sent: None,
            said: None,
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
        let (job, spec) = (self.task.id, &self.task.spec);
        log::info!(target: LOG, "Job {job:?} (round {}): aggregating {} updates", spec.round, spec.inputs);
        self.local = Local::Running(request);
    }

    pub(super) fn worker_lost(&mut self) {
        if let Local::Running(_) = self.local {
            self.local = Local::Idle { from: 0 };
        }
    }

    /// The worker answered.
    pub(super) fn done(&mut self, result: Result<Output, Failure>, number: BlockNumber) -> Vec<Action> {
        let (job, round) = (self.task.id, self.task.spec.round);
        match result {
            Ok(Output::Outcome(outcome)) => {
                log::info!(target: LOG, "Job {job:?} (round {round}): computed {:?}", outcome.output);
                self.local = Local::Computed(outcome);
                vec![Action::Seal {
                    by: self.by.clone(),
                    job,
                    outcome,
                }]
            }
            other => {
                self.failures = self.failures.saturating_add(1);
                let from = number.saturating_add(pause(self.failures));
                self.local = Local::Idle { from };
                let why = match other {
                    Err(failure) => failure.to_string(),
                    Ok(_) => "the worker answered something else than an outcome".to_owned(),
                };
                log::warn!(
                    target: LOG,
                    "Job {job:?} (round {round}): {why}. This validator abstains unless a further try, from block {from} \
                     on, ends before block {}",
                    self.task.until
                );
                Vec::new()
            }
        }
    }

    /// What to do at this block. Notes what it tells to do as sent.
    pub(super) fn next(&mut self, sealed: Option<Sealed>, chain: &Chain, worker: Option<&Status>) -> Next {
        match (self.task.stage, sealed) {
            (JobStage::Commit, Some(sealed)) => self.commit(sealed, chain),
            (JobStage::Commit, None) => self.compute(chain, worker),
            (JobStage::Reveal { closed_at, commit }, sealed) => match self.local {
                Local::Running(request) => {
                    self.local = Local::Idle { from: BlockNumber::MAX };
                    Next::Cancel(request)
                }
                _ => self.reveal(sealed, closed_at, commit, chain),
            },
        }
    }

    fn compute(&mut self, chain: &Chain, worker: Option<&Status>) -> Next {
        let (job, outcome, spec) = (self.task.id, &self.local, self.task.spec.exact_version);
        match (outcome, worker) {
            (Local::Computed(outcome), _) => {
                let action = Action::Seal {
                    by: self.by.clone(),
                    job,
                    outcome: *outcome,
                };
                Next::Do(Box::new(action))
            }
            (Local::Idle { from }, Some(worker)) if *from <= chain.number => {
                if !worker.exact_versions.contains(&spec) {
                    self.complain(
                        Complaint::UnknownExactVersion,
                        format!(
                            "abstains: the worker {} knows the specifications {:?}, not {spec}. Update the worker",
                            worker.version, worker.exact_versions
                        ),
                    );
                    return Next::Wait;
                }
                Next::Compute {
                    task: Task::Aggregate(Box::new(aggregate(&self.task))),
                    until: self.task.until,
                }
            }
            _ => Next::Wait,
        }
    }

    fn commit(&mut self, sealed: Sealed, chain: &Chain) -> Next {
        if !self.due(chain.number) {
            return Next::Wait;
        }
        log::info!(target: LOG, "Job {:?} (round {}): committing", self.task.id, self.task.spec.round);
        let (job, member) = (self.task.id, self.task.member);
        Next::Do(Box::new(Action::Commit {
            by: self.by.clone(),
            job,
            member,
            sealed,
        }))
    }

    fn reveal(&mut self, sealed: Option<Sealed>, closed_at: BlockNumber, commit: Hash, chain: &Chain) -> Next {
        let (job, member) = (self.task.id, self.task.member);
        let Some(sealed) = sealed else {
            let what =
                "cannot reveal: the chain has a commit of this validator, the journal has no salt for it. Was the \
                        folder removed, or does another node use the same key?";
            self.complain(Complaint::NothingSealed, what.to_owned());
            return Next::Wait;
        };
        if outcome_commitment(chain.genesis, job, &self.by.validator, &sealed.outcome, sealed.salt) != commit {
            let what =
                "cannot reveal: the commit on chain is not the one in the journal. Does another node use the same \
                        key?";
            self.complain(Complaint::OtherCommit, what.to_owned());
            return Next::Wait;
        }
        if chain.finalized < closed_at {
            let what = format!(
                "reveals when block {closed_at} is final (final now: {})",
                chain.finalized
            );
            self.complain(Complaint::WaitsForFinality, what);
            return Next::Wait;
        }
        if !self.due(chain.number) {
            return Next::Wait;
        }
        log::info!(target: LOG, "Job {job:?} (round {}): revealing {:?}", self.task.spec.round, sealed.outcome.output);
        Next::Do(Box::new(Action::Reveal {
            by: self.by.clone(),
            job,
            member,
            sealed,
        }))
    }

    fn due(&mut self, number: BlockNumber) -> bool {
        let rested = self.sent.is_none_or(|sent| number >= sent.saturating_add(RETRY_BLOCKS));
        if rested && number < self.task.until {
            self.sent = Some(number);
            return true;
        }
        false
    }

    fn complain(&mut self, complaint: Complaint, what: String) {
        if self.said == Some(complaint) {
            return;
        }
        self.said = Some(complaint);
        let (job, round) = (self.task.id, self.task.spec.round);
        match complaint {
            Complaint::WaitsForFinality => log::info!(target: LOG, "Job {job:?} (round {round}): {what}"),
            _ => log::error!(target: LOG, "Job {job:?} (round {round}): this validator {what}"),
        }
    }
}

fn aggregate(task: &JobTask) -> AggregateTask {
    let blob = |root| BlobRef {
        root,
        len: task.update_len,
    };
    AggregateTask {
        job: task.id,
        exact_version: task.spec.exact_version,
        pipeline: task.pipeline,
        seed: task.spec.seed,
        base: task.base.clone(),
        previous: task.previous.clone(),
        optimiser: task.spec.optimiser,
        inputs: task
            .inputs
            .iter()
            .map(|input| WeightedBlob {
                blob: blob(input.root),
                weight: input.weight,
            })
            .collect(),
    }
}
