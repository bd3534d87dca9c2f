//! Sealed shards.

mod commit;
mod conservation;
mod reveal;
mod rounds;
mod views;
mod votes;
mod withdraw;

use crate::mock::*;
use quorate_mocks::{
    availability::{self, Voters},
    escrow, MockAvailability,
};
use quorate_primitives::{
    availability::{Finding, Malformed, Named, Subject},
    payload::shard_commitment,
    policy::{Assessment, Contribution, MIN_BOND},
    purpose::Purpose,
    traits::{Availability, AvailabilityHandler, Shards},
    views::assessments::ShardState,
    Balance, Hash, ModelId, OrganisationId, Root, RoundId,
};
use sp_runtime::DispatchResult;

pub const MODEL: ModelId = 0;
pub const ROUND: RoundId = 9;
pub const ROWS: u32 = 1_500;
pub const LEN: u64 = 4_321;
pub const VOTERS: u32 = 4;
/// What each organisation can spend.
pub const FREE: Balance = 10 * MIN_BOND;
/// What the policy pays contributors.
pub const POT: Balance = 70_000;

pub fn rules() -> Contribution {
    Contribution {
        min_suppliers: 4,
        max_suppliers: 5,
        min_rows: 1_000,
        max_rows: 2_000,
        max_len: 10_000,
        reveal: 10,
        vote: 20,
        claimed_weights: false,
    }
}

/// A test in which the rounds of model 0 take shards, and the organisations 1 to 6 may supply them.
pub fn with_shards(test: impl FnOnce()) {
    run(|| {
        for id in 5..=6 {
            consortium::admit(id, id);
        }
        let before = ledger();
        escrow::change(|ledger| {
            ledger.free.extend((1..=6).map(|id| (id, FREE)));
            ledger.treasury += 1_000 * FREE;
        });
        Voters::set(VOTERS);
        take_shards(Some(rules()));
        let units = ledger().units();
        test();
        crate::Pallet::<Test>::do_try_state().unwrap();
        assert_eq!(ledger().units(), units, "no unit is lost or made");
        // What `run` counted.
        escrow::change(|ledger| *ledger = before);
    });
}

pub fn take_shards(contribution: Option<Contribution>) {
    models::set_policy(MODEL, |policy| {
        policy.max_weight = 1;
        policy.assessment = contribution.map(|contribution| Assessment {
            program: PROGRAM,
            benchmark: None,
            operations: 1,
            gate: None,
            contribution: Some(contribution),
        });
    });
}

/// The salt and the root of an organisation's data set with a number.
pub fn salt(number: u8) -> [u8; 32] {
    [number; 32]
}

pub fn data_root(supplier: OrganisationId, number: u8) -> Root {
    Root::from_low_u64_be(u64::from(supplier) * 1_000 + u64::from(number) + 1)
}

pub fn commitment(supplier: OrganisationId, number: u8) -> Hash {
    let root = data_root(supplier, number);
    shard_commitment(Evaluation::genesis_hash(), MODEL, supplier, root, ROWS, salt(number))
}

/// The bond with which every round takes a shard.
pub fn bond() -> Balance {
    Evaluation::shard_bond(MODEL).unwrap_or(MIN_BOND)
}

/// Commit to an organisation's data set with a number, by the organisation's account.
pub fn commit(supplier: OrganisationId, number: u8) -> DispatchResult {
    let commitment = commitment(supplier, number);
    Evaluation::commit_shard(signed(supplier), MODEL, commitment, ROWS, bond())
}

pub fn named(supplier: OrganisationId, number: u8) -> Named {
    Named {
        root: data_root(supplier, number),
        possession: Hash::repeat_byte(7),
    }
}

pub fn reveal(supplier: OrganisationId, number: u8) -> DispatchResult {
    Evaluation::reveal_shard(signed(supplier), ROUND, named(supplier, number), LEN, salt(number))
}

pub fn commit_all(suppliers: impl IntoIterator<Item = OrganisationId>, number: u8) {
    for supplier in suppliers {
        commit(supplier, number).unwrap();
    }
}

pub fn reveal_all(suppliers: impl IntoIterator<Item = OrganisationId>, number: u8) {
    for supplier in suppliers {
        reveal(supplier, number).unwrap();
    }
}

/// The round takes the shards number 0 of these suppliers.
pub fn begin(suppliers: &[OrganisationId]) {
    for supplier in suppliers {
        commit(*supplier, 0).unwrap();
    }
    let taken = <Evaluation as Shards>::begin(ROUND, MODEL, &rules(), POT).unwrap();
    assert_eq!(taken as usize, suppliers.len());
}

/// Block before which shards are revealed, and before which votes count.
pub const REVEAL_UNTIL: u32 = 11;
pub const VOTE_UNTIL: u32 = 31;

/// The round's updates are sealed.
pub fn seal() {
    <Evaluation as Shards>::reveal(ROUND, REVEAL_UNTIL, VOTE_UNTIL);
}

/// Validators vote on an item, in their order.
pub fn vote(item: u32, voters: impl IntoIterator<Item = u32>, fault: Option<Malformed>) {
    let subject = Subject::Shards(ROUND);
    for voter in voters {
        let decided = availability::vote(subject, VOTERS, voter, item, fault).expect("it may vote");
        if let Some(finding) = decided {
            Evaluation::found(subject, item, finding);
            Evaluation::voted(subject);
        }
    }
}

pub fn hold(item: u32) {
    vote(item, 0..3, None);
}

pub fn reject(item: u32) {
    vote(item, 0..3, Some(Malformed::Artifact));
}

/// The deadline of the votes has passed.
pub fn end_votes() {
    System::set_block_number(VOTE_UNTIL);
    let subject = Subject::Shards(ROUND);
    if MockAvailability::deadline(subject).is_some() {
        Evaluation::ending(subject);
        MockAvailability::close(subject);
        Evaluation::ended(subject);
    }
}

pub fn decided() -> bool {
    <Evaluation as Shards>::is_decided(ROUND)
}

/// The suppliers whose shards a quorum holds.
pub fn held() -> Vec<OrganisationId> {
    let held = <Evaluation as Shards>::held(ROUND).into_iter();
    held.map(|shard| shard.supplier).collect()
}

/// An escrow into which forfeited bonds go.
pub fn open_escrow() {
    escrow::change(|ledger| {
        ledger.treasury -= 1;
        let fund = Purpose::Model(MODEL);
        ledger.escrows.insert(Purpose::Assessment(ROUND), (fund, 1))
    });
}

pub fn escrowed() -> Balance {
    ledger().escrowed(Purpose::Assessment(ROUND))
}

pub fn assess(counted: &[OrganisationId]) -> (Balance, Vec<OrganisationId>) {
    <Evaluation as Shards>::assessed(ROUND, counted)
}

pub fn release() {
    <Evaluation as Shards>::released(ROUND);
}

pub fn free(supplier: OrganisationId) -> Balance {
    ledger().free_of(supplier)
}

pub fn state(place: usize) -> ShardState {
    Evaluation::round_shards(ROUND)[place].state.clone()
}

/// The events of this pallet.
pub fn events() -> Vec<crate::Event<Test>> {
    let events = System::events().into_iter();
    let own = events.filter_map(|record| match record.event {
        RuntimeEvent::Evaluation(event) => Some(event),
        _ => None,
    });
    own.collect()
}

/// What was found of an item; for tests of what is not expected.
pub fn find(item: u32, finding: Finding) {
    Evaluation::found(Subject::Shards(ROUND), item, finding);
}
