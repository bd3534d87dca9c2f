//! What an upgrade does to the state of a chain. What each pallet's migration does to its entries is tested in the pallet.

mod common;

use common::genesis;
use frame_support::traits::{GetStorageVersion, OnRuntimeUpgrade, StorageVersion};
use quorate_runtime::{migrations::Migrations, Attestation, Models, Rounds, Runtime, LOCAL_PRESET};

fn versions() -> [StorageVersion; 3] {
    [
        Models::on_chain_storage_version(),
        Rounds::on_chain_storage_version(),
        Attestation::on_chain_storage_version(),
    ]
}

fn of_now() -> [StorageVersion; 3] {
    [
        Models::in_code_storage_version(),
        Rounds::in_code_storage_version(),
        Attestation::in_code_storage_version(),
    ]
}

#[test]
fn a_new_chain_begins_with_the_storage_versions_of_now() {
    genesis(LOCAL_PRESET).execute_with(|| {
        assert_eq!(versions(), of_now());
        let before = sp_io::storage::root(sp_runtime::StateVersion::V1);
        Migrations::on_runtime_upgrade();
        assert_eq!(
            sp_io::storage::root(sp_runtime::StateVersion::V1),
            before,
            "nothing is left to do"
        );
    });
}

#[test]
fn a_chain_of_specification_version_1_is_brought_to_the_versions_of_now_by_the_runtime_itself() {
    genesis(LOCAL_PRESET).execute_with(|| {
        StorageVersion::new(1).put::<Models>();
        StorageVersion::new(1).put::<Rounds>();
        StorageVersion::new(0).put::<Attestation>();
        <Runtime as frame_system::Config>::SingleBlockMigrations::on_runtime_upgrade();
        assert_eq!(versions(), of_now());
    });
}
