//! Migrations from states as they were stored.

use crate::{
    migrations::v2::{v1, Migrate},
    mock::*,
    types::{Round, Stage},
    Pallet, Rounds as Stored,
};
use frame_support::traits::{GetStorageVersion, OnRuntimeUpgrade, StorageVersion};
use quorate_exact::{Pipeline, Rule};
use quorate_primitives::{
    job::{JobEnd, JobSpec},
    legacy,
    traits::JobHandler,
    RoundId, EXACT_VERSION,
};

/// The entry of a round as version 1 stored it.
fn as_stored(round: &Round) -> v1::Round {
    v1::Round {
        model: round.model,
        base: round.base,
        base_root: round.base_root,
        previous_root: round.previous_root,
        policy: legacy::Policy::of(&round.policy).unwrap(),
        update_len: round.update_len,
        file_len: round.file_len,
        stage: round.stage,
        opened_at: round.opened_at,
        sealed_at: round.sealed_at,
        recorded_at: round.recorded_at,
        version: round.version,
        job: round.job,
        submissions: round.submissions,
        committed: round.committed,
        opened: round.opened,
        available: round.available,
    }
}

/// Writes every round as version 1 did; returns them as they were.
fn downgrade() -> Vec<(RoundId, Round)> {
    let rounds: Vec<(RoundId, Round)> = Stored::<Test>::iter().collect();
    for (id, round) in &rounds {
        v1::Rounds::<Test>::insert(id, as_stored(round));
    }
    StorageVersion::new(1).put::<Pallet<Test>>();
    rounds
}

#[test]
fn rounds_in_every_stage_keep_everything_and_get_pipelines() {
    run(|| {
        whole_round(&[1_000, 2_000, 2_001]);
        let computing = seal(&[1_000, 2_000]);
        let before = downgrade();
        assert_eq!(before.len(), 2);
        Migrate::<Test>::on_runtime_upgrade();
        assert_eq!(Pallet::<Test>::on_chain_storage_version(), StorageVersion::new(2));
        for (id, expected) in before {
            let found = round(id);
            assert_eq!(found, expected);
            assert_eq!(found.policy.pipeline, Pipeline::from(Rule::WeightedMean));
            assert_eq!((found.optimiser, found.organisations), (None, 2));
        }
        // The round that ran goes on.
        agree(computing);
        assert!(matches!(round(computing).stage, Stage::Scoring { .. }));
    });
}

#[test]
fn the_migration_runs_once() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        downgrade();
        Migrate::<Test>::on_runtime_upgrade();
        let after = round(id);
        Migrate::<Test>::on_runtime_upgrade();
        assert_eq!(round(id), after);
    });
}

#[test]
fn a_job_from_before_the_upgrade_is_retried_under_the_specification_of_now() {
    run(|| {
        let id = seal(&[1_000, 2_000]);
        let (job, spec) = job_of(id);
        let old = JobSpec {
            exact_version: legacy::EXACT_VERSION,
            policy_hash: legacy::Policy::of(&policy()).unwrap().hash(),
            ..spec.clone()
        };
        Rounds::closed(job, &old, JobEnd::NoQuorum);
        let (_, retried) = job_of(id);
        assert_eq!((retried.attempt, retried.exact_version), (1, EXACT_VERSION));
        assert_eq!(
            (retried.policy_hash, retried.inputs_root),
            (policy().hash(), spec.inputs_root)
        );
    });
}
