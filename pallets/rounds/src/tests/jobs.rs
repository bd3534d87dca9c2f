use crate::{
    mock::*,
    types::{RefundEnd, RefundReason, Stage},
    Event, OpenRound,
};
use quorate_primitives::{
    job::{JobEnd, Verdict},
    traits::{Escrow, JobHandler},
    Hash,
};

#[test]
fn a_version_is_recorded_as_soon_as_a_quorum_agrees() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        let (job, spec) = job_of(id);
        run_for(2);
        Rounds::agreed(job, &spec, &outcome());
        assert_eq!(
            last_event(),
            Event::VersionRecorded {
                round: id,
                model: MODEL,
                version: 1,
                job
            }
        );
        assert_eq!((round(id).version, round(id).recorded_at), (Some(1), Some(now())));
        let (root, origin) = world().models[&MODEL].versions[1];
        let origin = origin.unwrap();
        assert_eq!(
            (root, origin.parent, origin.round, origin.job),
            (outcome().output, 0, id, job)
        );
        assert_eq!((origin.inputs_root, origin.outcome), (spec.inputs_root, outcome()));
        assert_eq!(OpenRound::<Test>::get(MODEL), Some(id));
        Rounds::agreed(job, &spec, &outcome());
        assert_eq!(world().models[&MODEL].versions.len(), 2);
    });
}

#[test]
fn the_next_round_opens_as_soon_as_the_job_is_closed() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        agree(id);
        assert_eq!(round(id).stage, Stage::Scoring { until: now() + 10 });
        let next = open_round();
        assert_eq!((round(next).base, round(next).base_root), (1, outcome().output));
        assert_eq!(round(next).previous_root, Some(root(0)));
    });
}

#[test]
fn every_member_is_judged_once_when_the_job_is_closed() {
    run(|| {
        change(|world| world.verdicts = vec![Verdict::Agreed, Verdict::Wrong, Verdict::Silent, Verdict::Agreed]);
        let id = seal(&[1_000, 2_000]);
        agree(id);
        agree(id);
        let judged = world().judged;
        assert_eq!(
            judged.iter().map(|(_, verdict)| *verdict).collect::<Vec<_>>(),
            world().verdicts
        );
        assert_eq!(judged[1].0, <[u8; 32]>::from(validator(1)));
    });
}

#[test]
fn a_job_without_a_quorum_is_tried_once_more() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        let (first, spec) = job_of(id);
        disagree(id);
        let (second, retried) = job_of(id);
        assert_ne!(first, second);
        assert_eq!((retried.attempt, retried.inputs_root), (1, spec.inputs_root));
        assert_eq!(last_event(), Event::Retried { round: id, job: second });
        assert_eq!(round(id).stage, Stage::Computing);
        agree(id);
        assert_eq!(round(id).version, Some(1));
    });
}

#[test]
fn a_round_without_a_quorum_in_two_attempts_fails_and_refunds_everything() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        disagree(id);
        disagree(id);
        assert_eq!(
            last_event(),
            Event::Failed {
                round: id,
                reason: RefundReason::NoQuorum
            }
        );
        assert_eq!((World::escrowed(id), world().funds[&MODEL]), (0, 10_000_000));
        assert_eq!(OpenRound::<Test>::get(MODEL), None);
        run_for(1);
        assert_eq!(round(id).stage, Stage::Refunded { end: RefundEnd::Failed });
        assert_eq!((world().free_of(1), world().free_of(2)), (100_000, 100_000));
        assert!(world().claims.is_empty());
    });
}

#[test]
fn a_retry_that_cannot_be_made_fails_the_round() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        change(|world| world.refuse_jobs = true);
        disagree(id);
        assert_eq!(
            last_event(),
            Event::Failed {
                round: id,
                reason: RefundReason::NoQuorum
            }
        );
    });
}

#[test]
fn a_version_that_the_registry_refuses_fails_the_round() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        change(|world| world.refuse_records = true);
        agree(id);
        assert_eq!(count(|event| matches!(event, Event::RecordRefused { .. })), 1);
        assert_eq!(
            last_event(),
            Event::Failed {
                round: id,
                reason: RefundReason::NoRecord
            }
        );
        assert_eq!(World::escrowed(id), 0);
    });
}

#[test]
fn news_of_a_job_that_the_round_does_not_wait_for_changes_nothing() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        let (first, spec) = job_of(id);
        disagree(id);
        let before = round(id);
        Rounds::agreed(first, &spec, &outcome());
        Rounds::closed(first, &spec, JobEnd::Agreed(outcome()));
        Rounds::agreed(Hash::repeat_byte(1), &spec, &outcome());
        assert_eq!(round(id), before);
        assert_eq!(world().models[&MODEL].versions.len(), 1);
    });
}
