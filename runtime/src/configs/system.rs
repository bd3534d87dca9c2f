//! Limits of a block, and migrations.

use crate::{
    constants::*, AccountId, Balance, Block, Hash, MultiBlockMigrations, Nonce, PalletInfo, Runtime, RuntimeCall,
    RuntimeEvent, RuntimeOrigin, RuntimeTask, VERSION,
};
use frame_support::{
    derive_impl,
    dispatch::DispatchClass,
    migrations::FreezeChainOnFailedMigration,
    parameter_types,
    traits::{ConstU16, ConstU32},
    weights::{constants::ParityDbWeight, Weight},
};
use frame_system::limits::{BlockLength, BlockWeights};
use sp_runtime::Perbill;
use sp_version::RuntimeVersion;

/// Address format of a chain without a prefix of its own.
pub const SS58_PREFIX: u16 = 42;

parameter_types! {
    pub const BlockHashCount: u32 = 4_096;
    pub const Version: RuntimeVersion = VERSION;
    pub Limits: BlockWeights =
        BlockWeights::with_sensible_defaults(MAXIMUM_BLOCK_WEIGHT, Perbill::from_percent(NORMAL_PERCENT));
    pub Length: BlockLength = BlockLength::builder()
        .max_length(MAXIMUM_BLOCK_LENGTH)
        .modify_max_length_for_class(DispatchClass::Normal, |max| *max = Perbill::from_percent(NORMAL_PERCENT) * *max)
        .build();
    /// What migrations may use of a block in which no transaction runs.
    pub MigrationWeight: Weight = Perbill::from_percent(80) * Limits::get().max_block;
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type BaseCallFilter = super::safety::CallFilter;
    type Block = Block;
    type BlockWeights = Limits;
    type BlockLength = Length;
    type AccountId = AccountId;
    type Nonce = Nonce;
    type Hash = Hash;
    type BlockHashCount = BlockHashCount;
    type DbWeight = ParityDbWeight;
    type Version = Version;
    type AccountData = pallet_balances::AccountData<Balance>;
    type SystemWeightInfo = frame_system::weights::SubstrateWeight<Runtime>;
    type ExtensionsWeightInfo = frame_system::SubstrateExtensionsWeight<Runtime>;
    type SS58Prefix = ConstU16<SS58_PREFIX>;
    type MaxConsumers = ConstU32<16>;
    // An upgrade that changes what is stored lists its migrations here (short ones) or in `pallet_migrations` (long ones).
    type SingleBlockMigrations = ();
    type MultiBlockMigrator = MultiBlockMigrations;
}

/// Ready for a migration that takes several blocks: `tests/runtime/migrations.rs` has one.
impl pallet_migrations::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    #[cfg(not(any(feature = "runtime-benchmarks", feature = "next-version")))]
    type Migrations = ();
    #[cfg(all(feature = "next-version", not(feature = "runtime-benchmarks")))]
    type Migrations = (crate::next_version::RewriteAccounts,);
    // The benchmarks need one that always succeeds.
    #[cfg(feature = "runtime-benchmarks")]
    type Migrations = pallet_migrations::mock_helpers::MockedMigrations;
    type CursorMaxLen = ConstU32<65_536>;
    type IdentifierMaxLen = ConstU32<256>;
    type MigrationStatusHandler = ();
    // Whatever half-migrated state means, nothing may run on it.
    type FailedMigrationHandler = FreezeChainOnFailedMigration;
    type MaxServiceWeight = MigrationWeight;
    type WeightInfo = pallet_migrations::weights::SubstrateWeight<Runtime>;
}
