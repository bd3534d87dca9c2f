use crate::{
    mock::*,
    types::{RefundReason, RoundStage},
    Event,
};
use frame_support::{assert_ok, traits::Hooks, weights::Weight};
use quorate_primitives::update::UpdateStatus;

fn revealing_until(reveal_until: u32, vote_until: u32) -> RoundStage {
    RoundStage::Revealing {
        reveal_until,
        vote_until,
    }
}

fn aborted(id: u32, reason: RefundReason) -> bool {
    events().contains(&Event::Aborted { round: id, reason })
}

#[test]
fn too_few_commitments_at_the_deadline_should_abort_with_refunds() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        run_to(10);
        assert_eq!(round(id).stage, RoundStage::Collecting { until: 11 });
        run_to(11);
        assert!(aborted(id, RefundReason::TooFewUpdates { came: 1, needed: 2 }));
        run_to(12);
        assert_eq!((ledger().free_of(1), ledger().fund_of(MODEL)), (START, FUND));
    });
}

#[test]
fn enough_commitments_at_the_deadline_should_start_revealing() {
    run(|| {
        let id = revealing(&[1_000, 2_000]);
        assert_eq!(round(id).stage, revealing_until(21, 31));
    });
}

#[test]
fn round_should_be_sealed_when_roots_can_no_longer_come_and_all_are_decided() {
    run(|| {
        let id = revealing(&[1_000, 2_000, 3_000]);
        assert_ok!(reveal(id, 1_000));
        assert_ok!(reveal(id, 3_000));
        hold_all(id, &[0, 2]);
        run_to(20);
        assert_eq!(round(id).stage, revealing_until(21, 31));
        run_to(21);
        assert!(is_computing(id));
        assert_eq!(update(id, 1).status, UpdateStatus::Expired);
    });
}

#[test]
fn updates_without_a_quorum_should_expire_when_the_time_for_votes_is_over() {
    run(|| {
        let id = revealing(&[1_000, 2_000, 3_000]);
        for who in [1_000, 2_000, 3_000] {
            assert_ok!(reveal(id, who));
        }
        hold_all(id, &[0, 2]);
        hold(id, 0, &[1]);
        run_to(30);
        assert_eq!(round(id).stage, revealing_until(21, 31));
        run_to(31);
        assert_eq!(update(id, 1).status, UpdateStatus::Expired);
        assert!(is_computing(id));
        assert_eq!(round(id).sealed_at, Some(31));
        assert!(Ballots::get().is_empty());
    });
}

#[test]
fn too_few_available_updates_should_abort_with_refunds() {
    run(|| {
        let id = revealing(&[1_000, 2_000]);
        assert_ok!(reveal(id, 1_000));
        hold_all(id, &[0]);
        run_to(21);
        assert!(aborted(id, RefundReason::TooFewUpdates { came: 1, needed: 2 }));
        run_to(22);
        assert_eq!((ledger().free_of(1), ledger().free_of(2)), (START, START));
        assert_eq!(ledger().fund_of(MODEL), FUND);
    });
}

#[test]
fn split_votes_should_let_an_update_expire_at_once() {
    use quorate_exact::check::Malformed;
    run(|| {
        let id = revealing(&[1_000, 2_000, 3_000]);
        assert_ok!(reveal(id, 1_000));
        hold(id, 0, &[0]);
        hold(id, 1, &[0]);
        for voter in 2..4 {
            assert!(vote(id, voter, 0, Some(Malformed::Header)));
        }
        assert_eq!(update(id, 0).status, UpdateStatus::Expired);
    });
}

#[test]
fn every_deadline_should_move_on_while_no_transaction_runs() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(submit(id, 2_000));
        NoTransactions::set(true);
        run_for(20);
        assert_eq!(round(id).stage, RoundStage::Collecting { until: 31 });
        NoTransactions::set(false);
        run_to(31);
        assert_eq!(round(id).stage, revealing_until(41, 51));
        NoTransactions::set(true);
        run_for(2);
        assert_eq!(round(id).stage, revealing_until(43, 53));
        NoTransactions::set(false);
        run_for(1);
        let begun = count(|event| matches!(event, Event::ShiftStarted { .. }));
        let ended: Vec<_> = events()
            .into_iter()
            .filter(|event| matches!(event, Event::ShiftEnded { .. }))
            .collect();
        let of = |blocks| Event::ShiftEnded { round: id, blocks };
        assert_eq!(
            (begun, ended),
            (2, vec![of(20), of(2)]),
            "one event when a shift begins, one when it ends"
        );
    });
}

#[test]
fn scores_and_pay_should_be_postponed_by_the_blocks_in_which_no_transaction_ran() {
    run(|| {
        set_policy(|policy| policy.challenge = 20);
        let id = seal(&[1_000, 2_000]);
        score(id, |_| 1);
        let RoundStage::Vesting { until } = round(id).stage else {
            panic!("{:?}", round(id).stage)
        };
        NoTransactions::set(true);
        run_for(5);
        NoTransactions::set(false);
        run_to(until + 4);
        assert!(ledger().claims.is_empty());
        assert_eq!(round(id).stage, RoundStage::Vesting { until: until + 5 });
        assert_eq!(count(|event| matches!(event, Event::Postponed { blocks: 5, .. })), 1);
        run_to(until + 5);
        assert!(is_over(id, RoundEnd::Settled));
    });
}

#[test]
fn only_collecting_should_wait_while_submissions_are_refused() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(submit(id, 2_000));
        NoSubmissions::set(true);
        run_for(7);
        assert_eq!(round(id).stage, RoundStage::Collecting { until: 18 });
        NoSubmissions::set(false);
        run_to(18);
        assert_eq!(round(id).stage, revealing_until(28, 38));
        assert_eq!(count(|event| matches!(event, Event::ShiftEnded { blocks: 7, .. })), 1);
        NoSubmissions::set(true);
        run_for(5);
        assert_eq!(round(id).stage, revealing_until(28, 38));
    });
}

#[test]
fn round_that_has_shifted_as_far_as_it_may_should_abort_with_refunds() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        NoSubmissions::set(true);
        run_for(30);
        assert_eq!(round(id).stage, RoundStage::Collecting { until: 41 });
        run_for(2);
        assert!(aborted(id, RefundReason::Halted));
        assert!(is_over(id, RoundEnd::Aborted));
        assert_eq!((ledger().free_of(1), ledger().fund_of(MODEL)), (START, FUND));
    });
}

#[test]
fn idle_blocks_should_weigh_little_and_sealing_more() {
    run(|| {
        let idle = Rounds::on_initialize(1);
        let id = revealing(&[1_000, 2_000]);
        assert_ok!(reveal(id, 1_000));
        assert_ok!(reveal(id, 2_000));
        run_to(30);
        System::set_block_number(31);
        let sealing = Rounds::on_initialize(31);
        assert!(sealing.ref_time() > 3 * idle.ref_time());
        assert!(!matches!(round(id).stage, RoundStage::Revealing { .. }));
        // A fifth of a millisecond.
        assert!(idle.ref_time() < 200_000_000);
        assert_eq!(Rounds::on_idle(31, Weight::zero()), Weight::zero());
    });
}
