use crate::{mock::*, Error, Event, Open};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{
    job::{
        EvaluateOutcome, JobEnd, JobSpec, Requester,
        Verdict::{Agreed, Silent, Unjudged, Wrong},
    },
    traits::JobHandler,
    views::{EvaluationFailure, EvaluationState},
};

#[test]
fn outcome_should_stand_as_soon_as_a_quorum_agrees_and_be_paid_when_the_job_is_closed() {
    run(|| {
        assert_ok!(request(ASKER));
        let (job, spec) = job(0);
        <Evaluation as JobHandler<_, _>>::agreed(job, &spec, &DONE);
        assert_eq!(entry(0).state, EvaluationState::Done(DONE));
        assert_eq!(
            last_event(),
            Event::Evaluated {
                evaluation: 0,
                model: 0,
                version: 0,
                job,
                outcome: DONE,
            }
        );
        assert_eq!((Open::<Test>::get().len(), earned(0)), (1, 0));
        Evaluation::do_try_state().unwrap();
        run_to(5);
        agree(0, DONE, &[Agreed, Silent, Agreed, Agreed]);
        assert_eq!(
            last_event(),
            Event::Settled {
                evaluation: 0,
                members: 3,
                each: FEE / 3,
                given_back: 0,
            }
        );
        assert_eq!((entry(0).ended_at, Open::<Test>::get().len()), (Some(5), 0));
        assert_eq!((earned(1), fund(ASKER)), (0, RICH - FEE));
    });
}

#[test]
fn evaluation_that_does_not_fit_should_cost_the_base_fee_alone() {
    run(|| {
        assert_ok!(request(ASKER));
        agree(0, EvaluateOutcome::Unfit, &[Agreed, Agreed, Agreed, Wrong]);
        assert_eq!(fund(ASKER), RICH - BASE);
        assert_eq!((earned(0), earned(3), ledger().treasury), (BASE / 3, 0, BASE % 3));
        assert_eq!(entry(0).state, EvaluationState::Done(EvaluateOutcome::Unfit));
    });
}

#[test]
fn evaluation_without_a_quorum_should_be_tried_once_more_and_then_cost_the_base_fee() {
    run(|| {
        assert_ok!(request(ASKER));
        let (first, spec) = job(0);
        disagree(0);
        let (second, again) = job(0);
        assert_eq!(
            last_event(),
            Event::Retried {
                evaluation: 0,
                job: second
            }
        );
        assert_eq!(
            again,
            JobSpec {
                attempt: 1,
                ..spec.clone()
            }
        );
        assert_eq!((entry(0).first_job, entry(0).job), (Some(first), second));
        assert_eq!(fund(ASKER), RICH - FEE);
        // What the first attempt says now counts no more.
        <Evaluation as JobHandler<_, EvaluateOutcome>>::closed(first, &spec, JobEnd::NoQuorum);
        assert_eq!(entry(0).state, EvaluationState::Computing);
        disagree(0);
        let reason = EvaluationFailure::NoQuorum;
        assert_eq!(last_event(), Event::Failed { evaluation: 0, reason });
        assert_eq!(entry(0).state, EvaluationState::Failed(reason));
        // No program loads the validators' machines for nothing.
        assert_eq!((fund(ASKER), ledger().treasury), (RICH - BASE, BASE));
    });
}

#[test]
fn members_that_were_wrong_in_the_first_attempt_should_earn_nothing_in_the_retry() {
    run(|| {
        assert_ok!(request(ASKER));
        let (first, _) = job(0);
        disagree(0);
        VerdictsOf::mutate(|of| of.insert(first, vec![Unjudged, Agreed, Wrong, Unjudged]));
        agree(0, DONE, &[Agreed, Agreed, Agreed, Silent]);
        let paid: Vec<_> = (0..4).map(earned).collect();
        assert_eq!(paid, [FEE / 2, FEE / 2, 0, 0]);
    });
}

#[test]
fn members_below_the_floor_of_reputation_should_earn_nothing_and_the_treasury_their_part() {
    run(|| {
        let validator = |member| account(FIRST_VALIDATOR + member);
        set_reputation(validator(1), FLOOR - 1);
        set_reputation(validator(2), FLOOR);
        assert_ok!(request(ASKER));
        agree(0, DONE, &[Agreed, Agreed, Agreed, Silent]);
        let each = FEE / 3;
        let paid: Vec<_> = (0..4).map(earned).collect();
        assert_eq!(paid, [each, 0, each, 0]);
        assert_eq!((fund(ASKER), ledger().treasury), (RICH - FEE, FEE - 2 * each));
        let unpaid = Event::ValidatorUnpaid {
            evaluation: 0,
            validator: validator(1),
            reputation: FLOOR - 1,
        };
        System::assert_has_event(unpaid.into());
        let settled = Event::Settled {
            evaluation: 0,
            members: 2,
            each,
            given_back: 0,
        };
        assert_eq!(last_event(), settled);
    });
}

#[test]
fn evaluation_should_fail_where_its_retry_cannot_be_made() {
    run(|| {
        assert_ok!(request(ASKER));
        RefuseJobs::put(true);
        disagree(0);
        let reason = EvaluationFailure::NoJob;
        assert_eq!(last_event(), Event::Failed { evaluation: 0, reason });
        assert_eq!((fund(ASKER), ledger().treasury), (RICH, 0));
    });
}

#[test]
fn jobs_of_others_should_change_nothing() {
    run(|| {
        assert_ok!(request(ASKER));
        let (job, spec) = job(0);
        for requester in [Requester::Round(0), Requester::Evaluation(7)] {
            let spec = JobSpec {
                requester,
                ..spec.clone()
            };
            <Evaluation as JobHandler<_, _>>::agreed(job, &spec, &DONE);
            <Evaluation as JobHandler<_, _>>::closed(job, &spec, JobEnd::Agreed(DONE));
        }
        assert_eq!(entry(0).state, EvaluationState::Computing);
        agree(0, DONE, &[Agreed; 4]);
        // Nor does the same one again.
        <Evaluation as JobHandler<_, _>>::closed(job, &spec, JobEnd::Agreed(DONE));
        assert_eq!(earned(0), FEE / 4);
    });
}

#[test]
fn record_of_a_version_that_is_revoked_meanwhile_should_stay_and_say_so() {
    run(|| {
        assert_ok!(request(ASKER));
        models::change(0, |model| model.revoked.insert(0));
        retire(PROGRAM);
        agree(0, DONE, &[Agreed; 4]);
        let view = Evaluation::evaluation(0).unwrap();
        assert_eq!((view.state, view.clean), (EvaluationState::Done(DONE), false));
        assert_noop!(request(ASKER), Error::<Test>::ProgramNotHeld);
    });
}
