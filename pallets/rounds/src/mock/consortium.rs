//! The mock of `consortium`, in which numbers say who belongs to whom, so that a round may have any number of contributors.

use super::world::*;
use frame_support::{pallet_prelude::ValueQuery, storage_alias};
use quorate_mocks::number;
use quorate_primitives::{committee::Committee, traits::Consortium, AccountId, OrganisationId};

/// Contributors that are no longer sponsored.
#[storage_alias(verbatim)]
type Unsponsored = StorageValue<Numbered, Vec<AccountId>, ValueQuery>;

/// Contributors that the consortium has suspended.
#[storage_alias(verbatim)]
type Barred = StorageValue<Numbered, Vec<AccountId>, ValueQuery>;
/// Organisations that are admitted no more.
#[storage_alias(verbatim)]
type Removed = StorageValue<Numbered, Vec<OrganisationId>, ValueQuery>;

pub fn bar(number: u32) {
    Barred::mutate(|barred| barred.push(account(number)));
}

pub fn remove(organisation: OrganisationId) {
    Removed::mutate(|removed| removed.push(organisation));
}

pub fn unsponsor(number: u32) {
    Unsponsored::mutate(|unsponsored| unsponsored.push(account(number)));
}

pub struct Numbered;

impl Consortium for Numbered {
    fn contributor(who: &AccountId) -> Option<OrganisationId> {
        let organisation = number(who) / FIRST;
        let sponsored = !Unsponsored::get().contains(who) && !Barred::get().contains(who);
        (sponsored && Self::in_good_standing(organisation)).then_some(organisation)
    }

    fn organisation_of(who: &AccountId) -> Option<OrganisationId> {
        Some(number(who)).filter(|organisation| Self::in_good_standing(*organisation))
    }

    fn organisation_account(id: OrganisationId) -> Option<AccountId> {
        (!Removed::get().contains(&id)).then(|| account(id))
    }

    fn in_good_standing(id: OrganisationId) -> bool {
        (1..=ORGANISATIONS).contains(&id) && !Suspended::get().contains(&id) && !Removed::get().contains(&id)
    }

    fn is_barred(who: &AccountId, organisation: OrganisationId) -> bool {
        Barred::get().contains(who) || !Self::in_good_standing(organisation)
    }

    fn admitted() -> u32 {
        ORGANISATIONS
    }

    fn committee() -> Committee {
        Committee::default()
    }

    fn is_active(_: &AccountId) -> bool {
        true
    }
}
