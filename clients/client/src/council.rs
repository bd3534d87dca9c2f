//! Motions of the council: one organisation, one vote, counted against all admitted organisations.

use crate::{calls::council, Account, Call, Client, Error, Included, Result, Until};
use codec::Decode;
use quorate_primitives::{AccountId, Hash};
use sp_crypto_hashing::blake2_256;

/// Weight that a motion may take: half a second of computation, and 1 MiB of proof.
const WEIGHT: (u64, u64) = (500_000_000_000, 1 << 20);

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

/// A motion that awaits votes, or was carried out.
#[derive(Clone, Debug)]
pub struct Motion {
    pub hash: Hash,
    /// None when a single vote was enough.
    pub index: Option<u32>,
    /// Ayes that it needs.
    pub threshold: u32,
    pub last: Included,
}

impl Client {
    /// Accounts of the council's members: of the organisations that are not suspended.
    pub async fn council(&self) -> Result<Vec<AccountId>> {
        Ok(self.value("Council", "Members", &[]).await?.unwrap_or_default())
    }

    /// Number of admitted organisations, suspended ones included.
    pub async fn admitted(&self) -> Result<u32> {
        let admitted = self.value("Consortium", "CounterForOrganisations", &[]).await?;
        Ok(admitted.unwrap_or_default())
    }

    /// Propose `call` to the council; it can be carried when `majority` has voted for it.
    pub async fn propose(&self, proposer: &Account, call: Call, majority: Majority) -> Result<Motion> {
        let threshold = majority.of(self.admitted().await?);
        let at = self
            .online
            .at_current_block()
            .await
            .map_err(|error| Error::Network(error.to_string()))?;
        let hash = Hash::from(blake2_256(&call.encode(&at.metadata())?));
        let last = self
            .submit(proposer, &council::propose(threshold, call), Until::InBlock)
            .await?;
        // `Proposed` begins with the proposer's account and the motion's index.
        let index = last
            .event("Council.Proposed")
            .and_then(|fields| u32::decode(&mut fields.get(32..)?).ok());
        Ok(Motion {
            hash,
            index,
            threshold,
            last,
        })
    }

    /// Vote for a motion with each of `voters`, then close it.
    pub async fn carry(&self, motion: &Motion, voters: &[Account]) -> Result<Included> {
        let Some(index) = motion.index else {
            return Ok(motion.last.clone());
        };
        for voter in voters {
            self.submit(voter, &council::vote(motion.hash, index, true), Until::InBlock)
                .await?;
        }
        let closer = voters
            .first()
            .ok_or_else(|| Error::Input("nobody votes for the motion".into()))?;
        let call = council::close(motion.hash, index, WEIGHT.0, WEIGHT.1);
        let closed = self.submit(closer, &call, Until::InBlock).await?;
        // `Executed` is the motion's hash and a result: 0 for success.
        match closed.event("Council.Executed").map(|fields| fields.get(32)) {
            Some(Some(0)) => Ok(closed),
            _ => Err(Error::Check(
                "the motion was closed, and its call failed: see the block's events".into(),
            )),
        }
    }
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
