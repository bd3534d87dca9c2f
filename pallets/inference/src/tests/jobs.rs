use crate::{mock::*, types::BatchStage, Event, OpenBatches};
use frame_support::assert_ok;
use quorate_primitives::{
    job::{
        infer::AnswerStatus,
        InferOutcome, JobEnd, JobSpec, Requester,
        Verdict::{Agreed, Silent, Unjudged, Wrong},
    },
    traits::JobHandler,
    views::inference::{RequestFailure, RequestState},
};

/// A batch of one request.
fn one() {
    ask(ASKER);
    run_to(3);
}

#[test]
fn rows_should_be_taken_as_soon_as_a_quorum_agrees_and_paid_when_the_job_is_closed() {
    run(|| {
        one();
        let rows = rows(0);
        agree(0, &rows);
        let outcome = outcome(&rows);
        let (job, _) = job(0);
        assert_eq!(last_event(), Event::Agreed { batch: 0, job, outcome });
        assert_ok!(show(0, 0, &rows));
        assert!(matches!(state(0), RequestState::Answered { batch: 0, .. }));
        // What was not used is back, nobody is paid yet.
        let cost = COST;
        assert_eq!((fund(ASKER), earned(0), entry(0).cost), (RICH - cost, 0, cost));
        Inference::do_try_state().unwrap();
        close(0, &rows, &[Agreed, Silent, Agreed, Agreed]);
        let (members, each) = (3, cost / 3);
        assert_eq!(
            last_event(),
            Event::Paid {
                batch: 0,
                members,
                each
            }
        );
        assert_eq!((earned(0), earned(1)), (each, 0));
        assert_eq!((batch(0).ended_at(), OpenBatches::<Test>::get().len()), (Some(3), 0));
    });
}

#[test]
fn members_should_be_paid_with_the_last_page_where_the_job_was_closed_before() {
    run(|| {
        one();
        let rows = rows(0);
        agree(0, &rows);
        close(0, &rows, &[Agreed; 4]);
        assert_eq!((earned(0), OpenBatches::<Test>::get().len()), (0, 1));
        assert_ok!(show(0, 0, &rows));
        assert_eq!((earned(0), OpenBatches::<Test>::get().len()), (COST / 4, 0));
    });
}

#[test]
fn batch_without_a_quorum_should_be_tried_once_more_and_then_cost_the_base_and_a_quarter_of_its_operations() {
    run(|| {
        for _ in 0..20 {
            ask(ASKER);
        }
        run_to(3);
        let (first, spec) = job(0);
        disagree(0);
        let (second, again) = job(0);
        assert_eq!(last_event(), Event::Retried { batch: 0, job: second });
        // The seed is the same: nobody draws again.
        assert_eq!(
            again,
            JobSpec {
                attempt: 1,
                ..spec.clone()
            }
        );
        assert_eq!((batch(0).first_job, batch(0).job), (Some(first), second));
        // What the first attempt says now counts no more.
        <Inference as JobHandler<_, InferOutcome>>::closed(first, &spec, JobEnd::NoQuorum);
        assert_eq!(batch(0).stage, BatchStage::Computing);
        disagree(0);
        assert_eq!(batch(0).stage, BatchStage::Failing(RequestFailure::NoQuorum));
        // A few in each block.
        next_block();
        assert_eq!(batch(0).settled, 8);
        Inference::do_try_state().unwrap();
        next_block();
        next_block();
        assert_eq!(batch(0).ended_at(), Some(5));
        assert!((0..20).all(|id| state(id) == RequestState::Failed(RequestFailure::NoQuorum)));
        // No program loads the validators' machines for nothing.
        let cost = 20 * (IN_VAIN - READING + share(20));
        assert_eq!((fund(ASKER), ledger().treasury), (RICH - cost, cost));
    });
}

/// One that machines have no memory for, or no time: whoever asks it in every batch must not keep others from their answers.
#[test]
fn request_that_finds_no_quorum_should_not_take_other_organisations_requests_with_it() {
    run(|| {
        ask(ASKER);
        ask(OWNER);
        ask(3);
        ask(ASKER);
        run_to(3);
        assert_eq!(batch(0).requests.to_vec(), [0, 1, 2, 3]);
        disagree(0);
        assert_eq!(last_event(), Event::BrokenUp { batch: 0 });
        assert_eq!((batch(0).ended_at(), batch(0).first_job), (Some(3), None));
        assert!((0..4).all(|id| state(id) == RequestState::Waiting));
        Inference::do_try_state().unwrap();
        // One that came meanwhile is not with them.
        ask(ASKER);
        run_to(8);
        let of: Vec<_> = OpenBatches::<Test>::get()
            .iter()
            .map(|open| (open.led_by, batch(open.id).requests.to_vec()))
            .collect();
        assert_eq!(of, [(OWNER, vec![1]), (3, vec![2]), (ASKER, vec![0, 3])]);
        // Theirs are answered; the first organisation's are tried once more, and cost it the base.
        answer(1, &rows(1), &[Agreed]);
        answer(2, &rows(2), &[Agreed]);
        disagree(3);
        disagree(3);
        run_to(9);
        assert!([1, 2]
            .into_iter()
            .all(|id| matches!(state(id), RequestState::Answered { .. })));
        let failed = RequestState::Failed(RequestFailure::NoQuorum);
        assert_eq!([state(0), state(3)], [failed.clone(), failed]);
        assert!(!matches!(state(4), RequestState::Failed(_)));
    });
}

