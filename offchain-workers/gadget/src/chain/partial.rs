//! Made-up chains for tests that answer some questions alone.

use super::{Chain, Heads, Route};
use quorate_primitives::{
    crypto::AttestationId,
    job::IdentifiedJob,
    views::{
        gateway::{GatewayCursor, GatewayPage, SharePage},
        inference::{BatchView, RequestView},
        tasks::JobStatus,
        CapabilityView, Entry, Lineage, ModelView, VersionView,
    },
    AccountId, BatchId, Hash, JobId, ModelId, RequestId, RoundId, VersionIndex,
};
use quorate_protocol::BlockId;
use std::collections::{BTreeMap, BTreeSet};

/// [`Chain`], of which a test gives what is asked of it: another question fails it.
pub trait Partial: Send + Sync + 'static {
    fn heads(&self) -> Heads {
        unreachable!()
    }

    fn route(&self, _: BlockId, _: BlockId) -> Result<Route, String> {
        unreachable!()
    }

    fn duties(&self, _: Hash, _: &AttestationId) -> Result<Vec<Entry>, String> {
        unreachable!()
    }

    fn validator_of(&self, _: Hash, _: &AttestationId) -> Result<Option<AccountId>, String> {
        unreachable!()
    }

    fn capability(&self, _: Hash, _: &AttestationId) -> Result<Option<CapabilityView>, String> {
        unreachable!()
    }

    fn job_status(&self, _: Hash, _: JobId, _: &AccountId) -> Result<Option<JobStatus>, String> {
        unreachable!()
    }

    fn gateway_page(&self, _: Hash, _: Option<GatewayCursor>) -> Result<GatewayPage, String> {
        unreachable!()
    }

    fn gateway_shares(&self, _: Hash, _: Vec<RoundId>, _: RoundId) -> Result<SharePage, String> {
        unreachable!()
    }

    fn models(&self, _: Hash, _: ModelId, _: u32) -> Result<Vec<ModelView>, String> {
        unreachable!()
    }

    fn versions(&self, _: Hash, _: ModelId, _: VersionIndex, _: u32) -> Result<Vec<VersionView>, String> {
        unreachable!()
    }

    fn lineage(&self, _: Hash, _: ModelId, _: VersionIndex) -> Result<Option<Lineage>, String> {
        unreachable!()
    }

    fn batches(&self, _: Hash, _: BatchId, _: u32) -> Result<Vec<BatchView>, String> {
        unreachable!()
    }

    fn request(&self, _: Hash, _: RequestId) -> Result<Option<RequestView>, String> {
        unreachable!()
    }

    fn job(&self, _: Hash, _: JobId) -> Result<Option<IdentifiedJob>, String> {
        unreachable!()
    }
}

impl<T: Partial> Chain for T {
    fn heads(&self) -> Heads {
        Partial::heads(self)
    }

    fn route(&self, from: BlockId, to: BlockId) -> Result<Route, String> {
        Partial::route(self, from, to)
    }

    fn duties(&self, at: Hash, key: &AttestationId) -> Result<Vec<Entry>, String> {
        Partial::duties(self, at, key)
    }

    fn validator_of(&self, at: Hash, key: &AttestationId) -> Result<Option<AccountId>, String> {
        Partial::validator_of(self, at, key)
    }

    fn capability(&self, at: Hash, key: &AttestationId) -> Result<Option<CapabilityView>, String> {
        Partial::capability(self, at, key)
    }

    fn job_status(&self, at: Hash, job: JobId, validator: &AccountId) -> Result<Option<JobStatus>, String> {
        Partial::job_status(self, at, job, validator)
    }

    fn gateway_page(&self, at: Hash, cursor: Option<GatewayCursor>) -> Result<GatewayPage, String> {
        Partial::gateway_page(self, at, cursor)
    }

    fn gateway_shares(&self, at: Hash, due: Vec<RoundId>, from: RoundId) -> Result<SharePage, String> {
        Partial::gateway_shares(self, at, due, from)
    }

    fn models(&self, at: Hash, from: ModelId, limit: u32) -> Result<Vec<ModelView>, String> {
        Partial::models(self, at, from, limit)
    }

    fn versions(&self, at: Hash, model: ModelId, from: VersionIndex, limit: u32) -> Result<Vec<VersionView>, String> {
        Partial::versions(self, at, model, from, limit)
    }

    fn lineage(&self, at: Hash, model: ModelId, version: VersionIndex) -> Result<Option<Lineage>, String> {
        Partial::lineage(self, at, model, version)
    }

    fn batches(&self, at: Hash, from: BatchId, limit: u32) -> Result<Vec<BatchView>, String> {
        Partial::batches(self, at, from, limit)
    }

    fn request(&self, at: Hash, id: RequestId) -> Result<Option<RequestView>, String> {
        Partial::request(self, at, id)
    }

    fn job(&self, at: Hash, id: JobId) -> Result<Option<IdentifiedJob>, String> {
        Partial::job(self, at, id)
    }
}

/// A block and all before it, the newest first, by the parents of those that have one.
pub fn ancestry(parents: &BTreeMap<Hash, BlockId>, block: BlockId) -> Vec<BlockId> {
    let mut way = vec![block];
    while let Some(parent) = way.last().and_then(|last| parents.get(&last.hash)) {
        way.push(*parent);
    }
    way
}

/// The way from one block to another.
pub fn route(parents: &BTreeMap<Hash, BlockId>, from: BlockId, to: BlockId) -> Route {
    let (back, forth) = (ancestry(parents, from), ancestry(parents, to));
    let only = |way: &[BlockId], other: &[BlockId]| -> Vec<BlockId> {
        let other: BTreeSet<Hash> = other.iter().map(|block| block.hash).collect();
        let blocks = way.iter().filter(|block| !other.contains(&block.hash));
        blocks.copied().collect()
    };
    let mut enacted = only(&forth, &back);
    enacted.reverse();
    Route {
        retracted: only(&back, &forth),
        enacted,
    }
}
