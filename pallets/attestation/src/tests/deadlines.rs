use crate::{mock::*, ActiveJobs, Error};
use frame_support::{assert_err, assert_ok};
use quorate_primitives::{
    job::{JobEnd, JobPhase, JobSpec},
    payload,
};

#[test]
fn a_quorum_of_commits_is_enough_at_the_deadline() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 3]);
        go_to(1 + COMMIT);
        assert_eq!(job(id).phase, JobPhase::Commit { until: 1 + COMMIT });
        go_to(2 + COMMIT);
        assert_eq!(
            job(id).phase,
            JobPhase::Reveal {
                until: 2 + COMMIT + REVEAL
            }
        );
    });
}

#[test]
fn without_a_quorum_of_commits_the_job_is_closed_at_once() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 2]);
        go_to(2 + COMMIT);
        assert_eq!(job(id).phase, JobPhase::Closed { at: 2 + COMMIT });
        assert_eq!(Heard::get(), vec![Told::Closed(id, JobEnd::NoQuorum)]);
    });
}

#[test]
fn the_reveal_deadline_closes_the_job() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 4]);
        reveal_all(id, &[outcome(0); 3]);
        go_to(2 + REVEAL);
        assert_eq!(job(id).phase, JobPhase::Closed { at: 2 + REVEAL });
        assert_eq!(Heard::get().last(), Some(&Told::Closed(id, JobEnd::Agreed(outcome(0)))));
        assert!(ActiveJobs::<Test>::get().is_empty());
    });
}

#[test]
fn a_failed_attempt_is_followed_by_the_one_retry() {
    with_committee(4, || {
        Retries::set(true);
        let first = create(1);
        go_to(2 + COMMIT);
        let retry = payload::job_id(genesis(), &JobSpec { attempt: 1, ..spec(1) });
        assert_eq!(ActiveJobs::<Test>::get().to_vec(), vec![retry]);
        assert_err!(send(commit_call(first, 0, &outcome(0))), invalid(Error::PhaseOver));
        assert_ok!(send(commit_call(retry, 0, &outcome(0))));
        go_to(3 + 2 * COMMIT);
        assert!(ActiveJobs::<Test>::get().is_empty());
        assert_eq!(Heard::get().last(), Some(&Told::Closed(retry, JobEnd::NoQuorum)));
    });
}

#[test]
fn a_retry_finds_room_even_when_all_places_are_taken() {
    with_committee(4, || {
        Retries::set(true);
        (1..=4).for_each(|round| {
            create(round);
        });
        go_to(3 + COMMIT);
        assert_eq!(ActiveJobs::<Test>::get().len(), 4);
        assert_eq!(Heard::get().len(), 4);
    });
}

#[test]
fn a_block_ends_a_bounded_number_of_phases() {
    with_committee(4, || {
        let ids: Vec<_> = (1..=4).map(create).collect();
        go_to(2 + COMMIT);
        let closed = |n: usize| matches!(job(ids[n]).phase, JobPhase::Closed { .. });
        assert_eq!((0..4).map(closed).collect::<Vec<_>>(), [true, true, false, false]);
        // The ones that wait take no statements meanwhile.
        assert_err!(send(commit_call(ids[3], 0, &outcome(0))), invalid(Error::PhaseOver));
        go_to(3 + COMMIT);
        assert!((0..4).all(closed));
    });
}

#[test]
fn deadlines_shift_by_the_blocks_in_which_transactions_could_not_run() {
    with_committee(4, || {
        let (one, two) = (create(1), create(2));
        commit_all(two, &[outcome(0); 4]);
        Paused::set(true);
        go_to(11);
        assert_eq!(job(one).phase, JobPhase::Commit { until: 11 + COMMIT });
        assert_eq!(job(two).phase, JobPhase::Reveal { until: 11 + REVEAL });
        Paused::set(false);
        go_to(11 + COMMIT);
        assert_ok!(send(commit_call(one, 0, &outcome(0))));
        go_to(12 + COMMIT);
        assert_eq!(job(one).phase, JobPhase::Closed { at: 12 + COMMIT });
    });
}

#[test]
fn a_phase_that_was_over_is_ended_after_the_pause() {
    with_committee(4, || {
        let id = create(1);
        go_to(1 + COMMIT);
        Paused::set(true);
        go_to(3 + COMMIT);
        assert!(matches!(job(id).phase, JobPhase::Commit { .. }));
        Paused::set(false);
        go_to(4 + COMMIT);
        assert_eq!(job(id).phase, JobPhase::Closed { at: 4 + COMMIT });
    });
}
