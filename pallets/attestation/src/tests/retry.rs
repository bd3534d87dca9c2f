//! What an agreed retry says about the first attempt.

use crate::{mock::*, Event};
use quorate_primitives::{
    job::{JobPhase, JobSpec, Verdict, Verdict::*},
    traits::Jobs as _,
    JobId,
};

/// A first attempt of which these members commit, and these of them reveal, until it is closed; its retry is open then.
fn spoil(answers: &[TestOutcome], revealing: &[u32]) -> (JobId, JobId) {
    Retries::set(true);
    let first = create(1);
    commit_all(first, answers);
    while matches!(job(first).phase, JobPhase::Commit { .. }) {
        go_to(System::block_number() + 1);
    }
    for member in revealing {
        send(reveal_call(first, *member, &answers[*member as usize])).expect("the member may reveal");
    }
    while !matches!(job(first).phase, JobPhase::Closed { .. }) {
        go_to(System::block_number() + 1);
    }
    assert_eq!(verdicts(first), vec![Unjudged; job(first).committee.len()]);
    let retry = id_of(&retry_spec(1));
    assert!(matches!(job(retry).phase, JobPhase::Commit { .. }));
    Judged::kill();
    (first, retry)
}

fn agree(retry: JobId) {
    let answers = vec![outcome(0); job(retry).committee.len()];
    commit_all(retry, &answers);
    reveal_all(retry, &answers);
    assert_eq!(job(retry).agreed, Some(outcome(0)));
}

/// Verdicts that were reported, without those of the retry itself.
fn judged_of_first(retry: JobId) -> Vec<Verdict> {
    let judged = Judged::get();
    let of_retry = Attestation::verdicts(retry);
    assert_eq!(judged[..of_retry.len()], of_retry);
    judged[of_retry.len()..].iter().map(|(_, verdict)| *verdict).collect()
}

#[test]
fn liar_of_a_first_attempt_should_be_wrong_when_its_retry_agrees() {
    with_committee(4, || {
        // The liar is fast, two are honest, and the fourth is too slow for the grace.
        let (first, retry) = spoil(&[outcome(1), outcome(0), outcome(0)], &[0, 1, 2]);
        agree(retry);
        assert_eq!(verdicts(first), [Wrong, Agreed, Agreed, Unjudged]);
        assert_eq!(verdicts(retry), [Agreed; 4]);
        assert_eq!(judged_of_first(retry), [Wrong, Agreed, Agreed]);
        System::assert_has_event(Event::FirstAttemptJudged { job: first, retry }.into());
    });
}

#[test]
fn verdicts_should_be_reported_with_whoever_asked_for_the_job() {
    with_committee(4, || {
        let (first, retry) = spoil(&[outcome(1), outcome(0), outcome(0)], &[0, 1, 2]);
        // Four of the first attempt, four of the retry, and what that shows of three.
        agree(retry);
        let requester = job(first).spec.requester;
        assert_eq!(Requesters::get(), [requester; 4 + 4 + 3]);
    });
}

#[test]
fn commit_without_a_reveal_should_be_wrong_when_the_retry_agrees() {
    with_committee(4, || {
        let (first, retry) = spoil(&[outcome(1), outcome(0), outcome(0)], &[1, 2]);
        agree(retry);
        assert_eq!(verdicts(first), [Wrong, Agreed, Agreed, Unjudged]);
    });
}

#[test]
fn first_attempt_should_be_judged_when_the_retry_ends_by_its_deadline() {
    with_committee(4, || {
        let (first, retry) = spoil(&[outcome(1), outcome(0), outcome(0)], &[0, 1, 2]);
        commit_all(retry, &[outcome(0); 4]);
        reveal_all(retry, &[outcome(0); 3]);
        assert_eq!(verdicts(first), [Unjudged; 4]);
        go_to(System::block_number() + REVEAL);
        assert_eq!(verdicts(first), [Wrong, Agreed, Agreed, Unjudged]);
    });
}

#[test]
fn first_attempt_should_stay_unjudged_when_its_retry_does_not_agree() {
    with_committee(4, || {
        let (first, retry) = spoil(&[outcome(1), outcome(0), outcome(0)], &[0, 1, 2]);
        let answers = [outcome(1), outcome(0), outcome(0), outcome(2)];
        commit_all(retry, &answers);
        reveal_all(retry, &answers);
        assert_eq!(verdicts(first), [Unjudged; 4]);
        assert_eq!(verdicts(retry), [Unjudged; 4]);
        assert!(judged_of_first(retry).is_empty());
    });
}

