use crate::{mock::*, types::Stage, ActiveRounds, Event, PositionOf, Retained, RoundScores, SealedOrders};
use frame_support::assert_ok;
use quorate_exact::check::Malformed;
use quorate_primitives::{
    job::Verdict,
    merkle,
    payload::tagged,
    traits::Escrow,
    update::{Subject, UpdateStatus},
};

const POOL: u128 = 70_000;

/// A sealed round of these contributors whose job agreed.
fn closed(who: &[u32]) -> u32 {
    let id = seal(who);
    agree(id);
    id
}

#[test]
fn the_pool_is_shared_by_score_and_reputation() {
    run(|| {
        change(|world| {
            world.set_reputation(1_000, 1_000_000);
            world.set_reputation(2_000, 0);
            world.set_reputation(3_000, 0);
        });
        let id = closed(&[1_000, 2_000, 3_000]);
        show_scores(id, |position| [400_000, 400_000, 800_000][position as usize]);
        run_for(1);
        // Points: 400,000 · 1; 400,000 · 1/2; 800,000 · 1/2.
        assert_eq!(world().claim_of(1_000), POOL * 2 / 5);
        assert_eq!(world().claim_of(2_000), POOL / 5);
        assert_eq!(world().claim_of(3_000), POOL * 2 / 5);
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
fn an_organisation_earns_at_most_its_share_and_the_rest_goes_to_the_treasury() {
    run(|| {
        change(|world| world.set_policy(|policy| policy.max_organisation_share = 400_000));
        let id = closed(&[1_000, 1_001, 2_000]);
        show_scores(id, |position| [200_000, 400_000, 200_000][position as usize]);
        run_for(1);
        // Organisation 1 has three quarters of the points, and gets 40 % of the pool.
        let cap = POOL * 4 / 10;
        assert_eq!(world().claim_of(1_000), cap / 3);
        assert_eq!(world().claim_of(1_001), cap * 2 / 3);
        assert_eq!(world().claim_of(2_000), POOL / 4);
        assert_eq!(World::escrowed(id), 0);
        let claimed: u128 = world().claims.values().sum();
        assert_eq!(world().treasury, policy().reward - claimed);
    });
}

#[test]
fn agreed_validators_share_equally_and_others_get_nothing() {
    run(|| {
        change(|world| world.verdicts = vec![Verdict::Agreed, Verdict::Wrong, Verdict::Agreed, Verdict::Agreed]);
        let id = closed(&[1_000, 2_000]);
        show_scores(id, |_| 1);
        run_for(1);
        assert_eq!(world().claim_of(900), 20_000 / 3);
        assert_eq!(world().claim_of(901), 0);
        assert_eq!(
            count(|event| matches!(event, Event::ValidatorPaid { amount: 6_666, .. })),
            3
        );
    });
}

#[test]
fn a_round_in_which_nothing_scored_pays_no_contributor() {
    run(|| {
        let id = closed(&[1_000, 2_000]);
        show_scores(id, |_| 0);
        run_for(1);
        assert_eq!((world().claim_of(1_000), world().claim_of(2_000)), (0, 0));
        assert_eq!(world().treasury, 80_000);
    });
}

#[test]
fn each_showing_carries_the_lower_median_and_the_number_of_organisations() {
    run(|| {
        let id = closed(&[1_000, 1_001, 2_000, 3_000]);
        show_scores(id, |position| [10, 40, 30, 20][position as usize]);
        run_for(1);
        let shown = world().shown;
        assert_eq!(shown.len(), 4);
        assert!(shown.iter().all(|shown| shown.median == 20 && shown.organisations == 3));
        assert_eq!(shown[1].who, <[u8; 32]>::from(account(1_001)));
        assert_eq!((shown[1].score, shown[1].organisation), (40, 1));
    });
}

#[test]
fn a_settled_round_leaves_a_settlement_and_nothing_else() {
    run(|| {
        let id = closed(&[1_000, 2_000]);
        show_scores(id, |_| 7);
        run_for(1);
        let (model, version, settlement) = world().settlements[0];
        let updates = [update(id, 0), update(id, 1)];
        assert_eq!((model, version, settlement.block), (MODEL, 1, now()));
        assert_eq!(settlement.updates_root, merkle::root_of(&updates));
        assert_eq!(settlement.statements_root, tagged(b"statements", &job_of(id).0));
        assert_eq!(round(id).stage, Stage::Settled);
        assert!(ActiveRounds::<Test>::get().is_empty());
        assert!(!SealedOrders::<Test>::contains_key(id) && !RoundScores::<Test>::contains_key(id));
        assert_eq!(PositionOf::<Test>::iter_prefix(id).count(), 0);
        assert!(world().bonds.is_empty());
        assert_eq!(Retained::<Test>::get(id), Some(now() + 100));
    });
}

#[test]
fn pay_waits_for_the_end_of_the_challenge_window() {
    run(|| {
        change(|world| world.set_policy(|policy| policy.challenge = 6));
        let id = closed(&[1_000, 2_000]);
        let recorded = now();
        assert_eq!(world().models[&MODEL].challenge, 6);
        show_scores(id, |_| 7);
        run_to(recorded + 5);
        assert_eq!(round(id).stage, Stage::Paying { next: 0 });
        assert!(world().claims.is_empty());
        run_to(recorded + 6);
        assert_eq!(round(id).stage, Stage::Settled);
    });
}

#[test]
fn a_block_pays_at_most_64_updates() {
    run(|| {
        change(|world| {
            world.set_policy(|policy| {
                policy.max_updates = 150;
                policy.max_updates_per_organisation = 150;
            })
        });
        let who: Vec<u32> = (0..150).map(|n| FIRST * (n % 30 + 1) + n).collect();
        let id = closed(&who);
        show_scores(id, |_| 1_000);
        run_for(1);
        assert_eq!(round(id).stage, Stage::Paying { next: 64 });
        run_for(1);
        assert_eq!(round(id).stage, Stage::Paying { next: 128 });
        Rounds::do_try_state().unwrap();
        run_for(1);
        assert_eq!(round(id).stage, Stage::Settled);
        assert_eq!(world().claim_of(1_000), POOL / 150);
    });
}

#[test]
fn a_block_returns_at_most_64_bonds_over_all_refunded_rounds() {
    run(|| {
        change(|world| {
            world.set_policy(|policy| {
                policy.max_updates = 50;
                policy.max_updates_per_organisation = 50;
            })
        });
        for _ in 0..2 {
            let id = open_round();
            for n in 0..49 {
                assert_ok!(submit(id, FIRST * (n % 30 + 1) + n));
            }
            assert_ok!(Rounds::abort(signed(1), id));
        }
        run_for(1);
        assert_eq!(world().bonds.len(), 98 - 64);
        run_for(1);
        assert!(world().bonds.is_empty());
        assert!(ActiveRounds::<Test>::get().is_empty());
    });
}

#[test]
fn ended_retention_is_forgotten_when_later_rounds_are_settled() {
    run(|| {
        let first = whole_round(&[1_000, 2_000]);
        assert!(Retained::<Test>::contains_key(first));
        run_for(100);
        whole_round(&[1_000, 2_000]);
        assert!(!Retained::<Test>::contains_key(first));
    });
}

#[test]
fn a_contributor_who_is_removed_after_opening_is_paid() {
    run(|| {
        let id = closed(&[1_000, 2_000]);
        change(|world| world.unsponsor(1_000));
        show_scores(id, |_| 1_000);
        run_for(1);
        assert_eq!(world().claim_of(1_000), POOL / 2);
    });
}

/// A round in which every update is Available but the first, which is malformed. Opening is over after it.
fn with_a_malformed_one(who: &[u32]) -> u32 {
    let id = open_round();
    for contributor in who {
        assert_ok!(submit(id, *contributor));
    }
    if !matches!(round(id).stage, Stage::Opening { .. }) {
        run_for(policy().deadlines.collect);
    }
    for contributor in who {
        assert_ok!(open(id, *contributor));
    }
    let held: Vec<u32> = (1..who.len() as u32).collect();
    for voter in 0..3 {
        assert_ok!(vote(Subject::Round(id), voter, &held, &[(0, Malformed::Header)]));
    }
    assert_eq!(update(id, 0).status, UpdateStatus::Invalid(Malformed::Header));
    assert!(
        world().invalid.is_empty(),
        "nothing is held against anyone before the round ends"
    );
    id
}

#[test]
fn an_invalid_update_is_told_of_once_with_the_number_of_organisations_that_had_available_ones() {
    run(|| {
        let id = with_a_malformed_one(&[1_000, 2_000, 2_001, 3_000]);
        agree(id);
        show_scores(id, |_| 7);
        run_for(1);
        assert_eq!(round(id).stage, Stage::Settled);
        // Its own organisation has no other update in the round.
        assert_eq!(world().invalid, vec![(<[u8; 32]>::from(account(1_000)), 2)]);
    });
}

#[test]
fn an_invalid_update_is_told_of_although_no_scores_came() {
    run(|| {
        let id = with_a_malformed_one(&[1_000, 1_001, 2_000, 3_000]);
        agree(id);
        run_for(11);
        assert_eq!(round(id).stage, Stage::Settled);
        assert_eq!(world().invalid, vec![(<[u8; 32]>::from(account(1_000)), 3)]);
    });
}

#[test]
fn an_invalid_update_is_told_of_when_the_round_is_refunded_after_sealing() {
    run(|| {
        let id = with_a_malformed_one(&[1_000, 2_000]);
        assert!(
            matches!(round(id).stage, Stage::Refunding { .. }),
            "one update is too few"
        );
        run_for(1);
        assert_eq!(world().invalid, vec![(<[u8; 32]>::from(account(1_000)), 1)]);
        run_for(10);
        assert_eq!(world().invalid.len(), 1);
    });
}
