use crate::{mock::*, Config, WeightInfo};
use quorate_primitives::traits::AvailabilityHandler;

type Weights = <Test as Config>::WeightInfo;

#[test]
fn what_one_round_asks_for_at_once_should_fit_into_what_a_block_spends_on_rounds() {
    let (step, hook) = (Rounds::heaviest_step(), Rounds::heaviest_hook());
    println!("{} of {} µs", step.ref_time() / 1_000_000, hook.ref_time() / 1_000_000);
    assert!(step.all_lte(hook));
}

#[test]
fn no_finding_should_weigh_as_much_as_a_seal_and_a_submission_little() {
    assert!(Rounds::found_weight().ref_time() < Weights::seal(1).ref_time());
    // With the check whether it is free.
    assert!(Weights::submit().ref_time() < 600_000_000, "0.6 ms");
}
