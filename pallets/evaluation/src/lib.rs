#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
// Nothing in the runtime may panic, wrap or truncate. Tests stay free.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        clippy::panic,
        clippy::unreachable,
        clippy::todo,
        clippy::unimplemented
    )
)]
#![doc = include_str!("../README.md")]
//! ## Example
//!
//! One of the tests, on their mock chain:
//!
//! ```ignore
#![doc = include_str!("tests/example.rs")]
//! ```

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod details;
mod errors;
mod events;
mod jobs;
mod pruning;
mod quoting;
mod requests;
mod shards;
mod try_state;
pub mod types;
mod views;
pub mod weights;

use frame_support::pallet_macros::import_section;

// The mocks measure nothing: there are none beside the benchmarks.
#[cfg(all(test, not(feature = "runtime-benchmarks")))]
mod mock;
#[cfg(all(test, not(feature = "runtime-benchmarks")))]
mod tests;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use shards::{RoundShard, SealedShard, Shards, Stage, MAX_USED, MAX_WAITING};
pub use weights::WeightInfo;

#[import_section(events::events)]
#[import_section(errors::errors)]
#[frame_support::pallet]
// The code that the macros make.
#[allow(
    clippy::expect_used,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation
)]
pub mod pallet {
    use super::{
        quoting::Wanted,
        shards::{SealedShard, Shards, MAX_WAITING},
        types::{Detailed, Ends, Evaluation, Order, Running, MAX_DETAILS},
        WeightInfo,
    };
    use alloc::vec::Vec;
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use quorate_primitives::{
        availability::{Finding, Named},
        job::{Evaluate, EvaluateOutcome},
        traits::{Artifacts, Availability, Consortium, Escrow, Jobs, Models, Reputation},
        views::{assessments::ShardView, EvaluationFailure, EvaluationView, Quote},
        AccountId, ArtifactId, Balance, BlockNumber, EvaluationId, Hash, JobId, ModelId, OrganisationId, Ppm, Root,
        RoundId, VersionIndex,
    };

    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::config]
    pub trait Config:
        frame_system::Config<AccountId = AccountId, Hash = Hash, RuntimeEvent: From<Event<Self>>>
    {
        /// Which organisation an account speaks for, or is sponsored by.
        type Consortium: Consortium;
        /// Versions, and who may use them.
        type Models: Models;
        /// Programs and data sets, and who may use them.
        type Artifacts: Artifacts;
        /// Keeps fees while jobs run, and pays them out.
        type Escrow: Escrow;
        /// Votes on shards that are revealed.
        type Availability: Availability;
        /// The committee's jobs.
        type Jobs: Jobs<Evaluate>;
        /// Reputations of the validators that computed.
        type Reputation: Reputation;
        /// Validators with less reputation earn nothing.
        #[pallet::constant]
        type ReputationFloor: Get<Ppm>;
        /// Paid for every evaluation; what one that did not fit, or found no quorum, costs.
        type BaseFee: Get<Balance>;
        /// Paid for each thousand million of floating-point operations.
        type FeePerOperations: Get<Balance>;
        /// Paid for each MiB of the version's and the data set's files that was begun.
        type FeePerMiB: Get<Balance>;
        /// Most thousands of millions of floating-point operations in one evaluation.
        #[pallet::constant]
        type MaxOperations: Get<u64>;
        /// Thousands of millions of floating-point operations that each validator's machine is expected to do in a block's time.
        #[pallet::constant]
        type OperationsPerBlock: Get<u64>;
        /// Bytes that each validator's machine is expected to fetch in a block's time.
        #[pallet::constant]
        type BytesPerBlock: Get<u64>;
        /// Blocks to commit, beside those for operations and bytes, its own and those of the evaluations that run already: members compute
        /// one at a time.
        #[pallet::constant]
        type CommitBase: Get<BlockNumber>;
        /// Most blocks to commit where no other evaluation runs.
        #[pallet::constant]
        type MaxCommit: Get<BlockNumber>;
        /// Blocks to reveal.
        #[pallet::constant]
        type Reveal: Get<BlockNumber>;
        /// Most evaluations whose jobs run at a time. `attestation` has room for as many beside the jobs of rounds.
        #[pallet::constant]
        type MaxOpen: Get<u32>;
        /// Most of them of one organisation.
        #[pallet::constant]
        type MaxOpenPerOrganisation: Get<u32>;
        /// Blocks for which the jobs stay after the end: the statements of every member.
        #[pallet::constant]
        type EvidenceRetention: Get<BlockNumber>;
        /// Blocks for which the record stays after the end, at least.
        #[pallet::constant]
        type RecordRetention: Get<BlockNumber>;
        /// Most rounds that may have shards that are not assessed.
        #[pallet::constant]
        type MaxShardRounds: Get<u32>;
        /// Most shards of one organisation for which bonds are kept, over all models.
        #[pallet::constant]
        type MaxShardsPerOrganisation: Get<u32>;
        type WeightInfo: WeightInfo;

        /// Prepares what the benchmarks need of other pallets.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper;
    }

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Evaluations by number, until they are pruned.
    #[pallet::storage]
    pub type Evaluations<T: Config> = StorageMap<_, Twox64Concat, EvaluationId, Evaluation>;

    /// The number of the next evaluation. None is given twice.
    #[pallet::storage]
    pub type NextEvaluation<T: Config> = StorageValue<_, EvaluationId, ValueQuery>;

    /// Evaluations whose jobs run, ascending by number.
    #[pallet::storage]
    pub type Open<T: Config> = StorageValue<_, BoundedVec<Running, T::MaxOpen>, ValueQuery>;

    /// How many of them each organisation asked for.
    #[pallet::storage]
    pub type OpenCount<T: Config> = StorageMap<_, Twox64Concat, OrganisationId, u32, ValueQuery>;

    /// Evaluations of each version, in the order of their numbers.
    #[pallet::storage]
    pub type ByVersion<T: Config> =
        StorageDoubleMap<_, Twox64Concat, (ModelId, VersionIndex), Identity, Order, EvaluationId>;

    /// Evaluations whose jobs are still kept, in the order in which they ended.
    #[pallet::storage]
    pub type Ended<T: Config> = StorageMap<_, Twox64Concat, u64, EvaluationId>;

    /// The places of `Ended` that are taken.
    #[pallet::storage]
    pub type EndedPlaces<T: Config> = StorageValue<_, Ends, ValueQuery>;

    /// Evaluations that have ended whose details validators may fetch from each other, in the order in which they ended.
    #[pallet::storage]
    pub type Details<T: Config> = StorageValue<_, BoundedVec<Detailed, ConstU32<MAX_DETAILS>>, ValueQuery>;

    /// Shards that wait for a round of each model, in the order in which they were committed to.
    #[pallet::storage]
    pub type WaitingShards<T: Config> =
        StorageMap<_, Twox64Concat, ModelId, BoundedVec<SealedShard, ConstU32<MAX_WAITING>>, ValueQuery>;

    /// The shards of each round, until its evidence goes.
    #[pallet::storage]
    pub type RoundShards<T: Config> = StorageMap<_, Twox64Concat, RoundId, Shards>;

    /// Rounds with shards that are not assessed.
    #[pallet::storage]
    pub type ShardRounds<T: Config> = StorageValue<_, BoundedVec<RoundId, T::MaxShardRounds>, ValueQuery>;

    /// Of how many shards of each organisation bonds are kept.
    #[pallet::storage]
    pub type ShardCount<T: Config> = StorageMap<_, Twox64Concat, OrganisationId, u32, ValueQuery>;

    /// The last data sets that were revealed for each model.
    #[pallet::storage]
    pub type UsedRoots<T: Config> = StorageDoubleMap<_, Twox64Concat, ModelId, Blake2_128Concat, Root, ()>;

    /// The same by place: the oldest gives way to the next one.
    #[pallet::storage]
    pub type UsedAt<T: Config> = StorageDoubleMap<_, Twox64Concat, ModelId, Twox64Concat, u32, Root>;

    /// The place of the next one.
    #[pallet::storage]
    pub type NextUsed<T: Config> = StorageMap<_, Twox64Concat, ModelId, u32, ValueQuery>;

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_idle(_: BlockNumberFor<T>, left: Weight) -> Weight {
            Self::prune_evidence(left)
        }

        fn integrity_test() {
            assert!(T::MaxOpen::get() > 0, "no evaluation may run");
            assert!(
                T::MaxOpenPerOrganisation::get() > 0,
                "no organisation may have an evaluation"
            );
            assert!(T::MaxOperations::get() > 0, "no work is small enough");
            assert!(
                T::OperationsPerBlock::get() > 0 && T::BytesPerBlock::get() > 0,
                "machines do something"
            );
            assert!(T::CommitBase::get() > 0 && T::Reveal::get() > 0, "a job needs time");
            assert!(
                Self::blocks(T::MaxOperations::get(), 0).saturating_add(T::CommitBase::get()) <= T::MaxCommit::get(),
                "the most work does not end in time"
            );
            assert!(T::MaxShardRounds::get() > 0, "no round may have shards");
            assert!(
                T::MaxShardsPerOrganisation::get() > 0,
                "no organisation may have a shard"
            );
            assert!(
                T::EvidenceRetention::get() < T::RecordRetention::get(),
                "a record outlives its jobs"
            );
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Let the committee evaluate a version of a model by a program on a data set.
        ///
        /// ## Dispatch Origin
        /// Signed by the account of an organisation, or by a contributor that it sponsors.
        ///
        /// ## Details
        /// The fee of this block, at most `max_fee`, is set aside from the organisation's fund; `quote` tells it beforehand. The members that
        /// agree share it; all of it but `BaseFee` returns when the program does not fit, and when no quorum agrees in two
        /// attempts. `operations`, in thousands of millions, are those of the program at its largest sizes times the rows of the data set: where
        /// that is more than was paid for, the program does not fit either. The organisation must be one that may read version, program
        /// and data set.
        ///
        /// ## Errors
        /// `NotAMember`, `TooManyOpen`, `TooManyOpenOfOrganisation`, `TooMuchWork`, `VersionNotServed`, `ProgramNotHeld`, `DataSetNotHeld`,
        /// `VersionNotReadable`, `ProgramNotReadable`, `DataSetNotReadable`, `FrozenBaseNotHeld`, `FeeExceeded`, `FundTooSmall`,
        /// `VersionNotClean`, and those of `attestation` where there is no committee.
        ///
        /// ## Events
        /// `Requested`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::request().saturating_add(T::Models::is_clean_weight()).saturating_add(T::Artifacts::weights_weight()))]
        pub fn request(
            origin: OriginFor<T>,
            model: ModelId,
            version: VersionIndex,
            program: ArtifactId,
            data: ArtifactId,
            operations: u64,
            max_fee: Balance,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            let wanted = Wanted {
                model,
                version,
                program,
                data,
                operations,
            };
            Self::do_request(who, wanted, max_fee)
        }

        /// Remove the record of an evaluation whose retention has ended.
        ///
        /// ## Dispatch Origin
        /// Signed by anyone.
        ///
        /// ## Errors
        /// `EvaluationNotFound`, `StillComputing`, `StillRetained`.
        ///
        /// ## Events
        /// `Pruned`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::prune())]
        pub fn prune(origin: OriginFor<T>, evaluation: EvaluationId) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_prune(evaluation)
        }

        /// Commit to a data set for the next round of a model, by which contributions to that round are measured.
        ///
        /// ## Dispatch Origin
        /// Signed by the account of an organisation, or by a contributor that it sponsors.
        ///
        /// ## Details
        /// The commitment is [`shard_commitment`] over the file's root, its rows and a salt; keep both. `bond` is held from the organisation's
        /// account. With what contributors are paid in all, as `shard_bond` tells, every round takes the shard; with a part of it those with so
        /// many shards that all that must be missing for a round without scores lose as much together. It returns when the shard counts, is
        /// withdrawn, or its round ends before it was due; a shard that is withheld, malformed or does not count loses it to the round's
        /// contributors. The data set becomes public when the round is assessed.
        ///
        /// ## Errors
        /// `NotAMember`, `NoShardsTaken`, `RowsOutOfRange`, `BondTooSmall`, `TooManyShards`, `ShardWaitsAlready`, `TooManyWaiting`, and those
        /// of `incentives` where the organisation's account does not cover the bond.
        ///
        /// ## Events
        /// `ShardCommitted`.
        ///
        /// [`shard_commitment`]: quorate_primitives::payload::shard_commitment
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::commit_shard())]
        pub fn commit_shard(
            origin: OriginFor<T>,
            model: ModelId,
            commitment: Hash,
            rows: u32,
            bond: Balance,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_commit_shard(who, model, commitment, rows, bond)
        }

        /// Take back the organisation's shard that waits for a round of a model.
        ///
        /// ## Dispatch Origin
        /// Signed by the account of an organisation, or by a contributor that it sponsors.
        ///
        /// ## Errors
        /// `NotAMember`, `ShardNotWaiting`.
        ///
        /// ## Events
        /// `ShardWithdrawn`.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::withdraw_shard())]
        pub fn withdraw_shard(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_withdraw_shard(&who, model)
        }

        /// Reveal the organisation's shard of a round whose updates are sealed.
        ///
        /// ## Dispatch Origin
        /// Signed by the account of an organisation, or by a contributor that it sponsors.
        ///
        /// ## Details
        /// `named` names the file and shows that the organisation has it; `len` is its length in bytes. From now on the organisation may
        /// bring the file to a gateway; validators check it and vote. Only before the block that `ShardsAwaited` names.
        ///
        /// ## Errors
        /// `NotAMember`, `NotRevealingShards`, `NotASupplier`, `ShardAlreadyRevealed`, `ShardMismatch`, `ShardTooLong`, `ShardUsed`.
        ///
        /// ## Events
        /// `ShardRevealed`.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::reveal_shard())]
        pub fn reveal_shard(
            origin: OriginFor<T>,
            round: RoundId,
            named: Named,
            len: u64,
            salt: [u8; 32],
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_reveal_shard(&who, round, named, len, salt)
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// An evaluation; `None` when there is no such evaluation, or it was pruned.
        pub fn evaluation(evaluation: EvaluationId) -> Option<EvaluationView> {
            Self::view(evaluation)
        }

        /// Evaluations with numbers from `from` on, ascending, at most `count` and 64.
        pub fn evaluations(from: EvaluationId, count: u32) -> Vec<EvaluationView> {
            Self::list(from, count)
        }

        /// Evaluations of a version with numbers from `from` on, ascending, at most `count` and 64.
        pub fn by_version(
            model: ModelId,
            version: VersionIndex,
            from: EvaluationId,
            count: u32,
        ) -> Vec<EvaluationView> {
            Self::list_of((model, version), from, count)
        }

        /// What an evaluation would cost at this block; `None` where the version is not served, program or data set are not held, or the
        /// work is too much.
        pub fn quote(
            model: ModelId,
            version: VersionIndex,
            program: ArtifactId,
            data: ArtifactId,
            operations: u64,
        ) -> Option<Quote> {
            Self::quote_of(model, version, program, data, operations)
        }

        /// Shards that wait for a round of a model, in the order in which they were committed to.
        pub fn shards(model: ModelId) -> Vec<ShardView> {
            Self::waiting_views(model)
        }

        /// Shards of a round, in the order of their suppliers; none once its evidence is gone.
        pub fn round_shards(round: RoundId) -> Vec<ShardView> {
            Self::round_views(round)
        }

        /// The bond with which a round of the model that is opened at this block takes a shard also where no more than the fewest wait; `None`
        /// where its rounds take none.
        pub fn shard_bond(model: ModelId) -> Option<Balance> {
            Self::shard_bond_of(model)
        }
    }
}
