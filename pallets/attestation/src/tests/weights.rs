//! What calls and blocks weigh: here nothing but the calls to handler and verdict sink, since the pallet's own weights are
//! zero.

use crate::mock::*;
use frame_support::{traits::Hooks, weights::Weight};
use quorate_primitives::MAX_COMMITTEE;

/// The most that the end of a job weighs, and the end of one with so many members.
fn most() -> Weight {
    end_of(MAX_COMMITTEE)
}

/// The most that the end of an agreed retry weighs: the first attempt is judged too.
fn most_of_retry() -> Weight {
    most().saturating_add(JUDGED_WEIGHT.saturating_mul(MAX_COMMITTEE.into()))
}

fn end_of(members: u32) -> Weight {
    CLOSED_WEIGHT.saturating_add(JUDGED_WEIGHT.saturating_mul(members.into()))
}

#[test]
fn commit_should_weigh_the_end_of_the_job_only_when_it_brings_it() {
    with_committee(4, || {
        let id = create(1);
        Inactive::set(vec![account(2), account(3)]);
        let first = weigh(commit_call(id, 0, &outcome(0)));
        assert_eq!(first, (most(), Some(Weight::zero())));
        let last = weigh(commit_call(id, 1, &outcome(0)));
        assert_eq!(last, (most(), Some(end_of(4))));
    });
}

#[test]
fn reveal_should_weigh_what_it_brings_about() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 4]);
        let called: Vec<Weight> = (0..4)
            .map(|member| weigh(reveal_call(id, member, &outcome(0))))
            .map(|(declared, actual)| {
                assert_eq!(declared, AGREED_WEIGHT.saturating_add(most_of_retry()));
                actual.expect("a reveal says what it weighed")
            })
            .collect();
        assert_eq!(called, [Weight::zero(), Weight::zero(), AGREED_WEIGHT, end_of(4)]);
    });
}

#[test]
fn reveal_of_the_only_member_should_weigh_agreement_and_end() {
    with_committee(1, || {
        let id = create(1);
        commit_all(id, &[outcome(0)]);
        let (declared, actual) = weigh(reveal_call(id, 0, &outcome(0)));
        assert_eq!(declared, AGREED_WEIGHT.saturating_add(most_of_retry()));
        assert_eq!(actual, Some(AGREED_WEIGHT.saturating_add(end_of(1))));
    });
}

#[test]
fn block_should_weigh_the_jobs_that_it_closes() {
    with_committee(4, || {
        let jobs = [create_retry(1), create_retry(2)];
        commit_all(jobs[0], &[outcome(0); 3]);
        let due = 1 + COMMIT;
        System::set_block_number(due);
        // One job goes on to its reveals, the other is closed for want of commits.
        assert_eq!(Attestation::on_initialize(due), end_of(4));
        assert_eq!(SumCalls::get().len(), 1);
    });
}
