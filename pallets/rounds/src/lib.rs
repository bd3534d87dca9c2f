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

mod collecting;
mod genesis;
mod jobs;
pub mod migrations;
mod opening;
mod paying;
mod refunding;
mod schedule;
mod scoring;
mod sealing;
pub mod types;
mod views;
mod votes;
pub mod weights;

#[cfg(any(test, feature = "try-runtime"))]
mod try_state;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

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
        types::{GenesisBallot, RefundReason, RootUse, Round, Scores, SealedOrder, Submissions, MAX_ACTIVE_ROUNDS},
        WeightInfo,
    };
    use frame_support::{pallet_prelude::*, traits::Randomness};
    use frame_system::pallet_prelude::*;
    use quorate_primitives::{
        crypto::AttestationSignature,
        job::Committee,
        traits::{Consortium, Escrow, Jobs, Models, Reputation},
        update::{AvailabilityVote, Malformed, Subject, Tally, Update},
        AccountId, Balance, BlockNumber, Hash, JobId, ModelId, OrganisationId, Ppm, Root, RoundId, VersionIndex,
        MAX_UPDATES,
    };

    const STORAGE_VERSION: StorageVersion = StorageVersion::new(2);

    #[pallet::config]
    pub trait Config:
        frame_system::Config<AccountId = AccountId, Hash = Hash, RuntimeEvent: From<Event<Self>>>
    {
        type Consortium: Consortium;
        type Models: Models;
        type Jobs: Jobs;
        type Escrow: Escrow;
        type Reputation: Reputation;
        /// Ranks the updates of a sealed round; no block author may choose it.
        type Randomness: Randomness<Hash, BlockNumberFor<Self>>;
        /// What the parent block's author drew by its key, for seeds that nobody knows at the seal.
        type BlockRandomness: Randomness<Option<Hash>, BlockNumberFor<Self>>;
        /// May abort any round that is not sealed: the consortium's council.
        type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Blocks for which score pages are awaited after a job is closed.
        #[pallet::constant]
        type ScoringPeriod: Get<BlockNumber>;
        /// Most rounds that are not over, over all models; at most [`MAX_ACTIVE_ROUNDS`].
        #[pallet::constant]
        type MaxActiveRounds: Get<u32>;
        type WeightInfo: WeightInfo;
    }

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// All rounds, by number.
    #[pallet::storage]
    pub type Rounds<T: Config> = StorageMap<_, Twox64Concat, RoundId, Round>;

    /// The number of the next round.
    #[pallet::storage]
    pub type NextRound<T: Config> = StorageValue<_, RoundId, ValueQuery>;

    /// Rounds that are not over, ascending.
    #[pallet::storage]
    pub type ActiveRounds<T: Config> = StorageValue<_, BoundedVec<RoundId, T::MaxActiveRounds>, ValueQuery>;

    /// The round that keeps a model from opening another.
    #[pallet::storage]
    pub type OpenRound<T: Config> = StorageMap<_, Twox64Concat, ModelId, RoundId>;

    /// Updates by round and position.
    #[pallet::storage]
    pub type Updates<T: Config> = StorageDoubleMap<_, Twox64Concat, RoundId, Twox64Concat, u32, Update>;

    /// Position of a contributor's update, until it is paid or refunded.
    #[pallet::storage]
    pub type PositionOf<T: Config> = StorageDoubleMap<_, Twox64Concat, RoundId, Blake2_128Concat, AccountId, u32>;

    /// Submissions of each organisation, while a round is Collecting.
    #[pallet::storage]
    pub type SubmissionsOf<T: Config> = StorageMap<_, Twox64Concat, RoundId, Submissions, ValueQuery>;

    /// Which update of a model showed a root. See the README for when it may come again.
    #[pallet::storage]
    pub type RootUses<T: Config> = StorageDoubleMap<_, Twox64Concat, ModelId, Blake2_128Concat, Root, RootUse>;

    /// The validators whose votes count, while a round is Opening.
    #[pallet::storage]
    pub type Snapshots<T: Config> = StorageMap<_, Twox64Concat, RoundId, Committee>;

    /// Votes by round and position, while the round is Opening.
    #[pallet::storage]
    pub type Tallies<T: Config> = StorageDoubleMap<_, Twox64Concat, RoundId, Twox64Concat, u32, Tally, ValueQuery>;

    /// Votes on version 0 of models that await them.
    #[pallet::storage]
    pub type GenesisBallots<T: Config> = StorageMap<_, Twox64Concat, ModelId, GenesisBallot>;

    /// Position of each index, from sealing until settlement.
    #[pallet::storage]
    pub type SealedOrders<T: Config> = StorageMap<_, Twox64Concat, RoundId, SealedOrder>;

    /// Scores while they come in and are paid for. A round that is Paying without an entry got no scores in time.
    #[pallet::storage]
    pub type RoundScores<T: Config> = StorageMap<_, Twox64Concat, RoundId, Scores>;

    /// Settled rounds whose updates validators keep until the given block.
    #[pallet::storage]
    pub type Retained<T: Config> = StorageMap<_, Twox64Concat, RoundId, BlockNumber>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// Commitments are taken before block `until`.
        RoundOpened {
            round: RoundId,
            model: ModelId,
            base: VersionIndex,
            policy_hash: Hash,
            until: BlockNumber,
        },
        /// A commitment was taken.
        Submitted {
            round: RoundId,
            position: u32,
            contributor: AccountId,
            organisation: OrganisationId,
            commitment: Hash,
            weight: u32,
        },
        /// A commitment was taken back for good; its bond returned.
        Withdrawn {
            round: RoundId,
            position: u32,
            contributor: AccountId,
        },
        /// Roots may be shown before `open_until`, votes are counted before `vote_until`.
        OpeningStarted {
            round: RoundId,
            commitments: u32,
            open_until: BlockNumber,
            vote_until: BlockNumber,
        },
        /// A root was shown that fits its commitment.
        Opened {
            round: RoundId,
            position: u32,
            contributor: AccountId,
            root: Root,
        },
        /// Another update showed the same root first or committed to it earlier; the bond returned.
        Duplicate {
            round: RoundId,
            position: u32,
            contributor: AccountId,
            root: Root,
            earlier: RootUse,
        },
        /// A validator spoke about this many items.
        Voted {
            subject: Subject,
            validator: AccountId,
            held: u32,
            malformed: u32,
        },
        /// A quorum holds the update and has checked every byte.
        Available {
            round: RoundId,
            position: u32,
            contributor: AccountId,
        },
        /// A quorum found the same fault; the bond was taken.
        Invalid {
            round: RoundId,
            position: u32,
            contributor: AccountId,
            reason: Malformed,
        },
        /// Not opened in time, or no quorum either way; the bond returns when the round ends.
        Expired {
            round: RoundId,
            position: u32,
            contributor: AccountId,
        },
        /// A quorum holds version 0 of a model.
        GenesisHeld { model: ModelId },
        /// Version 0 of a model was refused: a fault that a quorum found, or no quorum in time.
        GenesisRefused { model: ModelId, reason: Option<Malformed> },
        /// The updates are in order and the job runs.
        Sealed {
            round: RoundId,
            job: JobId,
            inputs_root: Hash,
            inputs: u32,
        },
        /// The job could not be made.
        JobRefused { round: RoundId, error: DispatchError },
        /// The first job found no quorum; this one is the last.
        Retried { round: RoundId, job: JobId },
        /// A quorum agreed, and the version is in the registry.
        VersionRecorded {
            round: RoundId,
            model: ModelId,
            version: VersionIndex,
            job: JobId,
        },
        /// A quorum agreed, but the registry did not take the version.
        RecordRefused { round: RoundId, error: DispatchError },
        /// The job is closed; score pages are awaited before `until`.
        ScoringStarted { round: RoundId, until: BlockNumber },
        /// All scores are in.
        Scored {
            round: RoundId,
            updates: u32,
            median: Ppm,
            organisations: u32,
        },
        /// No complete scores in time: contributors' pay returns to the model's fund.
        ScoresMissing { round: RoundId },
        /// A contributor earned `amount`, to be claimed.
        Paid {
            round: RoundId,
            position: u32,
            contributor: AccountId,
            score: Ppm,
            amount: Balance,
        },
        /// A validator earned `amount`, to be claimed.
        ValidatorPaid {
            round: RoundId,
            validator: AccountId,
            amount: Balance,
        },
        /// The escrow did not pay; the amount goes where the rest of the escrow goes.
        PayRefused {
            round: RoundId,
            account: AccountId,
            amount: Balance,
            error: DispatchError,
        },
        /// The round is over; validators keep its blobs until `retained_until`.
        Settled {
            round: RoundId,
            updates_root: Hash,
            statements_root: Hash,
            retained_until: BlockNumber,
        },
        /// The round ended before a job ran; the escrow is back in the model's fund, bonds return in the next blocks.
        Aborted { round: RoundId, reason: RefundReason },
        /// The round's job yielded no version; the escrow is back in the model's fund, bonds return in the next blocks.
        Failed { round: RoundId, reason: RefundReason },
        /// All bonds of a refunded round are back.
        Refunded { round: RoundId },
        /// The updates are in order; the job follows when its seed is drawn from the next `blocks` blocks.
        DrawingStarted { round: RoundId, inputs: u32, blocks: u32 },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// No model has this number, or its owner is unknown.
        ModelNotFound,
        /// Only the model's owner may do this.
        NotOwner,
        /// The signer's organisation is suspended or unknown. Ask the council.
        NotAnOrganisation,
        /// The model is not active or has no version to stand on. Wait for the votes on version 0, or unfreeze it.
        ModelNotReady,
        /// The model has an open round. Wait until its job is closed, or abort it.
        RoundAlreadyOpen,
        /// Too many rounds run at once on this chain. Try again when one is over.
        MaxActiveRoundsExceeded,
        /// Rounds can no longer be numbered.
        MaxRoundsExceeded,
        /// No round has this number.
        RoundNotFound,
        /// The signer is not sponsored by an organisation in good standing. Ask yours for `sponsor`.
        NotSponsored,
        /// The round takes no commitments any more. Submit to the next one.
        NotCollecting,
        /// The round does not take roots now: it has not begun Opening, or the deadline has passed.
        NotOpening,
        /// A weight is at least 1 and at most the policy's `max_weight`.
        WeightOutOfRange,
        /// One submission per contributor and round; a withdrawn one counts.
        AlreadySubmitted,
        /// The organisation has as many submissions in this round as the policy allows.
        OrganisationCapReached,
        /// The round has no room left.
        MaxUpdatesReached,
        /// The signer has no submission in this round.
        NotSubmitted,
        /// The submission was opened, withdrawn or decided already.
        NotCommitted,
        /// Root, weight and salt do not hash to the commitment. Use the values of the submission, and this chain's genesis.
        CommitmentMismatch,
        /// The organisation's account, from which bonds are held, is unknown.
        NoBondAccount,
        /// Only a round that is not sealed can be aborted; by its owner only while it is Collecting.
        TooLateToAbort,
        /// There is nothing to vote on: the subject is not open for votes.
        NotVoting,
        /// No such voter in the snapshot.
        NotAVoter,
        /// Every vote names at least one item, each once, and only items that are open to it.
        ItemsInvalid,
        /// The round awaits no score pages.
        NotScoring,
        /// The page is not the next one, or has not the number of rows that the round needs.
        PageOutOfPlace,
        /// Something that is always stored at this stage is missing: a defect, please report it.
        Inconsistent,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            Self::drive()
        }

        fn integrity_test() {
            assert!(T::ScoringPeriod::get() > 0, "score pages need time");
            assert!(
                (1..=MAX_ACTIVE_ROUNDS).contains(&T::MaxActiveRounds::get()),
                "MaxActiveRounds must be in 1..=32"
            );
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Open a round on a model's head version.
        ///
        /// ## Dispatch Origin
        /// Signed by the model's owner. Free while it would succeed.
        ///
        /// ## Details
        /// The policy in force is copied; its `reward` moves from the model's fund into the round's escrow.
        ///
        /// ## Errors
        /// `ModelNotFound`, `NotOwner`, `NotAnOrganisation`, `RoundAlreadyOpen`, `MaxActiveRoundsExceeded`, `ModelNotReady`,
        /// and the escrow's own when the fund is too small.
        ///
        /// ## Events
        /// `RoundOpened`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::open_round())]
        #[pallet::feeless_if(|origin: &OriginFor<T>, model: &ModelId| -> bool {
            ensure_signed(origin.clone()).is_ok_and(|who| Pallet::<T>::check_open_round(&who, *model).is_ok())
        })]
        pub fn open_round(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
            Self::do_open_round(&ensure_signed(origin)?, model)
        }

        /// Commit to an update and its weight.
        ///
        /// ## Dispatch Origin
        /// Signed by a sponsored contributor. Free while it would succeed.
        ///
        /// ## Details
        /// The commitment hashes genesis, round, contributor, root, weight and salt. The policy's bond is held from the
        /// account of the contributor's organisation.
        ///
        /// ## Errors
        /// `RoundNotFound`, `NotCollecting`, `NotSponsored`, `WeightOutOfRange`, `AlreadySubmitted`, `MaxUpdatesReached`,
        /// `OrganisationCapReached`, `NoBondAccount`, and the escrow's own when the organisation cannot cover the bond.
        ///
        /// ## Events
        /// `Submitted`; `OpeningStarted` when it was the last one that fits.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::submit())]
        #[pallet::feeless_if(|origin: &OriginFor<T>, round: &RoundId, _commitment: &Hash, weight: &u32| -> bool {
            ensure_signed(origin.clone()).is_ok_and(|who| Pallet::<T>::check_submit(&who, *round, *weight).is_ok())
        })]
        pub fn submit(origin: OriginFor<T>, round: RoundId, commitment: Hash, weight: u32) -> DispatchResult {
            Self::do_submit(ensure_signed(origin)?, round, commitment, weight)
        }

        /// Take a commitment back. There is no second submission in this round.
        ///
        /// ## Dispatch Origin
        /// Signed by the contributor, while the round is Collecting. Free while it would succeed.
        ///
        /// ## Errors
        /// `RoundNotFound`, `NotCollecting`, `NotSubmitted`, `NotCommitted`.
        ///
        /// ## Events
        /// `Withdrawn`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::withdraw())]
        #[pallet::feeless_if(|origin: &OriginFor<T>, round: &RoundId| -> bool {
            ensure_signed(origin.clone()).is_ok_and(|who| Pallet::<T>::check_withdraw(&who, *round).is_ok())
        })]
        pub fn withdraw(origin: OriginFor<T>, round: RoundId) -> DispatchResult {
            Self::do_withdraw(&ensure_signed(origin)?, round)
        }

        /// Show the root and the salt of a commitment.
        ///
        /// ## Dispatch Origin
        /// Signed by the contributor, who must still be sponsored, before `open_until`. Free while it would succeed.
        ///
        /// ## Details
        /// See the README for equal roots. An opening after which every update is decided seals the round.
        ///
        /// ## Errors
        /// `RoundNotFound`, `NotOpening`, `NotSponsored`, `NotSubmitted`, `NotCommitted`, `CommitmentMismatch`.
        ///
        /// ## Events
        /// `Opened` or `Duplicate`; both when an update that was opened before is displaced; those of sealing.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::open().saturating_add(T::WeightInfo::seal(MAX_UPDATES)))]
        #[pallet::feeless_if(|origin: &OriginFor<T>, round: &RoundId, root: &Root, salt: &[u8; 32]| -> bool {
            ensure_signed(origin.clone()).is_ok_and(|who| Pallet::<T>::check_open(&who, *round, *root, *salt).is_ok())
        })]
        pub fn open(origin: OriginFor<T>, round: RoundId, root: Root, salt: [u8; 32]) -> DispatchResultWithPostInfo {
            let sealed = Self::do_open(&ensure_signed(origin)?, round, root, salt)?;
            Ok(Some(T::WeightInfo::open().saturating_add(Self::seal_weight(sealed))).into())
        }

        /// Say which items are held and which are malformed.
        ///
        /// ## Dispatch Origin
        /// A general transaction, authorized by the `aiwk` signature that it carries. See the README for why one is refused.
        ///
        /// ## Details
        /// The signature is over `payload::vote_payload(genesis, vote)`. A vote that decides the last update seals the round.
        ///
        /// ## Errors
        /// `NotVoting`, `NotAVoter`, `ItemsInvalid`.
        ///
        /// ## Events
        /// `Voted`; `Available`, `Invalid`, `Expired` as items are decided; those of sealing; `GenesisHeld`, `GenesisRefused`.
        #[pallet::call_index(4)]
        #[pallet::weight(
            T::WeightInfo::vote_available(Pallet::<T>::named(vote), Pallet::<T>::named_faults(vote))
                .saturating_add(T::WeightInfo::seal(MAX_UPDATES))
        )]
        #[pallet::authorize(Self::authorize_vote)]
        #[pallet::weight_of_authorize(T::WeightInfo::authorize_vote(Pallet::<T>::named(vote)))]
        pub fn vote_available(
            origin: OriginFor<T>,
            vote: AvailabilityVote,
            signature: AttestationSignature,
        ) -> DispatchResultWithPostInfo {
            ensure_authorized(origin)?;
            let _checked_already = signature;
            let own = T::WeightInfo::vote_available(Self::named(&vote), Self::named_faults(&vote));
            let sealed = Self::do_vote(&vote)?;
            Ok(Some(own.saturating_add(Self::seal_weight(sealed))).into())
        }

        /// End a round that is not sealed; everyone is refunded.
        ///
        /// ## Dispatch Origin
        /// `AdminOrigin` before sealing; signed by the model's owner while Collecting.
        ///
        /// ## Errors
        /// `RoundNotFound`, `NotOwner`, `TooLateToAbort`.
        ///
        /// ## Events
        /// `Aborted`, and `Refunded` when all bonds are back.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::abort(MAX_UPDATES))]
        pub fn abort(origin: OriginFor<T>, round: RoundId) -> DispatchResult {
            match T::AdminOrigin::try_origin(origin) {
                Ok(_) => Self::abort_by_council(round),
                Err(origin) => Self::abort_by_owner(&ensure_signed(origin)?, round),
            }
        }
    }
}
