use crate::{mock::*, types::Stage, Error, Event, RoundScores};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{job::ScoreRow, traits::JobHandler, Ppm};

/// A round of 70 updates in Scoring.
fn scoring() -> u32 {
    change(|world| {
        world.set_policy(|policy| {
            policy.max_updates = 70;
            policy.max_updates_per_organisation = 70;
        })
    });
    let who: Vec<u32> = (0..70).map(|n| FIRST * (n % 7 + 1) + n).collect();
    let id = seal(&who);
    agree(id);
    id
}

#[test]
fn pages_come_in_order_each_once_and_whole() {
    run(|| {
        let id = scoring();
        let full: [Ppm; 64] = [1_000; 64];
        assert_noop!(show_page(id, 1, &[1; 6]), Error::<Test>::PageOutOfPlace);
        assert_noop!(show_page(id, 0, &full[..63]), Error::<Test>::PageOutOfPlace);
        assert_ok!(show_page(id, 0, &full));
        assert_noop!(show_page(id, 0, &full), Error::<Test>::PageOutOfPlace);
        assert_noop!(show_page(id, 1, &full), Error::<Test>::PageOutOfPlace);
        assert!(matches!(round(id).stage, Stage::Scoring { .. }));
        assert_ok!(show_page(id, 1, &[2_000; 6]));
        assert_eq!(
            last_event(),
            Event::Scored {
                round: id,
                updates: 70,
                median: 1_000,
                organisations: 7
            }
        );
        assert_eq!(round(id).stage, Stage::Paying { next: 0 });
        assert_noop!(show_page(id, 2, &[]), Error::<Test>::NotScoring);
    });
}

#[test]
fn scores_land_on_the_updates_of_the_sealed_order() {
    run(|| {
        let id = seal(&[1_000, 2_000, 3_000]);
        agree(id);
        show_scores(id, |position| 100 * (position + 1));
        for position in 0..3 {
            assert_eq!(update(id, position).score, Some(100 * (position + 1)));
        }
    });
}

#[test]
fn a_page_of_another_job_or_before_closing_is_refused() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        assert_noop!(show_page(id, 0, &[1, 1]), Error::<Test>::NotScoring);
        let (first, spec) = job_of(id);
        disagree(id);
        agree(id);
        let rows = [ScoreRow { score: 1, selection: 1 }; 2];
        assert_noop!(Rounds::page(first, &spec, 0, &rows), Error::<Test>::NotScoring);
    });
}

#[test]
fn scores_that_never_came_pay_validators_and_return_the_rest_to_the_fund() {
    run(|| {
        let id = scoring();
        assert_ok!(show_page(id, 0, &[1_000; 64]));
        run_for(9);
        assert!(matches!(round(id).stage, Stage::Scoring { .. }));
        run_for(1);
        assert_eq!(last_event(), Event::ScoresMissing { round: id });
        assert!(!RoundScores::<Test>::contains_key(id));
        run_for(2);
        assert_eq!(round(id).stage, Stage::Settled);
        let validators: u128 = policy().reward / 5;
        assert_eq!(world().claims.values().sum::<u128>(), validators);
        assert_eq!(world().funds[&MODEL], 10_000_000 - validators);
        assert!((0..70).all(|position| update(id, position).score.is_none()));
        assert!(world().shown.is_empty() && world().bonds.is_empty());
        assert_eq!(world().settlements.len(), 1);
    });
}
