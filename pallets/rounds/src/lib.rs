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

mod agenda;
mod assessing;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod collecting;
mod errors;
mod events;
mod jobs;
mod numbers;
mod paying;
mod pruning;
mod refunding;
mod revealing;
mod schedule;
mod scoring;
mod sealing;
mod strikes;
mod try_state;
pub mod types;
mod usage;
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
        types::{
            Allowance, Due, Offence, RefundReason, Round, Scores, SealedOrder, StrikeList, Submission, Usage,
            MAX_ORGANISATION_ROUNDS,
        },
        WeightInfo,
    };
    use frame_support::{pallet_prelude::*, traits::Randomness};
    use frame_system::pallet_prelude::*;
    use quorate_primitives::{
        job::{
            aggregate::{PageHashes, ScorePage},
            Aggregate, AggregateOutcome, Assess, AssessOutcome,
        },
        traits::{Artifacts, Availability, Consortium, Escrow, Jobs, Models, Protected, Reputation, Shards},
        update::{Malformed, UpdateStatus},
        views::RoundView,
        AccountId, Balance, BlockNumber, Hash, JobId, ModelId, OrganisationId, Ppm, Root, RoundId, VersionIndex,
        MAX_UPDATES,
    };

    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::config]
    pub trait Config:
        frame_system::Config<AccountId = AccountId, Hash = Hash, RuntimeEvent: From<Event<Self>>>
    {
        type Consortium: Consortium;
        type Models: Models;
        type Jobs: Jobs<Aggregate>;
        /// The jobs of assessments.
        type AssessmentJobs: Jobs<Assess>;
        /// Programs and benchmarks, and who may use them.
        type Artifacts: Artifacts;
        /// Sealed shards, for rounds that are paid by what updates improve.
        type Shards: Shards;
        type Availability: Availability;
        type Escrow: Escrow;
        type Reputation: Reputation;
        /// Deadlines shift while it refuses what they are for.
        type Protected: Protected;
        /// Ranks the updates of a sealed round; no block author may choose it.
        type Randomness: Randomness<Hash, BlockNumberFor<Self>>;
        /// What the parent block's author drew by its key, for seeds that nobody knows at the seal.
        type BlockRandomness: Randomness<Option<Hash>, BlockNumberFor<Self>>;
        /// May abort any round that is not settled: the consortium's council.
        type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Bytes that every validator can take or fetch in a block's time: no round is opened whose Revealing or votes last shorter than all
        /// updates need at this rate.
        #[pallet::constant]
        type BytesPerBlock: Get<u64>;
        /// Most rounds that wait for people or a job, over all models; at most [`MAX_ACTIVE_ROUNDS`].
        #[pallet::constant]
        type MaxActiveRounds: Get<u32>;
        /// Most of them that one organisation may have opened.
        #[pallet::constant]
        type MaxActiveRoundsPerOrganisation: Get<u32>;
        /// Most rounds of one organisation that are not over; at most [`MAX_ORGANISATION_ROUNDS`].
        #[pallet::constant]
        type MaxRoundsPerOrganisation: Get<u32>;
        /// Most updates of one organisation's contributors that are neither paid nor refunded.
        #[pallet::constant]
        type MaxUpdatesPerOrganisation: Get<u32>;
        /// Most bytes of their files.
        #[pallet::constant]
        type MaxBytesPerOrganisation: Get<u64>;
        /// Most rounds that one organisation opened whose evidence is kept, open ones included.
        #[pallet::constant]
        type MaxKeptRoundsPerOrganisation: Get<u32>;
        /// Most updates in them, whoever sent these; at least [`MAX_UPDATES`].
        #[pallet::constant]
        type MaxKeptUpdatesPerOrganisation: Get<u32>;
        /// Most bytes of their files, and of the versions of those rounds, together.
        #[pallet::constant]
        type MaxKeptBytesPerOrganisation: Get<u64>;
        /// Calls of `open_round` and `submit` that are free for one organisation in a period.
        #[pallet::constant]
        type FreeCalls: Get<u32>;
        /// The period, in blocks.
        #[pallet::constant]
        type FreeCallPeriod: Get<BlockNumber>;
        /// Blocks after which one of a contributor's offences is forgotten.
        #[pallet::constant]
        type StrikePeriod: Get<BlockNumber>;
        /// Most blocks that the deadlines of one round shift by.
        #[pallet::constant]
        type MaxShift: Get<BlockNumber>;
        /// Validators with less reputation earn nothing.
        #[pallet::constant]
        type ReputationFloor: Get<Ppm>;
        /// Paid for every assessment; what one costs whose program did not fit, or that found no quorum.
        type AssessmentBaseFee: Get<Balance>;
        /// Paid for each thousand million of floating-point operations that the policy allows.
        type AssessmentFeePerOperations: Get<Balance>;
        /// Most thousands of millions of floating-point operations in one assessment.
        #[pallet::constant]
        type MaxAssessmentOperations: Get<u64>;
        /// Thousands of millions of floating-point operations that each validator's machine is expected to do in a block's time.
        #[pallet::constant]
        type OperationsPerBlock: Get<u64>;
        /// Blocks to commit, beside those for operations and bytes, its own and those of the assessments that run already: members
        /// compute one at a time.
        #[pallet::constant]
        type AssessmentCommitBase: Get<BlockNumber>;
        /// Blocks to reveal.
        #[pallet::constant]
        type AssessmentReveal: Get<BlockNumber>;
        type WeightInfo: WeightInfo;
        /// Prepares what the benchmarks need of other pallets.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper;
    }

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// All rounds whose evidence is kept, by number.
    #[pallet::storage]
    pub type Rounds<T: Config> = StorageMap<_, Twox64Concat, RoundId, Round>;

    /// The number of the next round.
    #[pallet::storage]
    pub type NextRound<T: Config> = StorageValue<_, RoundId, ValueQuery>;

    /// Rounds that wait for people or a job, ascending: every block looks at each.
    #[pallet::storage]
    pub type ActiveRounds<T: Config> = StorageValue<_, BoundedVec<RoundId, T::MaxActiveRounds>, ValueQuery>;

    /// Rounds that wait for a block, sorted by it. The keys are the entries: block and round, big-endian.
    #[pallet::storage]
    pub type Agenda<T: Config> = StorageMap<_, Identity, Due, ()>;

    /// Rounds that are over, sorted by the block in which their retention ends. The keys are as in the agenda.
    #[pallet::storage]
    pub type Expiries<T: Config> = StorageMap<_, Identity, Due, ()>;

    /// Numbers of all rounds that are stored, big-endian, so that they are sorted.
    #[pallet::storage]
    pub type Kept<T: Config> = StorageMap<_, Identity, [u8; 4], ()>;

    /// The round that keeps a model from opening another.
    #[pallet::storage]
    pub type OpenRound<T: Config> = StorageMap<_, Twox64Concat, ModelId, RoundId>;

    /// Rounds of a model that are not over.
    #[pallet::storage]
    pub type RoundsOf<T: Config> =
        StorageMap<_, Twox64Concat, ModelId, BoundedVec<RoundId, ConstU32<MAX_ORGANISATION_ROUNDS>>, ValueQuery>;

    /// Updates by round and contributor.
    #[pallet::storage]
    pub type Updates<T: Config> = StorageDoubleMap<_, Twox64Concat, RoundId, Blake2_128Concat, AccountId, Submission>;

    /// The contributors of a round, by position: in order of submission.
    #[pallet::storage]
    pub type Contributors<T: Config> =
        StorageMap<_, Twox64Concat, RoundId, BoundedVec<AccountId, ConstU32<MAX_UPDATES>>, ValueQuery>;

    /// What each organisation has open, what is kept of it, and its free calls.
    #[pallet::storage]
    pub type Usages<T: Config> = StorageMap<_, Twox64Concat, OrganisationId, Usage, ValueQuery>;

    /// Contributors that withheld an update, while that is remembered.
    #[pallet::storage]
    pub type Strikes<T: Config> = StorageMap<_, Twox64Concat, OrganisationId, StrikeList, ValueQuery>;

    /// The sealed order, from sealing until the round is settled or refunded.
    #[pallet::storage]
    pub type SealedOrders<T: Config> = StorageMap<_, Twox64Concat, RoundId, SealedOrder>;

    /// What the job of a round agreed on, until the evidence is removed.
    #[pallet::storage]
    pub type Outcomes<T: Config> = StorageMap<_, Twox64Concat, RoundId, AggregateOutcome>;

    /// The page that each round in Scoring awaits.
    #[pallet::storage]
    pub type AwaitedPages<T: Config> = StorageMap<_, Twox64Concat, RoundId, u32>;

    /// Scores while they come in and are paid for. A round that is Paying without an entry got no scores in time.
    #[pallet::storage]
    pub type RoundScores<T: Config> = StorageMap<_, Twox64Concat, RoundId, Scores>;

    /// Blocks so far in which no transaction could run.
    #[pallet::storage]
    pub type LostBlocks<T: Config> = StorageValue<_, BlockNumber, ValueQuery>;

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            Self::drive()
        }

        fn on_idle(_: BlockNumberFor<T>, room: Weight) -> Weight {
            Self::hurry(room)
        }

        fn integrity_test() {
            Self::check_bounds();
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
        /// Signed by the account of the organisation that owns the model. Free while it would succeed, within the organisation's
        /// allowance of free calls.
        ///
        /// ## Details
        /// The policy in force is copied; its `reward` moves from the model's fund into the round's escrow, and beside it the fee of
        /// the assessment, where the policy asks for one. Its artifacts' roots are kept, and the shards that wait are taken.
        ///
        /// ## Errors
        /// `ModelNotFound`, `NotOwner`, `NotAnOrganisation`, `RoundAlreadyOpen`, `MaxActiveRoundsExceeded`,
        /// `ModelNotReady`, `PolicyTransferTooShort`, `OrganisationRoundsExceeded`, `EvidenceQuotaReached`, `ProgramNotHeld`,
        /// `BenchmarkNotHeld`, `ArtifactNotReadable`, `FrozenBaseNotHeld`, `TooMuchWork`, `TooFewShards`, `FundTooSmall`.
        ///
        /// ## Events
        /// `RoundOpened`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::open_round().saturating_add(Pallet::<T>::open_assessed_weight()))]
        #[pallet::feeless_if(|origin: &OriginFor<T>, model: &ModelId| -> bool {
            ensure_signed(origin.clone()).is_ok_and(|who| Pallet::<T>::opens_for_free(&who, *model))
        })]
        pub fn open_round(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
            Self::do_open_round(&ensure_signed(origin)?, model)
        }

        /// Commit to an update and its weight.
        ///
        /// ## Dispatch Origin
        /// Signed by a sponsored contributor. Free while it would succeed, within the organisation's allowance of free calls.
        ///
        /// ## Details
        /// The commitment hashes genesis, round, contributor, root, weight and salt. The policy's bond is held from the
        /// account of the contributor's organisation. Committing and never revealing loses it, but for the first time.
        ///
        /// ## Errors
        /// `RoundNotFound`, `NotCollecting`, `NotSponsored`, `WeightOutOfRange`, `AlreadySubmitted`, `MaxUpdatesReached`,
        /// `OrganisationCapReached`, `OrganisationQuotaReached`, and the escrow's own when the organisation cannot cover the bond.
        ///
        /// ## Events
        /// `Submitted`; `RevealingStarted` at the end of the block when it was the last one that fits.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::submit())]
        #[pallet::feeless_if(|origin: &OriginFor<T>, round: &RoundId, _commitment: &Hash, weight: &u32| -> bool {
            ensure_signed(origin.clone()).is_ok_and(|who| Pallet::<T>::submits_for_free(&who, *round, *weight))
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

        /// Reveal the root and the salt of a commitment.
        ///
        /// ## Dispatch Origin
        /// Signed by the contributor, who must still be sponsored, before `reveal_until`. Free while it would succeed.
        ///
        /// ## Details
        /// Validators find the update malformed unless its file names the contributor. A round in which every update is decided is sealed
        /// at the end of the block.
        ///
        /// ## Errors
        /// `RoundNotFound`, `NotRevealing`, `NotSponsored`, `NotSubmitted`, `NotCommitted`, `CommitmentMismatch`.
        ///
        /// ## Events
        /// `Revealed`.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::reveal_update())]
        #[pallet::feeless_if(|origin: &OriginFor<T>, round: &RoundId, root: &Root, salt: &[u8; 32]| -> bool {
            ensure_signed(origin.clone()).is_ok_and(|who| Pallet::<T>::check_reveal(&who, *round, *root, *salt).is_ok())
        })]
        pub fn reveal_update(origin: OriginFor<T>, round: RoundId, root: Root, salt: [u8; 32]) -> DispatchResult {
            Self::do_reveal(&ensure_signed(origin)?, round, root, salt)
        }

        /// Show one page of scores of the agreed outcome.
        ///
        /// ## Dispatch Origin
        /// A general transaction from anyone: the page proves itself.
        ///
        /// ## Details
        /// `rows` are the page's scores, `pages` the hashes of all pages of the job; both are in the detail blob.
        ///
        /// ## Errors
        /// `RoundNotFound`, `TooEarly`, `NotScoring`, `PageOutOfOrder`, `BadPage`.
        ///
        /// ## Events
        /// `PageSettled`, and `Scored` with the last page.
        #[pallet::call_index(4)]
        #[pallet::weight((T::WeightInfo::settle_page(rows.len() as u32), DispatchClass::Operational, Pays::No))]
        #[pallet::authorize(Self::authorize_settle)]
        #[pallet::weight_of_authorize(T::WeightInfo::authorize_settle(rows.len() as u32))]
        pub fn settle(
            origin: OriginFor<T>,
            round: RoundId,
            page: u32,
            rows: ScorePage,
            pages: PageHashes,
        ) -> DispatchResult {
            ensure_authorized(origin)?;
            Self::do_settle(round, page, &rows, &pages)
        }

        /// End a round that is not settled; everyone is refunded.
        ///
        /// ## Dispatch Origin
        /// `AdminOrigin` before the round is over, what was paid already stays paid; signed by the account of the model's owner while
        /// the round is Collecting: then the submissions of others become its own in the count of free calls.
        ///
        /// ## Errors
        /// `RoundNotFound`, `NotAnOrganisation`, `NotOwner`, `CallsOwed`, `TooLateToAbort`.
        ///
        /// ## Events
        /// `Aborted`, and `Refunded` when all bonds are back.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::abort().saturating_add(Pallet::<T>::early_end_weight()))]
        pub fn abort(origin: OriginFor<T>, round: RoundId) -> DispatchResult {
            match T::AdminOrigin::try_origin(origin) {
                Ok(_) => Self::abort_by_council(round),
                Err(origin) => Self::abort_by_owner(&ensure_signed(origin)?, round),
            }
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// A round with its updates; `None` when its retention has ended.
        pub fn round_with_updates(round: RoundId) -> Option<RoundView> {
            Self::round_view(round)
        }

        /// Where a contributor's update in a round stands.
        pub fn update_status(round: RoundId, contributor: AccountId) -> Option<UpdateStatus> {
            Self::update_of(round, &contributor).map(|update| update.status)
        }

        /// What is left to an organisation of each of its quotas.
        pub fn allowance(organisation: OrganisationId) -> Allowance {
            Self::allowance_of(organisation)
        }
    }
}
