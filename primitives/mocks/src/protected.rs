//! The mock of the runtime's protections.

use frame_support::{pallet_prelude::ValueQuery, storage_alias};
use quorate_primitives::traits::Protected;

/// Whether no transaction runs.
#[storage_alias(verbatim)]
pub type NoTransactions = StorageValue<MockProtected, bool, ValueQuery>;
/// Whether commitments to rounds are refused.
#[storage_alias(verbatim)]
pub type NoSubmissions = StorageValue<MockProtected, bool, ValueQuery>;

pub struct MockProtected;

impl Protected for MockProtected {
    fn no_transactions() -> bool {
        NoTransactions::get()
    }

    fn no_submissions() -> bool {
        NoSubmissions::get()
    }
}
