//! Transactions as they are signed: with which nonce, in which chains and for how long they are valid.

use crate::{connection::Block, Account, Call, Client, Error, Result};
use quorate_primitives::BlockNumber;
use std::fmt::Display;
use subxt::{
    config::{DefaultExtrinsicParamsBuilder, SubstrateConfig},
    utils::H256,
};

/// Blocks for which a transaction may wait in the pool.
const MORTALITY: BlockNumber = 64;
/// Blocks for which a transaction may say that it is valid: the chain remembers the hashes of so many.
const LONGEST: BlockNumber = 4_096;

/// How old the last final block may be for transactions to be bound to it: they must be valid for a while yet. Long stalls of finality are
/// ended by transactions.
const OLDEST: BlockNumber = 1_024;

/// A transaction, ready to go out.
pub(crate) struct Signed {
    pub bytes: Vec<u8>,
    /// What was sent before with the same call and nonce: one of all of them comes into a block.
    pub before: Vec<Vec<u8>>,
    pub nonce: u64,
    /// The block that it is bound to; it can be in later ones only.
    pub block: BlockNumber,
}

impl Signed {
    /// Whether these are the bytes of the transaction.
    pub fn is(&self, bytes: &[u8]) -> bool {
        self.bytes == bytes || self.before.iter().any(|before| before == bytes)
    }
}

/// Blocks for which a transaction is valid, from the block on that it is bound to; that one is `age` blocks old. While finality stalls
/// there is time to send it all the same.
fn lifetime(age: BlockNumber) -> BlockNumber {
    age.saturating_add(MORTALITY).min(LONGEST).next_power_of_two()
}

impl Client {
    /// A transaction with this nonce, signed and not sent: for whoever sends many at once. It can be in a block within the next 64.
    pub async fn signed(&self, account: &Account, call: &Call, nonce: u64) -> Result<Vec<u8>> {
        Ok(self.sign(account, call, Some(nonce), None).await?.bytes)
    }

    /// With the account's next nonce, and bound to the last final block or to one that is not much older than the best one, unless others are
    /// given.
    pub(crate) async fn sign(
        &self,
        account: &Account,
        call: &Call,
        nonce: Option<u64>,
        anchor: Option<Block>,
    ) -> Result<Signed> {
        let (last, best) = (self.finalized().await?, self.best().await?);
        let nonce = match nonce {
            Some(nonce) => nonce,
            None => self.nonce(&account.id()).await?,
        };
        let anchor = match anchor {
            Some(anchor) => anchor,
            None if best.number.saturating_sub(last.number) < OLDEST => last,
            None => self.block_at(best.number.saturating_sub(MORTALITY)).await?,
        };
        let lifetime = lifetime(best.number.saturating_sub(anchor.number));
        let signed = self.sign_for(account, call, nonce, (anchor, lifetime), best).await;
        let bytes = match signed {
            // The best block may lose to another one, and be forgotten, before it is looked at.
            Err(Error::Network(_)) => self.sign_for(account, call, nonce, (anchor, lifetime), last).await?,
            signed => signed?,
        };
        Ok(Signed {
            bytes,
            before: Vec::new(),
            nonce,
            block: anchor.number,
        })
    }

    /// A transaction for the runtime of the block `at`. It is valid for so many blocks from its anchor on, where that is in the chain.
    pub(crate) async fn sign_for(
        &self,
        account: &Account,
        call: &Call,
        nonce: u64,
        (anchor, lifetime): (Block, BlockNumber),
        at: Block,
    ) -> Result<Vec<u8>> {
        let incompatible = |error: &dyn Display| Error::Incompatible(format!("{}.{}: {error}", call.pallet, call.name));
        let at = self.online.at_block(H256(at.hash.0)).await;
        let at = at.map_err(|error| Error::Network(error.to_string()))?;
        let transactions = at.transactions();
        let payload = transactions
            .from_call_data_bytes(&call.encode(&at.metadata())?)
            .map_err(|error| incompatible(&error))?;
        let params = DefaultExtrinsicParamsBuilder::<SubstrateConfig>::new()
            .nonce(nonce)
            .mortal_from_unchecked(lifetime.into(), anchor.number.into(), H256(anchor.hash.0))
            .build();
        let signed = transactions
            .create_signable_offline(&payload, params)
            .and_then(|mut signable| signable.sign(account))
            .map_err(|error| incompatible(&error))?;
        Ok(signed.into_encoded())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transaction_should_have_time_to_come_into_a_block_however_old_the_last_final_one_is() {
        for age in [0, 1, 63, 64, 65, OLDEST, LONGEST - MORTALITY] {
            let lifetime = lifetime(age);
            assert!((age + MORTALITY..=LONGEST).contains(&lifetime), "{age}: {lifetime}");
            assert!(lifetime.is_power_of_two(), "as it is encoded");
        }
        assert_eq!(lifetime(BlockNumber::MAX), LONGEST);
    }
}
