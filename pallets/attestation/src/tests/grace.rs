//! Commit closes at a quorum and a grace, not at the slowest member.

use crate::{deadlines::grace, mock::*, Error, Event};
use frame_support::{assert_err, assert_noop, assert_ok};
use quorate_primitives::job::{JobPhase, Verdict::*};

fn commits_until(id: quorate_primitives::JobId) -> u32 {
    match job(id).phase {
        JobPhase::Commit { until } => until,
        phase => panic!("commit is over: {phase:?}"),
    }
}

#[test]
fn grace_should_be_half_of_the_blocks_used_and_at_least_the_minimum() {
    assert_eq!([0, 1, 4, 5, 6, 100].map(|used| grace(used, 2)), [2, 2, 2, 2, 3, 50]);
}

#[test]
fn commit_should_close_after_the_least_grace_when_the_quorum_was_fast() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 3]);
        let until = 1 + GRACE;
        System::assert_last_event(
            Event::CommitClosing {
                job: id,
                commits: 3,
                until,
            }
            .into(),
        );
        go_to(until - 1);
        assert_eq!(commits_until(id), until);
        go_to(until);
        assert_eq!(
            job(id).phase,
            JobPhase::Reveal {
                since: until,
                until: until + REVEAL
            }
        );
    });
}

#[test]
fn grace_should_grow_with_the_blocks_already_used() {
    with_committee(4, || {
        let id = create(1);
        go_to(1 + 6);
        commit_all(id, &[outcome(0); 3]);
        assert_eq!(commits_until(id), 7 + 3);
    });
}

#[test]
fn grace_should_never_go_beyond_the_full_deadline() {
    with_committee(4, || {
        let id = create(1);
        go_to(COMMIT - 1);
        commit_all(id, &[outcome(0); 3]);
        assert_eq!(commits_until(id), 1 + COMMIT);
        let closing = |record: &frame_system::EventRecord<RuntimeEvent, _>| {
            matches!(record.event, RuntimeEvent::Attestation(Event::CommitClosing { .. }))
        };
        assert!(!System::events().iter().any(closing), "nothing was moved");
    });
}

#[test]
fn further_commits_should_not_move_the_deadline() {
    with_committee(10, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 7]);
        assert_eq!(commits_until(id), 1 + GRACE);
        go_to(2);
        assert_ok!(send(commit_call(id, 7, &outcome(0))));
        assert_eq!(commits_until(id), 1 + GRACE);
    });
}

#[test]
fn blocks_without_transactions_should_not_count_as_used() {
    with_committee(4, || {
        let id = create(1);
        NoTransactions::set(true);
        go_to(9);
        NoTransactions::set(false);
        go_to(10);
        commit_all(id, &[outcome(0); 3]);
        // One block was used, eight were not.
        assert_eq!(commits_until(id), 10 + GRACE);
    });
}

#[test]
fn commit_within_the_grace_should_count() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 3]);
        go_to(GRACE);
        assert_ok!(send(commit_call(id, 3, &outcome(0))));
        reveal_all(id, &[outcome(0); 4]);
        assert_eq!(verdicts(id), [Agreed; 4]);
    });
}

#[test]
fn copied_late_commit_should_never_count() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 3]);
        go_to(1 + GRACE);
        reveal_all(id, &[outcome(0); 2]);
        // The outcome is public now, and the deadline of the specification far.
        let late = commit_call(id, 3, &outcome(0));
        assert_err!(send(late.clone()), invalid(Error::PhaseOver));
        assert_noop!(run(late), Error::<Test>::PhaseOver);
        assert_err!(send(reveal_call(id, 3, &outcome(0))), unknown(Error::NotCommitted));
        assert_ok!(send(reveal_call(id, 2, &outcome(0))));
        assert_eq!(verdicts(id), [Agreed, Agreed, Agreed, Silent]);
    });
}

#[test]
fn retry_should_wait_for_its_full_deadline() {
    with_committee(4, || {
        let id = create_retry(1);
        commit_all(id, &[outcome(0); 3]);
        go_to(COMMIT);
        assert_eq!(commits_until(id), 1 + COMMIT);
        go_to(1 + COMMIT);
        assert!(matches!(job(id).phase, JobPhase::Reveal { .. }));
    });
}

#[test]
fn retry_should_close_at_once_when_all_are_in() {
    with_committee(4, || {
        let id = create_retry(1);
        go_to(5);
        commit_all(id, &[outcome(0); 4]);
        assert!(matches!(job(id).phase, JobPhase::Reveal { since: 5, .. }));
    });
}

#[test]
fn one_liar_and_one_slow_honest_member_of_four_should_still_agree() {
    with_committee(4, || {
        Retries::set(true);
        let first = create(1);
        // The liar is fast: with it three are in, and the slow one is too late.
        let fast = [outcome(0), outcome(0), outcome(1)];
        commit_all(first, &fast);
        go_to(1 + GRACE);
        assert_err!(send(commit_call(first, 3, &outcome(0))), invalid(Error::PhaseOver));
        reveal_all(first, &fast);
        assert_eq!(job(first).agreed, None);
        assert_eq!(verdicts(first), [Unjudged; 4]);

        // The retry waits for it.
        let retry = id_of(&retry_spec(1));
        commit_all(retry, &fast);
        go_to(COMMIT);
        assert_ok!(send(commit_call(retry, 3, &outcome(0))));
        let all = [outcome(0), outcome(0), outcome(1), outcome(0)];
        reveal_all(retry, &all);
        assert_eq!(job(retry).agreed, Some(outcome(0)));
        assert_eq!(verdicts(retry), [Agreed, Agreed, Wrong, Agreed]);
    });
}

#[test]
fn agreement_should_be_reported_while_a_silent_committer_is_still_awaited() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 4]);
        reveal_all(id, &[outcome(0); 3]);
        assert_eq!(SumCalls::get(), vec![HandlerCall::Agreed(id, outcome(0))]);
        assert!(verdicts(id).is_empty() && Judged::get().is_empty());
        go_to(1 + REVEAL);
        assert_eq!(verdicts(id), [Agreed, Agreed, Agreed, Wrong]);
    });
}
