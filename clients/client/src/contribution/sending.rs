//! Transactions of a contributor: a pool may refuse, or give up, what the round awaits.

use super::{Contribution, PATIENCE};
use crate::{
    connection::Block,
    nonces::Failure,
    submit::{Particulars, Trace},
    watch::Limit,
    Call, Client, Error, Included, Result, Until,
};
use quorate_primitives::{
    update::{Update, UpdateStatus},
    views::{RoundPhase, RoundView},
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

/// Whether a pool refused, or gave up, what it may take at the next block, or holds it because a fork took back what comes before it.
pub(super) fn may_pass_later(failure: &Failure) -> bool {
    matches!(failure.error, Error::Rejected(_) | Error::Timeout(_))
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
            round: self.entry.round,
            contributor: self.entry.contributor.clone(),
            shows: Box::new(move |update| update.commitment == commitment && step.is_done(update)),
        };
        // One that was given up may be in another pool.
        let (mut left, mut pending) = (PATIENCE, false);
        loop {
            let since = client.best().await?.number;
            let sent = self.send_once(client, call, step, &trace);
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

    async fn send_once(
        &self,
        client: &Client,
        call: &Call,
        step: Step,
        trace: &Trace,
    ) -> std::result::Result<Included, Failure> {
        let anchor = self.anchor(client, step).await;
        let particulars = Particulars {
            trace: Some(trace),
            anchor: anchor.map_err(|error| Failure { error, pending: false })?,
        };
        client
            .try_submit(&self.account, call, Until::InBlock, particulars)
            .await
    }

    /// The block that a commitment is bound to: each chain that has it has the round, of this model and on this base. Until the block that
    /// opened the round is final, a fork may give the round's number to another model, where the update would cost the bond.
    async fn anchor(&self, client: &Client, step: Step) -> Result<Option<Block>> {
        if step == Step::Reveal {
            // It opens nothing but the commitment, which names the round.
            return Ok(None);
        }
        // In this order: the best chain has what was final before.
        let last = client.finalized().await?;
        let round = self.round(client).await?;
        let (anchor, round) = match round.opened_at <= last.number {
            true => (last, round),
            false => {
                let opened = client.block_at(round.opened_at).await?;
                let account = &self.entry.contributor;
                let round = client.own_round_at(round.id, account, Some(opened.hash)).await?;
                let replaced = || {
                    Error::Rejected(format!(
                        "a fork replaced the block that opened round {}",
                        self.entry.round
                    ))
                };
                (opened, round.ok_or_else(replaced)?)
            }
        };
        self.check_round(&round)?;
        Ok(Some(anchor))
    }

    /// # Errors
    /// `Check` when a fork has given the round's number to another model, or opened it on another base.
    pub(super) fn check_round(&self, round: &RoundView) -> Result<()> {
        let (model, base) = (self.entry.model, self.base);
        match (round.model, round.base) == (model, base) {
            true => Ok(()),
            false => Err(Error::Check(format!(
                "the block that opened round {} was replaced: it is on {}@{} now, not {model}@{base}; see which round the model has now",
                round.id, round.model, round.base
            ))),
        }
    }

    /// Whether the round awaits this step of this account.
    async fn is_awaited(&self, client: &Client, step: Step) -> Result<bool> {
        let round = self.round(client).await?;
        Ok(match step {
            Step::Commit => matches!(round.phase, RoundPhase::Collecting { .. }) && self.find(&round).is_none(),
            Step::Reveal => self.takes_reveal(&round),
        })
    }
}
