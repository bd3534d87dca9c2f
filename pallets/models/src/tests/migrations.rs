//! Migrations from states as they were stored.

use crate::{
    migrations::v2::{v1, Migrate},
    mock::*,
    types::Model,
    Models as Registry, Pallet, Policies, Versions,
};
use frame_support::traits::{GetStorageVersion, OnRuntimeUpgrade, StorageVersion};
use quorate_exact::{Pipeline, Rule};
use quorate_primitives::{legacy, policy::Policy, ModelId};

/// The entry of a model as version 1 stored it.
fn as_stored(model: &Model) -> v1::Model {
    v1::Model {
        owner: model.owner.clone(),
        organisation: model.organisation,
        name: model.name.clone(),
        state: model.state,
        policy: legacy::Policy::of(&model.policy).unwrap(),
        header_hash: model.header_hash,
        header_len: model.header_len,
        file_len: model.file_len,
        update_len: model.update_len,
        parent: model.parent,
        latest: model.latest,
        head: model.head,
        history: model.history.clone(),
        genesis: model.genesis,
    }
}

/// A model with two versions, written as version 1 of the storage did: records name policies by their hashes of then.
fn old_state() -> (ModelId, legacy::Policy) {
    let trimmed = Policy {
        pipeline: Rule::TrimmedMean { trim_ppm: 200_000 }.into(),
        ..policy()
    };
    let old = legacy::Policy::of(&trimmed).unwrap();
    let id = active_model();
    let mut model = Registry::<Test>::get(id).unwrap();
    let _all = Policies::<Test>::clear(u32::MAX, None);
    let _all = Versions::<Test>::clear(u32::MAX, None);
    model.policy = trimmed;
    model.history = Default::default();
    v1::Policies::<Test>::insert(old.hash(), old);
    for version in 0..2 {
        let record = quorate_primitives::version::VersionRecord {
            model: id,
            version,
            root: root(version as u8),
            len: FILE_LEN,
            policy_hash: old.hash(),
            origin: quorate_primitives::version::Origin::Genesis,
            block: 1,
            history_root: model.history.root(),
        };
        model.history.push(record.hash());
        Versions::<Test>::insert(id, version, record);
    }
    (model.latest, model.head) = (Some(1), Some(1));
    v1::Models::<Test>::insert(id, as_stored(&model));
    StorageVersion::new(1).put::<Pallet<Test>>();
    (id, old)
}

#[test]
fn rules_become_pipelines_and_policies_stay_under_the_hashes_that_records_name() {
    run(|| {
        let (id, old) = old_state();
        let records: Vec<_> = Versions::<Test>::iter().collect();
        Migrate::<Test>::on_runtime_upgrade();

        assert_eq!(Pallet::<Test>::on_chain_storage_version(), StorageVersion::new(2));
        let model = Registry::<Test>::get(id).unwrap();
        let expected = Pipeline::from(Rule::TrimmedMean { trim_ppm: 200_000 });
        assert_eq!(model.policy.pipeline, expected);
        assert_eq!(model.policy, Policy::from(old));
        assert_eq!((model.latest, model.head), (Some(1), Some(1)));
        assert_eq!(Models::policy(old.hash()), Some(model.policy));
        assert_eq!(Models::policy(model.policy.hash()), Some(model.policy));
        assert_ne!(old.hash(), model.policy.hash());
        assert_eq!(Versions::<Test>::iter().collect::<Vec<_>>(), records);
        // The state is checked after every test: histories, policies of records and of models.
    });
}

#[test]
fn the_migration_runs_once() {
    run(|| {
        let (id, _) = old_state();
        Migrate::<Test>::on_runtime_upgrade();
        let after = (Registry::<Test>::get(id), Policies::<Test>::iter().count());
        Migrate::<Test>::on_runtime_upgrade();
        assert_eq!((Registry::<Test>::get(id), Policies::<Test>::iter().count()), after);
        assert_eq!(Pallet::<Test>::on_chain_storage_version(), StorageVersion::new(2));
    });
}

#[test]
fn old_policies_have_the_hashes_of_then() {
    let policy = Policy {
        pipeline: Rule::TrimmedMean { trim_ppm: 200_000 }.into(),
        ..policy()
    };
    let old = legacy::Policy::of(&policy).unwrap();
    let encoded = codec::Encode::encode(&old);
    let new = codec::Encode::encode(&policy);
    // The rule stands where pre-aggregation (0), rule and server (0) stand now.
    assert_eq!(encoded[..5], new[1..6]);
    assert_eq!((new[0], new[6]), (0, 0));
    assert_eq!(encoded[5..], new[7..]);
}
