//! How state is migrated over several blocks: an example on a small runtime of its own, with `pallet-migrations` as the real one
//! has it. No chain is live, so the real runtime has no migration.
//!
//! The example: each record was a `u32` and becomes a pair. A step changes as many records as the block's share of weight
//! allows and remembers the last one. Copy it into the pallet whose storage changes, list it in `configs/system.rs`, and raise
//! the pallet's storage version.

use crate::common::{genesis, Chain};
use frame_support::{
    derive_impl,
    migrations::{MultiStepMigrator, SteppedMigration, SteppedMigrationError},
    parameter_types, storage_alias,
    traits::OnRuntimeUpgrade,
    weights::{Weight, WeightMeter},
    Blake2_128Concat,
};
use quorate_primitives::traits::Protected;
use quorate_runtime::{configs::safety::Stopped, Runtime, LOCAL_PRESET};
use sp_runtime::BuildStorage;

#[frame_support::runtime]
mod small {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Small;

    #[runtime::pallet_index(0)]
    pub type System = frame_system::Pallet<Small>;
    #[runtime::pallet_index(1)]
    pub type MultiBlockMigrations = pallet_migrations::Pallet<Small>;
}

parameter_types! {
    /// One step may change so many records.
    pub const StepWeight: Weight = Weight::from_parts(10 * OF_A_RECORD.ref_time() + SELF, 1 << 20);
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Small {
    type Block = frame_system::mocking::MockBlock<Small>;
    type MultiBlockMigrator = MultiBlockMigrations;
}

#[derive_impl(pallet_migrations::config_preludes::TestDefaultConfig)]
impl pallet_migrations::Config for Small {
    type Migrations = (RecordsBecomePairs,);
    type MaxServiceWeight = StepWeight;
}

/// What the pallet itself uses of a step.
const SELF: u64 = 2_000_000_000;
/// One read, one write and a little computation.
const OF_A_RECORD: Weight = Weight::from_parts(1_000_000_000, 64);

/// The storage before the migration.
mod before {
    use super::*;
    #[storage_alias]
    pub type Records = StorageMap<Example, Blake2_128Concat, u32, u32>;
}

/// And after it.
mod after {
    use super::*;
    #[storage_alias]
    pub type Records = StorageMap<Example, Blake2_128Concat, u32, (u32, u64)>;
}

pub struct RecordsBecomePairs;

impl SteppedMigration for RecordsBecomePairs {
    type Cursor = u32;
    // The pallet, and the versions from which and to which.
    type Identifier = ([u8; 7], u8, u8);

    fn id() -> Self::Identifier {
        (*b"example", 1, 2)
    }

    fn step(mut cursor: Option<u32>, meter: &mut WeightMeter) -> Result<Option<u32>, SteppedMigrationError> {
        if !meter.can_consume(OF_A_RECORD) {
            return Err(SteppedMigrationError::InsufficientWeight { required: OF_A_RECORD });
        }
        while meter.try_consume(OF_A_RECORD).is_ok() {
            let next = match cursor {
                None => before::Records::iter().next(),
                Some(last) => before::Records::iter_from(before::Records::hashed_key_for(last)).next(),
            };
            let Some((key, value)) = next else { return Ok(None) };
            after::Records::insert(key, (value, 0));
            cursor = Some(key);
        }
        Ok(cursor)
    }

    #[cfg(feature = "try-runtime")]
    fn pre_upgrade() -> Result<Vec<u8>, sp_runtime::TryRuntimeError> {
        Ok(codec::Encode::encode(&before::Records::iter().collect::<Vec<_>>()))
    }

    #[cfg(feature = "try-runtime")]
    fn post_upgrade(state: Vec<u8>) -> Result<(), sp_runtime::TryRuntimeError> {
        let records: Vec<(u32, u32)> =
            codec::Decode::decode(&mut &state[..]).map_err(|_| "not what was written before")?;
        frame_support::ensure!(all_are_pairs(&records), "a record was lost or changed");
        Ok(())
    }
}

fn all_are_pairs(records: &[(u32, u32)]) -> bool {
    after::Records::iter().count() == records.len()
        && records
            .iter()
            .all(|(key, value)| after::Records::get(key) == Some((*value, 0)))
}

#[test]
fn a_stepped_migration_should_change_every_record_once_and_use_several_blocks() {
    let storage = frame_system::GenesisConfig::<Small>::default().build_storage().unwrap();
    sp_io::TestExternalities::new(storage).execute_with(|| {
        let records: Vec<(u32, u32)> = (0..35).map(|key| (key, key * 3)).collect();
        for (key, value) in &records {
            before::Records::insert(key, value);
        }
        System::set_block_number(1);
        <MultiBlockMigrations as OnRuntimeUpgrade>::on_runtime_upgrade();
        let mut blocks = 0;
        while <MultiBlockMigrations as MultiStepMigrator>::ongoing() {
            <MultiBlockMigrations as MultiStepMigrator>::step();
            System::set_block_number(System::block_number() + 1);
            blocks += 1;
            assert!(blocks < 50, "the migration ends");
        }
        assert!(blocks > 2, "{blocks} blocks are not several");
        assert!(all_are_pairs(&records));
        assert!(
            pallet_migrations::Historic::<Small>::iter().next().is_some(),
            "it is never run again"
        );
    });
}

#[test]
fn an_upgrade_should_change_nothing_while_there_is_no_migration() {
    genesis(LOCAL_PRESET).execute_with(|| {
        let root = || sp_io::storage::root(sp_runtime::StateVersion::V1);
        let before = root();
        <quorate_runtime::AllPalletsWithSystem as OnRuntimeUpgrade>::on_runtime_upgrade();
        assert_eq!(root(), before);
    });
}

#[test]
fn no_transaction_should_run_and_deadlines_should_shift_while_a_migration_goes_on() {
    crate::common::on_local_chain(|_: &mut Chain| {
        assert!(!Stopped::no_transactions());
        let cursor = pallet_migrations::ActiveCursor {
            index: 0,
            inner_cursor: None,
            started_at: 1,
        };
        pallet_migrations::Cursor::<Runtime>::put(pallet_migrations::MigrationCursor::Active(cursor));
        assert!(Stopped::no_transactions());
        assert!(Stopped::no_submissions());
    });
}
