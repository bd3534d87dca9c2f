use crate::{
    mock::*,
    types::{RefundReason, RoundStage},
    ActiveRounds, Error, Event, OpenRound,
};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{merkle, payload::tagged, policy::MIN_RETENTION, update::Update, views::RoundPhase};

#[test]
fn owner_should_abort_while_collecting_and_everyone_should_be_refunded() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(submit(id, 2_000));
        assert_ok!(Rounds::abort(signed(1), id));
        let expected = Event::Aborted {
            round: id,
            reason: RefundReason::Owner,
        };
        assert_eq!(last_event(), expected);
        assert_eq!((escrowed(id), ledger().fund_of(MODEL)), (0, FUND));
        assert_eq!(OpenRound::<Test>::get(MODEL), None);
        assert_eq!(round(id).phase(), RoundPhase::Aborted);
        run_for(1);
        assert!(is_over(id, RoundEnd::Aborted));
        assert_eq!((ledger().free_of(1), ledger().free_of(2)), (START, START));
        assert_eq!(last_event(), Event::Refunded { round: id });
        assert!(ActiveRounds::<Test>::get().is_empty());
    });
}

#[test]
fn owner_should_abort_only_while_collecting() {
    run(|| {
        let id = revealing(&[1_000, 2_000]);
        assert_noop!(Rounds::abort(signed(1), id), Error::<Test>::TooLateToAbort);
    });
}

/// What the council ends, everybody is refunded for.
fn council_aborts(id: u32) {
    assert_ok!(Rounds::abort(RuntimeOrigin::root(), id));
    assert!(events().contains(&Event::Aborted {
        round: id,
        reason: RefundReason::Council
    }));
    assert_noop!(Rounds::abort(RuntimeOrigin::root(), id), Error::<Test>::TooLateToAbort);
    Rounds::do_try_state().unwrap();
    run_for(2);
    assert!(is_over(id, RoundEnd::Aborted));
    assert_eq!((escrowed(id), ledger().fund_of(MODEL)), (0, FUND));
    assert_eq!((ledger().free_of(1), ledger().free_of(2)), (START, START));
    assert_noop!(Rounds::abort(RuntimeOrigin::root(), id), Error::<Test>::TooLateToAbort);
}

#[test]
fn council_should_abort_a_round_in_revealing() {
    run(|| {
        let id = revealing(&[1_000, 2_000]);
        assert_ok!(reveal(id, 1_000));
        hold(id, 0, &[0]);
        council_aborts(id);
        assert!(Ballots::get().is_empty());
    });
}

#[test]
fn council_should_abort_a_round_in_computing_and_its_job_should_be_cancelled() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        let (job, _) = job_of(id);
        council_aborts(id);
        assert_eq!(Cancelled::get(), vec![job]);
    });
}

#[test]
fn council_should_abort_a_round_in_scoring_and_in_vesting() {
    run(|| {
        set_policy(|policy| policy.challenge = 300);
        let id = seal(&[1_000, 2_000]);
        agree(id);
        council_aborts(id);
        let id = seal(&[1_000, 2_000]);
        score(id, |_| 1);
        assert!(matches!(round(id).stage, RoundStage::Vesting { .. }));
        council_aborts(id);
    });
}

#[test]
fn council_should_abort_a_round_in_paying_and_what_was_paid_should_stay_paid() {
    run(|| {
        set_policy(|policy| {
            policy.max_updates = 70;
            policy.max_updates_per_organisation = 70;
        });
        let who: Vec<u32> = (0..70).map(|n| FIRST * (n % 7 + 1) + n).collect();
        let id = seal(&who);
        score(id, |_| 7);
        run_for(1);
        assert_eq!(round(id).stage, RoundStage::Paying { next: 64 });
        let paid: u128 = ledger().claims.values().sum();
        assert!(paid > 0);
        assert_ok!(Rounds::abort(RuntimeOrigin::root(), id));
        run_for(1);
        assert!(is_over(id, RoundEnd::Aborted));
        assert_eq!(ledger().claims.values().sum::<u128>(), paid);
        assert_eq!(ledger().fund_of(MODEL), FUND - paid);
        assert!(ledger().bonds.is_empty());
    });
}

#[test]
fn nobody_should_abort_a_settled_round() {
    run(|| {
        let id = whole_round(&[1_000, 2_000]);
        assert_noop!(Rounds::abort(RuntimeOrigin::root(), id), Error::<Test>::TooLateToAbort);
    });
}

#[test]
fn nobody_else_should_abort() {
    run(|| {
        let id = open_round();
        assert_noop!(Rounds::abort(signed(2), id), Error::<Test>::NotOwner);
        assert_noop!(Rounds::abort(signed(1_000), id), Error::<Test>::NotAnOrganisation);
        assert_noop!(Rounds::abort(signed(1), 9), Error::<Test>::RoundNotFound);
        assert_noop!(
            Rounds::abort(RuntimeOrigin::none(), id),
            sp_runtime::DispatchError::BadOrigin
        );
    });
}

#[test]
fn next_round_should_open_while_bonds_of_the_aborted_one_still_return() {
    run(|| {
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        assert_ok!(Rounds::abort(signed(1), id));
        let next = open_round();
        assert_ok!(submit(next, 1_000));
        run_for(1);
        assert_eq!(ledger().free_of(1), START - policy().bond);
    });
}

#[test]
fn version_should_have_its_evidence_and_a_settlement_although_the_council_ends_its_round() {
    run(|| {
        set_policy(|policy| policy.retention = 2_000);
        let id = seal(&[1_000, 2_000]);
        agree(id);
        assert!(Settled::get().is_empty());
        council_aborts(id);
        let updates: Vec<Update> = Rounds::round_view(id).unwrap().updates;
        let (model, version, settlement) = Settled::get().pop().unwrap();
        assert_eq!((model, version), (MODEL, 1));
        assert_eq!(settlement.updates_root, merkle::root_of(&updates));
        assert_eq!(
            settlement.statements_root,
            tagged(b"statements", &(None::<quorate_primitives::JobId>, job_of(id).0))
        );
        // The policy's retention, not the shortest.
        run_for(MIN_RETENTION + 10);
        assert_eq!(Rounds::gateway_shared(id).blobs.len(), 3, "updates and detail");
        run_for(2_000);
        assert_eq!(Rounds::round_view(id), None);
    });
}
