//! Who is told that an account has left the consortium.

use crate::{Capabilities, Reputation};
use frame_support::weights::Weight;
use quorate_primitives::{traits::DepartureSink, AccountId};

/// Reputations, and what validators declared.
pub struct Departures;

impl DepartureSink for Departures {
    fn contributor_left(who: &AccountId) {
        Reputation::contributor_left(who);
    }

    fn validator_left(who: &AccountId) {
        Reputation::validator_left(who);
        Capabilities::validator_left(who);
    }

    fn left_weight() -> Weight {
        Reputation::left_weight().saturating_add(Capabilities::left_weight())
    }
}
