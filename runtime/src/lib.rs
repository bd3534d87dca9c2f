#![cfg_attr(not(feature = "std"), no_std)]
#![doc = include_str!("../README.md")]
// The runtime macro nests deeply.
#![recursion_limit = "512"]

extern crate alloc;

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

pub mod apis;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;
pub mod configs;
pub mod constants;
pub mod governance;
pub mod handlers;
#[cfg(feature = "next-version")]
mod next_version;
pub mod parameters;
pub mod presets;
pub mod transactions;
mod weights;

#[cfg(feature = "std")]
pub use apis::RuntimeApi;
pub use apis::RUNTIME_API_VERSIONS;
pub use presets::{DEVELOPMENT_PRESET, LOCAL_PRESET};
pub use quorate_primitives::{AccountId, Balance, BlockNumber, Hash};
pub use transactions::{SignedPayload, TransactionExtensions};

use alloc::vec::Vec;
use sp_runtime::{
    generic, impl_opaque_keys,
    traits::{BlakeTwo256, IdentifyAccount, Verify},
    MultiAddress, MultiSignature,
};
use sp_version::{runtime_version, RuntimeVersion};

/// Signature of a transaction.
pub type Signature = MultiSignature;
/// Key that signs transactions.
pub type AccountPublic = <Signature as Verify>::Signer;
/// Number of transactions that an account has sent.
pub type Nonce = u32;
/// How a transaction names an account.
pub type Address = MultiAddress<AccountId, ()>;
/// Header of a block.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// A transaction as it comes from the wire.
pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TransactionExtensions>;
/// Runs blocks.
pub type Executive =
    frame_executive::Executive<Runtime, Block, frame_system::ChainContext<Runtime>, Runtime, AllPalletsWithSystem>;

// The account type of the primitives is the one that signatures identify.
const _: fn(<AccountPublic as IdentifyAccount>::AccountId) -> AccountId = |account| account;

/// Types of a node that does not look into transactions.
pub mod opaque {
    use super::*;
    pub use sp_runtime::OpaqueExtrinsic as UncheckedExtrinsic;

    pub type Header = super::Header;
    pub type Block = generic::Block<Header, UncheckedExtrinsic>;
    pub type BlockId = generic::BlockId<Block>;
}

impl_opaque_keys! {
    /// Keys of a validator: block production, finality, attestation.
    pub struct SessionKeys {
        pub babe: Babe,
        pub grandpa: Grandpa,
        pub aiwk: Consortium,
    }
}

#[cfg(not(feature = "next-version"))]
#[runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: alloc::borrow::Cow::Borrowed("quorate"),
    impl_name: alloc::borrow::Cow::Borrowed("quorate"),
    authoring_version: 1,
    spec_version: 1,
    impl_version: 1,
    apis: RUNTIME_API_VERSIONS,
    transaction_version: 1,
    system_version: 1,
};

/// The macro takes numbers only.
#[cfg(feature = "next-version")]
#[runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: alloc::borrow::Cow::Borrowed("quorate"),
    impl_name: alloc::borrow::Cow::Borrowed("quorate"),
    authoring_version: 1,
    spec_version: 2,
    impl_version: 1,
    apis: RUNTIME_API_VERSIONS,
    transaction_version: 1,
    system_version: 1,
};

