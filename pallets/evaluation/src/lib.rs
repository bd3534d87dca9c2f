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
mod jobs;
mod pruning;
mod quoting;
mod requests;
mod try_state;
pub mod types;
mod views;
pub mod weights;

// The mocks measure nothing: there are none beside the benchmarks.
#[cfg(all(test, not(feature = "runtime-benchmarks")))]
mod mock;
#[cfg(all(test, not(feature = "runtime-benchmarks")))]
mod tests;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use weights::WeightInfo;

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
        types::{Detailed, Ends, Evaluation, Order, Running, MAX_DETAILS},
        WeightInfo,
    };
    use alloc::vec::Vec;
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use quorate_primitives::{
        job::{Evaluate, EvaluateOutcome},
        traits::{Artifacts, Consortium, Escrow, Jobs, Models, Reputation},
        views::{EvaluationFailure, EvaluationView, Quote},
        AccountId, ArtifactId, Balance, BlockNumber, EvaluationId, Hash, JobId, ModelId, OrganisationId, Ppm,
        VersionIndex,
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

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// An evaluation was asked for, its fee set aside, and its job given to the committee.
        Requested {
            evaluation: EvaluationId,
            organisation: OrganisationId,
            by: AccountId,
            model: ModelId,
            version: VersionIndex,
            program: ArtifactId,
            data: ArtifactId,
            fee: Balance,
            job: JobId,
        },
        /// A quorum agreed on what the evaluation yields.
        Evaluated {
            evaluation: EvaluationId,
            model: ModelId,
            version: VersionIndex,
            job: JobId,
            outcome: EvaluateOutcome,
        },
        /// No quorum agreed in the first attempt; there is another.
        Retried { evaluation: EvaluationId, job: JobId },
        /// The second attempt could not be made.
        JobRefused {
            evaluation: EvaluationId,
            error: DispatchError,
        },
        /// The evaluation came to nothing; its fee went back to the organisation's fund: all of it where the retry could not be made, and
        /// without a quorum all but the base fee, which went to the treasury.
        Failed {
            evaluation: EvaluationId,
            reason: EvaluationFailure,
        },
        /// A member of the committee agreed, but its reputation is below the floor: its part goes to the treasury.
        ValidatorUnpaid {
            evaluation: EvaluationId,
            validator: AccountId,
            reputation: Ppm,
        },
        /// `members` of the committee agreed and were paid `each`. The rest of what was not given back went to the treasury.
        Settled {
            evaluation: EvaluationId,
            members: u32,
            each: Balance,
            given_back: Balance,
        },
        /// The jobs of an evaluation are gone; this root over their statements stays.
        EvidencePruned {
            evaluation: EvaluationId,
            statements_root: Hash,
        },
        /// The record of an evaluation is gone.
        Pruned { evaluation: EvaluationId },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The signer is neither the account of an organisation nor a contributor that one sponsors, both in good standing. Sign with such an
        /// account.
        NotAMember,
        /// The model has no such version that validators serve: it does not exist, is not among the newest 64, or its model is retired.
        VersionNotServed,
        /// The version or an ancestor of it is revoked. Evaluate another one.
        VersionNotClean,
        /// No artifact of this number is a program that a quorum holds. Programs that may be used are Held.
        ProgramNotHeld,
        /// No artifact of this number is a data set that a quorum holds. Data sets that may be used are Held.
        DataSetNotHeld,
        /// The organisation may not read the version. The model's owner may admit it.
        VersionNotReadable,
        /// The organisation may not read the program. Its owner may admit it.
        ProgramNotReadable,
        /// The organisation may not read the data set. Its owner may admit it.
        DataSetNotReadable,
        /// There are more operations than `MaxOperations`, or operations and bytes would take longer than `MaxCommit`. Use a smaller data set
        /// or program.
        TooMuchWork,
        /// The evaluation costs more than `max_fee`. The view function `quote` tells the fee.
        FeeExceeded,
        /// The organisation's fund does not cover the fee. Anyone may fill it with `incentives.fund`.
        FundTooSmall,
        /// The organisation has as many evaluations running as it may have. Wait until one has ended.
        TooManyOpenOfOrganisation,
        /// As many evaluations run as may. Wait until one has ended.
        TooManyOpen,
        /// All numbers of evaluations were given.
        NumbersExhausted,
        /// No evaluation has this number, or it was pruned. Numbers are in the `Requested` events.
        EvaluationNotFound,
        /// The evaluation has not ended. Wait until its job is closed.
        StillComputing,
        /// The retention of the record has not ended. Wait until `RecordRetention` blocks after the evaluation's end.
        StillRetained,
    }

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
        /// `VersionNotReadable`, `ProgramNotReadable`, `DataSetNotReadable`, `FeeExceeded`, `FundTooSmall`, `VersionNotClean`, and those of
        /// `attestation` where there is no committee.
        ///
        /// ## Events
        /// `Requested`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::request().saturating_add(T::Models::is_clean_weight()))]
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
    }
}
