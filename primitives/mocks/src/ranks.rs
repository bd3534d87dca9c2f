//! The mock of the ranked collective.

use frame_support::{pallet_prelude::ValueQuery, storage_alias};
use quorate_primitives::{traits::RankSink, AccountId};
use sp_runtime::{DispatchError, DispatchResult};

/// Ranks that were given, in order. A refused one is among them until the caller rolls back.
#[storage_alias(verbatim)]
pub type Ranks = StorageValue<MockRanks, Vec<(AccountId, u16)>, ValueQuery>;
/// Whether every rank is refused.
#[storage_alias(verbatim)]
pub type RefuseRanks = StorageValue<MockRanks, bool, ValueQuery>;

/// The refusal.
pub const REFUSAL: DispatchError = DispatchError::Exhausted;

pub struct MockRanks;

impl RankSink for MockRanks {
    fn set_rank(who: &AccountId, rank: u16) -> DispatchResult {
        Ranks::mutate(|ranks| ranks.push((who.clone(), rank)));
        if RefuseRanks::get() {
            return Err(REFUSAL);
        }
        Ok(())
    }
}
