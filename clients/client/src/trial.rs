//! Transactions that are tried and not sent: the node applies them to its best block and forgets the result.

use crate::{call::Encoded, refusal, Account, Call, Client, Error, Result};
use codec::{Decode, Encode};
use quorate_primitives::{AccountId, Balance, BlockNumber};
use std::fmt;

/// What would have become of a transaction.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Pallet and call.
    pub call: String,
    pub signer: AccountId,
    /// What it costs at most: calls of the protocol are free when they succeed.
    pub fee: Balance,
    /// Why it would fail; None if it would succeed at the best block.
    pub refusal: Option<String>,
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, signer, .. } = self;
        match &self.refusal {
            None => write!(f, "{call} of {signer} would succeed; nothing was sent"),
            Some(refusal) => write!(f, "{call} of {signer} would fail: {refusal}; nothing was sent"),
        }
    }
}

/// What a transaction weighs and costs.
#[derive(Decode)]
struct Info {
    #[codec(compact)]
    _ref_time: u64,
    #[codec(compact)]
    _proof_size: u64,
    _class: u8,
    fee: Balance,
}

/// Blocks for which the transaction holds that the node sees: it could send it all the same.
const MORTALITY: BlockNumber = 4;

impl Client {
    /// Try `call`, signed by `account`.
    pub(crate) async fn try_out(&self, account: &Account, call: &Call) -> Result<Error> {
        let best = self.best().await?;
        // The state after a block does not know that block's hash yet.
        let parent = self.block_at(best.number.saturating_sub(1)).await?;
        let nonce = self.nonce(&account.id()).await?;
        let signed = self.sign_for(account, call, nonce, (parent, MORTALITY), best).await?;
        let at = Some(subxt::utils::H256(best.hash.0));
        let len = u32::try_from(signed.len()).map_err(|_| Error::Input("the transaction is too long".into()))?;
        let info = (Encoded(signed.clone()), len).encode();
        let info = self
            .rpc
            .state_call("TransactionPaymentApi_query_info", Some(&info), at)
            .await?;
        let info = Info::decode(&mut &info[..]).map_err(|error| Error::Incompatible(format!("a fee: {error}")))?;
        let applied = self
            .rpc
            .state_call("BlockBuilder_apply_extrinsic", Some(&signed), at)
            .await?;
        let refusal = match applied.as_slice() {
            [0, 0, ..] => None,
            [0, 1, error @ ..] => Some(self.refusal(error).await?),
            [1, error @ ..] => Some(refusal::explained(call, Error::Rejected(refusal::invalid(error)))),
            _ => return Err(Error::Incompatible("the answer to a transaction that is tried".into())),
        };
        Ok(Error::Tried(Box::new(Trial {
            call: format!("{}.{}", call.pallet, call.name),
            signer: account.id(),
            fee: info.fee,
            refusal: refusal.map(|error| error.to_string()),
        })))
    }
}
