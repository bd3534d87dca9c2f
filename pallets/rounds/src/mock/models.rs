//! The mock of `models`.

use super::world::*;
use quorate_primitives::{
    policy::Policy,
    traits::{Models, RoundBase},
    version::{RoundOrigin, Settlement},
    ModelId, OrganisationId, VersionIndex,
};
use sp_runtime::DispatchError;

pub struct MockModels;

impl Models for MockModels {
    fn owner(model: ModelId) -> Option<OrganisationId> {
        world().models.get(&model).map(|entry| entry.owner)
    }

    fn round_base(model: ModelId) -> Option<RoundBase> {
        let entry = world().models.get(&model).filter(|entry| !entry.frozen)?.clone();
        let clean = |index: &usize| Self::is_clean(model, *index as u32);
        let base = (0..entry.versions.len()).rev().find(clean)?;
        Some(RoundBase {
            base: base as u32,
            base_root: entry.versions[base].0,
            previous_root: base.checked_sub(1).map(|previous| entry.versions[previous].0),
            optimiser: entry.versions[base].1.and_then(|origin| origin.outcome.optimiser),
            policy: entry.policy.unwrap(),
            update_len: UPDATE_LEN,
            file_len: FILE_LEN,
        })
    }

    fn is_clean(model: ModelId, version: VersionIndex) -> bool {
        let entry = &world().models[&model];
        let Some((_, origin)) = entry.versions.get(version as usize) else {
            return false;
        };
        let parent_is_clean = origin.is_none_or(|origin| Self::is_clean(model, origin.parent));
        !entry.revoked.contains(&version) && parent_is_clean
    }

    fn record(model: ModelId, origin: RoundOrigin, policy: &Policy) -> Result<VersionIndex, DispatchError> {
        if world().refuse_records || !Self::is_clean(model, origin.parent) {
            return Err(DispatchError::Other("record refused"));
        }
        change(|world| {
            let entry = world.models.get_mut(&model).unwrap();
            entry.versions.push((origin.outcome.output, Some(origin)));
            entry.challenge = policy.challenge;
            Ok(entry.versions.len() as u32 - 1)
        })
    }

    fn settled(model: ModelId, version: VersionIndex, settlement: Settlement) {
        change(|world| world.settlements.push((model, version, settlement)));
    }
}
