use crate::mock::*;
use frame_support::assert_ok;
use quorate_primitives::{committee::quorum, job::Verdict::*, merkle, MAX_COMMITTEE};

#[test]
fn verdicts_should_be_empty_before_the_end() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 4]);
        reveal_all(id, &[outcome(0); 3]);
        assert!(verdicts(id).is_empty());
    });
}

#[test]
fn liar_should_be_wrong() {
    with_committee(4, || {
        let id = create(1);
        let answers = [outcome(0), outcome(0), outcome(1), outcome(0)];
        commit_all(id, &answers);
        reveal_all(id, &answers);
        assert_eq!(verdicts(id), [Agreed, Agreed, Wrong, Agreed]);
    });
}

#[test]
fn first_reveal_should_not_decide_when_it_is_wrong() {
    with_committee(4, || {
        let id = create(1);
        let answers = [outcome(1), outcome(0), outcome(0), outcome(0)];
        commit_all(id, &answers);
        reveal_all(id, &answers);
        assert_eq!(job(id).agreed, Some(outcome(0)));
        assert_eq!(verdicts(id), [Wrong, Agreed, Agreed, Agreed]);
    });
}

#[test]
fn silence_should_be_silent_before_a_commit_and_wrong_after_it() {
    with_committee(7, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 6]);
        go_to(1 + GRACE);
        reveal_all(id, &[outcome(0); 5]);
        go_to(1 + GRACE + REVEAL);
        assert_eq!(verdicts(id), [Agreed, Agreed, Agreed, Agreed, Agreed, Wrong, Silent]);
    });
}

#[test]
fn nobody_should_be_judged_without_a_quorum() {
    with_committee(4, || {
        let id = create(1);
        let answers = [outcome(0), outcome(0), outcome(1), outcome(2)];
        commit_all(id, &answers);
        reveal_all(id, &answers);
        assert_eq!(job(id).agreed, None);
        assert_eq!(verdicts(id), [Unjudged; 4]);
    });
}

#[test]
fn nobody_should_be_judged_when_more_than_a_third_are_silent() {
    with_committee(4, || {
        let in_commit = create(1);
        commit_all(in_commit, &[outcome(0); 2]);
        let in_reveal = create(2);
        commit_all(in_reveal, &[outcome(0); 4]);
        reveal_all(in_reveal, &[outcome(0); 2]);
        go_to(20);
        assert_eq!(verdicts(in_commit), [Unjudged; 4]);
        assert_eq!(verdicts(in_reveal), [Unjudged; 4]);
    });
}

#[test]
fn removed_member_should_answer_for_its_statements_and_for_nothing_else() {
    with_committee(10, || {
        let id = create(1);
        let mut answers = vec![outcome(0); 8];
        answers[7] = outcome(1);
        commit_all(id, &answers);
        assert_ok!(send(commit_call(id, 8, &outcome(0))));
        assert_ok!(send(commit_call(id, 9, &outcome(0))));
        assert_ok!(send(reveal_call(id, 7, &outcome(1))));
        Inactive::set(vec![account(7), account(8)]);
        reveal_all(id, &answers[..7]);
        assert_eq!(job(id).agreed, Some(outcome(0)));
        go_to(20);
        assert_eq!(verdicts(id)[7..], [Wrong, Unjudged, Wrong]);
    });
}

#[test]
fn statements_root_should_cover_members_and_statements() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 4]);
        reveal_all(id, &[outcome(0); 4]);
        let job = job(id);
        let members = job.committee.into_iter().zip(job.statements);
        let leaves: Vec<_> = members.map(|(member, statement)| (id, member, statement)).collect();
        assert_eq!(Attestation::statements_root(None, id), merkle::root_of(&leaves));
        assert_eq!(
            Attestation::statements_root(Some(id), Default::default()),
            merkle::root_of(&leaves)
        );
        let twice = [leaves.clone(), leaves].concat();
        assert_eq!(Attestation::statements_root(Some(id), id), merkle::root_of(&twice));
    });
}

#[test]
fn verdicts_should_be_reported_once_for_each_member() {
    with_committee(4, || {
        let id = create(1);
        let answers = [outcome(0), outcome(0), outcome(1), outcome(0)];
        commit_all(id, &answers);
        reveal_all(id, &answers[..3]);
        assert!(Judged::get().is_empty());
        go_to(3 * REVEAL);
        assert_eq!(Judged::get(), Attestation::verdicts(id));
        assert_eq!(verdicts(id), [Unjudged; 4]);

        let next = create(2);
        commit_all(next, &[outcome(0); 4]);
        reveal_all(next, &[outcome(0); 4]);
        assert_eq!(Judged::get()[4..], Attestation::verdicts(next));
    });
}

#[test]
fn member_that_missed_the_grace_should_be_silent_or_unjudged_when_suspended() {
    with_committee(7, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 5]);
        go_to(1 + GRACE);
        Inactive::set(vec![account(6)]);
        reveal_all(id, &[outcome(0); 5]);
        assert_eq!(verdicts(id)[4..], [Agreed, Silent, Unjudged]);
    });
}

#[test]
fn agreement_should_leave_fewer_than_a_third_to_punish_for_silence() {
    assert!((1..=MAX_COMMITTEE).all(|n| 3 * (n - quorum(n)) < n));
}
