//! What the gadget asks of its node's chain, as one trait: a node of the chain on one side, a made-up chain in tests on the other.

#[cfg(test)]
pub mod partial;

use quorate_primitives::{
    crypto::AttestationId,
    job::IdentifiedJob,
    views::{
        gateway::{GatewayCursor, GatewayPage, SharePage},
        inference::{BatchView, RequestView},
        tasks::JobStatus,
        CapabilityView, Entry, Lineage, ModelView, VersionView,
    },
    AccountId, BatchId, BlockNumber, Hash, JobId, ModelId, RequestId, RoundId, VersionIndex,
};
use quorate_protocol::BlockId;
use quorate_runtime_api::{DutiesApi, GatewayApi, InferenceApi, JobsApi, ModelsApi};
use sp_api::ProvideRuntimeApi;
use sp_blockchain::{tree_route, HeaderBackend, HeaderMetadata};
use sp_runtime::traits::{Block as BlockT, Header as HeaderT};
use std::{fmt::Display, marker::PhantomData, sync::Arc};

/// The way from one block to another: back to their last common block, then forward.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// Blocks that are left, in descending order.
    pub retracted: Vec<BlockId>,
    /// Blocks that are reached, in ascending order.
    pub enacted: Vec<BlockId>,
}

/// The newest blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heads {
    pub best: BlockId,
    pub finalized: BlockId,
}

/// The chain as the gadget reads it. An error is a text for the log: a method that this runtime does not have, for instance.
/// Whatever fails alone leaves the rest of the gadget's duties untouched.
pub trait Chain: Send + Sync + 'static {
    fn heads(&self) -> Heads;
    /// # Errors
    /// One of the blocks is not known, or no longer.
    fn route(&self, from: BlockId, to: BlockId) -> Result<Route, String>;
    /// # Errors
    /// The runtime does not answer.
    fn duties(&self, at: Hash, key: &AttestationId) -> Result<Vec<Entry>, String>;
    /// # Errors
    /// The runtime does not answer.
    fn validator_of(&self, at: Hash, key: &AttestationId) -> Result<Option<AccountId>, String>;
    /// # Errors
    /// The runtime does not answer.
    fn capability(&self, at: Hash, key: &AttestationId) -> Result<Option<CapabilityView>, String>;
    /// # Errors
    /// The runtime does not answer, or the state of `at` is pruned.
    fn job_status(&self, at: Hash, job: JobId, validator: &AccountId) -> Result<Option<JobStatus>, String>;
    /// # Errors
    /// The runtime does not answer.
    fn gateway_page(&self, at: Hash, cursor: Option<GatewayCursor>) -> Result<GatewayPage, String>;
    /// # Errors
    /// The runtime does not answer.
    fn gateway_shares(&self, at: Hash, due: Vec<RoundId>, from: RoundId) -> Result<SharePage, String>;
    /// # Errors
    /// The runtime does not answer.
    fn models(&self, at: Hash, from: ModelId, limit: u32) -> Result<Vec<ModelView>, String>;
    /// # Errors
    /// The runtime does not answer.
    fn versions(&self, at: Hash, model: ModelId, from: VersionIndex, limit: u32) -> Result<Vec<VersionView>, String>;
    /// # Errors
    /// The runtime does not answer.
    fn lineage(&self, at: Hash, model: ModelId, version: VersionIndex) -> Result<Option<Lineage>, String>;
    /// # Errors
    /// The runtime does not answer.
    fn batches(&self, at: Hash, from: BatchId, limit: u32) -> Result<Vec<BatchView>, String>;
    /// # Errors
    /// The runtime does not answer.
    fn request(&self, at: Hash, id: RequestId) -> Result<Option<RequestView>, String>;
    /// # Errors
    /// The runtime does not answer.
    fn job(&self, at: Hash, id: JobId) -> Result<Option<IdentifiedJob>, String>;
}

