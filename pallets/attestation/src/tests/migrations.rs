//! Migrations from states as they were stored.

use crate::{
    migrations::v1::{v0, Migrate},
    mock::*,
    Jobs, Pallet,
};
use frame_support::traits::{GetStorageVersion, OnRuntimeUpgrade, StorageVersion};
use quorate_primitives::{
    job::{Job, JobSpec},
    legacy, payload,
    traits::Jobs as _,
    Hash, JobId,
};

/// A job of specification version 1, written as version 0 of the storage did; returns it as it is read now.
fn old_job() -> (JobId, Job) {
    let id = Attestation::create(JobSpec {
        exact_version: legacy::EXACT_VERSION,
        ..spec(1)
    })
    .unwrap();
    let job = job(id);
    v0::Jobs::<Test>::insert(
        id,
        v0::Job {
            spec: legacy::JobSpec::from(&job.spec),
            created_at: job.created_at,
            phase: job.phase,
            committee: job.committee.clone(),
            statements: job.statements.clone(),
            agreed: job.agreed,
            pages_settled: job.pages_settled,
        },
    );
    StorageVersion::new(0).put::<Pallet<Test>>();
    (id, job)
}

#[test]
fn jobs_keep_their_ids_and_get_neither_seed_nor_state() {
    with_committee(4, || {
        let (id, before) = old_job();
        Migrate::<Test>::on_runtime_upgrade();
        assert_eq!(Pallet::<Test>::on_chain_storage_version(), StorageVersion::new(1));
        let found = job(id);
        assert_eq!((found.spec.seed, found.spec.optimiser), (Hash::zero(), None));
        assert_eq!(found, before);
        // That every job lies under its id is checked after every test.
    });
}

#[test]
fn the_migration_runs_once() {
    with_committee(4, || {
        let (id, _) = old_job();
        Migrate::<Test>::on_runtime_upgrade();
        let after = job(id);
        Migrate::<Test>::on_runtime_upgrade();
        assert_eq!((job(id), Jobs::<Test>::iter().count()), (after, 1));
    });
}

#[test]
fn seed_and_state_are_part_of_a_job_s_id_since_version_2() {
    let id = |spec: &JobSpec| payload::job_id(Hash::zero(), spec);
    let now = JobSpec {
        exact_version: legacy::EXACT_VERSION + 1,
        ..spec(1)
    };
    let seeded = JobSpec {
        seed: Hash::repeat_byte(1),
        ..now.clone()
    };
    let stateful = JobSpec {
        optimiser: Some(Hash::zero()),
        ..now.clone()
    };
    assert_ne!(id(&now), id(&seeded));
    assert_ne!(id(&now), id(&stateful));
    let then = spec_of_then(&now);
    assert_eq!(id(&then), id(&spec_of_then(&seeded)));
    assert_eq!(
        id(&then),
        payload::tagged(b"job", &(Hash::zero(), legacy::JobSpec::from(&then)))
    );
}

fn spec_of_then(spec: &JobSpec) -> JobSpec {
    JobSpec {
        exact_version: legacy::EXACT_VERSION,
        ..spec.clone()
    }
}
