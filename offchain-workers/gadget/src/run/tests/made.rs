//! A made-up chain.

use super::*;
use crate::archive::made::model_view;
use crate::chain::{partial, Route};
use quorate_primitives::{
    job::IdentifiedJob,
    version::VersionRecord,
    views::{
        gateway::{GatewayCursor, GatewayPage, SharePage},
        inference::{BatchView, RequestView},
        CapabilityView, Lineage, ModelView, VersionView,
    },
    BatchId, ModelId, RequestId, RoundId, VersionIndex,
};
use std::collections::BTreeMap;

/// What the chain answers at one block.
#[derive(Clone, Default)]
pub struct State {
    pub duties: BTreeMap<AttestationId, Vec<Entry>>,
    pub view: Vec<Entry>,
    pub lineages: Vec<Lineage>,
    pub capabilities: BTreeMap<AttestationId, CapabilityView>,
}

/// A chain whose blocks are named by number and branch.
#[derive(Default)]
pub struct Made {
    pub heads: Heads,
    pub parents: BTreeMap<Hash, BlockId>,
    pub states: BTreeMap<Hash, State>,
    pub validators: BTreeMap<AttestationId, AccountId>,
    /// A runtime that is one version down: this method is absent.
    pub without_view: bool,
    pub without_duties: bool,
}

pub struct MadeChain(pub Mutex<Made>);

pub fn block(number: BlockNumber, branch: u8) -> BlockId {
    let mut hash = Hash::repeat_byte(branch);
    hash.0[..4].copy_from_slice(&number.to_be_bytes());
    BlockId { number, hash }
}

impl Chain for MadeChain {
    fn heads(&self) -> Heads {
        self.0.lock().heads
    }

    fn route(&self, from: BlockId, to: BlockId) -> Result<Route, String> {
        Ok(partial::route(&self.0.lock().parents, from, to))
    }

    fn duties(&self, at: Hash, key: &AttestationId) -> Result<Vec<Entry>, String> {
        let made = self.0.lock();
        if made.without_duties {
            return Err("DutiesApi_duties is not found".into());
        }
        let state = made.states.get(&at).cloned().unwrap_or_default();
        Ok(state.duties.get(key).cloned().unwrap_or_default())
    }

    fn validator_of(&self, _: Hash, key: &AttestationId) -> Result<Option<AccountId>, String> {
        Ok(self.0.lock().validators.get(key).cloned())
    }

    fn capability(&self, at: Hash, key: &AttestationId) -> Result<Option<CapabilityView>, String> {
        let made = self.0.lock();
        let state = made.states.get(&at);
        Ok(state.and_then(|state| state.capabilities.get(key).cloned()))
    }

    fn job_status(&self, _: Hash, _: JobId, _: &AccountId) -> Result<Option<JobStatus>, String> {
        Ok(Some(JobStatus::Open))
    }

    fn models(&self, at: Hash, from: ModelId, limit: u32) -> Result<Vec<ModelView>, String> {
        let made = self.0.lock();
        let lineages = made.states.get(&at).into_iter().flat_map(|state| &state.lineages);
        let mut latest = BTreeMap::new();
        for lineage in lineages {
            latest.insert(lineage.version.record.model, lineage.version.record.version);
        }
        let models = latest.into_iter().filter(|(model, _)| *model >= from);
        Ok(models
            .take(limit as usize)
            .map(|(model, latest)| model_view(model, latest))
            .collect())
    }

    fn versions(&self, at: Hash, model: ModelId, from: VersionIndex, limit: u32) -> Result<Vec<VersionView>, String> {
        let made = self.0.lock();
        let lineages = made.states.get(&at).into_iter().flat_map(|state| &state.lineages);
        let versions = lineages.map(|lineage| lineage.version.clone());
        let wanted = versions.filter(|version| version.record.model == model && version.record.version >= from);
        Ok(wanted.take(limit as usize).collect())
    }

    fn lineage(&self, at: Hash, model: ModelId, version: VersionIndex) -> Result<Option<Lineage>, String> {
        let made = self.0.lock();
        let mut lineages = made.states.get(&at).into_iter().flat_map(|state| &state.lineages);
        let same = |record: &VersionRecord| (record.model, record.version) == (model, version);
        Ok(lineages.find(|lineage| same(&lineage.version.record)).cloned())
    }

    /// Two entries a page.
    fn gateway_page(&self, at: Hash, cursor: Option<GatewayCursor>) -> Result<GatewayPage, String> {
        let made = self.0.lock();
        if made.without_view {
            return Err("GatewayApi_gateway_page is not found".into());
        }
        let view = made.states.get(&at).cloned().unwrap_or_default().view;
        let from = cursor.map_or(0, |cursor| cursor.position as usize);
        let entries = view.iter().skip(from).take(2).cloned().collect();
        let next = (from + 2 < view.len()).then_some(GatewayCursor {
            part: 0,
            id: 0,
            position: from as u32 + 2,
        });
        Ok(GatewayPage { entries, next })
    }

    /// No rounds.
    fn gateway_shares(&self, _: Hash, _: Vec<RoundId>, _: RoundId) -> Result<SharePage, String> {
        Ok(SharePage {
            rounds: Vec::new(),
            next: 0,
            ended: true,
        })
    }

    /// None.
    fn batches(&self, _: Hash, _: BatchId, _: u32) -> Result<Vec<BatchView>, String> {
        Ok(Vec::new())
    }

    fn request(&self, _: Hash, _: RequestId) -> Result<Option<RequestView>, String> {
        Ok(None)
    }

    fn job(&self, _: Hash, _: JobId) -> Result<Option<IdentifiedJob>, String> {
        Ok(None)
    }
}
