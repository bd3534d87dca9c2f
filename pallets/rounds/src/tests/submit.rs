use crate::{mock::*, types::RoundStage, Call, Error, Event, Usages};
use frame_support::{assert_noop, assert_ok, dispatch::CheckIfFeeless};
use quorate_primitives::{policy::MIN_RETENTION, update::UpdateStatus, Hash};
use sp_runtime::DispatchError;

fn feeless(id: u32, who: u32, weight: u32) -> bool {
    let call = Call::submit {
        round: id,
        commitment: Hash::zero(),
        weight,
    };
    RuntimeCall::Rounds(call).is_feeless(&signed(who))
}

#[test]
fn sponsored_contributor_should_commit_and_the_organisation_should_bond() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_eq!(ledger().free_of(1), START - policy().bond);
        let stored = update(id, 0);
        assert_eq!(
            (stored.contributor, stored.organisation, stored.weight),
            (account(1_000), 1, 10)
        );
        assert_eq!((stored.status, stored.root), (UpdateStatus::Committed, None));
        let expected = Event::Submitted {
            round: id,
            position: 0,
            contributor: account(1_000),
            organisation: 1,
            commitment: commitment(id, 1_000, own_root(id, 1_000), 10),
            weight: 10,
        };
        assert_eq!(last_event(), expected);
    });
}

#[test]
fn submission_should_not_write_the_round() {
    run(|| {
        let id = open_round();
        let before = round(id);
        assert_ok!(submit(id, 1_000));
        assert_eq!(round(id), before);
    });
}

#[test]
fn outsider_should_submit_nothing() {
    run(|| {
        let id = open_round();
        assert_noop!(submit(id, 999_000), Error::<Test>::NotSponsored);
        unsponsor(1_000);
        assert_noop!(submit(id, 1_000), Error::<Test>::NotSponsored);
    });
}

#[test]
fn weight_should_be_at_least_one_and_at_most_what_the_policy_allows() {
    run(|| {
        let id = open_round();
        for weight in [0, policy().max_weight + 1, u32::MAX] {
            let refused = Rounds::submit(signed(1_000), id, Hash::zero(), weight);
            assert_noop!(refused, Error::<Test>::WeightOutOfRange);
        }
        assert_ok!(Rounds::submit(signed(1_000), id, Hash::zero(), policy().max_weight));
    });
}

#[test]
fn contributor_should_submit_once_per_round() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_noop!(submit_root(id, 1_000, root(5)), Error::<Test>::AlreadySubmitted);
    });
}

#[test]
fn organisation_should_submit_no_more_than_its_cap() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(submit(id, 1_001));
        assert_noop!(submit(id, 1_002), Error::<Test>::OrganisationCapReached);
        assert_ok!(submit(id, 2_000));
    });
}

#[test]
fn withdrawn_submissions_should_count_against_the_cap() {
    run(|| {
        let id = open_round();
        for who in [1_000, 1_001] {
            assert_ok!(submit(id, who));
            assert_ok!(Rounds::withdraw(signed(who), id));
        }
        assert_noop!(submit(id, 1_002), Error::<Test>::OrganisationCapReached);
    });
}

#[test]
fn organisation_that_cannot_cover_the_bond_should_submit_nothing_and_pay_for_trying() {
    run(|| {
        let id = open_round();
        assert!(feeless(id, 1_000, 10));
        escrow::change(|ledger| {
            let rest = policy().bond - 1;
            ledger.treasury += ledger.free.insert(1, rest).unwrap() - rest;
        });
        assert!(!feeless(id, 1_000, 10));
        assert_noop!(submit(id, 1_000), DispatchError::Other("no cover"));
    });
}

#[test]
fn last_commitment_that_fits_should_start_revealing_in_the_same_block() {
    run(|| {
        let id = open_round();
        for who in [1_000, 2_000, 3_000] {
            assert_ok!(submit(id, who));
        }
        run_to(3);
        assert_ok!(submit(id, 4_000));
        assert_noop!(submit(id, 5_000), Error::<Test>::MaxUpdatesReached);
        idle();
        let (reveal_until, vote_until) = (13, 23);
        let stage = RoundStage::Revealing {
            reveal_until,
            vote_until,
        };
        assert_eq!(round(id).stage, stage);
        assert_eq!(ballot(id).until, vote_until);
        let expected = Event::RevealingStarted {
            round: id,
            commitments: 4,
            reveal_until,
            vote_until,
        };
        assert_eq!(last_event(), expected);
        assert_noop!(submit(id, 5_000), Error::<Test>::NotCollecting);
    });
}

#[test]
fn nothing_should_be_taken_at_the_deadline_or_for_an_unknown_round() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(submit(id, 2_000));
        run_to(10);
        assert_ok!(submit(id, 3_000));
        run_to(11);
        assert_noop!(submit(id, 4_000), Error::<Test>::NotCollecting);
        assert_noop!(submit(id + 1, 4_000), Error::<Test>::RoundNotFound);
    });
}

#[test]
fn contributor_without_a_token_should_submit_for_free_while_it_would_succeed() {
    run(|| {
        let id = open_round();
        assert!(feeless(id, 1_000, 10));
        assert!(!feeless(id, 1_000, 0));
        assert!(!feeless(id, 999_000, 10));
        assert_ok!(submit(id, 1_000));
        assert!(!feeless(id, 1_000, 10));
    });
}

