use crate::{mock::*, types::RoundStage, ActiveRounds, AwaitedPages, Event, RoundScores, SealedOrders};
use frame_support::assert_ok;
use quorate_exact::check::Malformed;
use quorate_primitives::{job::Verdict, merkle, payload::tagged, update::UpdateStatus};

const POOL: u128 = 70_000;

#[test]
fn pool_should_be_shared_by_score_and_reputation() {
    run(|| {
        set_reputation(account(1_000), 1_000_000);
        set_reputation(account(2_000), 0);
        set_reputation(account(3_000), 0);
        let id = seal(&[1_000, 2_000, 3_000]);
        score(id, |position| [400_000, 400_000, 800_000][position as usize]);
        run_for(1);
        // Points: 400,000 · 1; 400,000 · 1/2; 800,000 · 1/2.
        assert_eq!(claim_of(1_000), POOL * 2 / 5);
        assert_eq!(claim_of(2_000), POOL / 5);
        assert_eq!(claim_of(3_000), POOL * 2 / 5);
        let score = 400_000;
        let contributor = account(2_000);
        let expected = Event::Paid {
            round: id,
            position: 1,
            contributor,
            score,
            amount: POOL / 5,
        };
        assert_eq!(count(|event| *event == expected), 1);
    });
}

#[test]
fn organisation_should_earn_at_most_its_share_and_the_rest_should_go_to_the_treasury() {
    run(|| {
        set_policy(|policy| policy.max_organisation_share = 400_000);
        let id = seal(&[1_000, 1_001, 2_000]);
        score(id, |position| [200_000, 400_000, 200_000][position as usize]);
        run_for(1);
        // Organisation 1 has three quarters of the points, and gets 40 % of the pool.
        let cap = POOL * 4 / 10;
        assert_eq!(claim_of(1_000), cap / 3);
        assert_eq!(claim_of(1_001), cap * 2 / 3);
        assert_eq!(claim_of(2_000), POOL / 4);
        assert_eq!(escrowed(id), 0);
        let claimed: u128 = ledger().claims.values().sum();
        assert_eq!(ledger().treasury, policy().reward - claimed);
    });
}

#[test]
fn agreed_validators_should_share_by_reputation_and_others_should_get_nothing() {
    run(|| {
        Verdicts::set(vec![Verdict::Agreed, Verdict::Wrong, Verdict::Agreed, Verdict::Agreed]);
        set_reputation(account(900), 1_000_000);
        set_reputation(account(902), 600_000);
        set_reputation(account(903), 400_000);
        let id = seal(&[1_000, 2_000]);
        score(id, |_| 1);
        run_for(1);
        // Weights 1, 0.8 and 0.7.
        assert_eq!(claim_of(900), 20_000 * 10 / 25);
        assert_eq!(claim_of(901), 0);
        assert_eq!(claim_of(902), 20_000 * 8 / 25);
        assert_eq!(claim_of(903), 20_000 * 7 / 25);
        assert_eq!(ledger().treasury, 10_000);
    });
}

#[test]
fn validator_that_was_wrong_in_the_first_attempt_should_earn_nothing() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        let first = job_of(id).0;
        disagree(id);
        let of_first = [Verdict::Wrong, Verdict::Agreed, Verdict::Unjudged, Verdict::Silent];
        VerdictsOf::set([(first, of_first.to_vec())].into());
        score(id, |_| 1);
        run_for(1);
        assert_eq!(claim_of(900), 0);
        for validator in 901..904 {
            assert!(claim_of(validator) > 0, "{validator}");
        }
    });
}

#[test]
fn validator_below_the_floor_should_earn_nothing_and_its_part_should_return_to_the_fund() {
    run(|| {
        for validator in 900..903 {
            set_reputation(account(validator), 1_000_000);
        }
        set_reputation(account(903), 99_999);
        let id = seal(&[1_000, 2_000]);
        score(id, |_| 1);
        run_for(1);
        assert_eq!(claim_of(903), 0);
        let validator = account(903);
        let expected = Event::ValidatorUnpaid {
            round: id,
            validator,
            reputation: 99_999,
        };
        assert_eq!(count(|event| *event == expected), 1);
        let paid = 3 * claim_of(900);
        assert!(paid < 20_000 * 9 / 10, "the others do not gain by it");
        assert_eq!(ledger().fund_of(MODEL), FUND - policy().reward + (20_000 - paid));
        assert_eq!(ledger().treasury, 10_000);
    });
}

#[test]
fn round_in_which_nothing_scored_should_pay_no_contributor() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        score(id, |_| 0);
        run_for(1);
        assert_eq!((claim_of(1_000), claim_of(2_000)), (0, 0));
        assert_eq!(ledger().treasury, 80_000);
    });
}

#[test]
fn each_result_should_carry_the_lower_median_and_the_number_of_organisations() {
    run(|| {
        let id = seal(&[1_000, 1_001, 2_000, 3_000]);
        score(id, |position| [10, 40, 30, 20][position as usize]);
        run_for(1);
        let shown = Results::get();
        assert_eq!(shown.len(), 4);
        assert!(shown.iter().all(|shown| shown.median == 20 && shown.organisations == 3));
        assert_eq!(shown[1].who, account(1_001));
        assert_eq!((shown[1].score, shown[1].organisation), (40, 1));
    });
}

