//! The mock of sealed shards: which of them wait, and which a quorum comes to hold, is what the test says.

use crate::{account, MockEscrow};
use codec::{Decode, Encode};
use frame_support::{pallet_prelude::ValueQuery, storage_alias};
use quorate_primitives::{
    job::assess::Shard,
    policy::Contribution,
    purpose::Purpose,
    traits::{Escrow, Shards},
    Balance, BlockNumber, ModelId, OrganisationId, RoundId,
};
use sp_runtime::{DispatchError, Weight};
use std::collections::BTreeMap;

/// Shards that wait for the next round of a model, by supplier, with their bonds.
#[storage_alias(verbatim)]
pub type Waiting = StorageValue<MockShards, BTreeMap<ModelId, Vec<(OrganisationId, Balance)>>, ValueQuery>;
/// Those of each round.
#[storage_alias(verbatim)]
pub type Taken = StorageValue<MockShards, BTreeMap<RoundId, Of>, ValueQuery>;
/// The rounds whose shards were released or assessed, in order.
#[storage_alias(verbatim)]
pub type Ended = StorageValue<MockShards, Vec<(RoundId, End)>, ValueQuery>;

/// The rounds whose shards are kept no more, in order.
#[storage_alias(verbatim)]
pub type Pruned = StorageValue<MockShards, Vec<RoundId>, ValueQuery>;

/// How the shards of a round ended.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum End {
    Released,
    Assessed(Vec<OrganisationId>),
}

/// A round's shards.
#[derive(Clone, Default, Encode, Decode)]
pub struct Of {
    pub model: ModelId,
    pub suppliers: Vec<OrganisationId>,
    /// Until when they are revealed, and votes count.
    pub until: Option<(BlockNumber, BlockNumber)>,
    pub decided: bool,
    pub held: Vec<Shard>,
}

/// Commit to a shard for a model's next round, and hold its bond.
pub fn commit(model: ModelId, supplier: OrganisationId, bond: Balance) {
    MockEscrow::hold_bond(supplier, Purpose::Shards(model), &account(supplier), bond).expect("a rich supplier");
    Waiting::mutate(|waiting| waiting.entry(model).or_default().push((supplier, bond)));
}

/// Of a round's shards, a quorum holds those of these suppliers, and of no others.
pub fn decide(round: RoundId, held: &[OrganisationId], rows: u32) {
    Taken::mutate(|taken| {
        let of = taken.get_mut(&round).expect("the round has shards");
        of.decided = true;
        let shard = |supplier: &OrganisationId| Shard {
            supplier: *supplier,
            root: sp_core::H256::repeat_byte(*supplier as u8),
            len: 100,
            rows,
        };
        of.held = held.iter().map(shard).collect();
    });
}

/// A round's shards, while they are not released or assessed.
pub fn of(round: RoundId) -> Option<Of> {
    Taken::get().remove(&round)
}

pub struct MockShards;

fn take(round: RoundId, end: End) -> Option<Of> {
    let of = Taken::mutate(|taken| taken.remove(&round))?;
    assert!(
        !Ended::get().iter().any(|(ended, _)| *ended == round),
        "the shards of a round end once"
    );
    Ended::mutate(|ended| ended.push((round, end)));
    Some(of)
}

impl Shards for MockShards {
    fn waiting(model: ModelId, rules: &Contribution, _: Balance) -> u32 {
        let number = Waiting::get().get(&model).map_or(0, Vec::len) as u32;
        number.min(rules.max_suppliers)
    }

    fn begin(round: RoundId, model: ModelId, rules: &Contribution, pot: Balance) -> Result<u32, DispatchError> {
        let number = Self::waiting(model, rules, pot);
        if number < rules.min_suppliers {
            return Err(DispatchError::Other("too few shards"));
        }
        let mut suppliers = Vec::new();
        Waiting::mutate(|waiting| {
            let list = waiting.entry(model).or_default();
            suppliers.extend(list.drain(..number as usize).map(|(supplier, _)| supplier));
        });
        suppliers.sort_unstable();
        let of = Of {
            model,
            suppliers,
            ..Of::default()
        };
        Taken::mutate(|taken| taken.insert(round, of));
        Ok(number)
    }

    fn reveal(round: RoundId, reveal_until: BlockNumber, vote_until: BlockNumber) {
        Taken::mutate(|taken| {
            if let Some(of) = taken.get_mut(&round) {
                of.until = Some((reveal_until, vote_until));
            }
        });
    }

    fn is_decided(round: RoundId) -> bool {
        of(round).is_none_or(|of| of.decided)
    }

    fn held(round: RoundId) -> Vec<Shard> {
        of(round).map(|of| of.held).unwrap_or_default()
    }

    fn assessed(round: RoundId, counted: &[OrganisationId]) -> (Balance, Vec<OrganisationId>) {
        let Some(of) = take(round, End::Assessed(counted.to_vec())) else {
            return (0, Vec::new());
        };
        let purpose = Purpose::Shards(of.model);
        let (mut lost, mut withheld) = (0, Vec::new());
        for supplier in of.suppliers {
            if counted.contains(&supplier) {
                MockEscrow::release_bond(purpose, &account(supplier));
            } else {
                lost += MockEscrow::forfeit_bond(purpose, &account(supplier), Purpose::Assessment(round));
                withheld.push(supplier);
            }
        }
        (lost, withheld)
    }

    fn released(round: RoundId) {
        if let Some(of) = take(round, End::Released) {
            for supplier in of.suppliers {
                MockEscrow::release_bond(Purpose::Shards(of.model), &account(supplier));
            }
        }
    }

    fn pruned(round: RoundId) {
        Pruned::mutate(|pruned| pruned.push(round));
    }

    fn weight() -> Weight {
        Weight::zero()
    }
}
