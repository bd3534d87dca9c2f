//! What it costs to commit and never to reveal, to reveal and never to upload, and to use a root again.

use crate::{
    mock::*,
    types::{Offence, Strike, MAX_STRIKES, WITHHELD_CALLS},
    Call, Event, Strikes, Usages,
};
use frame_support::{assert_ok, dispatch::CheckIfFeeless};
use quorate_primitives::update::UpdateStatus;

fn is_free(owner: u32) -> bool {
    RuntimeCall::Rounds(Call::open_round { model: MODEL }).is_feeless(&signed(owner))
}

/// A round in which one contributor reveals a root, and others updates that are available.
fn with_root(who: u32, root: quorate_primitives::Root) -> u32 {
    let id = open_round();
    assert_ok!(submit_root(id, who, root));
    for other in [2_000, 3_000] {
        assert_ok!(submit(id, other));
    }
    run_for(10);
    assert_ok!(reveal_as(id, who, root));
    for other in [2_000, 3_000] {
        assert_ok!(reveal(id, other));
    }
    hold_all(id, &[1, 2]);
    run_for(20);
    assert!(is_computing(id));
    score(id, |_| 1);
    run_for(1);
    id
}

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
            offence: Offence::NeverRevealed,
            bond_taken: true,
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
        assert!(Usages::<Test>::get(1).calls >= WITHHELD_CALLS);
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

#[test]
fn third_update_that_is_never_available_should_cost_its_bond_too() {
    run(|| {
        without_bytes(1_000);
        without_bytes(1_000);
        assert_eq!(ledger().free_of(1), START);
        let id = without_bytes(1_000);
        assert_eq!(ledger().free_of(1), START - policy().bond);
        let expected = Event::Withheld {
            round: id,
            contributor: account(1_000),
            offence: Offence::NeverAvailable,
            bond_taken: true,
        };
        assert_eq!(count(|event| *event == expected), 1);
    });
}

#[test]
fn bond_should_stay_where_nothing_was_available_and_the_validators_may_be_to_blame() {
    run(|| {
        for _ in 0..4 {
            let id = revealing(&[1_000, 2_000]);
            assert_ok!(reveal(id, 1_000));
            assert_ok!(reveal(id, 2_000));
            run_for(21);
            assert!(is_over(id, RoundEnd::Aborted));
        }
        assert_eq!((ledger().free_of(1), ledger().free_of(2)), (START, START));
        assert_eq!(Withheld::get().len(), 6, "all but the first times");
    });
}

#[test]
fn debt_of_free_calls_should_outlast_a_period() {
    run(|| {
        FreeCalls::set(4);
        without_bytes(1_000);
        without_bytes(1_000);
        let debt = Usages::<Test>::get(1).calls;
        assert!(debt >= WITHHELD_CALLS);
        // Fifty blocks take off four calls, and no more.
        run_for(100);
        assert!(!is_free(1));
        assert_eq!(Rounds::allowance_of(1).free_calls, 0);
        run_for(200);
        assert!(is_free(1));
    });
}

#[test]
fn calls_that_are_paid_for_should_be_no_debt() {
    run(|| {
        FreeCalls::set(2);
        for _ in 0..10 {
            let id = open_round();
            assert_ok!(Rounds::abort(signed(1), id));
            run_for(1);
        }
        assert!(!is_free(1));
        run_for(50);
        assert!(is_free(1));
    });
}

#[test]
fn second_root_of_an_earlier_round_should_cost_free_calls_and_reputation() {
    run(|| {
        let first = whole_round(&[2_000, 3_000]);
        let used = own_root(first, 2_000);
        let id = with_root(1_000, used);
        assert_eq!(update(id, 0).status, UpdateStatus::Duplicate);
        let contributor = account(1_000);
        let excused = Event::Excused {
            round: id,
            contributor: contributor.clone(),
        };
        assert_eq!(count(|event| *event == excused), 1);
        assert!(Withheld::get().is_empty() && Usages::<Test>::get(1).calls < WITHHELD_CALLS);
        let id = with_root(1_000, used);
        let expected = Event::Withheld {
            round: id,
            contributor: contributor.clone(),
            offence: Offence::Reused,
            bond_taken: false,
        };
        assert_eq!(count(|event| *event == expected), 1);
        assert!(Usages::<Test>::get(1).calls >= WITHHELD_CALLS);
        assert_eq!((ledger().free_of(1), Withheld::get()), (START, vec![contributor]));
    });
}

/// Somebody who saw a root that was never aggregated brings it into a version first. Whoever commits to it afterwards could see
/// that; whoever commits to it in the same round could not.
#[test]
fn copy_of_a_root_in_the_same_round_should_be_no_offence_of_anybody() {
    run(|| {
        for _ in 0..3 {
            let id = open_round();
            let root = root(id + 5);
            for who in [4_000, 1_000] {
                assert_ok!(submit_root(id, who, root));
            }
            assert_ok!(submit(id, 3_000));
            run_for(10);
            // The later commitment is revealed first, and displaced.
            assert_ok!(reveal_as(id, 1_000, root));
            assert_ok!(reveal_as(id, 4_000, root));
            assert_ok!(reveal(id, 3_000));
            hold_all(id, &[0, 2]);
            idle();
            assert_eq!(update(id, 1).status, UpdateStatus::Duplicate);
            score(id, |_| 1);
            run_for(1);
        }
        assert!(Strikes::<Test>::get(1).is_empty() && Strikes::<Test>::get(4).is_empty());
        assert!(Withheld::get().is_empty());
    });
}

#[test]
fn offender_beyond_those_that_are_remembered_should_have_no_first_time() {
    run(|| {
        let full = |offences| {
            let strikes = (0..MAX_STRIKES).map(|n| Strike {
                contributor: account(1_100 + n),
                block: now(),
                offences,
            });
            Strikes::<Test>::insert(1, crate::types::StrikeList::truncate_from(strikes.collect()));
        };
        full(1);
        without_bytes(1_000);
        assert_eq!(
            (Withheld::get().len(), ledger().free_of(1)),
            (1, START),
            "a second time"
        );
        assert_eq!(Strikes::<Test>::get(1)[0].contributor, account(1_000));
        without_bytes(1_000);
        assert_eq!(ledger().free_of(1), START - policy().bond, "its own third");
        full(2);
        without_bytes(1_001);
        assert_eq!(
            ledger().free_of(1),
            START - 2 * policy().bond,
            "among repeated offenders"
        );
    });
}
