//! What becomes of a round whose version passes its policy's gate or does not.

use crate::{
    mock::*,
    types::{RefundReason, RoundStage},
    Event, OpenRound,
};
use frame_support::assert_ok;
use quorate_primitives::{
    job::{AssessOutcome, JobEnd, Verdict},
    policy::Gate,
    traits::{Models as _, RevocationSink},
    views::BlobRef,
    Balance,
};

const WHO: [u32; 3] = [1_000, 2_000, 3_000];

fn held(id: u32) -> bool {
    round(id).refund == Some(RefundReason::Held)
}

fn passed() -> bool {
    quorate_mocks::MockModels::passed(MODEL, 1)
}

fn members(each: Balance, number: u32) {
    for member in 0..number {
        assert_eq!(claim_of(900 + member), each, "member {member}");
    }
}

#[test]
fn round_should_be_refunded_whose_version_does_not_pass() {
    run(|| {
        assess(Some(GATE), None);
        let id = assessing(&WHO, &[]);
        let free = ledger().free_of(2);
        conclude(id, bad());
        assert!(held(id) && !passed());
        let reason = RefundReason::Held;
        assert!(events().contains(&Event::Failed { round: id, reason }));
        run_for(1);
        assert!(is_over(id, RoundEnd::Failed));
        // The pot and the bonds are back; the assessment is paid.
        assert_eq!(ledger().fund_of(MODEL), FUND - FEE);
        assert_eq!(ledger().free_of(2), free + policy().bond);
        members(FEE / 4, 4);
        assert_eq!(OpenRound::<Test>::get(MODEL), None);
        assert_eq!(round(open_round()).base, 0);
    });
}

#[test]
fn held_round_should_keep_its_evidence_as_long_as_any_with_a_version() {
    run(|| {
        set_policy(|policy| policy.retention *= 2);
        assess(Some(GATE), None);
        let id = assessing(&WHO, &[]);
        conclude(id, bad());
        run_for(1);
        let over = now();
        assert!(
            matches!(round(id).stage, RoundStage::Over { until, .. } if until == over + round(id).policy.retention)
        );
        let (_, _, settlement) = Settled::get().pop().unwrap();
        assert!(settlement.assessment_root.is_some());
        let detail = BlobRef {
            root: root(79),
            len: 321,
        };
        assert!(Rounds::gateway_shared(id).blobs.contains(&detail));
        let jobs = [job_of(id).0, assessment_job(id).0];
        run_for(round(id).policy.retention);
        assert!(!crate::Rounds::<Test>::contains_key(id));
        assert_eq!(Pruned::get(), jobs);
    });
}

#[test]
fn program_that_does_not_fit_should_close_the_gate_and_cost_the_base_fee() {
    run(|| {
        assess(Some(GATE), None);
        let id = assessing(&WHO, &[]);
        conclude(id, AssessOutcome::Unfit);
        assert!(held(id) && !passed());
        run_for(1);
        members(BASE_FEE / 4, 4);
        assert_eq!(ledger().fund_of(MODEL), FUND - BASE_FEE);
    });
}

#[test]
fn two_attempts_without_a_quorum_should_close_the_gate_and_cost_the_base_fee() {
    run(|| {
        assess(Some(GATE), None);
        let id = assessing(&WHO, &[]);
        let treasury = ledger().treasury;
        differ(id);
        differ(id);
        assert!(held(id) && !passed());
        run_for(1);
        members(0, 4);
        assert_eq!(ledger().treasury, treasury + BASE_FEE);
        assert_eq!(ledger().fund_of(MODEL), FUND - BASE_FEE);
    });
}

#[test]
fn without_a_gate_no_outcome_should_keep_the_version_and_score_nobody() {
    run(|| {
        assess(None, Some(CONTRIBUTION));
        supply(4);
        let id = assessing(&WHO, &[0, 1, 2, 3]);
        differ(id);
        differ(id);
        assert!(passed() && !held(id));
        assert!(events().contains(&Event::ScoresMissing { round: id }));
        run_for(1);
        assert!(is_over(id, RoundEnd::Settled));
        assert!((0..3).all(|position| update(id, position).score.is_none()));
        assert_eq!(ledger().fund_of(MODEL), FUND - BASE_FEE - policy().reward / 5);
    });
}

#[test]
fn retry_that_is_refused_should_cost_nothing() {
    run(|| {
        assess(Some(GATE), None);
        let id = assessing(&WHO, &[]);
        RefuseJobs::set(true);
        differ(id);
        assert!(held(id));
        run_for(1);
        assert_eq!(ledger().fund_of(MODEL), FUND);
    });
}

#[test]
fn fee_should_go_to_members_that_agreed_and_are_not_below_the_floor() {
    run(|| {
        assess(Some(GATE), None);
        let id = assessing(&WHO, &[]);
        let first = assessment_job(id).0;
        differ(id);
        let second = assessment_job(id).0;
        VerdictsOf::mutate(|of| {
            // The first member was wrong in the first attempt.
            of.insert(
                first,
                vec![Verdict::Wrong, Verdict::Agreed, Verdict::Agreed, Verdict::Agreed],
            );
            of.insert(
                second,
                vec![Verdict::Agreed, Verdict::Agreed, Verdict::Agreed, Verdict::Silent],
            );
        });
        set_reputation(account(901), 99_999);
        let treasury = ledger().treasury;
        conclude(id, bad());
        run_for(1);
        assert_eq!(
            (claim_of(900), claim_of(901), claim_of(902), claim_of(903)),
            (0, 0, FEE / 2, 0)
        );
        assert_eq!(ledger().treasury, treasury + FEE - FEE / 2);
    });
}

