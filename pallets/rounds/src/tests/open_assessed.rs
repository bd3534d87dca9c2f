//! What a round that is to be assessed needs before it is opened.

use crate::{mock::*, Error, Usages};
use frame_support::{assert_noop, assert_ok};
use quorate_mocks::{artifacts, models, shards};
use quorate_primitives::{
    availability::ArtifactKind,
    policy::{Access, Assessment, Contribution, MIN_RETENTION},
    purpose::Purpose,
    traits::HeldArtifact,
    views::BlobRef,
    Balance,
};

fn refused(error: Error<Test>) {
    assert_noop!(Rounds::open_round(signed(1), MODEL), error);
    assert!(!Rounds::opens_for_free(&account(1), MODEL));
}

fn hold(id: u32, kind: ArtifactKind, organisation: u32) {
    let held = HeldArtifact {
        kind,
        root: root(1),
        len: 100,
        organisation,
        access: Access::Organisations,
    };
    artifacts::hold(id, held);
}

#[test]
fn fee_should_be_set_aside_beside_the_reward() {
    run(|| {
        assess(Some(GATE), None);
        let id = open_round();
        assert_eq!((escrowed(id), fee_escrow(id)), (policy().reward, FEE));
        assert_eq!(ledger().fund_of(MODEL), FUND - policy().reward - FEE);
        assert_eq!((assessment(id).fee, assessment(id).base_fee), (FEE, BASE_FEE));
    });
}

#[test]
fn fund_should_cover_reward_and_fee_together() {
    run(|| {
        assess(Some(GATE), None);
        let enough: Balance = policy().reward + FEE;
        escrow::change(|ledger| ledger.set_fund(MODEL, enough - 1));
        let units = ledger().units();
        refused(Error::<Test>::FundTooSmall);
        escrow::change(|ledger| ledger.set_fund(MODEL, enough));
        open_round();
        assert_eq!(ledger().units(), units + 1);
        escrow::change(|ledger| ledger.set_fund(MODEL, FUND - enough));
    });
}

#[test]
fn program_should_be_one_that_a_quorum_holds() {
    run(|| {
        assess(Some(GATE), None);
        artifacts::retire(PROGRAM);
        refused(Error::<Test>::ProgramNotHeld);
        hold(PROGRAM, ArtifactKind::DataSet, 1);
        refused(Error::<Test>::ProgramNotHeld);
    });
}

#[test]
fn benchmark_should_be_a_data_set_that_a_quorum_holds() {
    run(|| {
        assess(Some(GATE), None);
        artifacts::retire(BENCHMARK);
        refused(Error::<Test>::BenchmarkNotHeld);
        hold(BENCHMARK, ArtifactKind::Program, 1);
        refused(Error::<Test>::BenchmarkNotHeld);
    });
}

#[test]
fn owner_should_be_allowed_to_use_the_artifacts() {
    run(|| {
        assess(Some(GATE), None);
        hold(PROGRAM, ArtifactKind::Program, 2);
        refused(Error::<Test>::ArtifactNotReadable);
        hold(PROGRAM, ArtifactKind::Program, 1);
        hold(BENCHMARK, ArtifactKind::DataSet, 2);
        refused(Error::<Test>::ArtifactNotReadable);
    });
}

#[test]
fn as_many_shards_as_the_policy_asks_for_should_wait() {
    run(|| {
        assess(None, Some(CONTRIBUTION));
        supply(3);
        refused(Error::<Test>::TooFewShards);
        shards::commit(MODEL, SUPPLIER + 3, SHARD_BOND);
        let id = open_round();
        assert_eq!(shards::of(id).unwrap().suppliers, suppliers(&[0, 1, 2, 3]));
        assert!(ledger().bond(Purpose::Shards(MODEL), &account(SUPPLIER)).is_some());
    });
}

#[test]
fn shards_should_count_as_bytes_that_are_kept_for_the_owner_until_the_evidence_goes() {
    run(|| {
        let kept = || Usages::<Test>::get(1).kept_bytes;
        let abort = |id| {
            assert_ok!(Rounds::abort(signed(1), id));
            run_for(MIN_RETENTION + 1);
        };
        let id = open_round();
        let without = kept();
        abort(id);
        assess(None, Some(CONTRIBUTION));
        supply(4);
        let shards = u64::from(CONTRIBUTION.max_suppliers) * CONTRIBUTION.max_len;
        MaxKeptBytes::set(without + shards - 1);
        refused(Error::<Test>::EvidenceQuotaReached);
        MaxKeptBytes::set(without + shards);
        let id = open_round();
        assert_eq!(kept(), without + shards);
        abort(id);
        assert!(!Usages::<Test>::contains_key(1), "nothing is kept or counted");
    });
}

#[test]
fn no_more_operations_or_bytes_should_be_asked_for_than_an_assessment_may_have() {
    run(|| {
        let with = |operations, contribution| {
            assess_with(Assessment {
                program: PROGRAM,
                benchmark: Some(BENCHMARK),
                operations,
                gate: Some(GATE),
                contribution,
            });
        };
        with(1_001, None);
        refused(Error::<Test>::TooMuchWork);
        supply(4);
        let huge = Contribution {
            max_len: u64::MAX,
            ..CONTRIBUTION
        };
        // The registry would not take such a policy: moving the shards takes longer than any phase.
        with(1_000, Some(huge));
        BytesPerBlock::set(u64::MAX);
        refused(Error::<Test>::PolicyTransferTooShort);
        with(1_000, None);
        open_round();
    });
}

#[test]
fn frozen_base_should_be_held_and_be_what_the_assessment_reads() {
    run(|| {
        assess(Some(GATE), None);
        let base = BlobRef {
            root: root(1),
            len: 100,
        };
        models::change(MODEL, |model| model.frozen_base = Some(base.clone()));
        refused(Error::<Test>::FrozenBaseNotHeld);
        hold(9, ArtifactKind::Weights, 2);
        refused(Error::<Test>::FrozenBaseNotHeld);
        hold(9, ArtifactKind::Weights, 1);
        let id = open_round();
        assert_eq!(assessment(id).frozen_base, Some(base));
    });
}

#[test]
fn round_that_nobody_assesses_should_need_no_frozen_base() {
    run(|| {
        let base = BlobRef {
            root: root(1),
            len: 100,
        };
        models::change(MODEL, |model| model.frozen_base = Some(base));
        open_round();
    });
}
