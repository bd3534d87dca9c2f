use crate::{
    mock::*,
    types::{AGENDA_BUDGET, LEAST_TOUCHED, MAX_ACTIVE_ROUNDS, PAGE_BUDGET, PRUNE_BUDGET, TOUCH_BUDGET},
    Config, WeightInfo,
};
use frame_support::weights::Weight;

type Weights = <Test as Config>::WeightInfo;

/// A block of two seconds, in picoseconds.
const BLOCK: u64 = 2_000_000_000_000;

#[test]
fn block_should_spend_at_most_a_fifth_on_rounds_with_every_list_at_its_bound() {
    let (active, agenda) = (MAX_ACTIVE_ROUNDS, u64::from(AGENDA_BUDGET));
    let touched = u64::from(TOUCH_BUDGET / LEAST_TOUCHED);
    let most = [
        Weights::look(active),
        Weights::transition().saturating_mul(active.into()),
        // One full round or many small ones: the updates are bounded together.
        Weights::seal(TOUCH_BUDGET),
        Weights::seal(0).saturating_mul(touched),
        Weights::look(1).saturating_mul(agenda),
        Weights::transition().saturating_mul(agenda),
        Weights::pay(PAGE_BUDGET),
        Weights::settle(TOUCH_BUDGET),
        Weights::settle(0).saturating_mul(touched),
        Weights::pay(0).saturating_mul(agenda),
        Weights::look(1).saturating_mul(agenda),
        Weights::prune(PRUNE_BUDGET),
        Weights::prune(0).saturating_mul(agenda),
    ];
    let sum = most.into_iter().fold(Weight::zero(), Weight::saturating_add);
    assert!(sum.ref_time() <= BLOCK / 5, "{} ms", sum.ref_time() / 1_000_000_000);
}

#[test]
fn submission_should_weigh_less_than_a_revelation_and_no_finding_as_much_as_a_seal() {
    assert!(Weights::submit().ref_time() < Weights::reveal_update().ref_time());
    assert!(Weights::found().ref_time() < Weights::seal(1).ref_time());
    assert!(Weights::submit().ref_time() < 500_000_000, "half a millisecond");
}
