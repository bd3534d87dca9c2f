use crate::{mock::*, ActiveJobs, Error, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{
    job::{JobPhase, JobSpec},
    payload,
    traits::Jobs as _,
};

#[test]
fn a_job_keeps_the_committee_of_its_creation() {
    with_committee(4, || {
        let id = create(1);
        assert_eq!(id, payload::job_id(genesis(), &spec(1)));
        Members::set(vec![member(9)]);
        let job = job(id);
        assert_eq!(job.committee.to_vec(), (0..4).map(member).collect::<Vec<_>>());
        assert_eq!(job.statements.len(), 4);
        assert_eq!(job.phase, JobPhase::Commit { until: 1 + COMMIT });
        System::assert_last_event(
            Event::JobCreated {
                job: id,
                round: 1,
                attempt: 0,
                committee: 4,
                until: 1 + COMMIT,
            }
            .into(),
        );
    });
}

#[test]
fn the_same_job_is_not_created_twice() {
    with_committee(4, || {
        create(1);
        assert_noop!(Attestation::create(spec(1)), Error::<Test>::AlreadyExists);
        assert_ok!(Attestation::create(JobSpec { attempt: 1, ..spec(1) }));
    });
}

#[test]
fn a_job_needs_a_committee_inputs_and_room() {
    with_committee(0, || {
        assert_noop!(Attestation::create(spec(1)), Error::<Test>::NoCommittee);
    });
    with_committee(4, || {
        assert_noop!(
            Attestation::create(JobSpec { inputs: 0, ..spec(1) }),
            Error::<Test>::BadSpec
        );
        assert_noop!(
            Attestation::create(JobSpec {
                inputs: 1_025,
                ..spec(1)
            }),
            Error::<Test>::BadSpec
        );
        assert_noop!(
            Attestation::create(JobSpec { attempt: 2, ..spec(1) }),
            Error::<Test>::BadSpec
        );
        (1..=4).for_each(|round| {
            create(round);
        });
        assert_noop!(Attestation::create(spec(5)), Error::<Test>::TooManyJobs);
        assert_eq!(ActiveJobs::<Test>::get().len(), 4);
    });
}
