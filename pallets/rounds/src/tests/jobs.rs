use crate::{mock::*, types::RefundReason, Event, OpenRound, Outcomes};
use quorate_primitives::{job::JobEnd, traits::JobHandler, Hash};

#[test]
fn version_should_be_recorded_as_soon_as_a_quorum_agrees() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        let (job, spec) = job_of(id);
        let outcome = outcome(id);
        run_for(2);
        Rounds::agreed(job, &spec, &outcome);
        let expected = Event::VersionRecorded {
            round: id,
            model: MODEL,
            version: 1,
            job,
        };
        assert_eq!(last_event(), expected);
        assert_eq!((round(id).version, round(id).recorded_at), (Some(1), Some(now())));
        let (root, origin) = model(MODEL).versions[1];
        let origin = origin.unwrap();
        assert_eq!(
            (root, origin.parent, origin.round, origin.job),
            (outcome.output, 0, id, job)
        );
        assert_eq!((origin.inputs_root, origin.outcome), (spec.work.inputs_root, outcome));
        assert_eq!(Outcomes::<Test>::get(id), Some(outcome));
        Rounds::agreed(job, &spec, &outcome);
        assert_eq!(model(MODEL).versions.len(), 2);
    });
}

#[test]
fn next_round_should_open_while_reveals_of_the_last_job_still_come() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        let (job, spec) = job_of(id);
        let outcome = outcome(id);
        Rounds::agreed(job, &spec, &outcome);
        assert_eq!(OpenRound::<Test>::get(MODEL), None);
        assert!(is_computing(id), "scoring waits for the verdicts");
        let next = open_round();
        assert_eq!((round(next).base, round(next).base_root), (1, outcome.output));
        assert_eq!(round(next).previous_root, Some(root(0)));
        Rounds::closed(job, &spec, JobEnd::Agreed(outcome));
        let until = now() + policy().retention;
        assert_eq!(round(id).stage, crate::types::RoundStage::Scoring { until });
        assert_eq!(OpenRound::<Test>::get(MODEL), Some(next));
    });
}

#[test]
fn job_without_a_quorum_should_be_tried_once_more() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        let (first, spec) = job_of(id);
        disagree(id);
        let (second, retried) = job_of(id);
        assert_ne!(first, second);
        assert_eq!((retried.attempt, &retried.work), (1, &spec.work));
        assert_eq!(last_event(), Event::Retried { round: id, job: second });
        assert!(is_computing(id));
        assert_eq!((round(id).first_job, round(id).job), (Some(first), Some(second)));
        agree(id);
        assert_eq!(round(id).version, Some(1));
    });
}

#[test]
fn round_without_a_quorum_in_two_attempts_should_fail_and_refund_everything() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        disagree(id);
        disagree(id);
        let expected = Event::Failed {
            round: id,
            reason: RefundReason::NoQuorum,
        };
        assert_eq!(last_event(), expected);
        assert_eq!((escrowed(id), ledger().fund_of(MODEL)), (0, FUND));
        assert_eq!(OpenRound::<Test>::get(MODEL), None);
        run_for(1);
        assert!(is_over(id, RoundEnd::Failed));
        assert_eq!((ledger().free_of(1), ledger().free_of(2)), (START, START));
        assert!(ledger().claims.is_empty());
    });
}

#[test]
fn retry_that_cannot_be_made_should_fail_the_round() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        RefuseJobs::set(true);
        disagree(id);
        let expected = Event::Failed {
            round: id,
            reason: RefundReason::NoQuorum,
        };
        assert_eq!(last_event(), expected);
    });
}

#[test]
fn version_that_the_registry_refuses_should_fail_the_round() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        RefuseRecords::set(true);
        agree(id);
        assert_eq!(count(|event| matches!(event, Event::RecordRefused { .. })), 1);
        let expected = Event::Failed {
            round: id,
            reason: RefundReason::NoRecord,
        };
        assert_eq!(last_event(), expected);
        assert_eq!(escrowed(id), 0);
    });
}

#[test]
fn news_of_a_job_that_the_round_does_not_wait_for_should_change_nothing() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        let (first, spec) = job_of(id);
        disagree(id);
        let before = round(id);
        let outcome = outcome(id);
        Rounds::agreed(first, &spec, &outcome);
        Rounds::closed(first, &spec, JobEnd::Agreed(outcome));
        Rounds::agreed(Hash::repeat_byte(1), &spec, &outcome);
        assert_eq!(round(id), before);
        assert_eq!(model(MODEL).versions.len(), 1);
    });
}
