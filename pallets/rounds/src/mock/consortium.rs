//! The mock of `consortium`.

use super::world::*;
use quorate_primitives::{committee::Committee, traits::Consortium, AccountId, OrganisationId};

pub struct MockConsortium;

impl Consortium for MockConsortium {
    fn contributor(who: &AccountId) -> Option<OrganisationId> {
        let organisation = number(who) / FIRST;
        let sponsored = !world().unsponsored.contains(&raw(who));
        (sponsored && Self::in_good_standing(organisation)).then_some(organisation)
    }

    fn organisation_of(who: &AccountId) -> Option<OrganisationId> {
        Some(number(who)).filter(|organisation| Self::in_good_standing(*organisation))
    }

    fn organisation_account(id: OrganisationId) -> Option<AccountId> {
        Some(account(id))
    }

    fn in_good_standing(id: OrganisationId) -> bool {
        (1..=ORGANISATIONS).contains(&id) && !world().suspended.contains(&id)
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
