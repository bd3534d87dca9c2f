//! The mock of `models`: a registry in which tests revoke and freeze as they like.

use crate::policy::policy;
use codec::{Decode, Encode};
use frame_support::{pallet_prelude::ValueQuery, storage_alias};
use quorate_primitives::{
    policy::Policy,
    traits::{Models, RoundBase},
    version::{AssessmentRecord, RoundOrigin, Settlement},
    views::BlobRef,
    BlockNumber, ModelId, OrganisationId, Root, VersionIndex,
};
use sp_runtime::{DispatchError, Weight};
use std::collections::{BTreeMap, BTreeSet};

/// Lengths of every model's files.
pub const UPDATE_LEN: u64 = 2_048;
pub const FILE_LEN: u64 = 4_096;

#[derive(Clone, Encode, Decode)]
pub struct Model {
    pub owner: OrganisationId,
    pub policy: Policy,
    pub versions: Vec<(Root, Option<RoundOrigin>)>,
    pub revoked: BTreeSet<VersionIndex>,
    pub frozen: bool,
    pub frozen_base: Option<BlobRef>,
    /// Of the policy that the newest version was recorded with.
    pub challenge: BlockNumber,
}

/// The models.
#[storage_alias(verbatim)]
pub type Registry = StorageValue<MockModels, BTreeMap<ModelId, Model>, ValueQuery>;
/// The settlements, in order.
#[storage_alias(verbatim)]
pub type Settled = StorageValue<MockModels, Vec<(ModelId, VersionIndex, Settlement)>, ValueQuery>;
/// The assessments, in order.
#[storage_alias(verbatim)]
pub type Assessed = StorageValue<MockModels, Vec<(ModelId, VersionIndex, AssessmentRecord)>, ValueQuery>;
/// The versions that were recorded under a policy with a gate.
#[storage_alias(verbatim)]
pub type Gated = StorageValue<MockModels, Vec<(ModelId, VersionIndex)>, ValueQuery>;
/// Whether no version can be recorded.
#[storage_alias(verbatim)]
pub type RefuseRecords = StorageValue<MockModels, bool, ValueQuery>;

/// A model with version 0 and [`policy`].
pub fn register(id: ModelId, owner: OrganisationId, root: Root) {
    let model = Model {
        owner,
        policy: policy(),
        versions: vec![(root, None)],
        revoked: BTreeSet::new(),
        frozen: false,
        frozen_base: None,
        challenge: 0,
    };
    Registry::mutate(|models| models.insert(id, model));
}

/// A model that is there.
pub fn model(id: ModelId) -> Model {
    Registry::get().remove(&id).expect("the model is registered")
}

/// Change a model that is there.
pub fn change<R>(id: ModelId, f: impl FnOnce(&mut Model) -> R) -> R {
    Registry::mutate(|models| f(models.get_mut(&id).expect("the model is registered")))
}

/// Change a model's policy to one that passes its check.
pub fn set_policy(id: ModelId, f: impl FnOnce(&mut Policy)) {
    change(id, |model| {
        f(&mut model.policy);
        model.policy.check().expect("a policy that may be set");
    });
}

impl Model {
    fn is_clean(&self, version: VersionIndex) -> bool {
        let Some((_, origin)) = self.versions.get(version as usize) else {
            return false;
        };
        !self.revoked.contains(&version) && origin.is_none_or(|origin| self.is_clean(origin.parent))
    }

    fn descends(&self, version: VersionIndex, ancestor: VersionIndex) -> bool {
        let origin = self
            .versions
            .get(version as usize)
            .and_then(|(_, origin)| origin.as_ref());
        version == ancestor || origin.is_some_and(|origin| self.descends(origin.parent, ancestor))
    }
}

pub struct MockModels;

impl Models for MockModels {
    fn owner(id: ModelId) -> Option<OrganisationId> {
        Registry::get().get(&id).map(|model| model.owner)
    }

    fn round_base(id: ModelId) -> Option<RoundBase> {
        let model = Registry::get().remove(&id).filter(|model| !model.frozen)?;
        let base = (0..model.versions.len())
            .rev()
            .find(|index| model.is_clean(*index as u32) && Self::passed(id, *index as u32))?;
        Some(RoundBase {
            base: base as u32,
            base_root: model.versions[base].0,
            previous_root: base.checked_sub(1).map(|previous| model.versions[previous].0),
            optimiser: model.versions[base].1.and_then(|origin| origin.outcome.optimiser),
            policy: model.policy,
            update_len: UPDATE_LEN,
            file_len: FILE_LEN,
        })
    }

    fn head(id: ModelId) -> Option<VersionIndex> {
        let model = Registry::get().remove(&id)?;
        (0..model.versions.len() as u32)
            .rev()
            .find(|index| model.is_clean(*index))
    }

    fn served(id: ModelId, version: VersionIndex) -> Option<BlobRef> {
        let models = Registry::get();
        let (root, _) = models.get(&id)?.versions.get(version as usize)?;
        Some(BlobRef {
            root: *root,
            len: FILE_LEN,
        })
    }

    fn frozen_base(id: ModelId) -> Option<BlobRef> {
        Registry::get().remove(&id)?.frozen_base
    }

    fn may_read(id: ModelId, _: VersionIndex, organisation: OrganisationId) -> bool {
        let model = model(id);
        model.policy.access.admits(organisation, model.owner, &[])
    }

    fn is_clean(id: ModelId, version: VersionIndex) -> bool {
        model(id).is_clean(version)
    }

    fn passed(id: ModelId, version: VersionIndex) -> bool {
        let records = Assessed::get();
        let of = |(model, assessed, _): &&(_, _, AssessmentRecord)| (*model, *assessed) == (id, version);
        let record = records.iter().find(of).map(|(_, _, record)| record.passed);
        record.unwrap_or_else(|| !Gated::get().contains(&(id, version)))
    }

    fn is_clean_weight() -> Weight {
        Weight::zero()
    }

    fn descends(id: ModelId, version: VersionIndex, ancestor: VersionIndex) -> bool {
        model(id).descends(version, ancestor)
    }

    fn descends_weight() -> Weight {
        Weight::zero()
    }

    fn record(id: ModelId, origin: RoundOrigin, policy: &Policy) -> Result<VersionIndex, DispatchError> {
        if RefuseRecords::get() || !Self::is_clean(id, origin.parent) || !Self::passed(id, origin.parent) {
            return Err(DispatchError::Other("record refused"));
        }
        change(id, |model| {
            model.versions.push((origin.outcome.output, Some(origin)));
            model.challenge = policy.challenge;
            let version = model.versions.len() as u32 - 1;
            if policy.assessment.is_some_and(|assessment| assessment.gate.is_some()) {
                Gated::mutate(|gated| gated.push((id, version)));
            }
            Ok(version)
        })
    }

    fn assessed(model: ModelId, version: VersionIndex, assessment: AssessmentRecord) {
        let known = Assessed::get()
            .iter()
            .any(|(of, other, _)| (*of, *other) == (model, version));
        assert!(!known, "a version is assessed once");
        Assessed::mutate(|all| all.push((model, version, assessment)));
    }

    fn assessed_weight(_: bool) -> Weight {
        Weight::zero()
    }

    fn settled(id: ModelId, version: VersionIndex, settlement: Settlement) {
        Settled::mutate(|settled| settled.push((id, version, settlement)));
    }
}
