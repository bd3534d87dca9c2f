//! The mock of `capabilities`: every validator of the session has as much memory as any request names, unless the test says less.

use crate::MockConsortium;
use frame_support::{pallet_prelude::ValueQuery, storage_alias};
use quorate_primitives::{
    capability::Need,
    traits::{Capabilities, Consortium},
    AccountId,
};
use sp_runtime::Weight;
use std::collections::BTreeMap;

/// What single validators have less, in MiB.
#[storage_alias(verbatim)]
pub type Memory = StorageValue<MockCapabilities, BTreeMap<AccountId, u32>, ValueQuery>;
/// Those that were silent, in order.
#[storage_alias(verbatim)]
pub type Silences = StorageValue<MockCapabilities, Vec<AccountId>, ValueQuery>;

pub struct MockCapabilities;

impl Capabilities for MockCapabilities {
    fn capable(need: Need) -> Vec<(AccountId, u32)> {
        let memory = Memory::get();
        let has = |validator: &AccountId| memory.get(validator).copied().unwrap_or(u32::MAX);
        let members = MockConsortium::committee().into_iter().map(|member| member.validator);
        members
            .map(|validator| (validator.clone(), has(&validator)))
            .filter(|(_, memory)| *memory >= need.memory)
            .collect()
    }

    fn silent(validator: &AccountId) {
        Silences::mutate(|silences| silences.push(validator.clone()));
    }

    fn silent_weight() -> Weight {
        Weight::from_parts(10, 0)
    }
}
