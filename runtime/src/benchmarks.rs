//! The pallets that are measured.

mod world;

pub use world::World;

use crate::{
    parameters::{dynamic, RuntimeParameters},
    *,
};
use alloc::string::String;
use frame_benchmarking::{BenchmarkBatch, BenchmarkConfig, BenchmarkList};
use frame_support::traits::{StorageInfo, StorageInfoTrait, WhitelistedStorageKeys};
use frame_system_benchmarking::{extensions::Pallet as SystemExtensionsBench, Pallet as SystemBench};

impl frame_system_benchmarking::Config for Runtime {}
impl pallet_transaction_payment::BenchmarkConfig for Runtime {}

/// What the benchmark of the parameters' pallet sets.
impl Default for RuntimeParameters {
    fn default() -> Self {
        let voting =
            dynamic::protocol::Parameters::GenesisVoting(dynamic::protocol::GenesisVoting, Some(constants::HOURS));
        Self::Protocol(voting)
    }
}

frame_benchmarking::define_benchmarks!(
    [frame_system, SystemBench::<Runtime>]
    [frame_system_extensions, SystemExtensionsBench::<Runtime>]
    [pallet_artifacts, Artifacts]
    [pallet_attestation, Attestation]
    [pallet_availability, Availability]
    [pallet_consortium, Consortium]
    [pallet_evaluation, Evaluation]
    [pallet_incentives, Incentives]
    [pallet_capabilities, Capabilities]
    [pallet_inference, Inference]
    [pallet_models, Models]
    [pallet_reputation, Reputation]
    [pallet_rounds, Rounds]
    [pallet_balances, Balances]
    [pallet_collective, Council]
    [pallet_identity, Identity]
    [pallet_membership, Membership]
    [pallet_migrations, MultiBlockMigrations]
    [pallet_multisig, Multisig]
    [pallet_parameters, Parameters]
    [pallet_preimage, Preimage]
    [pallet_proxy, Proxy]
    [pallet_ranked_collective, RankedCollective]
    [pallet_referenda, RankedPolls]
    [pallet_safe_mode, SafeMode]
    [pallet_scheduler, Scheduler]
    [pallet_timestamp, Timestamp]
    [pallet_transaction_payment, TransactionPayment]
    [pallet_treasury, Treasury]
    [pallet_tx_pause, TxPause]
    [pallet_utility, Utility]
    [pallet_whitelist, Whitelist]
);

/// What can be measured, and what the storage of all pallets looks like.
pub fn metadata(extra: bool) -> (Vec<BenchmarkList>, Vec<StorageInfo>) {
    let mut list = Vec::<BenchmarkList>::new();
    list_benchmarks!(list, extra);
    (list, AllPalletsWithSystem::storage_info())
}

/// Run one benchmark.
pub fn dispatch(config: BenchmarkConfig) -> Result<Vec<BenchmarkBatch>, String> {
    let whitelist = AllPalletsWithSystem::whitelisted_storage_keys();
    let mut batches = Vec::<BenchmarkBatch>::new();
    let params = (&config, &whitelist);
    add_benchmarks!(params, batches);
    Ok(batches)
}
