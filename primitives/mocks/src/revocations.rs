//! The mock of whoever is told revocations.

use frame_support::{pallet_prelude::ValueQuery, storage_alias};
use quorate_primitives::{traits::RevocationSink, ModelId, VersionIndex};
use sp_runtime::Weight;

/// What it was told, in order.
#[storage_alias(verbatim)]
pub type Revoked = StorageValue<MockRevocations, Vec<(ModelId, VersionIndex)>, ValueQuery>;

pub struct MockRevocations;

impl RevocationSink for MockRevocations {
    fn revoked(model: ModelId, version: VersionIndex) {
        Revoked::mutate(|revoked| revoked.push((model, version)));
    }

    fn revoked_weight() -> Weight {
        Weight::from_parts(7, 0)
    }
}
