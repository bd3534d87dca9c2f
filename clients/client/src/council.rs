//! Motions of the council: one organisation, one vote, counted against all admitted organisations; and of the technical
//! committee, counted against all its seats.

use crate::{
    call::Encoded,
    calls::motions::{self, Body},
    Account, Call, Client, Error, Included, Result, Until,
};
use codec::Decode;
use quorate_primitives::{AccountId, Balance, BlockNumber, Hash, OrganisationId};
use sp_crypto_hashing::blake2_256;
use std::time::Duration;
use tokio::task::JoinSet;

/// Blocks for which a motion is voted for anew when forks lose votes.
const PATIENCE: BlockNumber = 12;
/// How long a block may take, also while finality stalls.
const BLOCK: Duration = Duration::from_secs(60);

/// How many of all admitted organisations, suspended ones included, a call asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Majority {
    /// More than half.
    Simple,
    /// At least two thirds.
    TwoThirds,
}

impl Majority {
    /// The least number of ayes.
    pub fn of(self, admitted: u32) -> u32 {
        match self {
            Self::Simple => admitted / 2 + 1,
            Self::TwoThirds => (admitted * 2).div_ceil(3).max(1),
        }
    }
}

/// What a call weighs: picoseconds, and bytes of proof.
#[derive(Clone, Copy, Debug, Decode)]
pub(crate) struct Weight {
    #[codec(compact)]
    ref_time: u64,
    #[codec(compact)]
    proof_size: u64,
}

/// What the collective keeps of a motion's votes.
#[derive(Decode)]
pub(crate) struct Votes {
    pub index: u32,
    pub threshold: u32,
    pub ayes: Vec<AccountId>,
    pub nays: Vec<AccountId>,
    /// Block after which it can be closed without its votes.
    pub end: BlockNumber,
}

/// A motion that awaits votes, or was carried out.
#[derive(Clone, Debug)]
pub struct Motion {
    pub body: Body,
    pub hash: Hash,
    /// None when a single vote was enough.
    pub index: Option<u32>,
    /// Ayes that it needs.
    pub threshold: u32,
    /// Where it was proposed; None when it was open already.
    pub proposed: Option<Included>,
    pub(crate) weight: Weight,
}

impl Client {
    /// Accounts of a body's members, of which none is suspended.
    pub async fn members(&self, body: Body) -> Result<Vec<AccountId>> {
        Ok(self.value(body.pallet(), "Members", &[]).await?.unwrap_or_default())
    }

    /// Ayes that a motion of the technical committee needs: of two thirds of all its seats, those of suspended organisations included.
    pub async fn committee_threshold(&self) -> Result<u32> {
        let seats: Option<Vec<OrganisationId>> = self.value("Consortium", "TechnicalSeats", &[]).await?;
        Ok(Majority::TwoThirds.of(seats.map_or(0, |seats| seats.len() as u32)))
    }

    /// Number of admitted organisations, suspended ones included.
    pub async fn admitted(&self) -> Result<u32> {
        let admitted = self.value("Consortium", "CounterForOrganisations", &[]).await?;
        Ok(admitted.unwrap_or_default())
    }

    /// The hash by which motions and the whitelist name a call.
    pub async fn hash_of(&self, call: &Call) -> Result<Hash> {
        Ok(Hash::from(blake2_256(&self.bytes_of(call).await?)))
    }

    async fn bytes_of(&self, call: &Call) -> Result<Vec<u8>> {
        let at = self.online.at_current_block().await;
        let at = at.map_err(|error| Error::Network(error.to_string()))?;
        call.encode(&at.metadata())
    }

    /// Propose `call` to the council; it can be carried when `majority` has voted for it.
    pub async fn propose(&self, proposer: &Account, call: Call, majority: Majority) -> Result<Motion> {
        let threshold = majority.of(self.admitted().await?);
        self.propose_to(Body::Council, proposer, call, threshold).await
    }

    /// Propose `call` to the technical committee; it can be carried when two thirds of all its seats, those of suspended
    /// organisations included, have voted for it.
    pub async fn propose_to_committee(&self, proposer: &Account, call: Call) -> Result<Motion> {
        let threshold = self.committee_threshold().await?;
        self.propose_to(Body::TechnicalCommittee, proposer, call, threshold)
            .await
    }

    /// Who has voted for this call, if it is an open motion.
    pub async fn ayes(&self, body: Body, call: &Call) -> Result<Option<Vec<AccountId>>> {
        let votes = self.votes(body, self.hash_of(call).await?).await?;
        Ok(votes.map(|votes| votes.ayes))
    }

    /// A call that is an open motion already is not proposed again: its votes are gone on with.
    async fn propose_to(&self, body: Body, proposer: &Account, call: Call, threshold: u32) -> Result<Motion> {
        let hash = self.hash_of(&call).await?;
        let weight = self.weight_of(self.bytes_of(&call).await?).await?;
        if let Some(votes) = self.votes(body, hash).await? {
            return Ok(Motion {
                body,
                hash,
                index: Some(votes.index),
                threshold: votes.threshold,
                proposed: None,
                weight,
            });
        }
        let proposed = self
            .submit(proposer, &motions::propose(body, threshold, call), Until::InBlock)
            .await?;
        // `Proposed` begins with the proposer's account and the motion's index.
        let index = proposed
            .event(&format!("{}.Proposed", body.pallet()))
            .and_then(|fields| u32::decode(&mut fields.get(32..)?).ok());
        Ok(Motion {
            body,
            hash,
            index,
            threshold,
            proposed: Some(proposed),
            weight,
        })
    }