#[test]
fn commit_should_not_be_held_against_its_member_when_nobody_could_reveal() {
    with_committee(4, || {
        let (first, retry) = spoil(&[outcome(0), outcome(0)], &[]);
        agree(retry);
        assert_eq!(verdicts(first), [Unjudged; 4]);
        assert!(judged_of_first(retry).is_empty());
    });
}

#[test]
fn silence_of_more_than_a_third_in_the_first_reveals_should_be_held_against_nobody() {
    with_committee(4, || {
        let (first, retry) = spoil(&[outcome(0); 4], &[0, 1]);
        agree(retry);
        assert_eq!(verdicts(first), [Agreed, Agreed, Unjudged, Unjudged]);
    });
}

#[test]
fn member_that_was_removed_during_the_first_attempt_should_not_answer_for_what_it_could_not_reveal() {
    with_committee(7, || {
        Retries::set(true);
        let first = create(1);
        let answers = [
            outcome(0),
            outcome(0),
            outcome(0),
            outcome(0),
            outcome(1),
            outcome(1),
            outcome(0),
        ];
        commit_all(first, &answers);
        reveal_all(first, &answers[..6]);
        Inactive::set(vec![account(5), account(6)]);
        go_to(System::block_number() + REVEAL);
        let retry = id_of(&retry_spec(1));
        assert_eq!(job(retry).committee.len(), 5);
        // Reinstated before the retry ends.
        Inactive::set(Vec::new());
        agree(retry);
        let expected = [Agreed, Agreed, Agreed, Agreed, Wrong, Wrong, Unjudged];
        assert_eq!(verdicts(first), expected);
    });
}

#[test]
fn first_attempt_under_other_arithmetic_should_stay_unjudged() {
    with_committee(4, || {
        let first = create(1);
        let answers = [outcome(1), outcome(1), outcome(0), outcome(0)];
        commit_all(first, &answers);
        reveal_all(first, &answers);
        let retry = JobSpec {
            exact_version: 2,
            ..retry_spec(1)
        };
        agree(Attestation::create(retry).expect("there is room for the job"));
        assert_eq!(verdicts(first), [Unjudged; 4]);
    });
}

#[test]
fn cancelled_or_pruned_first_attempt_should_not_be_judged() {
    with_committee(4, || {
        let first = create(1);
        commit_all(first, &[outcome(1), outcome(0), outcome(0)]);
        cancel(first);
        agree(create_retry(1));
        assert!(verdicts(first).is_empty());

        let (pruned, retry) = {
            let pruned = create(2);
            let answers = [outcome(1), outcome(1), outcome(0), outcome(0)];
            commit_all(pruned, &answers);
            reveal_all(pruned, &answers);
            prune(pruned);
            (pruned, create_retry(2))
        };
        agree(retry);
        assert!(verdicts(pruned).is_empty());
    });
}

#[test]
fn agreed_first_attempt_should_keep_its_verdicts() {
    with_committee(4, || {
        let first = create(1);
        let answers = [outcome(1), outcome(0), outcome(0), outcome(0)];
        commit_all(first, &answers);
        reveal_all(first, &answers);
        let before = Judged::get().len();
        agree(create_retry(1));
        assert_eq!(verdicts(first), [Wrong, Agreed, Agreed, Agreed]);
        assert_eq!(Judged::get().len(), before + 4);
    });
}

#[test]
fn end_of_an_agreed_retry_should_weigh_what_it_reports_of_the_first_attempt() {
    with_committee(4, || {
        let (_, retry) = spoil(&[outcome(1), outcome(0), outcome(0)], &[0, 1, 2]);
        commit_all(retry, &[outcome(0); 4]);
        reveal_all(retry, &[outcome(0); 3]);
        let (declared, actual) = weigh(reveal_call(retry, 3, &outcome(0)));
        let actual = actual.expect("a reveal says what it weighed");
        assert_eq!(
            actual,
            CLOSED_WEIGHT.saturating_add(JUDGED_WEIGHT.saturating_mul(4 + 3))
        );
        assert!(actual.all_lte(declared));
    });
}
