//! Signing, submitting, and finding out what became of it.

use crate::{connection::Block, Account, Call, Client, Error, Result};
use quorate_primitives::{BlockNumber, Hash};
use std::time::Duration;
use subxt::{
    config::{DefaultExtrinsicParamsBuilder, SubstrateConfig},
    error::DispatchError,
    events::Phase,
    rpcs::methods::legacy::TransactionStatus,
    utils::H256,
};

/// Blocks for which a transaction may wait in the pool.
const MORTALITY: u64 = 64;
/// How long to wait for a status before giving up.
const PATIENCE: Duration = Duration::from_secs(180);

/// How long to follow a transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Until {
    /// It is in a best block, which may still be replaced.
    InBlock,
    Finalized,
}

/// Where a transaction went.
#[derive(Clone, Debug)]
pub struct Included {
    pub block: Block,
    /// Events of the transaction, `Pallet.Event`, with their encoded fields.
    pub events: Vec<(String, Vec<u8>)>,
}

impl Included {
    pub fn number(&self) -> BlockNumber {
        self.block.number
    }

    /// Encoded fields of the first event of this name, such as `Rounds.Opened`.
    pub fn event(&self, name: &str) -> Option<&[u8]> {
        self.events
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, fields)| fields.as_slice())
    }
}

impl Client {
    /// Sign `call`, submit it and follow it.
    ///
    /// # Errors
    /// `Refused` when the call failed in its block, `Rejected` when the node did not take the transaction.
    pub async fn submit(&self, account: &Account, call: &Call, until: Until) -> Result<Included> {
        let turn = self.turn(account);
        let turn = turn.lock().await;
        let bytes = self.sign(account, call).await?;
        let mut statuses = self.rpc.author_submit_and_watch_extrinsic(&bytes).await?;
        drop(turn);
        let follow = async {
            while let Some(status) = statuses.next().await {
                match status? {
                    TransactionStatus::InBlock(hash) if until == Until::InBlock => return Ok(hash),
                    TransactionStatus::Finalized(hash) => return Ok(hash),
                    TransactionStatus::Invalid => return Err(rejected("it became invalid while it waited")),
                    TransactionStatus::Dropped => return Err(rejected("it was dropped: the pool is full")),
                    TransactionStatus::Usurped(_) => return Err(rejected("another one with its nonce came first")),
                    TransactionStatus::FinalityTimeout(_) => {
                        return Err(Error::Timeout("finality does not move".into()))
                    }
                    _ => (),
                }
            }
            Err(Error::Network(
                "the node stopped telling what became of the transaction".into(),
            ))
        };
        let hash = match tokio::time::timeout(PATIENCE, follow).await {
            Ok(hash) => hash?,
            Err(_) => {
                return Err(Error::Timeout(format!(
                    "{}.{} is in no block yet",
                    call.pallet, call.name
                )))
            }
        };
        self.outcome(hash, &bytes).await
    }

    fn turn(&self, account: &Account) -> std::sync::Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        turns.entry(account.id()).or_default().clone()
    }

    async fn sign(&self, account: &Account, call: &Call) -> Result<Vec<u8>> {
        let at = self.online.at_current_block().await.map_err(network)?;
        let transactions = at.transactions();
        let bytes = call.encode(&at.metadata())?;
        let payload = transactions
            .from_call_data_bytes(&bytes)
            .map_err(|error| Error::Incompatible(format!("{}.{}: {error}", call.pallet, call.name)))?;
        let params = DefaultExtrinsicParamsBuilder::<SubstrateConfig>::new()
            .nonce(self.nonce(&account.id()).await?)
            .mortal_from_unchecked(MORTALITY, at.block_number(), at.block_hash())
            .build();
        let signed = transactions
            .create_signable_offline(&payload, params)
            .and_then(|mut signable| signable.sign(account))
            .map_err(|error| Error::Incompatible(error.to_string()))?;
        Ok(signed.into_encoded())
    }

    async fn outcome(&self, hash: H256, transaction: &[u8]) -> Result<Included> {
        let details = self.rpc.chain_get_block(Some(hash)).await?;
        let details = details.ok_or_else(|| Error::NotFound(format!("block {hash:?}")))?;
        let index = details.block.extrinsics.iter().position(|bytes| bytes.0 == transaction);
        let index = index.ok_or_else(|| Error::Network(format!("block {hash:?} lacks the transaction")))?;
        let at = self.online.at_block(hash).await.map_err(network)?;
        let events = at.events().fetch().await.map_err(network)?;
        let mut mine = Vec::new();
        for event in events.iter() {
            let event = event.map_err(|error| Error::Incompatible(error.to_string()))?;
            if event.phase() != Phase::ApplyExtrinsic(index as u32) {
                continue;
            }
            if (event.pallet_name(), event.event_name()) == ("System", "ExtrinsicFailed") {
                let error = DispatchError::decode_from(event.field_bytes(), at.metadata());
                return Err(error.map_or_else(|error| Error::Incompatible(error.to_string()), refused));
            }
            mine.push((
                format!("{}.{}", event.pallet_name(), event.event_name()),
                event.field_bytes().to_vec(),
            ));
        }
        let block = Block {
            number: at.block_number() as BlockNumber,
            hash: Hash::from(hash.0),
        };
        Ok(Included { block, events: mine })
    }
}

impl Client {
    /// Why a call failed that the transaction carried inside: an encoded `DispatchError`, in words.
    pub(crate) async fn refusal(&self, error: &[u8]) -> Result<Error> {
        let at = self.online.at_current_block().await.map_err(network)?;
        let error = DispatchError::decode_from(error, at.metadata());
        Ok(error.map_or_else(|error| Error::Incompatible(error.to_string()), refused))
    }
}

fn rejected(reason: &str) -> Error {
    Error::Rejected(reason.into())
}

fn network(error: impl std::fmt::Display) -> Error {
    Error::Network(error.to_string())
}

fn refused(error: DispatchError) -> Error {
    if let DispatchError::Module(module) = &error {
        if let Ok(details) = module.details() {
            return Error::Refused {
                pallet: details.pallet.name().into(),
                name: details.variant.name.clone(),
                doc: details
                    .variant
                    .docs
                    .iter()
                    .map(|line| line.trim())
                    .collect::<Vec<_>>()
                    .join(" "),
            };
        }
    }
    Error::Refused {
        pallet: "runtime".into(),
        name: "Dispatch".into(),
        doc: error.to_string(),
    }
}