#[test]
fn batch_of_several_organisations_should_be_broken_up_once_and_its_requests_expire_like_others() {
    run(|| {
        ask(ASKER);
        ask(OWNER);
        run_to(3);
        disagree(0);
        RefuseJobs::put(true);
        run_to(3 + MAX_WAIT + 1);
        assert!((0..2).all(|id| state(id) == RequestState::Failed(RequestFailure::Expired)));
        assert_eq!((fund(ASKER), fund(OWNER)), (RICH, RICH));
    });
}

#[test]
fn members_that_were_wrong_in_the_first_attempt_should_earn_nothing_in_the_retry() {
    run(|| {
        one();
        let (first, _) = job(0);
        disagree(0);
        VerdictsOf::mutate(|of| of.insert(first, vec![Unjudged, Agreed, Wrong, Unjudged]));
        answer(0, &rows(0), &[Agreed, Agreed, Agreed, Silent]);
        let paid: Vec<_> = (0..4).map(earned).collect();
        let each = COST / 2;
        assert_eq!(paid, [each, each, 0, 0]);
    });
}

#[test]
fn members_below_the_floor_of_reputation_should_earn_nothing_and_the_treasury_their_part() {
    run(|| {
        let validator = |member| account(FIRST_VALIDATOR + member);
        set_reputation(validator(1), FLOOR - 1);
        set_reputation(validator(2), FLOOR);
        one();
        answer(0, &rows(0), &[Agreed, Agreed, Agreed, Silent]);
        let (cost, each) = (COST, COST / 3);
        let paid: Vec<_> = (0..4).map(earned).collect();
        assert_eq!(paid, [each, 0, each, 0]);
        assert_eq!((fund(ASKER), ledger().treasury), (RICH - cost, cost - 2 * each));
        let unpaid = Event::ValidatorUnpaid {
            batch: 0,
            validator: validator(1),
            reputation: FLOOR - 1,
        };
        System::assert_has_event(unpaid.into());
    });
}

#[test]
fn requests_should_cost_nothing_where_the_retry_cannot_be_made() {
    run(|| {
        one();
        RefuseJobs::put(true);
        disagree(0);
        next_block();
        assert_eq!(state(0), RequestState::Failed(RequestFailure::NoJob));
        assert_eq!((fund(ASKER), ledger().treasury), (RICH, 0));
    });
}

#[test]
fn one_fault_should_fail_no_batch_and_each_request_cost_what_it_used_and_a_quarter_of_the_rest() {
    run(|| {
        for _ in 0..4 {
            ask(ASKER);
        }
        run_to(3);
        let rows = [
            row(0, AnswerStatus::Answered, 2),
            row(1, AnswerStatus::Fault, 1),
            row(2, AnswerStatus::Unfit, 9),
            // More than was paid for costs no more than that.
            row(3, AnswerStatus::Answered, u64::MAX),
        ];
        answer(0, &rows, &[Agreed]);
        let costs: Vec<_> = (0..4).map(|id| entry(id).cost).collect();
        let kept = KEPT + share(4);
        assert_eq!(costs, [kept + 5, kept + 4, kept + 2, kept + 10]);
        let all: u128 = costs.iter().sum();
        assert_eq!((fund(ASKER), earned(0)), (RICH - all, all));
    });
}

#[test]
fn jobs_of_others_should_change_nothing() {
    run(|| {
        one();
        let rows = rows(0);
        let (job, spec) = job(0);
        for requester in [Requester::Round(0), Requester::Batch(7), Requester::Evaluation(0)] {
            let spec = JobSpec {
                requester,
                ..spec.clone()
            };
            <Inference as JobHandler<_, _>>::agreed(job, &spec, &outcome(&rows));
            <Inference as JobHandler<_, _>>::closed(job, &spec, JobEnd::Agreed(outcome(&rows)));
        }
        assert_eq!(batch(0).stage, BatchStage::Computing);
        answer(0, &rows, &[Agreed; 4]);
        // Nor does the same one again.
        let paid = earned(0);
        <Inference as JobHandler<_, _>>::closed(job, &spec, JobEnd::Agreed(outcome(&rows)));
        assert_eq!(earned(0), paid);
    });
}
