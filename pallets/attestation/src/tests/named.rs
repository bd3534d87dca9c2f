//! Committees that the requester names, with a quorum of their own.

use crate::{mock::*, Error};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{
    job::{
        CommitteeRule, JobPhase, JobSpec,
        Verdict::{self, Agreed, Silent, Unjudged, Wrong},
    },
    traits::Jobs,
    JobId,
};
use sp_runtime::{BoundedVec, DispatchError};

/// [`spec`] for these members, of whom so many have to agree.
fn named(members: impl IntoIterator<Item = u32>, quorum: u32) -> JobSpec<Sum> {
    JobSpec {
        committee: CommitteeRule::Named {
            members: BoundedVec::truncate_from(members.into_iter().map(account).collect()),
            quorum,
        },
        ..spec(1)
    }
}

fn give(spec: JobSpec<Sum>) -> Result<JobId, DispatchError> {
    <Attestation as Jobs<Sum>>::create(spec)
}

/// The retry of `first` with these members.
fn give_again(first: JobId, members: impl IntoIterator<Item = u32>, quorum: u32) -> JobId {
    let spec = JobSpec {
        attempt: 1,
        commit: COMMIT + 3,
        ..named(members, quorum)
    };
    <Attestation as Jobs<Sum>>::retry(first, spec).expect("there is room for the job")
}

/// Statements of seven, in the first seven of ten validators: what each commits to, and whether it reveals that.
fn first_of_seven(statements: [Option<(u8, bool)>; 7]) -> JobId {
    let id = give(named(0..7, 7)).expect("there is room for the job");
    for (member, statement) in (0..).zip(statements) {
        if let Some((number, _)) = statement {
            send(commit_call(id, member, &outcome(number))).expect("it may commit");
        }
    }
    if matches!(job(id).phase, JobPhase::Commit { .. }) {
        go_to(System::block_number() + COMMIT);
    }
    for (member, statement) in (0..).zip(statements) {
        if let (Some((number, true)), JobPhase::Reveal { .. }) = (statement, job(id).phase) {
            send(reveal_call(id, member, &outcome(number))).expect("it may reveal");
        }
    }
    if let JobPhase::Reveal { until, .. } = job(id).phase {
        go_to(until);
    }
    assert!(matches!(job(id).phase, JobPhase::Closed { .. }));
    id
}

/// All ten agree on outcome 0 in the retry; returns the verdicts of the first attempt then.
fn all_agree_after(first: JobId) -> Vec<Verdict> {
    let all = give_again(first, 0..10, 7);
    commit_all(all, &[outcome(0); 10]);
    reveal_all(all, &[outcome(0); 10]);
    assert_eq!(job(all).agreed, Some(outcome(0)));
    verdicts(first)
}

#[test]
fn only_named_members_should_be_asked_in_the_order_of_the_session() {
    with_committee(10, || {
        let id = give(named([8, 1, 5], 3)).unwrap();
        let of = job(id);
        assert_eq!(of.committee.to_vec(), [1, 5, 8].map(member));
        assert_eq!((of.quorum, of.first), (3, None));
        assert_eq!(
            <Attestation as Jobs<Sum>>::committee(id),
            ([1, 5, 8].map(account).to_vec(), 3)
        );
        let task = |validator| Attestation::member_tasks(&quorate_mocks::key(validator)).len();
        assert_eq!([0, 1, 5, 8].map(task), [0, 1, 1, 1]);
        assert_eq!(
            send(commit_call(id, 3, &outcome(0))),
            Err(invalid(Error::NotInCommittee))
        );
    });
}

#[test]
fn quorum_should_not_fall_with_members_that_have_left() {
    with_committee(10, || {
        Inactive::set(vec![account(1)]);
        let id = give(named(0..7, 5)).unwrap();
        assert_eq!((job(id).committee.len(), job(id).quorum), (6, 5));
        Inactive::set(vec![account(1), account(2), account(3)]);
        assert_noop!(
            give(JobSpec {
                exact_version: 2,
                ..named(0..7, 5)
            }),
            Error::<Test>::NoCommittee
        );
    });
}

#[test]
fn quorum_that_two_outcomes_could_have_should_be_refused() {
    with_committee(10, || {
        assert_noop!(give(named(0..7, 4)), Error::<Test>::BadSpec);
        // Whoever is named twice counts once.
        assert_noop!(give(named([0, 0, 0, 0, 0, 0, 1], 3)), Error::<Test>::BadSpec);
        assert_ok!(give(named(0..7, 5)));
        assert_noop!(give(named([], 1)), Error::<Test>::NoCommittee);
    });
}

