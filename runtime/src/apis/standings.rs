//! Reputation and pay.

use crate::{AccountId, Consortium, Runtime};
use alloc::{collections::BTreeSet, vec::Vec};
use quorate_primitives::{traits::Consortium as _, views::StandingView};

/// Most entries of one answer.
const MAX_LIMIT: u32 = 64;

pub fn standing(who: AccountId) -> StandingView {
    let validator = pallet_consortium::Validators::<Runtime>::get(&who).map(|validator| validator.organisation);
    StandingView {
        organisation: Consortium::sponsor_of(&who)
            .or(validator)
            .or_else(|| Consortium::organisation_of(&who)),
        contributor: pallet_reputation::Contributors::<Runtime>::get(&who).map(|record| record.reputation),
        validator: pallet_reputation::Validators::<Runtime>::get(&who),
        claimable: pallet_incentives::Earnings::<Runtime>::get(&who),
        account: who,
    }
}

/// Standing of validators first, then of contributors, those included that no organisation sponsors any more.
pub fn standings(limit: u32) -> Vec<StandingView> {
    let limit = limit.min(MAX_LIMIT);
    let mut seen = BTreeSet::new();
    pallet_consortium::Validators::<Runtime>::iter_keys()
        .chain(pallet_consortium::Contributors::<Runtime>::iter_keys())
        .chain(pallet_reputation::Contributors::<Runtime>::iter_keys())
        .chain(pallet_reputation::Validators::<Runtime>::iter_keys())
        .filter(|who| seen.insert(who.clone()))
        .take(usize::try_from(limit).unwrap_or_default())
        .map(standing)
        .collect()
}
