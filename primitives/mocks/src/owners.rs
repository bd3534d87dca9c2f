//! The mock of the runtime's answer to whose a fund is.

use frame_support::{pallet_prelude::ValueQuery, storage_alias};
use quorate_primitives::{purpose::Purpose, traits::FundOwners, OrganisationId};
use std::collections::BTreeMap;

/// The purposes that have a fund, with their owners.
#[storage_alias(verbatim)]
pub type Owners = StorageValue<MockOwners, BTreeMap<Purpose, OrganisationId>, ValueQuery>;

pub struct MockOwners;

impl FundOwners for MockOwners {
    fn owner(purpose: Purpose) -> Option<OrganisationId> {
        Owners::get().get(&purpose).copied()
    }
}
