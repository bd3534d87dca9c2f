//! The mock of the governance memberships.

use frame_support::{pallet_prelude::ValueQuery, storage_alias};
use quorate_primitives::{traits::MembershipSink, AccountId};

/// The council, as it was set last.
#[storage_alias(verbatim)]
pub type Council = StorageValue<MockMemberships, Vec<AccountId>, ValueQuery>;
/// The technical committee, as it was set last.
#[storage_alias(verbatim)]
pub type Technical = StorageValue<MockMemberships, Vec<AccountId>, ValueQuery>;

pub struct MockMemberships;

impl MembershipSink for MockMemberships {
    fn set_members(council: Vec<AccountId>, technical: Vec<AccountId>) {
        Council::set(council);
        Technical::set(technical);
    }
}
