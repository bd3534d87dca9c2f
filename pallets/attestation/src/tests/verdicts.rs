use crate::mock::*;
use frame_support::assert_ok;
use quorate_primitives::{job::Verdict::*, merkle, traits::Jobs as _};

#[test]
fn there_is_no_verdict_before_the_end() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 4]);
        reveal_all(id, &[outcome(0); 3]);
        assert!(verdicts(id).is_empty());
    });
}

#[test]
fn the_liar_is_wrong() {
    with_committee(4, || {
        let id = create(1);
        let said = [outcome(0), outcome(0), outcome(1), outcome(0)];
        commit_all(id, &said);
        reveal_all(id, &said);
        assert_eq!(verdicts(id), [Agreed, Agreed, Wrong, Agreed]);
    });
}

#[test]
fn who_reveals_early_and_wrong_does_not_decide() {
    with_committee(4, || {
        let id = create(1);
        let said = [outcome(1), outcome(0), outcome(0), outcome(0)];
        commit_all(id, &said);
        reveal_all(id, &said);
        assert_eq!(job(id).agreed, Some(outcome(0)));
        assert_eq!(verdicts(id), [Wrong, Agreed, Agreed, Agreed]);
    });
}

#[test]
fn silence_in_commit_is_silent_and_silence_after_it_is_wrong() {
    with_committee(7, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 6]);
        go_to(2 + COMMIT);
        reveal_all(id, &[outcome(0); 5]);
        go_to(3 + COMMIT + REVEAL);
        assert_eq!(verdicts(id), [Agreed, Agreed, Agreed, Agreed, Agreed, Wrong, Silent]);
    });
}

#[test]
fn without_a_quorum_nobody_is_judged() {
    with_committee(4, || {
        let id = create(1);
        let said = [outcome(0), outcome(0), outcome(1), outcome(2)];
        commit_all(id, &said);
        reveal_all(id, &said);
        assert_eq!(job(id).agreed, None);
        assert_eq!(verdicts(id), [Unjudged; 4]);
    });
}

#[test]
fn when_more_than_a_third_are_silent_nobody_is_judged() {
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
fn a_removed_member_answers_for_what_it_said_and_for_nothing_else() {
    with_committee(10, || {
        let id = create(1);
        let mut said = vec![outcome(0); 8];
        said[7] = outcome(1);
        commit_all(id, &said);
        assert_ok!(send(commit_call(id, 8, &outcome(0))));
        assert_ok!(send(commit_call(id, 9, &outcome(0))));
        assert_ok!(send(reveal_call(id, 7, &outcome(1))));
        Muted::set(vec![account(7), account(8)]);
        reveal_all(id, &said[..7]);
        assert_eq!(job(id).agreed, Some(outcome(0)));
        go_to(20);
        assert_eq!(verdicts(id)[7..], [Wrong, Unjudged, Wrong]);
    });
}

#[test]
fn the_statements_root_covers_members_and_statements() {
    with_committee(4, || {
        let id = create(1);
        commit_all(id, &[outcome(0); 4]);
        reveal_all(id, &[outcome(0); 4]);
        let job = job(id);
        let pairs: Vec<_> = job
            .committee
            .iter()
            .cloned()
            .zip(job.statements.iter().cloned())
            .collect();
        assert_eq!(Attestation::statements_root(id), merkle::root_of(pairs.iter()));
    });
}