#[test]
fn settled_round_should_leave_a_settlement_and_its_evidence() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        score(id, |_| 7);
        run_for(1);
        let (model, version, settlement) = Settled::get()[0];
        let updates = [update(id, 0), update(id, 1)];
        assert_eq!((model, version, settlement.block), (MODEL, 1, now()));
        assert_eq!(settlement.updates_root, merkle::root_of(&updates));
        assert_eq!(
            settlement.statements_root,
            tagged(b"statements", &(None::<quorate_primitives::JobId>, job_of(id).0))
        );
        assert!(is_over(id, RoundEnd::Settled));
        assert!(ActiveRounds::<Test>::get().is_empty());
        assert!(!SealedOrders::<Test>::contains_key(id) && !RoundScores::<Test>::contains_key(id));
        assert!(!AwaitedPages::<Test>::contains_key(id));
        assert!(ledger().bonds.is_empty());
        let retained_until = now() + policy().retention;
        assert!(matches!(last_event(), Event::Settled { retained_until: until, .. } if until == retained_until));
    });
}

#[test]
fn pay_should_wait_for_the_end_of_the_challenge_window() {
    run(|| {
        set_policy(|policy| policy.challenge = 6);
        let id = seal(&[1_000, 2_000]);
        let recorded = now();
        score(id, |_| 7);
        assert_eq!(model(MODEL).challenge, 6);
        run_to(recorded + 5);
        assert_eq!(round(id).stage, RoundStage::Vesting { until: recorded + 6 });
        assert!(ledger().claims.is_empty());
        run_to(recorded + 6);
        assert!(is_over(id, RoundEnd::Settled));
    });
}

#[test]
fn block_should_pay_at_most_64_updates() {
    run(|| {
        let (id, _) = scored_by_thirty(150);
        run_for(1);
        assert_eq!(round(id).stage, RoundStage::Paying { next: 64 });
        run_for(1);
        assert_eq!(round(id).stage, RoundStage::Paying { next: 128 });
        Rounds::do_try_state().unwrap();
        run_for(1);
        assert!(is_over(id, RoundEnd::Settled));
        assert_eq!(claim_of(1_000), POOL / 150);
    });
}

#[test]
fn block_should_return_at_most_64_bonds_over_all_refunded_rounds() {
    run(|| {
        set_policy(|policy| {
            policy.max_updates = 50;
            policy.max_updates_per_organisation = 50;
        });
        for _ in 0..2 {
            let id = open_round();
            for n in 0..49 {
                assert_ok!(submit(id, FIRST * (n % 30 + 1) + n));
            }
            assert_ok!(Rounds::abort(signed(1), id));
        }
        run_for(1);
        assert_eq!(ledger().bonds.len(), 98 - 64);
        run_for(1);
        assert!(ledger().bonds.is_empty());
        assert!(ActiveRounds::<Test>::get().is_empty());
    });
}

#[test]
fn contributor_that_is_removed_after_revealing_should_be_paid() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        unsponsor(1_000);
        score(id, |_| 1_000);
        run_for(1);
        assert_eq!(claim_of(1_000), POOL / 2);
    });
}

/// A round in which every update is Available but the first, which is malformed.
fn with_a_malformed_one(who: &[u32]) -> u32 {
    let id = revealing(who);
    for contributor in who {
        assert_ok!(reveal(id, *contributor));
    }
    find_fault(id, 0);
    let held: Vec<u32> = (1..who.len() as u32).collect();
    hold_all(id, &held);
    idle();
    assert_eq!(update(id, 0).status, UpdateStatus::Invalid(Malformed::Header));
    assert!(
        InvalidUpdates::get().is_empty(),
        "nothing is held against anyone before the round ends"
    );
    id
}

#[test]
fn invalid_update_should_be_reported_once_with_the_number_of_organisations_that_had_available_ones() {
    run(|| {
        let id = with_a_malformed_one(&[1_000, 2_000, 2_001, 3_000]);
        score(id, |_| 7);
        run_for(1);
        assert!(is_over(id, RoundEnd::Settled));
        // Its own organisation has no other update in the round.
        assert_eq!(InvalidUpdates::get(), vec![(account(1_000), 2)]);
    });
}

#[test]
fn invalid_update_should_be_reported_although_no_scores_came() {
    run(|| {
        let id = with_a_malformed_one(&[1_000, 1_001, 2_000, 3_000]);
        agree(id);
        run_for(policy().retention + 1);
        assert!(is_over(id, RoundEnd::Settled));
        assert_eq!(InvalidUpdates::get(), vec![(account(1_000), 3)]);
    });
}

#[test]
fn invalid_update_should_be_reported_when_the_round_is_refunded_after_sealing() {
    run(|| {
        let id = with_a_malformed_one(&[1_000, 2_000]);
        assert!(
            matches!(round(id).stage, RoundStage::Refunding { .. }),
            "one update is too few"
        );
        run_for(1);
        assert_eq!(InvalidUpdates::get(), vec![(account(1_000), 1)]);
        run_for(10);
        assert_eq!(InvalidUpdates::get().len(), 1);
    });
}
