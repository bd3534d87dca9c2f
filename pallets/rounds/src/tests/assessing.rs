//! How an assessed round goes: from the aggregation's end to the assessment's.

use crate::{mock::*, types::RoundStage, Error, Event, OpenRound};
use frame_support::assert_noop;
use quorate_mocks::{artifacts, shards};
use quorate_primitives::{
    job::{assess::Benchmark, CommitteeRule, JobEnd, Requester},
    merkle,
    policy::Assessment,
    traits::{JobHandler, Models as _, Shards as _},
    version::AssessmentRecord,
    views::RoundPhase,
};

const WHO: [u32; 3] = [1_000, 2_000, 3_000];

fn no_benchmark() -> Assessment {
    Assessment {
        program: PROGRAM,
        benchmark: None,
        operations: OPERATIONS,
        gate: Some(GATE),
        contribution: Some(CONTRIBUTION),
    }
}

#[test]
fn job_should_name_what_the_round_read_and_made() {
    run(|| {
        assess(Some(GATE), Some(CONTRIBUTION));
        supply(5);
        let id = assessing(&WHO, &[0, 2, 3, 4]);
        let ((job, spec), made) = (assessment_job(id), round(id));
        let held = quorate_mocks::MockShards::held(id);
        assert_eq!(spec.requester, Requester::Assessment(id));
        assert_eq!((spec.attempt, spec.committee), (0, CommitteeRule::All));
        // 100 operations at 50 in a block, and what is fetched fits into one.
        assert_eq!((spec.commit, spec.reveal), (20 + 2 + 1, 10));
        let (work, aggregation) = (&spec.work, job_of(id).1.work);
        assert_eq!((work.round, work.model, work.base, work.version), (id, MODEL, 0, 1));
        assert_eq!((work.base_root, work.version_root), (made.base_root, root(77)));
        assert_eq!((work.policy_hash, work.file_len), (made.policy.hash(), FILE_LEN));
        assert_eq!((work.products, work.inputs), (root(78), 3));
        assert_eq!(work.inputs_root, aggregation.inputs_root);
        assert_eq!((work.program, work.program_root), (PROGRAM, root(9_000 + PROGRAM)));
        let benchmark = Benchmark {
            data: BENCHMARK,
            root: root(9_000 + BENCHMARK),
            len: 1_000,
        };
        assert_eq!(work.benchmark, Some(benchmark));
        assert_eq!((work.shards_root, work.shards), (merkle::root_of(&held), 4));
        assert_eq!(work.operations, OPERATIONS);
        assert_eq!(assessment(id).job, Some(job));
        let expected = Event::AssessmentStarted {
            round: id,
            job,
            shards: 4,
        };
        assert!(events().contains(&expected));
    });
}

#[test]
fn task_should_have_everything_that_the_job_reads() {
    run(|| {
        assess(Some(GATE), Some(CONTRIBUTION));
        supply(4);
        let id = seal(&WHO);
        assert_eq!(Rounds::assess_task(id), None);
        agree(id);
        shards::decide(id, &suppliers(&[0, 1, 2, 3]), 1_500);
        run_for(1);
        let task = Rounds::assess_task(id).unwrap();
        assert_eq!((task.round, task.model, task.version), (id, MODEL, 1));
        assert_eq!(
            (task.base_file.root, task.version_file.root),
            (round(id).base_root, root(77))
        );
        assert_eq!(
            (task.products, task.previous, task.operations),
            (root(78), false, OPERATIONS)
        );
        assert_eq!(task.shards, quorate_mocks::MockShards::held(id));
        let fewest = task.contribution.unwrap();
        assert_eq!((fewest.rows, fewest.shards), (1_000, 4));
        let inputs = Rounds::inputs(id);
        assert_eq!(merkle::root_of(&inputs), assessment_job(id).1.work.inputs_root);
        let named: Vec<_> = task
            .inputs
            .iter()
            .map(|input| (input.organisation, input.update.blob.root, input.update.weight))
            .collect();
        let sealed: Vec<_> = inputs
            .iter()
            .map(|input| (input.organisation, input.root, input.weight))
            .collect();
        assert_eq!(named, sealed);
        conclude(id, good());
        assert_eq!(Rounds::assess_task(id), None);
    });
}

#[test]
fn assessment_should_wait_for_every_shard() {
    run(|| {
        assess(None, Some(CONTRIBUTION));
        supply(4);
        let id = seal(&WHO);
        let sealed_at = round(id).sealed_at.unwrap();
        assert_eq!(shards::of(id).unwrap().until, Some((sealed_at + 10, sealed_at + 20)));
        agree(id);
        run_for(3);
        assert_eq!(
            (assessments(), Rounds::round_view(id).unwrap().phase),
            (0, RoundPhase::Assessing)
        );
        shards::decide(id, &suppliers(&[0, 1, 2, 3]), 1_000);
        // At the end of the block in which the last one was decided.
        idle();
        assert_eq!(assessments(), 1);
    });
}

#[test]
fn shards_should_stay_sealed_until_the_updates_are() {
    run(|| {
        assess(None, Some(CONTRIBUTION));
        supply(4);
        let id = revealing(&WHO);
        assert_eq!(shards::of(id).unwrap().until, None);
    });
}