#[test]
fn round_that_passes_should_pay_by_the_aggregations_scores_where_no_contribution_is_asked_for() {
    run(|| {
        assess(Some(GATE), None);
        let id = assessing(&WHO, &[]);
        let rows = rows_of(id, |position| 100 * (position + 1));
        // What agree() said of the scores counts: all the same.
        conclude(id, good());
        assert!(show_page(id, 0, &rows).is_err());
        show_all(id, &rows_of(id, |_| 500_000));
        run_for(1);
        assert!(is_over(id, RoundEnd::Settled));
        assert!((0..3).all(|position| claim_of((position + 1) * 1_000) > 0));
    });
}

#[test]
fn gate_without_bounds_should_hold_nothing_that_could_be_measured() {
    run(|| {
        let open = Gate {
            max_increase: u32::MAX,
            min_correct: 0,
        };
        assess(Some(open), None);
        let id = assessing(&WHO, &[]);
        conclude(id, assessed(measures(1 << 24, 0), 0, None));
        assert!(passed() && !held(id));
    });
}

#[test]
fn few_sets_should_not_let_a_version_pass_where_shards_are_asked_for() {
    run(|| {
        assess(Some(GATE), Some(CONTRIBUTION));
        supply(4);
        let id = assessing(&WHO, &[0, 1, 2, 3]);
        let few = quorate_primitives::job::assess::Measures {
            sets: 3,
            ..measures(-5, 900_000)
        };
        conclude(id, assessed(few, 0b11, None));
        assert!(held(id) && !passed());
    });
}

#[test]
fn revoked_version_should_end_its_round_and_never_pass() {
    run(|| {
        assess(Some(GATE), Some(CONTRIBUTION));
        supply(4);
        let id = assessing(&WHO, &[0, 1, 2, 3]);
        revoke_version(1);
        Rounds::revoked(MODEL, 1);
        assert_eq!(round(id).refund, Some(RefundReason::VersionRevoked));
        assert_eq!(Cancelled::get(), vec![assessment_job(id).0]);
        assert!(!passed());
        assert_eq!(
            quorate_mocks::shards::Ended::get(),
            vec![(id, quorate_mocks::shards::End::Released)]
        );
        run_for(1);
        assert_eq!((ledger().fund_of(MODEL), fee_escrow(id)), (FUND, 0));
    });
}

#[test]
fn council_should_end_a_round_that_is_assessed_with_everything_back() {
    run(|| {
        assess(Some(GATE), None);
        let id = assessing(&WHO, &[]);
        assert_ok!(Rounds::abort(RuntimeOrigin::root(), id));
        assert_eq!(Cancelled::get(), vec![assessment_job(id).0]);
        assert!(!passed());
        run_for(1);
        assert_eq!(ledger().fund_of(MODEL), FUND);
        assert_eq!(round(open_round()).base, 0);
    });
}

#[test]
fn round_revoked_after_its_gate_was_decided_should_not_be_assessed_again() {
    run(|| {
        assess(Some(GATE), None);
        let id = assessing(&WHO, &[]);
        assessment_agrees(id, good());
        revoke_version(1);
        Rounds::revoked(MODEL, 1);
        assert_eq!(quorate_mocks::models::Assessed::get().len(), 1);
        assessment_closes(id, JobEnd::Agreed(good()));
        run_for(1);
        assert!(is_over(id, RoundEnd::Failed));
        assert_eq!(ledger().fund_of(MODEL), FUND);
    });
}

#[test]
fn rounds_that_end_before_their_seal_should_cost_no_assessment() {
    run(|| {
        assess(Some(GATE), Some(CONTRIBUTION));
        supply(4);
        let id = open_round();
        assert_ok!(Rounds::abort(signed(1), id));
        assert_eq!(quorate_mocks::shards::Ended::get().len(), 1);
        run_for(1);
        assert_eq!((ledger().fund_of(MODEL), fee_escrow(id)), (FUND, 0));
        supply(4);
        let id = open_round();
        assert_ok!(submit(id, 1_000));
        run_for(policy().deadlines.collect + 1);
        assert!(is_over(id, RoundEnd::Aborted), "{:?}", round(id).stage);
        assert_eq!(
            (ledger().fund_of(MODEL), quorate_mocks::shards::Ended::get().len()),
            (FUND, 2)
        );
    });
}

#[test]
fn blocks_without_transactions_should_not_move_an_assessment() {
    run(|| {
        assess(Some(GATE), None);
        let id = assessing(&WHO, &[]);
        NoTransactions::set(true);
        run_for(40);
        assert_eq!(round(id).stage, RoundStage::Assessing);
        NoTransactions::set(false);
        conclude(id, good());
        show_all(id, &rows_of(id, |_| 500_000));
        run_for(1);
        assert!(is_over(id, RoundEnd::Settled));
    });
}
