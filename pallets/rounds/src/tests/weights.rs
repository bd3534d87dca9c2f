use crate::{mock::*, Config, WeightInfo};

type Weights = <Test as Config>::WeightInfo;

#[test]
fn what_one_round_asks_for_at_once_should_fit_into_what_a_block_spends_on_rounds() {
    let (step, hook) = (Rounds::heaviest_step(), Rounds::heaviest_hook());
    println!("{} of {} µs", step.ref_time() / 1_000_000, hook.ref_time() / 1_000_000);
    assert!(step.all_lte(hook));
}

#[test]
fn submission_should_weigh_less_than_a_revelation_and_no_finding_as_much_as_a_seal() {
    assert!(Weights::submit().ref_time() < Weights::reveal_update().ref_time());
    assert!(Weights::found().ref_time() < Weights::seal(1).ref_time());
    // With the check whether it is free.
    assert!(Weights::submit().ref_time() < 600_000_000, "0.6 ms");
}
