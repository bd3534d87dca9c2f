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
//! One of the tests, on their mock chain with a committee of four:
//!
//! ```ignore
#![doc = include_str!("tests/example.rs")]
//! ```

extern crate alloc;

mod authorize;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod checks;
mod deadlines;
mod jobs;
mod phases;
mod try_state;
mod types;
mod verdicts;
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
pub use types::{JobOf, JobReport, MemberReport, MemberTask};
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
    use super::*;
    use frame_support::pallet_prelude::*;
    use frame_system::{ensure_authorized, pallet_prelude::*};
    use quorate_primitives::{
        crypto::AttestationSignature,
        job::{OfKind, Requester, WorkKind},
        traits::{Consortium, JobHandler, Protected, VerdictSink},
        AccountId, BlockNumber, Hash, JobId,
    };

    #[pallet::config]
    pub trait Config:
        frame_system::Config<AccountId = AccountId, Hash = Hash, RuntimeEvent: From<Event<Self>>>
    {
        /// What is computed: one variant for each kind of work.
        type Work: Parameter + MaxEncodedLen + OfKind;

        /// What it yields: one variant for each kind, of fixed size.
        type Outcome: Parameter + MaxEncodedLen + OfKind + Copy;

        /// Asked for the jobs, and is told how they end. Passes them on by the kind of work.
        type Handler: JobHandler<Self::Work, Self::Outcome>;

        /// Told the verdicts of every job, and who asked for it.
        type Verdicts: VerdictSink;

        /// Gives the committee, and says whose statements are still accepted.
        type Consortium: Consortium;

        /// Whether no transactions run in this block; deadlines shift by such blocks.
        type Protected: Protected;

        /// Least number of blocks from a quorum of commits to the end of the commit phase.
        #[pallet::constant]
        type MinGrace: Get<BlockNumber>;

        /// Most jobs that may be open at a time.
        #[pallet::constant]
        type MaxActiveJobs: Get<u32>;

        /// Most jobs whose phase a single block ends because of a deadline.
        #[pallet::constant]
        type MaxTransitions: Get<u32>;

        /// Weights of the calls and of the hook.
        type WeightInfo: WeightInfo;

        /// Prepares what the benchmarks need of other pallets.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper<Self::Work, Self::Outcome>;
    }

    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Open jobs, and closed ones until their requester prunes them: evidence of every member's statements.
    #[pallet::storage]
    pub type Jobs<T: Config> = StorageMap<_, Identity, JobId, JobOf<T>>;

    /// Jobs that are not closed, in order of creation.
    #[pallet::storage]
    pub type ActiveJobs<T: Config> = StorageValue<_, BoundedVec<JobId, T::MaxActiveJobs>, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A job was given to a committee; commits count before block `until`.
        JobCreated {
            job: JobId,
            requester: Requester,
            kind: WorkKind,
            attempt: u8,
            committee: u32,
            quorum: u32,
            until: BlockNumber,
        },
        /// A member committed to an outcome.
        Committed {
            job: JobId,
            member: u32,
            validator: AccountId,
            commit: Hash,
        },
        /// A quorum has committed; further commits count before block `until`.
        CommitClosing {
            job: JobId,
            commits: u32,
            until: BlockNumber,
        },
        /// Commits are closed; reveals count before block `until`.
        RevealStarted {
            job: JobId,
            commits: u32,
            until: BlockNumber,
        },
        /// A member revealed its outcome.
        Revealed {
            job: JobId,
            member: u32,
            validator: AccountId,
            outcome: T::Outcome,
        },
        /// A quorum revealed the same outcome.
        Agreed { job: JobId, outcome: T::Outcome },
        /// The job takes no more statements and the verdicts are set.
        Closed { job: JobId, agreed: bool },
        /// The requester stopped the job: it takes no more statements and has no verdicts.
        Cancelled { job: JobId },
        /// No transactions run in this block: statements of the present phase count before block `until` now.
        DeadlineShifted { job: JobId, until: BlockNumber },
        /// The requester removed a closed job.
        Pruned { job: JobId },
        /// The retry of a job without an agreement agreed: the statements of the first attempt were judged by that.
        FirstAttemptJudged { job: JobId, retry: JobId },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// No job has this id on this chain, or its retention has ended. Take the id from the runtime API at the best block.
        UnknownJob,
        /// The phase for this statement is over, or its deadline has passed. Nothing can be done for this job.
        PhaseOver,
        /// The phase for this statement has not begun. Send it again when the job is in that phase.
        TooEarly,
        /// The committee has no member of this number. Take it from the runtime API.
        NotInCommittee,
        /// The member was removed or suspended since the committee was taken: its statements are no longer accepted.
        NotActive,
        /// The member has submitted this already; a statement is made once and stays.
        AlreadySubmitted,
        /// The signature is not the member's over this chain, job, member and body. Sign with the attestation key that the
        /// job's committee names.
        BadSignature,
        /// Only a member that committed in time may reveal.
        NotCommitted,
        /// Outcome and salt do not hash to the member's commit. Reveal exactly what was committed to.
        DoesNotOpen,
        /// The outcome is of another kind than the job's work. Reveal the outcome of the work that the job names.
        WrongKind,
        /// A job of the same specification exists. Use that one, or ask for the next attempt.
        AlreadyExists,
        /// A job needs an attempt of 0 or 1, at least one block for each phase, and a quorum above two thirds of the members that it names.
        BadSpec,
        /// There is no validator to compute the job, or of those that it names fewer are active than have to agree. Wait for a session with
        /// more active validators.
        NoCommittee,
        /// As many jobs are open as may be. Wait until one is closed.
        TooManyJobs,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            Self::drive_deadlines()
        }

        fn integrity_test() {
            assert!(
                T::MinGrace::get() > 0,
                "MinGrace must be at least 1: commit ends in a later block"
            );
            assert!(T::MaxActiveJobs::get() > 0, "MaxActiveJobs must be at least 1");
            assert!(T::MaxTransitions::get() > 0, "MaxTransitions must be at least 1");
            assert!(
                Self::heaviest_hook().all_lte(T::BlockWeights::get().max_block),
                "MaxTransitions jobs cannot end in one block"
            );
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Commit to an outcome.
        ///
        /// ## Dispatch Origin
        ///
        /// A general transaction that carries the member's signature over [`payload::commit_payload`].
        ///
        /// ## Details
        ///
        /// `commit` is [`payload::outcome_commitment`]. When every active member has committed, the reveal phase begins at
        /// once; when a quorum has, it begins after a grace, except in a retry.
        ///
        /// ## Errors
        ///
        /// `UnknownJob`, `PhaseOver`, `NotInCommittee`, `NotActive`, `AlreadySubmitted`, `BadSignature`.
        ///
        /// ## Events
        ///
        /// `Committed`; `CommitClosing` when it made the quorum; `RevealStarted` or `Closed` when it was the last one.
        ///
        /// [`payload::commit_payload`]: quorate_primitives::payload::commit_payload
        /// [`payload::outcome_commitment`]: quorate_primitives::payload::outcome_commitment
        #[pallet::call_index(0)]
        #[pallet::weight((
            T::WeightInfo::commit().saturating_add(Pallet::<T>::close_weight()),
            DispatchClass::Operational,
            Pays::No,
        ))]
        #[pallet::authorize(Self::authorize_commit)]
        #[pallet::weight_of_authorize(T::WeightInfo::authorize_commit())]
        pub fn commit(
            origin: OriginFor<T>,
            job: JobId,
            member: u32,
            commit: Hash,
            _signature: AttestationSignature,
        ) -> DispatchResultWithPostInfo {
            ensure_authorized(origin)?;
            let called = Self::do_commit(job, member, commit)?;
            Ok(Some(T::WeightInfo::commit().saturating_add(called)).into())
        }

        /// Reveal the outcome that was committed to.
        ///
        /// ## Dispatch Origin
        ///
        /// A general transaction that carries the member's signature over [`payload::reveal_payload`].
        ///
        /// ## Details
        ///
        /// The job's handler is called as soon as a quorum is equal. When all who committed have revealed, the job is
        /// closed at once.
        ///
        /// ## Errors
        ///
        /// `UnknownJob`, `TooEarly`, `PhaseOver`, `WrongKind`, `NotInCommittee`, `NotActive`, `NotCommitted`,
        /// `AlreadySubmitted`, `DoesNotOpen`, `BadSignature`.
        ///
        /// ## Events
        ///
        /// `Revealed`; `Agreed` when it made the quorum; `Closed` when it was the last one, with `FirstAttemptJudged` in a
        /// retry.
        ///
        /// [`payload::reveal_payload`]: quorate_primitives::payload::reveal_payload
        #[pallet::call_index(1)]
        #[pallet::weight((
            T::WeightInfo::reveal()
                .saturating_add(T::Handler::agreed_weight())
                .saturating_add(Pallet::<T>::close_weight())
                .saturating_add(Pallet::<T>::judge_first_weight()),
            DispatchClass::Operational,
            Pays::No,
        ))]
        #[pallet::authorize(Self::authorize_reveal)]
        #[pallet::weight_of_authorize(T::WeightInfo::authorize_reveal())]
        pub fn reveal(
            origin: OriginFor<T>,
            job: JobId,
            member: u32,
            outcome: T::Outcome,
            salt: [u8; 32],
            _signature: AttestationSignature,
        ) -> DispatchResultWithPostInfo {
            ensure_authorized(origin)?;
            let called = Self::do_reveal(job, member, outcome, salt)?;
            Ok(Some(T::WeightInfo::reveal().saturating_add(called)).into())
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// A job, closed or not, with every member's statements; `None` when there is no such job, or no longer.
        pub fn job_report(job: JobId) -> Option<JobReport<T::Work, T::Outcome>> {
            Self::report(job)
        }
    }
}
