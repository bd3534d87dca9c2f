//! Sealed shards: data sets that organisations commit to before a round begins and reveal when its updates are sealed, so that nobody
//! could train on what contributions are measured by.

mod revealing;
mod rounds;
mod supplying;
mod try_state;
mod types;
mod used;
mod views;

pub use types::{RoundShard, SealedShard, Shards, Stage, MAX_USED, MAX_WAITING};

use quorate_primitives::{policy::Contribution, tagged::tagged, AccountId, Balance, Hash, OrganisationId};

/// What tells the bonds of a model's shards apart: commitments of others may be copied.
pub(crate) fn bond_key(supplier: OrganisationId, commitment: Hash) -> AccountId {
    AccountId::new(tagged(b"shard-bond", &(supplier, commitment)).0)
}

/// What each shard of a round with `count` of them, the fewest at least, must be bonded with: those that have to be missing for the round to
/// have too few lose the whole pot together, so that nobody leaves contributors unpaid for less than they would be paid.
pub(crate) fn least_bond(pot: Balance, rules: &Contribution, count: u32) -> Balance {
    let missing = count.saturating_sub(rules.min_suppliers).saturating_add(1);
    pot.div_ceil(missing.into())
}
