//! The mock of `reputation`: scores that stand still, and a list of what would move them.

use codec::{Decode, Encode};
use frame_support::{pallet_prelude::ValueQuery, storage_alias};
use quorate_primitives::{
    traits::{Reputation, RoundResult},
    AccountId, OrganisationId, Ppm,
};
use std::collections::BTreeMap;

/// A result that was reported.
#[derive(Clone, PartialEq, Debug, Encode, Decode)]
pub struct Scored {
    pub who: AccountId,
    pub organisation: OrganisationId,
    pub score: Ppm,
    pub median: Ppm,
    pub organisations: u32,
}

/// Reputations that are not [`USUAL`].
#[storage_alias(verbatim)]
pub type Scores = StorageValue<MockReputation, BTreeMap<AccountId, Ppm>, ValueQuery>;
#[storage_alias(verbatim)]
pub type Results = StorageValue<MockReputation, Vec<Scored>, ValueQuery>;
/// Invalid updates: whose, and the number of organisations that each was reported with.
#[storage_alias(verbatim)]
pub type InvalidUpdates = StorageValue<MockReputation, Vec<(AccountId, u32)>, ValueQuery>;
/// Whoever was reported for an update that was not made available.
#[storage_alias(verbatim)]
pub type Withheld = StorageValue<MockReputation, Vec<AccountId>, ValueQuery>;

/// What everybody has at first.
pub const USUAL: Ppm = 500_000;

pub fn set_reputation(who: AccountId, reputation: Ppm) {
    Scores::mutate(|scores| scores.insert(who, reputation));
}

fn of(who: &AccountId) -> Ppm {
    Scores::get().get(who).copied().unwrap_or(USUAL)
}

pub struct MockReputation;

impl Reputation for MockReputation {
    fn contributor(who: &AccountId) -> Ppm {
        of(who)
    }

    fn validator(who: &AccountId) -> Ppm {
        of(who)
    }

    fn scored(who: &AccountId, organisation: OrganisationId, result: RoundResult) {
        let result = Scored {
            who: who.clone(),
            organisation,
            score: result.score,
            median: result.median,
            organisations: result.organisations,
        };
        Results::mutate(|results| results.push(result));
    }

    fn invalid(who: &AccountId, _: OrganisationId, organisations: u32) {
        InvalidUpdates::mutate(|invalid| invalid.push((who.clone(), organisations)));
    }

    fn withheld(who: &AccountId, _: OrganisationId, _: u32) {
        Withheld::mutate(|withheld| withheld.push(who.clone()));
    }
}