#[test]
fn six_of_seven_should_not_agree_where_all_seven_have_to() {
    with_committee(10, || {
        let id = give(named(0..7, 7)).unwrap();
        let mut outcomes = [outcome(0); 7];
        outcomes[6] = outcome(1);
        commit_all(id, &outcomes);
        reveal_all(id, &outcomes);
        assert_eq!(job(id).agreed, None);
        assert_eq!(verdicts(id), [Unjudged; 7]);
    });
    with_committee(10, || {
        let id = give(named(0..7, 7)).unwrap();
        commit_all(id, &[outcome(0); 7]);
        reveal_all(id, &[outcome(0); 6]);
        assert_eq!(job(id).agreed, None);
        send(reveal_call(id, 6, &outcome(0))).unwrap();
        assert_eq!((job(id).agreed, verdicts(id)), (Some(outcome(0)), vec![Agreed; 7]));
    });
}

#[test]
fn all_should_judge_seven_that_did_not_agree() {
    with_committee(10, || {
        let right = Some((0, true));
        let first = first_of_seven([right, right, Some((1, true)), Some((0, false)), right, right, right]);
        assert_eq!(verdicts(first), [Unjudged; 7]);
        let judged = all_agree_after(first);
        assert_eq!(judged, [Agreed, Agreed, Wrong, Wrong, Agreed, Agreed, Agreed]);
    });
}

#[test]
fn silence_that_kept_seven_from_agreeing_should_be_told() {
    with_committee(10, || {
        let right = Some((0, true));
        let first = first_of_seven([right, right, None, right, right, right, None]);
        Judged::set(vec![]);
        let judged = all_agree_after(first);
        // Nobody could reveal.
        let mut expected = [Unjudged; 7];
        (expected[2], expected[6]) = (Silent, Silent);
        assert_eq!(judged, expected);
        let told: Vec<_> = Judged::get()
            .into_iter()
            .filter(|(_, verdict)| *verdict == Silent)
            .collect();
        assert_eq!(told, [(account(2), Silent), (account(6), Silent)]);
    });
}

#[test]
fn nobody_should_be_blamed_where_more_than_a_third_of_seven_were_silent() {
    with_committee(10, || {
        let right = Some((0, true));
        let first = first_of_seven([right, right, None, None, right, right, None]);
        assert_eq!(all_agree_after(first), [Unjudged; 7]);
    });
    with_committee(10, || {
        let (right, hidden) = (Some((0, true)), Some((0, false)));
        let first = first_of_seven([right, right, hidden, hidden, right, right, hidden]);
        let judged = all_agree_after(first);
        assert_eq!(judged, [Agreed, Agreed, Unjudged, Unjudged, Agreed, Agreed, Unjudged]);
    });
}

#[test]
fn seven_that_agreed_should_be_wrong_when_all_agree_on_something_else() {
    with_committee(10, || {
        let first = first_of_seven([Some((1, true)); 7]);
        assert_eq!(
            (job(first).agreed, verdicts(first)),
            (Some(outcome(1)), vec![Agreed; 7])
        );
        go_to(System::block_number() + 9);
        Judged::set(vec![]);
        assert_eq!(all_agree_after(first), [Wrong; 7]);
        // Each is told once what it is now, whatever it was told before.
        let wrong: Vec<_> = Judged::get()
            .into_iter()
            .filter(|(_, verdict)| *verdict == Wrong)
            .collect();
        assert_eq!(wrong, (0..7).map(|member| (account(member), Wrong)).collect::<Vec<_>>());
        // What was agreed on stays on record.
        assert_eq!(job(first).agreed, Some(outcome(1)));
    });
}

#[test]
fn seven_that_agreed_should_stay_as_they_are_when_all_agree_on_the_same() {
    with_committee(10, || {
        let first = first_of_seven([Some((0, true)); 7]);
        Judged::set(vec![]);
        assert_eq!(all_agree_after(first), [Agreed; 7]);
        assert_eq!(Judged::get().len(), 10);
    });
}

#[test]
fn other_work_or_another_arithmetic_should_judge_nobody() {
    with_committee(10, || {
        let first = first_of_seven([Some((1, true)); 7]);
        for (work, exact_version) in [(101, 1), (100, 2)] {
            let spec = JobSpec {
                attempt: 1,
                exact_version,
                work: Sum { terms: work },
                ..named(0..10, 7)
            };
            let all = <Attestation as Jobs<Sum>>::retry(first, spec).unwrap();
            commit_all(all, &[outcome(0); 10]);
            reveal_all(all, &[outcome(0); 10]);
            assert_eq!(verdicts(first), [Agreed; 7]);
        }
        // Only a second attempt is a retry.
        assert_noop!(
            <Attestation as Jobs<Sum>>::retry(first, named(0..10, 7)),
            Error::<Test>::BadSpec
        );
    });
}