    /// What the runtime says that a call weighs: a motion is closed with it.
    pub(crate) async fn weight_of(&self, bytes: Vec<u8>) -> Result<Weight> {
        /// The beginning of the answer; class and fee follow.
        #[derive(Decode)]
        struct Info {
            weight: Weight,
            _class: u8,
            _fee: Balance,
        }
        let len = u32::try_from(bytes.len()).map_err(|_| Error::Input("the call is too long".into()))?;
        let arguments = (Encoded(bytes), len);
        let info: Info = self
            .runtime("TransactionPaymentCallApi_query_call_info", arguments, None)
            .await?;
        Ok(info.weight)
    }

    /// What the best block knows of an open motion.
    pub(crate) async fn votes(&self, body: Body, hash: Hash) -> Result<Option<Votes>> {
        self.value(body.pallet(), "Voting", hash.as_bytes()).await
    }

    /// Vote for a motion with each of `voters`, all at once, until the best block has their ayes: a fork may lose a vote, or the
    /// motion, and give the motion another index.
    pub async fn vote(&self, motion: &Motion, voters: &[Account]) -> Result<()> {
        if motion.index.is_none() {
            return Ok(());
        }
        let last = self.best().await?.number.saturating_add(PATIENCE);
        let mut height = 0;
        loop {
            if let Some(votes) = self.votes(motion.body, motion.hash).await? {
                let not_counted = |voter: &&Account| !votes.ayes.contains(&voter.id());
                let missing: Vec<Account> = voters.iter().filter(not_counted).cloned().collect();
                if missing.is_empty() {
                    return Ok(());
                }
                self.vote_with(motion, votes.index, missing).await?;
            }
            height = self
                .until("no block is made", BLOCK, || async {
                    let best = self.best().await?.number;
                    Ok((best != height).then_some(best))
                })
                .await?;
            if height > last {
                return Err(Error::Timeout(format!(
                    "motion {:?} has not all votes yet",
                    motion.hash
                )));
            }
        }
    }

    async fn vote_with(&self, motion: &Motion, index: u32, voters: Vec<Account>) -> Result<()> {
        let mut votes = JoinSet::new();
        for voter in voters {
            let (client, call) = (self.clone(), motions::vote(motion.body, motion.hash, index, true));
            votes.spawn(async move { client.submit(&voter, &call, Until::InBlock).await });
        }
        while let Some(vote) = votes.join_next().await {
            match vote.map_err(|error| Error::Network(format!("a vote was given up: {error}")))? {
                Err(error) if !lost(&error, motion.body) => return Err(error),
                _ => (),
            }
        }
        Ok(())
    }

    /// Close a motion that has its votes, which carries it out.
    pub async fn close(&self, motion: &Motion, closer: &Account) -> Result<Included> {
        if let (None, Some(proposed)) = (motion.index, &motion.proposed) {
            return Ok(proposed.clone());
        }
        let votes = self.votes(motion.body, motion.hash).await?;
        let index = votes
            .ok_or_else(|| Error::NotFound(format!("motion {:?}", motion.hash)))?
            .index;
        let call = motions::close(
            motion.body,
            motion.hash,
            index,
            (motion.weight.ref_time, motion.weight.proof_size),
        );
        let closed = self.submit(closer, &call, Until::InBlock).await?;
        // `Executed` is the motion's hash and a result: 0 for success.
        let executed = format!("{}.Executed", motion.body.pallet());
        match closed.event(&executed).and_then(|fields| fields.get(32..)) {
            Some([0, ..]) => Ok(closed),
            Some([_, error @ ..]) => Err(self.refusal(error).await?),
            _ => Err(Error::Check(
                "the motion was closed without its majority: fewer ayes were left than it needs".into(),
            )),
        }
    }

    /// Vote for a motion with each of `voters`, then close it.
    pub async fn carry(&self, motion: &Motion, voters: &[Account]) -> Result<Included> {
        let closer = voters
            .first()
            .ok_or_else(|| Error::Input("nobody votes for the motion".into()))?;
        let last = self.best().await?.number.saturating_add(PATIENCE);
        loop {
            self.vote(motion, voters).await?;
            match self.close(motion, closer).await {
                Err(error) if lost(&error, motion.body) && self.best().await?.number < last => (),
                closed => return closed,
            }
        }
    }
}

/// Whether a vote or a close failed because its block's fork lacks the motion or a vote, or has the vote already.
fn lost(error: &Error, body: Body) -> bool {
    let names = ["ProposalMissing", "WrongIndex", "TooEarly", "DuplicateVote"];
    matches!(error, Error::NotFound(_)) || names.iter().any(|name| error.is_refused(body.pallet(), name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn majorities_should_be_counted_of_all_admitted() {
        let of = |majority: Majority| [1, 2, 3, 4, 5, 6, 9].map(|admitted| majority.of(admitted));
        assert_eq!(of(Majority::Simple), [1, 2, 2, 3, 3, 4, 5]);
        assert_eq!(of(Majority::TwoThirds), [1, 2, 2, 3, 4, 4, 6]);
    }
}
