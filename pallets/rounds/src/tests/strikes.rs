//! What it costs to commit and never to reveal, and to reveal and never to upload.

use crate::{
    mock::*,
    types::{Offence, Strike, MAX_STRIKES, WITHHELD_CALLS},
    Call, Event, Strikes, Usages,
};
use frame_support::{assert_ok, dispatch::CheckIfFeeless};
use quorate_exact::check::Malformed;
use quorate_primitives::update::UpdateStatus;

fn is_free(owner: u32) -> bool {
    RuntimeCall::Rounds(Call::open_round { model: MODEL }).is_feeless(&signed(owner))
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

/// Only the contributor's update is missing at the seal. `meanwhile` happens before that, `after` between seal and pay.
fn missing_update(who: u32, meanwhile: impl FnOnce(), after: impl FnOnce()) -> u32 {
    let id = revealing(&[who, 2_000, 3_000]);
    meanwhile();
    assert_ok!(reveal(id, 2_000));
    assert_ok!(reveal(id, 3_000));
    hold_all(id, &[1, 2]);
    run_for(10);
    assert!(is_computing(id));
    after();
    score(id, |_| 1);
    run_for(1);
    assert!(is_over(id, RoundEnd::Settled));
    id
}

#[test]
fn whoever_was_suspended_at_the_seal_should_be_excused_although_reinstated_before_pay() {
    run(|| {
        without_a_root(1_000);
        missing_update(1_000, || suspend(1), || reinstate(1));
        assert_eq!(ledger().free_of(1), START);
        assert_eq!(Strikes::<Test>::get(1)[0].offences, 1);
    });
}

#[test]
fn contributor_that_the_consortium_suspends_should_be_excused_and_one_that_its_organisation_drops_should_not() {
    run(|| {
        without_a_root(4_000);
        missing_update(4_000, || bar(4_000), || ());
        assert_eq!(ledger().free_of(4), START);
        without_a_root(1_000);
        missing_update(1_000, || unsponsor(1_000), || ());
        assert_eq!(ledger().free_of(1), START - policy().bond);
    });
}

#[test]
fn culprit_that_is_suspended_or_removed_after_the_seal_should_pay_all_the_same() {
    run(|| {
        for culprit in [4, 5] {
            without_a_root(FIRST * culprit);
        }
        missing_update(4_000, || (), || suspend(4));
        missing_update(5_000, || (), || remove(5));
        assert_eq!(
            (ledger().free_of(4), ledger().free_of(5)),
            (START - policy().bond, START - policy().bond)
        );
        assert_eq!(Withheld::get(), vec![account(4_000), account(5_000)]);
        assert!(Strikes::<Test>::contains_key(4));
        // Of an organisation that was removed nothing stays.
        assert!(!Strikes::<Test>::contains_key(5) && !Usages::<Test>::contains_key(5));
    });
}

/// An update that some voters hold, others do not; for the rest see [`without_bytes`].
fn with_votes(who: u32, votes: &[(u32, Option<Malformed>)]) -> u32 {
    let id = revealing(&[who, 2_000, 3_000]);
    for who in [who, 2_000, 3_000] {
        assert_ok!(reveal(id, who));
    }
    hold_all(id, &[1, 2]);
    for (voter, fault) in votes {
        assert!(vote(id, *voter, 0, *fault));
    }
    run_for(20);
    assert!(is_computing(id));
    assert_eq!(update(id, 0).status, UpdateStatus::Expired);
    score(id, |_| 1);
    run_for(1);
    id
}

#[test]
fn update_that_an_honest_validator_held_should_be_no_offence() {
    run(|| {
        for _ in 0..4 {
            // One is not there, one does not vote; or two make up faults, so that the votes are split.
            with_votes(1_000, &[(0, None), (1, None)]);
            let fault = Some(Malformed::Header);
            with_votes(1_000, &[(0, None), (1, None), (2, fault), (3, fault)]);
        }
        assert_eq!(ledger().free_of(1), START);
        assert!(Strikes::<Test>::get(1).is_empty() && Withheld::get().is_empty());
        assert_eq!(count(|event| matches!(event, Event::Excused { .. })), 0);
    });
}

#[test]
fn update_that_only_one_validator_claims_to_hold_should_be_an_offence() {
    run(|| {
        for _ in 0..3 {
            // The one may be in league with the contributor.
            with_votes(1_000, &[(0, None)]);
        }
        assert_eq!(ledger().free_of(1), START - policy().bond);
    });
}

#[test]
fn offences_should_be_forgotten_one_by_one_and_rare_bad_luck_should_not_add_up() {
    run(|| {
        let offences = || Strikes::<Test>::get(1)[0].offences;
        for number in [1, 2, 3, 3, 3] {
            without_bytes(1_000);
            assert_eq!(offences(), number);
        }
        let paid = ledger().free_of(1);
        // Three periods forget all of them, whatever their number was.
        run_for(3_000);
        without_bytes(1_000);
        assert_eq!((offences(), ledger().free_of(1)), (1, paid));
        // Two in three periods, for long: no third one, and no bond.
        for _ in 0..6 {
            run_for(1_500);
            without_bytes(1_000);
            assert!(offences() <= 2);
        }
        assert_eq!(ledger().free_of(1), paid);
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
