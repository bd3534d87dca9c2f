use crate::{mock::*, ActiveJobs, Error, Event};
use frame_support::{assert_err, assert_ok, traits::Hooks};
use quorate_primitives::job::{JobEnd, JobPhase};

#[test]
fn job_should_be_closed_at_the_deadline_when_too_few_committed() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 2]);
        go_to(COMMIT);
        assert_eq!(job(id).phase, JobPhase::Commit { until: 1 + COMMIT });
        go_to(1 + COMMIT);
        assert_eq!(job(id).phase, JobPhase::Closed { at: 1 + COMMIT });
        assert_eq!(SumCalls::get(), vec![HandlerCall::Closed(id, JobEnd::NoQuorum)]);
    });
}

#[test]
fn job_should_be_closed_at_the_reveal_deadline() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 4]);
        reveal_all(id, &[outcome(0); 3]);
        go_to(REVEAL);
        assert!(matches!(job(id).phase, JobPhase::Reveal { .. }));
        go_to(1 + REVEAL);
        assert_eq!(job(id).phase, JobPhase::Closed { at: 1 + REVEAL });
        assert_eq!(
            SumCalls::get().last(),
            Some(&HandlerCall::Closed(id, JobEnd::Agreed(outcome(0))))
        );
        assert!(ActiveJobs::<Test>::get().is_empty());
    });
}

#[test]
fn failed_attempt_should_be_followed_by_the_one_retry() {
    with_committee(4, || {
        Retries::set(true);
        let first = create(1);
        go_to(1 + COMMIT);
        let retry = id_of(&retry_spec(1));
        assert_eq!(ActiveJobs::<Test>::get().to_vec(), vec![retry]);
        assert_err!(send(commit_call(first, 0, &outcome(0))), invalid(Error::PhaseOver));
        assert_ok!(send(commit_call(retry, 0, &outcome(0))));
        go_to(1 + 2 * COMMIT);
        assert!(ActiveJobs::<Test>::get().is_empty());
        assert_eq!(
            SumCalls::get().last(),
            Some(&HandlerCall::Closed(retry, JobEnd::NoQuorum))
        );
    });
}

#[test]
fn retry_should_find_room_when_all_places_are_taken() {
    with_committee(4, || {
        Retries::set(true);
        (1..=4).for_each(|round| {
            create(round);
        });
        go_to(2 + COMMIT);
        assert_eq!(ActiveJobs::<Test>::get().len(), 4);
        assert_eq!(SumCalls::get().len(), 4);
    });
}

#[test]
fn block_should_end_a_bounded_number_of_phases() {
    with_committee(4, || {
        let ids: Vec<_> = (1..=4).map(create).collect();
        go_to(1 + COMMIT);
        let closed = |n: usize| matches!(job(ids[n]).phase, JobPhase::Closed { .. });
        assert_eq!((0..4).map(closed).collect::<Vec<_>>(), [true, true, false, false]);
        // The ones that wait take no statements meanwhile.
        assert_err!(send(commit_call(ids[3], 0, &outcome(0))), invalid(Error::PhaseOver));
        go_to(2 + COMMIT);
        assert!((0..4).all(closed));
    });
}

#[test]
fn deadlines_should_shift_by_the_blocks_without_transactions() {
    with_committee(4, || {
        let (one, two) = (create(1), create(2));
        commit_all(two, &[outcome(0); 4]);
        NoTransactions::set(true);
        go_to(11);
        assert_eq!(job(one).phase, JobPhase::Commit { until: 11 + COMMIT });
        let (since, until) = (1, 11 + REVEAL);
        assert_eq!(job(two).phase, JobPhase::Reveal { since, until });
        System::assert_last_event(Event::DeadlineShifted { job: two, until }.into());
        NoTransactions::set(false);
        go_to(10 + COMMIT);
        assert_ok!(send(commit_call(one, 0, &outcome(0))));
        go_to(11 + COMMIT);
        assert_eq!(job(one).phase, JobPhase::Closed { at: 11 + COMMIT });
    });
}

#[test]
fn shifted_deadline_should_not_reopen_a_phase_that_was_over() {
    with_committee(4, || {
        let ids: Vec<_> = (1..=4).map(create).collect();
        // Two of four are closed at the deadline; for the others the pause begins before their turn.
        go_to(1 + COMMIT);
        NoTransactions::set(true);
        go_to(3 + COMMIT);
        assert_err!(send(commit_call(ids[3], 0, &outcome(0))), invalid(Error::PhaseOver));
        NoTransactions::set(false);
        go_to(4 + COMMIT);
        assert_eq!(job(ids[3]).phase, JobPhase::Closed { at: 4 + COMMIT });
    });
}

#[test]
fn limits_of_the_runtime_should_pass_the_integrity_test() {
    with_committee(1, Attestation::integrity_test);
}
