//! Batches on which others agreed, and which the worker computes again while it is idle.

use super::pace::{pause, CALL_BLOCKS};
use crate::{provisional::Provisional, LOG};
use codec::DecodeAll;
use quorate_primitives::{
    job::{InferOutcome, Outcome},
    BatchId, BlockNumber, JobId,
};
use quorate_protocol::{Failure, Output, RequestId};
use std::collections::{BTreeMap, VecDeque};

/// Differences that are remembered: the newest.
const REMEMBERED: usize = 64;

/// A batch of which the worker found another outcome than those that were drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disputed {
    pub batch: BatchId,
    pub job: JobId,
    /// All can be called before this block.
    pub until: BlockNumber,
    /// What the worker found; `None` where that is no outcome of a batch.
    pub own: Option<InferOutcome>,
    /// What those agreed on that were drawn.
    pub agreed: Option<InferOutcome>,
}

#[derive(Debug)]
enum State {
    /// To be begun, from this block on.
    Wanted(BlockNumber),
    Running(RequestId),
    Done,
}

/// A batch that the chain lists.
#[derive(Debug)]
struct Check {
    batch: Provisional,
    state: State,
    /// Tries that failed.
    failures: u32,
}

impl Check {
    fn new(batch: &Provisional) -> Self {
        Self {
            batch: batch.clone(),
            state: State::Wanted(0),
            failures: 0,
        }
    }

    /// A try failed at block `at`: the block of the next one, unless a call would come too late by then.
    fn again(&mut self, at: BlockNumber) -> Option<BlockNumber> {
        self.failures = self.failures.saturating_add(1);
        let from = at.saturating_add(pause(self.failures));
        let in_time = from < last(&self.batch);
        self.state = match in_time {
            true => State::Wanted(from),
            false => State::Done,
        };
        in_time.then_some(from)
    }
}

/// What became of those that were listed.
#[derive(Debug, Default)]
pub struct SpotChecks {
    known: BTreeMap<JobId, Check>,
    disputed: VecDeque<Disputed>,
    counts: BTreeMap<&'static str, u64>,
}

impl SpotChecks {
    /// The chain lists these now, whether the worker is there or not; answers with the requests whose answers are of no use any more.
    pub(super) fn list(&mut self, listed: &[Provisional]) -> Vec<RequestId> {
        let mut gone = Vec::new();
        let mut undone = 0;
        self.known.retain(|job, check| {
            let stays = listed.iter().any(|batch| batch.job == *job);
            if !stays && !matches!(check.state, State::Done) {
                undone += 1;
            }
            if let (false, State::Running(request)) = (stays, &check.state) {
                gone.push(*request);
            }
            stays
        });
        self.count("undone", undone);
        for batch in listed {
            let check = self.known.entry(batch.job).or_insert_with(|| Check::new(batch));
            // On another fork the same members may have agreed on something else: what was found is compared with that.
            let is_other = check.batch.agreed != batch.agreed;
            if is_other && matches!(check.state, State::Done) {
                check.state = State::Wanted(0);
            }
            if is_other || check.batch.until != batch.until {
                check.batch = batch.clone();
            }
        }
        gone
    }

    /// Those that are to be begun, the one that ends first before the others.
    pub(super) fn wanted(&self, number: BlockNumber) -> Vec<Provisional> {
        let wanted = self.known.values().filter_map(|check| match check.state {
            State::Wanted(from) if (from..last(&check.batch)).contains(&number) => Some(&check.batch),
            _ => None,
        });
        let mut wanted: Vec<Provisional> = wanted.cloned().collect();
        wanted.sort_by_key(|batch| (batch.until, batch.batch));
        wanted
    }

    pub(super) fn started(&mut self, job: JobId, request: RequestId) {
        if let Some(check) = self.known.get_mut(&job) {
            check.state = State::Running(request);
        }
    }

    /// The worker answered, at block `at`. What failed is tried again after a pause: whoever lies may be one of those that have what it reads.
    pub(super) fn done(&mut self, job: JobId, result: Result<Output, Failure>, at: BlockNumber) {
        let Some(check) = self.known.get_mut(&job) else {
            return;
        };
        check.state = State::Done;
        let (number, until) = (check.batch.batch, check.batch.until);
        let own = match result {
            Ok(Output::Outcome(own)) => own,
            Err(failure) if !matches!(failure, Failure::UnknownWork { .. }) => {
                let Some(from) = check.again(at) else {
                    log::warn!(target: LOG, "Batch {number}: not computed again here ({failure}), and a call would come too late by now");
                    return self.count("undone", 1);
                };
                log::warn!(target: LOG, "Batch {number}: not computed again here ({failure}): tried again at block {from}");
                return;
            }
            other => {
                let why = other.err().map_or_else(
                    || "the worker answered with something else than an outcome".into(),
                    |failure| failure.to_string(),
                );
                log::warn!(target: LOG, "Batch {number}: not computed again here: {why}");
                return self.count("undone", 1);
            }
        };
        let agreed = &check.batch.agreed;
        if own == *agreed {
            log::info!(target: LOG, "Batch {number}: computed again here, with the outcome of those that were drawn");
            return self.count("same", 1);
        }
        log::error!(
            target: LOG,
            "Batch {number}: the worker found another outcome than the validators that were drawn. Unless this machine is at fault, all \
             validators should be called before block {until}: quorate batch call-all {number}"
        );
        let found = Disputed {
            batch: number,
            job,
            until,
            own: outcome(&own),
            agreed: outcome(agreed),
        };
        // On another fork it may have been compared with something else.
        self.disputed.retain(|known| known.job != job);
        self.disputed.push_back(found);
        if self.disputed.len() > REMEMBERED {
            self.disputed.pop_front();
        }
        self.count("other", 1);
    }

    /// The worker is gone at block `at`: a new one is asked again, after a pause, since it may have been this computation that ended it.
    pub(super) fn worker_lost(&mut self, at: BlockNumber) {
        let mut undone = 0;
        for check in self.known.values_mut() {
            if let State::Running(_) = check.state {
                undone += u64::from(check.again(at).is_none());
            }
        }
        self.count("undone", undone);
    }

    /// The newest batches of which the worker found another outcome.
    pub fn disputed(&self) -> Vec<Disputed> {
        self.disputed.iter().cloned().collect()
    }

    /// How many were found the same, other, or were not done.
    pub fn counts(&self) -> &BTreeMap<&'static str, u64> {
        &self.counts
    }

    fn count(&mut self, found: &'static str, times: u64) {
        if times > 0 {
            *self.counts.entry(found).or_default() += times;
        }
    }
}

fn outcome(bytes: &[u8]) -> Option<InferOutcome> {
    match Outcome::decode_all(&mut &*bytes) {
        Ok(Outcome::Infer(outcome)) => Some(outcome),
        _ => None,
    }
}

/// The block at which a finding would come too late.
pub(super) fn last(batch: &Provisional) -> BlockNumber {
    batch.until.saturating_sub(CALL_BLOCKS)
}
