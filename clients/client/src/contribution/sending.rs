//! Transactions of a contributor: a pool may refuse, or give up, what the round awaits.

use super::{Contribution, PATIENCE};
use crate::{
    nonces::Failure,
    own_round::{update_in, update_key},
    submit::Trace,
    watch::Limit,
    Call, Client, Error, Included, Result, Until,
};
use quorate_primitives::{
    update::{Update, UpdateStatus},
    views::RoundPhase,
};

/// What a contributor sends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    Commit,
    Reveal,
}

impl Step {
    /// Whether an update of the contributor shows that it was done.
    pub(super) fn is_done(self, update: &Update) -> bool {
        self == Self::Commit || update.status != UpdateStatus::Committed
    }
}

/// Whether a pool refused, or gave up, what it may take at the next block.
pub(super) fn may_pass_later(failure: &Failure) -> bool {
    matches!(failure.error, Error::Rejected(_))
}

impl Contribution {
    /// Send a commitment or a reveal. A pool judges free calls by a block that it has, which may be older than the one that opened the round or
    /// ended Collecting, or of a fork without it: what it refuses or gives up while the round awaits it is tried again at the next
    /// blocks. The call does its work once, however often it is sent.
    pub(super) async fn send(
        &self,
        client: &Client,
        call: &Call,
        step: Step,
    ) -> std::result::Result<Included, Failure> {
        let commitment = self.entry.commitment();
        let trace = Trace {
            key: update_key(self.entry.round, &self.entry.contributor),
            shows: Box::new(move |bytes| {
                update_in(bytes).is_ok_and(|update| update.commitment == commitment && step.is_done(&update))
            }),
        };
        // One that was given up may be in another pool.
        let (mut left, mut pending) = (PATIENCE, false);
        loop {
            let since = client.best().await?.number;
            let sent = client.try_submit(&self.account, call, Until::InBlock, Some(&trace));
            match sent.await {
                Ok(included) => return Ok(included),
                Err(failure) if left > 0 && may_pass_later(&failure) && self.is_awaited(client, step).await? => {
                    pending |= failure.pending;
                    left -= 1;
                    client
                        .until("no new block comes", Limit::WhileBlocksCome, || async {
                            Ok((client.best().await?.number != since).then_some(()))
                        })
                        .await?;
                }
                Err(failure) => {
                    let pending = pending || failure.pending;
                    return Err(Failure { pending, ..failure });
                }
            }
        }
    }

    /// Whether the round awaits this step of this account.
    async fn is_awaited(&self, client: &Client, step: Step) -> Result<bool> {
        let round = self.round(client).await?;
        let update = self.find(&round);
        Ok(match (step, round.phase) {
            (Step::Commit, RoundPhase::Collecting { .. }) => update.is_none(),
            (Step::Reveal, RoundPhase::Revealing { .. }) => update.is_some_and(|update| !step.is_done(update)),
            _ => false,
        })
    }
}