#[test]
fn model_should_be_free_when_its_gate_is_decided_and_not_before() {
    run(|| {
        assess(Some(GATE), None);
        let id = recorded(&WHO);
        assert_eq!(OpenRound::<Test>::get(MODEL), Some(id));
        assert_noop!(Rounds::open_round(signed(1), MODEL), Error::<Test>::RoundAlreadyOpen);
        run_for(1);
        assessment_agrees(id, good());
        assert_eq!(OpenRound::<Test>::get(MODEL), None);
        // It stands on the version, before the last reveals of its assessment have come.
        let next = open_round();
        assert_eq!(round(next).base, 1);
        assessment_closes(id, JobEnd::Agreed(good()));
        assert!(matches!(round(id).stage, RoundStage::Scoring { .. }));
    });
}

#[test]
fn model_without_a_gate_should_be_free_as_soon_as_its_version_is_recorded() {
    run(|| {
        assess(None, Some(CONTRIBUTION));
        supply(8);
        let id = recorded(&WHO);
        assert_eq!(OpenRound::<Test>::get(MODEL), None);
        assert!(quorate_mocks::MockModels::passed(MODEL, 1));
        // Those that were left over wait for the next round.
        supply_from(SUPPLIER + 8, 2);
        assert_eq!(round(open_round()).base, 1);
        assert_eq!(assessment(id).passed, None);
    });
}

#[test]
fn version_should_be_recorded_with_its_assessment() {
    run(|| {
        assess(Some(GATE), None);
        let id = assessing(&WHO, &[]);
        conclude(id, good());
        let record = AssessmentRecord {
            job: Some(assessment_job(id).0),
            outcome: Some(good()),
            passed: true,
            block: now(),
        };
        assert_eq!(quorate_mocks::models::Assessed::get(), vec![(MODEL, 1, record)]);
        let view = Rounds::round_view(id).unwrap().assessment.unwrap();
        assert_eq!((view.fee, view.outcome, view.passed), (FEE, Some(good()), Some(true)));
        assert_eq!(view.job, Some(assessment_job(id).0));
    });
}

#[test]
fn first_attempt_without_a_quorum_should_be_followed_by_one_more() {
    run(|| {
        assess(Some(GATE), None);
        let id = assessing(&WHO, &[]);
        let (first, spec) = assessment_job(id);
        differ(id);
        let (second, again) = assessment_job(id);
        assert_eq!((again.attempt, &again.work), (1, &spec.work));
        assert_eq!(
            (assessment(id).first_job, assessment(id).job),
            (Some(first), Some(second))
        );
        // What the first one says now is not heard.
        Rounds::closed(first, &spec, JobEnd::Agreed(good()));
        assert_eq!(round(id).stage, RoundStage::Assessing);
        conclude(id, good());
        assert!(matches!(round(id).stage, RoundStage::Scoring { .. }));
    });
}

#[test]
fn jobs_should_have_time_for_the_assessments_that_run_already() {
    run(|| {
        assess(None, Some(CONTRIBUTION));
        supply(4);
        let first = assessing(&WHO, &[0, 1, 2, 3]);
        supply_from(SUPPLIER + 4, 4);
        let second = assessing(&WHO, &[4, 5, 6, 7]);
        let commit = |id| assessment_job(id).1.commit;
        assert_eq!(commit(second), commit(first) + assessment(first).blocks);
    });
}

#[test]
fn nothing_should_be_computed_where_too_few_sets_are_there_to_decide_anything() {
    run(|| {
        assess_with(no_benchmark());
        supply(4);
        let id = assessing(&WHO, &[0, 1, 2]);
        assert_eq!(assessments(), 0);
        assert!(is_over(id, RoundEnd::Failed), "{:?}", round(id).stage);
        assert!(!quorate_mocks::MockModels::passed(MODEL, 1));
        // The fee is back.
        assert_eq!(ledger().fund_of(MODEL), FUND);
    });
}

#[test]
fn version_without_a_gate_should_stand_where_too_few_shards_are_held() {
    run(|| {
        assess(None, Some(CONTRIBUTION));
        supply(4);
        let id = assessing(&WHO, &[0, 1]);
        assert_eq!(assessments(), 0);
        run_for(1);
        // Nobody is scored: the pot is back, and the validators of the aggregation are paid.
        assert!(is_over(id, RoundEnd::Settled), "{:?}", round(id).stage);
        let validators = policy().reward / 5;
        assert_eq!(ledger().fund_of(MODEL), FUND - validators);
    });
}

#[test]
fn refused_job_should_close_the_gate_and_cost_nothing() {
    run(|| {
        assess(Some(GATE), None);
        let id = recorded(&WHO);
        RefuseJobs::set(true);
        run_for(1);
        assert_eq!(round(id).refund, Some(crate::types::RefundReason::Held));
        assert_eq!(assessment(id).passed, Some(false));
        run_for(1);
        assert_eq!(ledger().fund_of(MODEL), FUND);
    });
}

#[test]
fn artifacts_should_stay_those_of_the_opening_whatever_becomes_of_their_entries() {
    run(|| {
        assess(Some(GATE), None);
        let id = open_round();
        artifacts::retire(PROGRAM);
        artifacts::retire(BENCHMARK);
        assert_eq!(assessment(id).program_root, root(9_000 + PROGRAM));
        assert_eq!(assessment(id).benchmark.unwrap().root, root(9_000 + BENCHMARK));
    });
}

#[test]
fn pages_should_wait_for_the_assessment() {
    run(|| {
        assess(Some(GATE), None);
        let id = assessing(&WHO, &[]);
        let rows = rows_of(id, |_| 500_000);
        assert!(show_page(id, 0, &rows).is_err());
        assert!(Rounds::page_tasks().is_empty());
        conclude(id, good());
        show_all(id, &rows);
        run_for(1);
        assert!(is_over(id, RoundEnd::Settled));
    });
}
