//! What it costs to commit and never to reveal, and to reveal and never to upload.

use crate::{mock::*, Event, Strikes, Usages};
use frame_support::assert_ok;

/// A round in which the others' updates are settled and one contributor never reveals.
fn without_a_root(silent: u32) -> u32 {
    let id = revealing(&[silent, 2_000, 3_000]);
    assert_ok!(reveal(id, 2_000));
    assert_ok!(reveal(id, 3_000));
    hold_all(id, &[1, 2]);
    run_for(10);
    assert!(is_computing(id));
    score(id, |_| 1);
    run_for(1);
    id
}

/// A round in which one contributor reveals a root that nobody gets the bytes of.
fn without_bytes(silent: u32) -> u32 {
    let id = revealing(&[silent, 2_000, 3_000]);
    for who in [silent, 2_000, 3_000] {
        assert_ok!(reveal(id, who));
    }
    hold_all(id, &[1, 2]);
    run_for(20);
    assert!(is_computing(id));
    score(id, |_| 1);
    run_for(1);
    id
}

#[test]
fn first_commitment_that_is_never_revealed_should_cost_nothing_and_the_second_its_bond() {
    run(|| {
        let id = without_a_root(1_000);
        assert_eq!(ledger().free_of(1), START);
        let contributor = account(1_000);
        assert_eq!(
            count(|event| *event
                == Event::Excused {
                    round: id,
                    contributor: contributor.clone()
                }),
            1
        );
        assert!(Withheld::get().is_empty());
        let id = without_a_root(1_000);
        assert_eq!(ledger().free_of(1), START - policy().bond);
        let expected = Event::Withheld {
            round: id,
            contributor: contributor.clone(),
            revealed: false,
        };
        assert_eq!(count(|event| *event == expected), 1);
        assert_eq!(Withheld::get(), vec![contributor]);
        without_a_root(1_001);
        assert_eq!(
            ledger().free_of(1),
            START - policy().bond,
            "another contributor's first"
        );
    });
}

#[test]
fn second_update_that_is_never_available_should_cost_free_calls_and_reputation() {
    run(|| {
        without_bytes(1_000);
        assert!(Withheld::get().is_empty());
        without_bytes(1_000);
        assert_eq!(ledger().free_of(1), START, "the bond returns");
        assert_eq!(Withheld::get().len(), 1);
        assert!(Usages::<Test>::get(1).calls >= crate::types::WITHHELD_CALLS);
    });
}

#[test]
fn offence_should_be_forgotten_after_a_period() {
    run(|| {
        without_a_root(1_000);
        run_for(1_000);
        without_a_root(1_000);
        assert_eq!(ledger().free_of(1), START);
    });
}

#[test]
fn new_contributors_should_not_help_an_organisation_without_end() {
    run(|| {
        set_policy(|policy| {
            policy.max_updates = 40;
            policy.max_updates_per_organisation = 32;
        });
        let withhold = |first: u32| {
            let mut who: Vec<u32> = (first..first + 32).collect();
            who.extend([2_000, 3_000]);
            let id = revealing(&who);
            assert_ok!(reveal(id, 2_000));
            assert_ok!(reveal(id, 3_000));
            hold_all(id, &[32, 33]);
            run_for(10);
            score(id, |_| 1);
            run_for(1);
        };
        withhold(1_000);
        withhold(1_032);
        assert_eq!(ledger().free_of(1), START);
        assert_eq!(Strikes::<Test>::get(1).len(), 64);
        withhold(1_064);
        assert_eq!(ledger().free_of(1), START - 32 * policy().bond);
        assert_eq!(Strikes::<Test>::get(1).len(), 64);
    });
}

#[test]
fn suspended_organisation_should_not_pay_for_what_it_could_not_do() {
    run(|| {
        without_a_root(1_000);
        let id = revealing(&[1_000, 2_000, 3_000]);
        suspend(1);
        assert_ok!(reveal(id, 2_000));
        assert_ok!(reveal(id, 3_000));
        hold_all(id, &[1, 2]);
        run_for(10);
        score(id, |_| 1);
        run_for(1);
        assert_eq!(ledger().free_of(1), START);
    });
}

#[test]
fn round_that_ends_before_the_deadline_should_hold_nothing_against_anyone() {
    run(|| {
        without_a_root(1_000);
        let id = revealing(&[1_000, 2_000, 3_000]);
        assert_ok!(Rounds::abort(RuntimeOrigin::root(), id));
        run_for(1);
        assert_eq!(ledger().free_of(1), START);
    });
}

#[test]
fn withholding_should_cost_although_the_round_is_refunded_for_it() {
    run(|| {
        without_a_root(1_000);
        let id = revealing(&[1_000, 2_000]);
        assert_ok!(reveal(id, 2_000));
        hold_all(id, &[1]);
        run_for(11);
        assert!(is_over(id, RoundEnd::Aborted));
        assert_eq!(ledger().free_of(1), START - policy().bond);
    });
}
