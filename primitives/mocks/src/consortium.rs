//! The mock of `consortium`: lists of whoever belongs to it.

use crate::keys::{account, member};
use frame_support::{
    pallet_prelude::{OptionQuery, ValueQuery},
    storage_alias, Blake2_128Concat,
};
use quorate_primitives::{
    committee::{Committee, Member},
    traits::Consortium,
    AccountId, OrganisationId,
};
use std::collections::BTreeMap;

/// The admitted organisations with their accounts.
#[storage_alias(verbatim)]
pub type Organisations = StorageValue<MockConsortium, BTreeMap<OrganisationId, AccountId>, ValueQuery>;
/// Organisations that are not in good standing.
#[storage_alias(verbatim)]
pub type Suspended = StorageValue<MockConsortium, Vec<OrganisationId>, ValueQuery>;
/// Sponsored accounts.
#[storage_alias(verbatim)]
pub type Contributors = StorageMap<MockConsortium, Blake2_128Concat, AccountId, OrganisationId, OptionQuery>;
/// The validators of the session with their keys, inactive ones included.
#[storage_alias(verbatim)]
pub type Members = StorageValue<MockConsortium, Vec<Member>, ValueQuery>;
/// Validators that were suspended or removed.
#[storage_alias(verbatim)]
pub type Inactive = StorageValue<MockConsortium, Vec<AccountId>, ValueQuery>;

/// Admit an organisation, or let another account speak for it.
pub fn admit(id: OrganisationId, number: u32) {
    Organisations::mutate(|organisations| organisations.insert(id, account(number)));
}

/// Remove an organisation for good.
pub fn remove(id: OrganisationId) {
    Organisations::mutate(|organisations| organisations.remove(&id));
}

/// A session of this many validators from 0 on.
pub fn validators(count: u32) {
    Members::set((0..count).map(member).collect());
}

pub struct MockConsortium;

impl Consortium for MockConsortium {
    fn contributor(who: &AccountId) -> Option<OrganisationId> {
        Contributors::get(who).filter(|id| Self::in_good_standing(*id))
    }

    fn organisation_of(who: &AccountId) -> Option<OrganisationId> {
        let organisations = Organisations::get();
        let (id, _) = organisations.iter().find(|(_, account)| *account == who)?;
        Self::in_good_standing(*id).then_some(*id)
    }

    fn organisation_account(id: OrganisationId) -> Option<AccountId> {
        Organisations::get().get(&id).cloned()
    }

    fn in_good_standing(id: OrganisationId) -> bool {
        Organisations::get().contains_key(&id) && !Suspended::get().contains(&id)
    }

    fn is_barred(_: &AccountId, organisation: OrganisationId) -> bool {
        !Self::in_good_standing(organisation)
    }

    fn admitted() -> u32 {
        Organisations::get().len() as u32
    }

    fn committee() -> Committee {
        let inactive = Inactive::get();
        let members = Members::get().into_iter();
        Committee::truncate_from(members.filter(|member| !inactive.contains(&member.validator)).collect())
    }

    fn is_active(validator: &AccountId) -> bool {
        !Inactive::get().contains(validator)
    }
}