/// The chain of this node.
pub struct NodeChain<B, C> {
    client: Arc<C>,
    block: PhantomData<fn() -> B>,
}

impl<B, C> NodeChain<B, C> {
    pub fn new(client: Arc<C>) -> Self {
        Self {
            client,
            block: PhantomData,
        }
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}

impl<B, C> Chain for NodeChain<B, C>
where
    B: BlockT<Hash = Hash>,
    B::Header: HeaderT<Number = BlockNumber>,
    C: ProvideRuntimeApi<B>
        + HeaderBackend<B>
        + HeaderMetadata<B, Error = sp_blockchain::Error>
        + Send
        + Sync
        + 'static,
    C::Api: DutiesApi<B> + GatewayApi<B> + ModelsApi<B> + InferenceApi<B> + JobsApi<B>,
{
    fn heads(&self) -> Heads {
        let info = self.client.info();
        let id = |number, hash| BlockId { number, hash };
        Heads {
            best: id(info.best_number, info.best_hash),
            finalized: id(info.finalized_number, info.finalized_hash),
        }
    }

    fn route(&self, from: BlockId, to: BlockId) -> Result<Route, String> {
        let route = tree_route::<B, C>(&self.client, from.hash, to.hash).map_err(text)?;
        let ids = |blocks: &[sp_blockchain::HashAndNumber<B>]| {
            let blocks = blocks.iter().map(|block| BlockId {
                number: block.number,
                hash: block.hash,
            });
            blocks.collect()
        };
        Ok(Route {
            retracted: ids(route.retracted()),
            enacted: ids(route.enacted()),
        })
    }

    fn duties(&self, at: Hash, key: &AttestationId) -> Result<Vec<Entry>, String> {
        self.client.runtime_api().duties(at, key.clone()).map_err(text)
    }

    fn validator_of(&self, at: Hash, key: &AttestationId) -> Result<Option<AccountId>, String> {
        self.client.runtime_api().validator_of(at, key.clone()).map_err(text)
    }

    fn capability(&self, at: Hash, key: &AttestationId) -> Result<Option<CapabilityView>, String> {
        self.client.runtime_api().capability(at, key.clone()).map_err(text)
    }

    fn job_status(&self, at: Hash, job: JobId, validator: &AccountId) -> Result<Option<JobStatus>, String> {
        let api = self.client.runtime_api();
        api.job_status(at, job, validator.clone()).map_err(text)
    }

    fn gateway_page(&self, at: Hash, cursor: Option<GatewayCursor>) -> Result<GatewayPage, String> {
        self.client.runtime_api().gateway_page(at, cursor).map_err(text)
    }

    fn gateway_shares(&self, at: Hash, due: Vec<RoundId>, from: RoundId) -> Result<SharePage, String> {
        self.client.runtime_api().gateway_shares(at, due, from).map_err(text)
    }

    fn models(&self, at: Hash, from: ModelId, limit: u32) -> Result<Vec<ModelView>, String> {
        self.client.runtime_api().models(at, from, limit).map_err(text)
    }

    fn versions(&self, at: Hash, model: ModelId, from: VersionIndex, limit: u32) -> Result<Vec<VersionView>, String> {
        self.client.runtime_api().versions(at, model, from, limit).map_err(text)
    }

    fn lineage(&self, at: Hash, model: ModelId, version: VersionIndex) -> Result<Option<Lineage>, String> {
        self.client.runtime_api().lineage(at, model, version).map_err(text)
    }

    fn batches(&self, at: Hash, from: BatchId, limit: u32) -> Result<Vec<BatchView>, String> {
        self.client.runtime_api().batches(at, from, limit).map_err(text)
    }

    fn request(&self, at: Hash, id: RequestId) -> Result<Option<RequestView>, String> {
        self.client.runtime_api().request(at, id).map_err(text)
    }

    fn job(&self, at: Hash, id: JobId) -> Result<Option<IdentifiedJob>, String> {
        self.client.runtime_api().job(at, id).map_err(text)
    }
}
