use crate::{
    mock::*,
    types::{page_of, PAGE, PAGES},
    votes::pages,
    weights::SubstrateWeight,
    WeightInfo as _,
};
use frame_support::traits::Get;
use proptest::prelude::*;
use quorate_primitives::availability::MAX_NAMED;
use std::collections::BTreeSet;

type Weights = SubstrateWeight<Test>;

#[test]
fn page_should_be_four_bytes_of_the_bitmap() {
    assert_eq!((PAGE, PAGE * PAGES), (4 * 8, 1_024));
}

#[test]
fn largest_vote_should_weigh_a_small_part_of_a_block() {
    let limits: frame_system::limits::BlockWeights = <Test as frame_system::Config>::BlockWeights::get();
    let most = limits.max_block;
    let vote = Weights::vote(PAGES, MAX_NAMED).saturating_add(Weights::authorize_vote(PAGES, MAX_NAMED));
    assert!(vote.saturating_mul(10).all_lte(most), "{vote:?} of {most:?}");
}

#[test]
fn weights_should_grow_with_what_is_done() {
    assert!(Weights::vote(1, 2).all_gt(Weights::vote(0, 1)));
    assert!(Weights::authorize_vote(2, 2).all_gt(Weights::authorize_vote(1, 1)));
    assert!(Weights::on_initialize(1, 1).all_gt(Weights::on_initialize(1, 0)));
    // One list, however long it is.
    assert!(Weights::on_initialize_paused(2).ref_time() > Weights::on_initialize_paused(1).ref_time());
}

proptest! {
    #[test]
    fn vote_should_declare_at_least_the_pages_that_it_names(
        held in proptest::collection::btree_set(0..1_024u32, 0..60),
        malformed in proptest::collection::btree_set(0..1_024u32, 0..60),
    ) {
        let named: BTreeSet<u32> = held.union(&malformed).map(|item| page_of(*item)).collect();
        let (held, malformed): (Vec<u32>, Vec<_>) = (
            held.into_iter().collect(),
            malformed.into_iter().map(|item| (item, FAULT)).collect(),
        );
        let declared = sp_io::TestExternalities::default()
            .execute_with(|| pages(&statement(ROUND, 0, &held, &malformed)));
        prop_assert!(declared as usize >= named.len() && declared <= PAGES);
    }
}