/// Pallets. Their hooks run and their genesis is built in the order of their indices. An index is never given to another pallet.
///
/// What depends on the order: the consortium is built after the two bodies that it fills and before the session, which asks
/// it who may have keys; authorship comes before the session; availability comes before those that open votes, and rounds
/// come before attestation, so that what is opened at the beginning of a block has all of its time; BABE comes before inference, whose
/// batches draw at the end of a block from what its author drew.
#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    pub struct Runtime;

    // The chain itself.
    #[runtime::pallet_index(0)]
    pub type System = frame_system::Pallet<Runtime>;
    #[runtime::pallet_index(1)]
    pub type Timestamp = pallet_timestamp::Pallet<Runtime>;
    #[runtime::pallet_index(2)]
    pub type Babe = pallet_babe::Pallet<Runtime>;
    #[runtime::pallet_index(3)]
    pub type Authorship = pallet_authorship::Pallet<Runtime>;
    #[runtime::pallet_index(4)]
    pub type Balances = pallet_balances::Pallet<Runtime>;
    #[runtime::pallet_index(5)]
    pub type TransactionPayment = pallet_transaction_payment::Pallet<Runtime>;
    #[runtime::pallet_index(6)]
    pub type SkipFeelessPayment = pallet_skip_feeless_payment::Pallet<Runtime>;

    // Who the consortium is, and who validates.
    #[runtime::pallet_index(8)]
    pub type TechnicalMembership = pallet_membership::Pallet<Runtime, Instance2>;
    #[runtime::pallet_index(9)]
    pub type TechnicalCommittee = pallet_collective::Pallet<Runtime, Instance2>;
    #[runtime::pallet_index(10)]
    pub type Membership = pallet_membership::Pallet<Runtime, Instance1>;
    #[runtime::pallet_index(11)]
    pub type Council = pallet_collective::Pallet<Runtime, Instance1>;
    #[runtime::pallet_index(12)]
    pub type Consortium = pallet_consortium::Pallet<Runtime>;
    #[runtime::pallet_index(13)]
    pub type Session = pallet_session::Pallet<Runtime>;
    #[runtime::pallet_index(14)]
    pub type Historical = pallet_session::historical::Pallet<Runtime>;
    #[runtime::pallet_index(15)]
    pub type Offences = pallet_offences::Pallet<Runtime>;
    #[runtime::pallet_index(16)]
    pub type Grandpa = pallet_grandpa::Pallet<Runtime>;

    // What the chain is for.
    #[runtime::pallet_index(19)]
    pub type Availability = pallet_availability::Pallet<Runtime>;
    #[runtime::pallet_index(20)]
    pub type Models = pallet_models::Pallet<Runtime>;
    #[runtime::pallet_index(21)]
    pub type Rounds = pallet_rounds::Pallet<Runtime>;
    #[runtime::pallet_index(22)]
    pub type Attestation = pallet_attestation::Pallet<Runtime>;
    #[runtime::pallet_index(23)]
    pub type Reputation = pallet_reputation::Pallet<Runtime>;
    #[runtime::pallet_index(24)]
    pub type Incentives = pallet_incentives::Pallet<Runtime>;
    #[runtime::pallet_index(25)]
    pub type Artifacts = pallet_artifacts::Pallet<Runtime>;
    #[runtime::pallet_index(26)]
    pub type Evaluation = pallet_evaluation::Pallet<Runtime>;
    #[runtime::pallet_index(27)]
    pub type Inference = pallet_inference::Pallet<Runtime>;
    #[runtime::pallet_index(28)]
    pub type Capabilities = pallet_capabilities::Pallet<Runtime>;

    // Governance.
    #[runtime::pallet_index(32)]
    pub type RankedCollective = pallet_ranked_collective::Pallet<Runtime>;
    #[runtime::pallet_index(33)]
    pub type RankedPolls = pallet_referenda::Pallet<Runtime>;
    #[runtime::pallet_index(34)]
    pub type Preimage = pallet_preimage::Pallet<Runtime>;
    #[runtime::pallet_index(35)]
    pub type Scheduler = pallet_scheduler::Pallet<Runtime>;
    #[runtime::pallet_index(36)]
    pub type Treasury = pallet_treasury::Pallet<Runtime>;
    #[runtime::pallet_index(37)]
    pub type Whitelist = pallet_whitelist::Pallet<Runtime>;

    // Tools for accounts.
    #[runtime::pallet_index(40)]
    pub type Identity = pallet_identity::Pallet<Runtime>;
    #[runtime::pallet_index(41)]
    pub type Multisig = pallet_multisig::Pallet<Runtime>;
    #[runtime::pallet_index(42)]
    pub type Proxy = pallet_proxy::Pallet<Runtime>;
    #[runtime::pallet_index(43)]
    pub type Utility = pallet_utility::Pallet<Runtime>;

    // Safety and upkeep.
    #[runtime::pallet_index(50)]
    pub type SafeMode = pallet_safe_mode::Pallet<Runtime>;
    #[runtime::pallet_index(51)]
    pub type TxPause = pallet_tx_pause::Pallet<Runtime>;
    #[runtime::pallet_index(52)]
    pub type MultiBlockMigrations = pallet_migrations::Pallet<Runtime>;
    #[runtime::pallet_index(53)]
    pub type Parameters = pallet_parameters::Pallet<Runtime>;
}
