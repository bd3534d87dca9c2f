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
//! One of the tests, on their mock chain with four validators:
//!
//! ```ignore
#![doc = include_str!("tests/example.rs")]
//! ```

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod subjects;
mod try_state;
mod types;
mod views;
mod votes;
pub mod weights;

// The mocks measure nothing: there are none beside the benchmarks.
#[cfg(all(test, not(feature = "runtime-benchmarks")))]
mod mock;
#[cfg(all(test, not(feature = "runtime-benchmarks")))]
mod tests;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use pallet::*;
pub use types::{Ballot, Item, ItemStatus, OpenSubject, OpenVote, Page, SubjectStatus, PAGE};
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
        availability::{AvailabilityVote, BallotId, Finding, Subject, MAX_NAMED},
        crypto::AttestationSignature,
        traits::{AvailabilityHandler, Consortium, Protected},
        AccountId, BlockNumber, Hash,
    };

    #[pallet::config]
    pub trait Config:
        frame_system::Config<AccountId = AccountId, Hash = Hash, RuntimeEvent: From<Event<Self>>>
    {
        /// Asked for the votes, and is told what they amount to. Passes it on by the kind of subject.
        type Handler: AvailabilityHandler;

        /// Gives the snapshots, and says whose votes are still accepted.
        type Consortium: Consortium;

        /// Whether no transactions run in this block; deadlines shift by such blocks.
        type Protected: Protected;

        /// Most subjects that may be open at a time.
        #[pallet::constant]
        type MaxOpen: Get<u32>;

        /// Most subjects that end by their deadline in one block.
        #[pallet::constant]
        type MaxEnded: Get<u32>;

        /// Weights of the call and of the hook.
        type WeightInfo: WeightInfo;

        /// Prepares what the benchmarks need of other pallets.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper;
    }

    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Number of the next ballot.
    #[pallet::storage]
    pub type NextBallot<T: Config> = StorageValue<_, BallotId, ValueQuery>;

    /// Subjects that are voted on, with their deadlines, in the order in which they were opened.
    #[pallet::storage]
    pub type Open<T: Config> = StorageValue<_, BoundedVec<OpenSubject, T::MaxOpen>, ValueQuery>;

    /// The voters of every open subject.
    #[pallet::storage]
    pub type Ballots<T: Config> = StorageMap<_, Twox64Concat, Subject, Ballot>;

    /// The items of every open subject with the votes on them, by pages.
    #[pallet::storage]
    pub type Items<T: Config> = StorageDoubleMap<_, Twox64Concat, Subject, Twox64Concat, u32, Page, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// Votes on a subject are counted before block `until`.
        Opened {
            subject: Subject,
            ballot: BallotId,
            voters: u32,
            until: BlockNumber,
        },
        /// A validator voted on this many items.
        Voted {
            subject: Subject,
            ballot: BallotId,
            validator: AccountId,
            held: u32,
            malformed: u32,
        },
        /// The votes on an item amount to this.
        Decided {
            subject: Subject,
            item: u32,
            finding: Finding,
        },
        /// Whoever asked for the votes needs no more of them.
        Closed { subject: Subject },
        /// The deadline has passed; items that are not decided stay so.
        Ended { subject: Subject },
        /// No transactions run in this block: votes count before block `until` now.
        DeadlineShifted { subject: Subject, until: BlockNumber },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The subject is not voted on, or its deadline has passed. Nothing can be done.
        NotOpen,
        /// The vote is for another ballot of the subject. Vote anew with the number that the runtime API gives.
        OtherBallot,
        /// The snapshot has no voter of this number. Take it from the runtime API.
        NotAVoter,
        /// The validator was removed or suspended since the snapshot was taken: its votes are no longer accepted.
        NotActive,
        /// The vote names no item, too many, one twice, one that was not put or that this voter has voted on, other claims than
        /// were put, or only items that are decided. Vote on what the runtime API lists.
        ItemsInvalid,
        /// The subject is voted on already. Wait until that has ended.
        AlreadyOpen,
        /// As many subjects are voted on as may be. Wait until one is closed.
        TooManyOpen,
        /// There is no active validator to vote. Wait for a session with one.
        NoVoters,
        /// The deadline is not after this block. Give a later one.
        DeadlinePassed,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            Self::drive_deadlines()
        }

        fn integrity_test() {
            assert!(T::MaxOpen::get() > 0, "MaxOpen must be at least 1");
            assert!(T::MaxEnded::get() > 0, "MaxEnded must be at least 1");
            let most = T::BlockWeights::get().max_block;
            let vote = T::WeightInfo::vote(types::PAGES, MAX_NAMED).saturating_add(Self::handler_weight(MAX_NAMED));
            assert!(
                vote.all_lte(most),
                "a vote on MAX_NAMED items does not fit into a block: found_weight is too large"
            );
            assert!(
                Self::heaviest_hook().all_lte(most),
                "MaxEnded subjects cannot end in one block"
            );
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// State which items are held and which are malformed.
        ///
        /// ## Dispatch Origin
        ///
        /// A general transaction that carries the voter's signature over [`vote_payload`]. See the README for why one is
        /// refused.
        ///
        /// ## Details
        ///
        /// Of items that it decides the handler is told within this call.
        ///
        /// ## Errors
        ///
        /// `NotOpen`, `OtherBallot`, `NotAVoter`, `NotActive`, `ItemsInvalid`.
        ///
        /// ## Events
        ///
        /// `Voted`; `Decided` for each item that it decides; those of the handler.
        ///
        /// [`vote_payload`]: quorate_primitives::availability::vote_payload
        #[pallet::call_index(0)]
        #[pallet::weight((
            Pallet::<T>::vote_weight(vote).saturating_add(Pallet::<T>::findings_weight(vote)),
            DispatchClass::Operational,
            Pays::No,
        ))]
        #[pallet::authorize(Self::authorize_vote)]
        #[pallet::weight_of_authorize(Pallet::<T>::authorize_weight(vote))]
        pub fn vote(
            origin: OriginFor<T>,
            vote: AvailabilityVote,
            _signature: AttestationSignature,
        ) -> DispatchResultWithPostInfo {
            ensure_authorized(origin)?;
            let told = Self::do_vote(&vote)?;
            Ok(Some(Self::vote_weight(&vote).saturating_add(told)).into())
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// A subject that is voted on, with 32 of its items: those from number 32 · `page` on. `None` when it is not voted on.
        pub fn subject_status(subject: Subject, page: u32) -> Option<SubjectStatus> {
            Self::status_of(subject, page)
        }
    }
}