#[test]
fn free_submissions_should_be_limited_for_each_organisation_and_period() {
    run(|| {
        FreeCalls::set(2);
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert!(!feeless(id, 1_001, 10), "the round and one submission");
        assert!(feeless(id, 2_000, 10));
        assert_ok!(submit(id, 1_001));
    });
}

/// A policy under which one organisation may fill a round.
fn wide() {
    set_policy(|policy| {
        policy.max_updates = 1_000;
        policy.max_updates_per_organisation = 1_000;
    });
}

#[test]
fn organisation_should_have_no_more_open_updates_than_its_quota() {
    run(|| {
        wide();
        let id = open_round();
        for n in 0..60 {
            assert_ok!(submit(id, 2_000 + n));
        }
        // 60 files are as many bytes as one organisation may have open.
        assert!(!feeless(id, 2_060, 10));
        assert_noop!(submit(id, 2_060), Error::<Test>::OrganisationQuotaReached);
        assert_ok!(submit(id, 3_000));
        assert_eq!(
            (Usages::<Test>::get(2).updates, Usages::<Test>::get(2).bytes),
            (60, 60 * UPDATE_LEN)
        );
        assert_ok!(Rounds::abort(signed(1), id));
        run_for(1);
        assert_eq!(Usages::<Test>::get(2).updates, 0);
        let next = open_round();
        assert_ok!(submit(next, 2_060));
    });
}

#[test]
fn rival_that_keeps_its_rounds_for_long_should_not_keep_an_organisation_out_of_any_model() {
    run(|| {
        models::register(1, 3, root(0));
        escrow::change(|ledger| {
            ledger.set_fund(MODEL, FUND - policy().reward);
            ledger.set_fund(1, policy().reward);
        });
        set_policy(|policy| policy.retention = 4_000);
        MaxKeptUpdates::set(12);
        for _ in 0..2 {
            whole_round(&[3_000, 3_001]);
        }
        // The rival's own room is used up, and nobody else's.
        assert_eq!(Usages::<Test>::get(1).kept_updates, 4);
        whole_round(&[3_000, 3_001]);
        assert_noop!(
            Rounds::open_round(signed(1), MODEL),
            Error::<Test>::EvidenceQuotaReached
        );
        assert_eq!(Rounds::allowance_of(3).kept_updates, 12);
        assert_ok!(Rounds::open_round(signed(3), 1));
        assert!(feeless(3, 3_000, 10));
        assert_ok!(submit(3, 3_000));
    });
}

#[test]
fn withdrawn_submissions_should_count_as_long_as_they_are_kept_and_their_files_should_not() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 2_000));
        assert_ok!(Rounds::withdraw(signed(2_000), id));
        assert_ok!(submit(id, 2_001));
        assert_ok!(Rounds::abort(RuntimeOrigin::root(), id));
        run_for(1);
        let usage = Usages::<Test>::get(1);
        assert_eq!((usage.kept_updates, usage.kept_bytes), (2, FILE_LEN + UPDATE_LEN));
        assert_eq!(Usages::<Test>::get(2).bytes, 0);
        run_for(MIN_RETENTION);
        assert!(!Usages::<Test>::contains_key(1));
    });
}

#[test]
fn round_should_take_no_more_submissions_than_twice_those_that_may_stand() {
    run(|| {
        let id = open_round();
        for n in 0..5 {
            assert_ok!(submit(id, FIRST * (n + 1)));
            assert_ok!(Rounds::withdraw(signed(FIRST * (n + 1)), id));
        }
        for who in [6_000, 7_000, 8_000] {
            assert_ok!(submit(id, who));
        }
        assert!(!feeless(id, 9_000, 10));
        assert_noop!(submit(id, 9_000), Error::<Test>::MaxUpdatesReached);
        idle();
        assert_eq!((round(id).submissions, round(id).committed), (8, 3));
        assert_eq!(Usages::<Test>::get(1).kept_updates, 8);
    });
}

#[test]
fn owner_that_aborts_should_use_up_its_own_free_calls_and_not_those_of_others() {
    run(|| {
        FreeCalls::set(3);
        let id = open_round();
        for who in [1_000, 2_000, 2_001] {
            assert_ok!(submit(id, who));
        }
        let calls = |organisation| Usages::<Test>::get(organisation).calls;
        assert_eq!((calls(1), calls(2)), (2, 2));
        assert_ok!(Rounds::abort(signed(1), id));
        run_for(1);
        // Opening, its own submission and those of the others.
        assert_eq!((calls(1), calls(2)), (4, 0));
        assert!(!Usages::<Test>::contains_key(2));
        // Whoever else ends a round takes nothing from its owner.
        let id = open_round();
        assert_ok!(submit(id, 2_002));
        assert_ok!(Rounds::abort(RuntimeOrigin::root(), id));
        run_for(1);
        assert_eq!((calls(1), calls(2)), (4, 1));
        // Whoever owes calls cannot abort again, and two that work together gain none.
        let id = open_round();
        assert_noop!(Rounds::abort(signed(1), id), Error::<Test>::CallsOwed);
        // Each period takes off three.
        run_to(51);
        assert_eq!(Rounds::allowance_of(1).free_calls, 2);
    });
}
