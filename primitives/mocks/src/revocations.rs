//! The mock of whoever is told revocations.

use frame_support::{pallet_prelude::ValueQuery, storage_alias};
use quorate_primitives::{traits::RevocationSink, ModelId};
use sp_runtime::Weight;

/// Models that it was told of, in order.
#[storage_alias(verbatim)]
pub type Revoked = StorageValue<MockRevocations, Vec<ModelId>, ValueQuery>;

pub struct MockRevocations;

impl RevocationSink for MockRevocations {
    fn revoked(model: ModelId) {
        Revoked::mutate(|revoked| revoked.push(model));
    }

    fn revoked_weight() -> Weight {
        Weight::from_parts(7, 0)
    }
}
