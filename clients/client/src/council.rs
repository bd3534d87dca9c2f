//! Motions of the council: one organisation, one vote.

use crate::{calls::council, Account, Call, Client, Error, Included, Result, Until};
use codec::Decode;
use quorate_primitives::{AccountId, Hash};
use sp_crypto_hashing::{blake2_256, twox_128};

/// Weight that a motion may take: half a second of computation, and 1 MiB of proof.
const WEIGHT: (u64, u64) = (500_000_000_000, 1 << 20);

/// A motion that awaits votes, or was carried out.
#[derive(Clone, Debug)]
pub struct Motion {
    pub hash: Hash,
    /// None when a single vote was enough.
    pub index: Option<u32>,
    pub last: Included,
}

impl Client {
    /// Accounts of the council's members.
    pub async fn council(&self) -> Result<Vec<AccountId>> {
        let key = [twox_128(b"Council"), twox_128(b"Members")].concat();
        let bytes = self.rpc.state_get_storage(&key, None).await?.unwrap_or_default();
        if bytes.is_empty() {
            return Ok(Vec::new());
        }
        Vec::decode(&mut &bytes[..]).map_err(|error| Error::Incompatible(format!("Council.Members: {error}")))
    }

    /// Propose `call` to the council; it is carried when more than half of the organisations vote for it.
    pub async fn propose(&self, proposer: &Account, call: Call) -> Result<Motion> {
        let members = self.council().await?.len() as u32;
        let threshold = members / 2 + 1;
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
        Ok(Motion { hash, index, last })
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
