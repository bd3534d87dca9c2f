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

extern crate alloc;

mod authorize;
mod checks;
mod deadlines;
mod jobs;
pub mod migrations;
mod phases;
#[cfg(any(feature = "try-runtime", test))]
mod try_state;
mod verdicts;
mod views;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use views::MemberTask;
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
        job::{Job, Outcome, PageHashes, ScorePage},
        traits::{Consortium, JobHandler},
        AccountId, BlockNumber, Hash, JobId, RoundId,
    };

    #[pallet::config]
    pub trait Config:
        frame_system::Config<AccountId = AccountId, Hash = Hash, RuntimeEvent: From<Event<Self>>>
    {
        /// Gives the committee, and says who is still heard.
        type Consortium: Consortium;

        /// Asked for the jobs, and is told how they end.
        type Handler: JobHandler;

        /// Whether transactions cannot run in this block; deadlines shift by such blocks.
        type TransactionsPaused: Get<bool>;

        /// Most jobs that may be open at a time.
        #[pallet::constant]
        type MaxActiveJobs: Get<u32>;

        /// Most jobs whose phase a single block ends because of a deadline.
        #[pallet::constant]
        type MaxTransitions: Get<u32>;

        type WeightInfo: WeightInfo;
    }

    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Every job that ever was: evidence of who said what.
    #[pallet::storage]
    pub type Jobs<T: Config> = StorageMap<_, Identity, JobId, Job>;

    /// Jobs that are not closed, in order of creation.
    #[pallet::storage]
    pub type ActiveJobs<T: Config> = StorageValue<_, BoundedVec<JobId, T::MaxActiveJobs>, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A job was given to a committee; commits are taken until `until`, included.
        JobCreated {
            job: JobId,
            round: RoundId,
            attempt: u8,
            committee: u32,
            until: BlockNumber,
        },
        /// A member committed to an outcome.
        Committed {
            job: JobId,
            member: u32,
            validator: AccountId,
            commit: Hash,
        },
        /// Commits are closed; reveals are taken until `until`, included.
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
            outcome: Outcome,
        },
        /// A quorum revealed the same outcome.
        Agreed { job: JobId, outcome: Outcome },
        /// The job takes no more statements and the verdicts are set.
        Closed { job: JobId, agreed: bool },
        /// A settlement page was taken; `pages` are all pages of the job.
        PageSettled { job: JobId, page: u32, pages: u32 },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// No job has this id on this chain. Take the id from the runtime API at the best block.
        UnknownJob,
        /// The phase for this statement is over, or its deadline has passed. Nothing can be done for this job.
        PhaseOver,
        /// The phase for this statement has not begun. Send it again when the job is in that phase.
        TooEarly,
        /// The committee has no member of this number. Take it from the runtime API.
        NotInCommittee,
        /// The member was removed or suspended since the committee was taken, and is heard no more.
        NotActive,
        /// The member has said this already; a statement is made once and stays.
        AlreadySubmitted,
        /// The signature is not the member's over this chain, job, member and body. Sign with the `aiwk` key that the
        /// job's committee names.
        BadSignature,
        /// Only a member that committed may reveal.
        NotCommitted,
        /// Outcome and salt do not hash to the member's commit. Reveal exactly what was committed to.
        DoesNotOpen,
        /// The job ended without an agreement: there is nothing to settle.
        NoAgreement,
        /// Pages are taken in order, each once. Send the page after the last one that was taken.
        PageOutOfOrder,
        /// The page does not belong to the agreed outcome: wrong number of rows or pages, or another hash. Take rows and
        /// pages from the detail blob of the agreed outcome.
        BadPage,
        /// A job of the same specification was made before.
        AlreadyExists,
        /// A job needs between 1 and 1,024 inputs and an attempt of 0 or 1.
        BadSpec,
        /// There is no validator to compute the job.
        NoCommittee,
        /// As many jobs are open as may be. Wait until one is closed.
        TooManyJobs,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            Self::drive_deadlines()
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::check_state()
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
        /// `commit` is [`payload::outcome_commitment`]. When every member that is heard has committed, the reveal phase
        /// begins at once.
        ///
        /// ## Errors
        ///
        /// `UnknownJob`, `PhaseOver`, `NotInCommittee`, `NotActive`, `AlreadySubmitted`, `BadSignature`.
        ///
        /// ## Events
        ///
        /// `Committed`; `RevealStarted` or `Closed` when it was the last one.
        ///
        /// [`payload::commit_payload`]: quorate_primitives::payload::commit_payload
        /// [`payload::outcome_commitment`]: quorate_primitives::payload::outcome_commitment
        #[pallet::call_index(0)]
        #[pallet::weight((
            T::WeightInfo::commit().saturating_add(T::Handler::closed_weight()),
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
            let told = Self::do_commit(job, member, commit)?;
            Ok(Some(T::WeightInfo::commit().saturating_add(told)).into())
        }

        /// Reveal the outcome that was committed to.
        ///
        /// ## Dispatch Origin
        ///
        /// A general transaction that carries the member's signature over [`payload::reveal_payload`].
        ///
        /// ## Details
        ///
        /// The job's handler is told as soon as a quorum is equal. When all who committed have revealed, the job is
        /// closed at once.
        ///
        /// ## Errors
        ///
        /// `UnknownJob`, `TooEarly`, `PhaseOver`, `NotInCommittee`, `NotActive`, `NotCommitted`, `AlreadySubmitted`,
        /// `DoesNotOpen`, `BadSignature`.
        ///
        /// ## Events
        ///
        /// `Revealed`; `Agreed` when it made the quorum; `Closed` when it was the last one.
        ///
        /// [`payload::reveal_payload`]: quorate_primitives::payload::reveal_payload
        #[pallet::call_index(1)]
        #[pallet::weight((
            T::WeightInfo::reveal()
                .saturating_add(T::Handler::agreed_weight())
                .saturating_add(T::Handler::closed_weight()),
            DispatchClass::Operational,
            Pays::No,
        ))]
        #[pallet::authorize(Self::authorize_reveal)]
        #[pallet::weight_of_authorize(T::WeightInfo::authorize_reveal())]
        pub fn reveal(
            origin: OriginFor<T>,
            job: JobId,
            member: u32,
            outcome: Outcome,
            salt: [u8; 32],
            _signature: AttestationSignature,
        ) -> DispatchResultWithPostInfo {
            ensure_authorized(origin)?;
            let told = Self::do_reveal(job, member, outcome, salt)?;
            Ok(Some(T::WeightInfo::reveal().saturating_add(told)).into())
        }

        /// Show one page of scores of the agreed outcome.
        ///
        /// ## Dispatch Origin
        ///
        /// A general transaction from anyone: the page proves itself.
        ///
        /// ## Details
        ///
        /// `rows` are the page's scores, `pages` the hashes of all pages of the job; both are in the detail blob.
        ///
        /// ## Errors
        ///
        /// `UnknownJob`, `TooEarly`, `NoAgreement`, `PageOutOfOrder`, `BadPage`; whatever the job's handler says.
        ///
        /// ## Events
        ///
        /// `PageSettled`.
        #[pallet::call_index(2)]
        #[pallet::weight((
            T::WeightInfo::settle(rows.len() as u32).saturating_add(T::Handler::page_weight(rows.len() as u32)),
            DispatchClass::Operational,
            Pays::No,
        ))]
        #[pallet::authorize(Self::authorize_settle)]
        #[pallet::weight_of_authorize(T::WeightInfo::authorize_settle(rows.len() as u32))]
        pub fn settle(
            origin: OriginFor<T>,
            job: JobId,
            page: u32,
            rows: ScorePage,
            pages: PageHashes,
        ) -> DispatchResult {
            ensure_authorized(origin)?;
            Self::do_settle(job, page, rows, pages)
        }
    }
}
