//! The bonds that an account has at stake by calls of all, as the chain tells them: whichever process sent the calls, and whatever it or its node
//! has forgotten since.

use super::{
    disputed::{Bond, Stand},
    identity::drawn,
};
use crate::output::tokens;
use quorate_client::Client;
use quorate_primitives::{views::inference::BatchView, AccountId, Balance, BatchId, JobId};
use std::collections::BTreeMap;

pub struct Bonds {
    account: AccountId,
    /// On which nobody has decided, by the first jobs of their batches.
    taken: BTreeMap<JobId, Taken>,
}

struct Taken {
    batch: BatchId,
    bond: Balance,
}

impl Bonds {
    pub fn of(account: AccountId) -> Self {
        Self {
            account,
            taken: BTreeMap::new(),
        }
    }

    /// Reads what is at stake at the best block. Answers with how one was lost, if one was since the last time, or in a batch that has not ended.
    pub async fn look(&mut self, client: &Client) -> quorate_client::Result<Option<String>> {
        let open: BTreeMap<JobId, BatchView> = client
            .open_batches()
            .await?
            .into_iter()
            .map(|batch| (drawn(&batch), batch))
            .collect();
        let mut lost = None;
        for (job, batch) in &open {
            let stand = Stand::of(*job, Some(batch));
            lost = lost.or_else(|| self.lost(batch.id, &stand));
            match stand {
                Stand::Asked(Some(Bond { by, bond })) if by == self.account => self.sent(*job, batch.id, bond),
                _ => (),
            }
        }
        let known: Vec<(JobId, BatchId)> = self.taken.iter().map(|(job, taken)| (*job, taken.batch)).collect();
        for (job, id) in known {
            let batch = match open.get(&job) {
                Some(batch) => Some(batch.clone()),
                None => client.batch_at(id, None).await?,
            };
            let stand = Stand::of(job, batch.as_ref());
            lost = lost.or_else(|| self.lost(id, &stand));
            // One that all can still be called to: the call is in no block yet, or in none any more.
            let is_taken = match &stand {
                Stand::Asked(Some(bond)) => bond.by == self.account,
                Stand::Open(_) => true,
                _ => false,
            };
            if !is_taken {
                self.taken.remove(&job);
            }
        }
        Ok(lost)
    }

    /// A call is about to be sent, which sets this aside.
    pub fn sent(&mut self, job: JobId, batch: BatchId, bond: Balance) {
        self.taken.insert(job, Taken { batch, bond });
    }

    /// Whether a bond may be set aside for the batch with this first job, if no more than `most` is to be at stake.
    pub fn allow(&self, job: JobId, bond: Balance, most: Balance) -> bool {
        // What was sent and is in no block counts already.
        self.taken.contains_key(&job) || bond <= self.left(most)
    }

    /// What is left of `most`.
    pub fn left(&self, most: Balance) -> Balance {
        let bonds = self.taken.values().map(|taken| taken.bond);
        bonds.fold(most, Balance::saturating_sub)
    }

    /// How a bond of the account was lost, if it was.
    pub fn lost(&self, batch: BatchId, stand: &Stand) -> Option<String> {
        match stand {
            Stand::Wrong(Some(Bond { by, bond })) if *by == self.account => Some(format!(
                "batch {batch}: all found what the seven did, and the bond of {} is lost. The own validator's machine computes something else: \
                 stop its worker and run `quorate-worker selftest` before this runs again",
                tokens(*bond)
            )),
            Stand::Nothing(Some(Bond { by, bond })) if *by == self.account => Some(format!(
                "batch {batch}: all came to no agreement, and the treasury has the bond of {}. Too many were silent or do not agree: look at \
                 `quorate batch show {batch}` and the own worker before this runs again",
                tokens(*bond)
            )),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
