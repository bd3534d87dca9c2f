use crate::{
    mock::*,
    types::{RefundReason, Stage},
    Event,
};
use frame_support::{assert_ok, traits::Hooks};
use quorate_primitives::update::UpdateStatus;

#[test]
fn too_few_commitments_at_the_deadline_abort_with_refunds() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        run_to(10);
        assert_eq!(round(id).stage, Stage::Collecting { until: 11 });
        run_to(11);
        assert_eq!(
            last_event(),
            Event::Aborted {
                round: id,
                reason: RefundReason::TooFewUpdates
            }
        );
        run_to(12);
        assert_eq!((world().free_of(1), world().funds[&MODEL]), (100_000, 10_000_000));
    });
}

#[test]
fn enough_commitments_at_the_deadline_start_opening() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(submit(id, 2_000));
        run_to(11);
        assert_eq!(
            round(id).stage,
            Stage::Opening {
                open_until: 16,
                vote_until: 21
            }
        );
    });
}

#[test]
fn a_round_is_sealed_at_the_end_of_opening_when_every_opened_update_is_decided() {
    run(|| {
        let id = open_round();
        for who in [1_000, 2_000, 3_000] {
            assert_ok!(submit(id, who));
        }
        run_to(11);
        assert_ok!(open(id, 1_000));
        assert_ok!(open(id, 3_000));
        hold_all(id, &[0, 2]);
        run_to(15);
        assert!(matches!(round(id).stage, Stage::Opening { .. }));
        run_to(16);
        assert_eq!(round(id).stage, Stage::Computing);
        assert_eq!(update(id, 1).status, UpdateStatus::Expired);
    });
}

#[test]
fn updates_without_a_quorum_expire_when_the_time_for_votes_is_over() {
    run(|| {
        let id = open_round();
        for who in [1_000, 2_000, 3_000] {
            assert_ok!(submit(id, who));
        }
        run_to(11);
        for who in [1_000, 2_000, 3_000] {
            assert_ok!(open(id, who));
        }
        hold_all(id, &[0, 2]);
        hold(id, 0, &[1]);
        run_to(20);
        assert!(matches!(round(id).stage, Stage::Opening { .. }));
        run_to(21);
        assert_eq!(update(id, 1).status, UpdateStatus::Expired);
        assert_eq!(round(id).stage, Stage::Computing);
        assert_eq!(round(id).sealed_at, Some(21));
    });
}

#[test]
fn too_few_available_updates_abort_with_refunds() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(submit(id, 2_000));
        run_to(11);
        assert_ok!(open(id, 1_000));
        hold_all(id, &[0]);
        run_to(16);
        assert_eq!(
            count(|e| matches!(
                e,
                Event::Aborted {
                    reason: RefundReason::TooFewUpdates,
                    ..
                }
            )),
            1
        );
        run_to(17);
        assert_eq!((world().free_of(1), world().free_of(2)), (100_000, 100_000));
        assert_eq!(world().funds[&MODEL], 10_000_000);
    });
}

#[test]
fn every_deadline_moves_on_while_a_migration_runs() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(submit(id, 2_000));
        Migrating::set(true);
        run_for(20);
        assert_eq!(round(id).stage, Stage::Collecting { until: 31 });
        Migrating::set(false);
        run_to(31);
        assert_eq!(
            round(id).stage,
            Stage::Opening {
                open_until: 36,
                vote_until: 41
            }
        );
        Migrating::set(true);
        run_for(2);
        assert_eq!(
            round(id).stage,
            Stage::Opening {
                open_until: 38,
                vote_until: 43
            }
        );
        Migrating::set(false);
        for who in [1_000, 2_000] {
            assert_ok!(open(id, who));
        }
        hold_all(id, &[0, 1]);
        agree(id);
        let Stage::Scoring { until } = round(id).stage else {
            panic!()
        };
        Migrating::set(true);
        run_for(3);
        assert_eq!(round(id).stage, Stage::Scoring { until: until + 3 });
    });
}

#[test]
fn idle_blocks_weigh_little_and_sealing_weighs_more() {
    run(|| {
        let idle = Rounds::on_initialize(1);
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(submit(id, 2_000));
        run_to(11);
        assert_ok!(open(id, 1_000));
        assert_ok!(open(id, 2_000));
        run_to(20);
        System::set_block_number(21);
        let sealing = Rounds::on_initialize(21);
        assert!(sealing.ref_time() > 3 * idle.ref_time());
        assert!(!matches!(round(id).stage, Stage::Opening { .. }));
        // A millisecond.
        assert!(idle.ref_time() < 1_000_000_000);
    });
}
