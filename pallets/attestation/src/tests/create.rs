use crate::{mock::*, ActiveJobs, Error, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{
    job::{JobPhase, JobSpec, Requester},
    traits::Jobs as _,
};

#[test]
fn job_should_keep_the_committee_of_its_creation() {
    with_committee(4, || {
        let id = create(1);
        assert_eq!(id, id_of(&spec(1)));
        Members::set(vec![member(9)]);
        let job = job(id);
        assert_eq!(job.committee.to_vec(), (0..4).map(member).collect::<Vec<_>>());
        assert_eq!(job.statements.len(), 4);
        assert_eq!(job.phase, JobPhase::Commit { until: 1 + COMMIT });
        System::assert_last_event(
            Event::JobCreated {
                job: id,
                requester: Requester::Round(1),
                kind: 0,
                attempt: 0,
                committee: 4,
                quorum: 3,
                until: 1 + COMMIT,
            }
            .into(),
        );
    });
}

#[test]
fn job_should_be_refused_when_one_of_the_same_specification_exists() {
    with_committee(4, || {
        let id = create(1);
        assert_noop!(Attestation::create(spec(1)), Error::<Test>::AlreadyExists);
        assert_ok!(Attestation::create(retry_spec(1)));
        cancel(id);
        assert_noop!(Attestation::create(spec(1)), Error::<Test>::AlreadyExists);
    });
}

#[test]
fn job_should_be_refused_without_a_committee() {
    with_committee(0, || {
        assert_noop!(Attestation::create(spec(1)), Error::<Test>::NoCommittee);
    });
}

#[test]
fn job_should_be_refused_when_nobody_could_state_anything_in_it() {
    with_committee(4, || {
        for bad in [
            JobSpec { attempt: 2, ..spec(1) },
            JobSpec { commit: 0, ..spec(1) },
            JobSpec { reveal: 0, ..spec(1) },
        ] {
            assert_noop!(Attestation::create(bad), Error::<Test>::BadSpec);
        }
    });
}

#[test]
fn job_should_be_refused_when_as_many_are_open_as_may_be() {
    with_committee(4, || {
        (1..=4).for_each(|round| {
            create(round);
        });
        assert_noop!(Attestation::create(spec(5)), Error::<Test>::TooManyJobs);
        assert_eq!(ActiveJobs::<Test>::get().len(), 4);
    });
}

#[test]
fn suspension_should_shrink_new_committees_and_no_old_denominator() {
    with_committee(7, || {
        let before = create(1);
        Inactive::set((4..7).map(account).collect());
        let after = create(2);
        assert_eq!((job(before).committee.len(), job(after).committee.len()), (7, 4));
        // Four of seven are no quorum, three of four are one.
        commit_all(before, &[outcome(0); 4]);
        assert!(matches!(job(before).phase, JobPhase::Closed { .. }));
        commit_all(after, &[outcome(0); 4]);
        reveal_all(after, &[outcome(0); 3]);
        assert_eq!(job(after).agreed, Some(outcome(0)));
    });
}
