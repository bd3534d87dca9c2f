//! Rounds that are paid by what updates improve, and the bonds of suppliers that did not do their part.

use crate::{
    mock::*,
    types::{RefundReason, RoundStage},
    Event,
};
use frame_support::assert_ok;
use quorate_mocks::shards::{End, Ended, Pruned as PrunedShards};
use quorate_primitives::{
    job::{aggregate::ScoreRow, AssessOutcome},
    policy::Assessment,
    traits::RevocationSink,
    views::{tasks::Scores, BlobRef},
    Balance, OrganisationId, RoundId,
};

const WHO: [u32; 3] = [1_000, 2_000, 3_000];

/// A round whose assessment runs on four shards.
fn assessing_four(who: &[u32]) -> RoundId {
    assess(Some(GATE), Some(CONTRIBUTION));
    supply(4);
    assessing(who, &[0, 1, 2, 3])
}

fn scored(rows: &[ScoreRow], counted: u32) -> AssessOutcome {
    assessed(measures(-5, 600_000), counted, Some(rows))
}

fn settled(id: RoundId) {
    run_for(1);
    assert!(is_over(id, RoundEnd::Settled), "{:?}", round(id).stage);
}

fn free(supplier: OrganisationId) -> Balance {
    ledger().free_of(supplier)
}

#[test]
fn pages_should_prove_against_the_assessment() {
    run(|| {
        let id = assessing_four(&WHO);
        let rows = rows_of(id, |position| 100_000 * (position + 1));
        conclude(id, scored(&rows, 0b1111));
        let task = Rounds::page_tasks().pop().unwrap();
        let detail = BlobRef {
            root: root(79),
            len: 321,
        };
        let Scores::Assessment {
            detail: named, inputs, ..
        } = &task.scores
        else {
            panic!("{:?}", task.scores);
        };
        assert_eq!((named, *inputs, task.scores.detail()), (&detail, 3, root(79)));
        // Those of the aggregation are not asked for.
        assert!(show_page(id, 0, &rows_of(id, |_| 500_000)).is_err());
        show_all(id, &rows);
        assert_eq!(update(id, 2).score, Some(300_000));
        settled(id);
        let pot = policy().reward * 7 / 10;
        assert_eq!(claim_of(3_000), pot / 2);
    });
}

#[test]
fn owner_should_not_have_a_version_for_nothing_by_an_assessment_that_does_not_fit() {
    run(|| {
        assess(None, Some(CONTRIBUTION));
        supply(4);
        let id = assessing(&WHO, &[0, 1, 2, 3]);
        conclude(id, AssessOutcome::Unfit);
        let rows = rows_of(id, |_| 500_000);
        show_all(id, &rows);
        settled(id);
        assert_eq!(claim_of(3_000), policy().reward * 7 / 10 / 3);
        assert_eq!(assessment(id).withheld.len(), 0, "the suppliers did their part");
    });
}

#[test]
fn nobody_should_be_paid_where_suppliers_alone_may_be_why_nothing_fits() {
    run(|| {
        assess_with(Assessment {
            program: PROGRAM,
            benchmark: None,
            operations: OPERATIONS,
            gate: None,
            contribution: Some(CONTRIBUTION),
        });
        supply(4);
        let id = assessing(&WHO, &[0, 1, 2, 3]);
        conclude(id, AssessOutcome::Unfit);
        settled(id);
        assert_eq!((claim_of(1_000), update(id, 0).score), (0, None));
    });
}

#[test]
fn bonds_of_suppliers_whose_shards_count_should_return() {
    run(|| {
        assess(None, Some(CONTRIBUTION));
        let before = free(SUPPLIER);
        supply(4);
        let id = assessing(&WHO, &[0, 1, 2, 3]);
        conclude(id, scored(&rows_of(id, |_| 1_000), 0b1111));
        assert_eq!(free(SUPPLIER), before);
        assert_eq!(Ended::get(), vec![(id, End::Assessed(suppliers(&[0, 1, 2, 3])))]);
        assert_eq!((assessment(id).bonus, assessment(id).withheld.len()), (0, 0));
        let members = FEE / 4;
        let expected = Event::AssessmentSettled {
            round: id,
            members: 4,
            each: members,
            given_back: 0,
            withheld: 0,
            bonus: 0,
        };
        assert!(events().contains(&expected));
    });
}

#[test]
fn bonds_of_the_others_should_be_shared_in_equal_parts_among_updates() {
    run(|| {
        assess(None, Some(CONTRIBUTION));
        supply(6);
        // The fifth supplier's shard is not held, the second one's does not count.
        let id = assessing(&WHO, &[0, 1, 2, 3, 5]);
        let rows = rows_of(id, |_| 0);
        conclude(id, scored(&rows, 0b11101));
        let bonus = 2 * SHARD_BOND / 3;
        assert_eq!(assessment(id).withheld.to_vec(), suppliers(&[1, 4]));
        assert_eq!(assessment(id).bonus, bonus);
        show_all(id, &rows);
        let treasury = ledger().treasury;
        settled(id);
        assert!(WHO.iter().all(|who| claim_of(*who) == bonus), "their scores are 0");
        // What the fee and the bonds left over, and what the round pays the treasury.
        let rest = (2 * SHARD_BOND - 3 * bonus) + FEE % 4;
        let contributors = policy().reward * 7 / 10;
        assert_eq!(ledger().treasury, treasury + rest + policy().reward / 10 + contributors);
    });
}

