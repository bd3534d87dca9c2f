//! Batches whose outcome is provisional: the validators that were drawn agreed on it, and it counts after a while unless all are called. A share
//! of those for which none of this node's validators was drawn is to be computed again here. Which ones is a secret of this process: who means
//! to lie cannot know whether anybody looks.

use crate::{chain::Chain, decide::action::Authority};
use codec::Encode;
use quorate_primitives::{
    job::{infer::Request, InferOutcome, OfKind, Outcome, WorkKind},
    views::inference::{BatchState, BatchView, InferTask},
    BatchId, BlockNumber, Hash, JobId,
};
use quorate_protocol::BlockId;
use sp_crypto_hashing::blake2_256;
use std::collections::BTreeMap;

/// Batches that are asked for at a time: the most that the runtime answers.
const PAGE: u32 = 64;
/// So many numbers the runtime looks at for one answer.
const WINDOW: BatchId = 4_096;
/// How far below the lowest batch that is open others are looked at: a fork may have opened them again.
const DEEPEST: BatchId = 16;

/// A provisional batch that is to be computed again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provisional {
    pub batch: BatchId,
    pub job: JobId,
    pub kind: WorkKind,
    /// Version of the arithmetic of this kind of work.
    pub exact_version: u32,
    /// SCALE bytes of the kind's task.
    pub work: Vec<u8>,
    /// SCALE bytes of the outcome on which those that were drawn agreed.
    pub agreed: Vec<u8>,
    /// All can be called before this block.
    pub until: BlockNumber,
}

/// Finds them at each block.
pub(crate) struct Provisionals {
    secret: [u8; 32],
    /// No batch below this number is open; not known before the first look.
    from: Option<BatchId>,
    /// What was found at the last block.
    known: BTreeMap<JobId, Provisional>,
}

impl Provisionals {
    /// With a secret of its own.
    pub fn new() -> Self {
        Self {
            secret: rand::random(),
            from: None,
            known: BTreeMap::new(),
        }
    }

    /// One in `one_in` of the batches at this block for which all can be called and none of `me` was drawn; none where that is 0.
    ///
    /// # Errors
    /// The runtime does not answer.
    pub fn read(
        &mut self,
        chain: &impl Chain,
        at: BlockId,
        me: &[Authority],
        one_in: u32,
    ) -> Result<Vec<Provisional>, String> {
        if one_in == 0 || me.is_empty() {
            self.known.clear();
            return Ok(Vec::new());
        }
        let mut found = BTreeMap::new();
        for batch in self.open(chain, at)? {
            let (BatchState::Provisional { until }, Some(agreed), Some(_)) =
                (batch.state, batch.provisional, batch.call_bond)
            else {
                continue;
            };
            // Who they are is known as long as their job is.
            let is_mine = batch.members.is_empty() || me.iter().any(|by| batch.members.contains(&by.validator));
            if is_mine || !self.chooses(batch.seed, one_in) {
                continue;
            }
            let known = match self.known.get(&batch.job) {
                // On another fork the same members may have agreed on something else, or in another block.
                Some(known) => Provisional {
                    agreed: Outcome::from(agreed).encode(),
                    until,
                    ..known.clone()
                },
                None => provisional(chain, at.hash, &batch, (until, agreed))?,
            };
            found.insert(batch.job, known);
        }
        self.known = found;
        Ok(self.known.values().cloned().collect())
    }

    fn chooses(&self, seed: Hash, one_in: u32) -> bool {
        let hash = blake2_256(&(self.secret, seed).encode());
        let number = hash.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        number.checked_rem(one_in.into()) == Some(0)
    }

    /// Batches that have not ended.
    fn open(&mut self, chain: &impl Chain, at: BlockId) -> Result<Vec<BatchView>, String> {
        let mut from = match self.from {
            Some(from) => from,
            None => first(chain, at)?,
        };
        let mut open: Vec<BatchView> = Vec::new();
        loop {
            let page = chain.batches(at.hash, from, PAGE)?;
            let Some(last) = page.last() else { break };
            // Whatever a runtime answers, this ends.
            let next = last.id.saturating_add(1).max(from.saturating_add(1));
            let is_full = page.len() >= PAGE as usize && next > from;
            from = next;
            open.extend(
                page.into_iter()
                    .filter(|batch| !matches!(batch.state, BatchState::Ended { .. })),
            );
            if !is_full {
                break;
            }
        }
        let lowest = open.first().map_or(from, |batch| batch.id);
        self.from = Some(lowest.saturating_sub(DEEPEST));
        Ok(open)
    }
}

/// A number that no batch is below which is open. A block makes one at most, so that there are no more than blocks; those that ended long ago are
/// pruned, and the runtime does not look for others beyond a window of numbers.
fn first(chain: &impl Chain, at: BlockId) -> Result<BatchId, String> {
    let has_some = |from| Ok::<_, String>(!chain.batches(at.hash, from, 1)?.is_empty());
    let mut from = at.number;
    while from > 0 {
        from = from.saturating_sub(WINDOW);
        if has_some(from)? {
            // Some that are open may be in the window below.
            let below = from.saturating_sub(WINDOW);
            return Ok(if has_some(below)? { below } else { from });
        }
    }
    Ok(0)
}

/// With all that its work reads.
fn provisional(
    chain: &impl Chain,
    at: Hash,
    batch: &BatchView,
    (until, agreed): (BlockNumber, InferOutcome),
) -> Result<Provisional, String> {
    let gone = |what: String| format!("batch {}: {what} is not there", batch.id);
    let job = chain.job(at, batch.job)?.ok_or_else(|| gone("its job".into()))?;
    let requests = batch.requests.iter().map(|&id| {
        let view = chain.request(at, id)?.ok_or_else(|| gone(format!("request {id}")))?;
        Ok::<_, String>(Request {
            id,
            input: view.input,
            task: view.task,
            operations: view.operations,
            memory: view.memory,
        })
    });
    let work = InferTask {
        batch: batch.id,
        model: batch.model,
        version: batch.version,
        file: batch.file.clone(),
        frozen_base: batch.frozen_base.clone(),
        program_file: batch.program_file.clone(),
        requests: requests.collect::<Result<_, _>>()?,
        seed: batch.seed,
    };
    Ok(Provisional {
        batch: batch.id,
        job: batch.job,
        kind: job.job.spec.work.kind(),
        exact_version: job.job.spec.exact_version,
        work: work.encode(),
        agreed: Outcome::from(agreed).encode(),
        until,
    })
}

#[cfg(test)]
mod tests;
