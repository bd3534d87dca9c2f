//! The mock of whoever is told departures.

use frame_support::{pallet_prelude::ValueQuery, storage_alias};
use quorate_primitives::{traits::DepartureSink, AccountId};
use sp_runtime::Weight;

/// Contributors and validators that left, in order.
#[storage_alias(verbatim)]
pub type Departed = StorageValue<MockDepartures, Vec<AccountId>, ValueQuery>;

pub struct MockDepartures;

impl DepartureSink for MockDepartures {
    fn contributor_left(who: &AccountId) {
        Departed::mutate(|departed| departed.push(who.clone()));
    }

    fn validator_left(who: &AccountId) {
        Departed::mutate(|departed| departed.push(who.clone()));
    }

    fn left_weight() -> Weight {
        Weight::from_parts(1, 0)
    }
}
