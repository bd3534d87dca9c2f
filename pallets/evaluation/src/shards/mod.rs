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

/// What a shard must be bonded with, so that withholding it costs at least what any supplier's part of the pot is.
pub(crate) fn least_bond(pot: Balance, rules: &Contribution) -> Balance {
    pot.div_ceil(Balance::from(rules.min_suppliers.max(1)))
}
