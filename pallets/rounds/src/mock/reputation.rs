//! The mock of `reputation`.

use super::world::*;
use quorate_primitives::{
    traits::{Reputation, RoundResult},
    AccountId, OrganisationId, Ppm,
};

pub struct MockReputation;

fn of(who: &AccountId) -> Ppm {
    world().reputation.get(&raw(who)).copied().unwrap_or(500_000)
}

impl Reputation for MockReputation {
    fn contributor(who: &AccountId) -> Ppm {
        of(who)
    }

    fn validator(who: &AccountId) -> Ppm {
        of(who)
    }

    fn scored(who: &AccountId, organisation: OrganisationId, result: RoundResult) {
        change(|world| {
            world.shown.push(Shown {
                who: raw(who),
                organisation,
                score: result.score,
                median: result.median,
                organisations: result.organisations,
            })
        });
    }

    fn invalid(who: &AccountId, _: OrganisationId, organisations: u32) {
        change(|world| world.invalid.push((raw(who), organisations)));
    }

    fn withheld(who: &AccountId, _: OrganisationId, _: u32) {
        change(|world| world.withheld.push(raw(who)));
    }
}