#[test]
fn update_of_an_organisation_that_withheld_its_shard_should_get_nothing_of_the_bonds() {
    run(|| {
        assess(None, Some(CONTRIBUTION));
        supply(5);
        let culprit = (SUPPLIER + 4) * FIRST;
        let id = assessing(&[1_000, 2_000, culprit], &[0, 1, 2, 3]);
        let rows = rows_of(id, |_| 0);
        conclude(id, scored(&rows, 0b1111));
        assert_eq!(assessment(id).bonus, SHARD_BOND / 2);
        show_all(id, &rows);
        settled(id);
        assert_eq!((claim_of(1_000), claim_of(culprit)), (SHARD_BOND / 2, 0));
    });
}

#[test]
fn bonds_should_go_to_the_treasury_where_only_those_who_lost_them_sent_updates() {
    run(|| {
        assess(None, Some(CONTRIBUTION));
        supply(6);
        let culprits = [(SUPPLIER + 4) * FIRST, (SUPPLIER + 5) * FIRST];
        let id = assessing(&culprits, &[0, 1, 2, 3]);
        let rows = rows_of(id, |_| 0);
        let treasury = ledger().treasury;
        conclude(id, scored(&rows, 0b1111));
        show_all(id, &rows);
        settled(id);
        assert_eq!(assessment(id).bonus, 0);
        assert!(ledger().treasury >= treasury + 2 * SHARD_BOND);
    });
}

#[test]
fn too_few_shards_should_score_nobody_and_pay_the_others_the_bonds() {
    run(|| {
        assess(None, Some(CONTRIBUTION));
        supply(4);
        let id = assessing(&WHO, &[0, 1]);
        run_for(1);
        assert!(is_over(id, RoundEnd::Settled), "{:?}", round(id).stage);
        assert_eq!(claim_of(1_000), 2 * SHARD_BOND / 3);
        assert_eq!(ledger().fund_of(MODEL), FUND - policy().reward / 5);
    });
}

#[test]
fn all_shards_withheld_should_leave_the_pot_in_the_fund_and_the_bonds_with_contributors() {
    run(|| {
        assess(None, Some(CONTRIBUTION));
        supply(6);
        let id = assessing(&WHO, &[]);
        run_for(1);
        assert!(is_over(id, RoundEnd::Settled));
        assert_eq!(assessment(id).withheld.len(), 6);
        assert_eq!(claim_of(1_000), 6 * SHARD_BOND / 3);
        assert_eq!(Ended::get(), vec![(id, End::Assessed(vec![]))]);
    });
}

#[test]
fn held_round_should_pay_the_bonds_of_those_that_withheld() {
    run(|| {
        assess(Some(GATE), Some(CONTRIBUTION));
        supply(5);
        let id = assessing(&WHO, &[0, 1, 2, 3]);
        let bad = assessed(measures(500, 600_000), 0b1111, None);
        conclude(id, bad);
        assert_eq!(round(id).refund, Some(RefundReason::Held));
        run_for(1);
        assert!(is_over(id, RoundEnd::Failed));
        assert_eq!(claim_of(1_000), SHARD_BOND / 3);
        // Nothing of them is the owner's.
        assert_eq!(ledger().fund_of(MODEL), FUND - FEE);
    });
}

#[test]
fn version_revoked_after_its_assessment_should_leave_the_bonds_with_contributors() {
    run(|| {
        set_policy(|policy| policy.challenge = 20);
        assess(Some(GATE), Some(CONTRIBUTION));
        supply(5);
        let id = assessing(&WHO, &[0, 1, 2, 3]);
        let rows = rows_of(id, |_| 1_000);
        conclude(id, scored(&rows, 0b1111));
        show_all(id, &rows);
        assert!(matches!(round(id).stage, RoundStage::Vesting { .. }));
        revoke_version(1);
        Rounds::revoked(MODEL, 1);
        run_for(1);
        assert_eq!(round(id).refund, Some(RefundReason::VersionRevoked));
        assert_eq!(claim_of(1_000), SHARD_BOND / 3);
        assert_eq!(ledger().fund_of(MODEL), FUND - FEE);
    });
}

#[test]
fn outcome_without_scores_should_pay_contributors_nothing_and_return_the_pot() {
    run(|| {
        let id = assessing_four(&WHO);
        conclude(id, assessed(measures(-5, 600_000), 0b0111, None));
        assert!(events().contains(&Event::ScoresMissing { round: id }));
        settled(id);
        assert_eq!(assessment(id).withheld.to_vec(), suppliers(&[3]));
        assert_eq!(claim_of(1_000), SHARD_BOND / 3);
        assert_eq!(ledger().fund_of(MODEL), FUND - FEE - policy().reward / 5);
    });
}

#[test]
fn shards_should_be_kept_as_long_as_the_rounds_evidence() {
    run(|| {
        let id = assessing_four(&WHO);
        conclude(id, assessed(measures(-5, 600_000), 0b1111, None));
        settled(id);
        assert!(PrunedShards::get().is_empty());
        run_for(round(id).policy.retention + 1);
        assert_eq!(PrunedShards::get(), vec![id]);
        // One that ended before leaves none behind.
        supply(4);
        let id = open_round();
        assert_ok!(Rounds::abort(signed(1), id));
        run_for(1 + round(id).policy.retention);
        assert_eq!(
            (PrunedShards::get().len(), crate::Rounds::<Test>::contains_key(id)),
            (1, false)
        );
    });
}
