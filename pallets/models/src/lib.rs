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

mod ancestry;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod errors;
mod events;
mod genesis;
mod registry;
mod try_state;
pub mod types;
mod versions;
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
#[allow(clippy::too_many_arguments, clippy::large_enum_variant)] // the code that the macro makes for `register`
pub mod pallet {
    use super::{
        types::{Actor, Ancestry, FileLayout, Model, Name, Organisations, PromotedVersions, RevokedVersions},
        WeightInfo,
    };
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use quorate_primitives::{
        availability::{Finding, Named},
        frozen::FrozenBase,
        policy::Policy,
        traits::{Availability, Consortium, Escrow, RevocationSink},
        version::{AssessmentRecord, Promoter, PromotionRecord, Settlement, VersionRecord, VersionStatus},
        AccountId, Balance, BlockNumber, Hash, ModelId, OrganisationId, Root, RoundId, VersionIndex,
    };

    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::config]
    pub trait Config:
        frame_system::Config<AccountId = AccountId, Hash = Hash, RuntimeEvent: From<Event<Self>>>
    {
        /// Which organisation an account decides for.
        type Consortium: Consortium;
        /// Takes what a model costs, and returns its deposit.
        type Escrow: Escrow;
        /// Counts the validators' votes on versions that owners give.
        type Availability: Availability;
        /// Ends rounds whose base or version is no longer clean.
        type Rounds: RevocationSink;
        /// May set policies, freeze, unfreeze and revoke: the consortium's council.
        type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// May undo a revocation, and let a model begin anew: two thirds of all admitted organisations.
        type TwoThirdsOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// May promote versions; tells which body voted.
        type PromoteOrigin: EnsureOrigin<Self::RuntimeOrigin, Success = Promoter>;
        /// Blocks for which votes on a version that an owner gives are counted.
        #[pallet::constant]
        type GenesisVoting: Get<BlockNumber>;
        /// Most models that are not retired.
        #[pallet::constant]
        type MaxModels: Get<u32>;
        /// Most models of one organisation that are not retired.
        #[pallet::constant]
        type MaxModelsPerOrganisation: Get<u32>;
        /// Most models of one organisation that await votes at a time.
        #[pallet::constant]
        type MaxPendingPerOrganisation: Get<u32>;
        /// Bytes that every validator can take or fetch in a block's time: policies whose Revealing or votes last shorter than all updates
        /// need at this rate are refused.
        #[pallet::constant]
        type BytesPerBlock: Get<u64>;
        /// Paid to the treasury for the entry of a model, which stays for good.
        #[pallet::constant]
        type RecordFee: Get<Balance>;
        /// Put up for a model, and returned when it is retired.
        #[pallet::constant]
        type ModelDeposit: Get<Balance>;
        type WeightInfo: WeightInfo;

        /// Prepares what the benchmarks need of other pallets.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper;
    }

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// All models, by number.
    #[pallet::storage]
    pub type Models<T: Config> = StorageMap<_, Twox64Concat, ModelId, Model>;

    /// The number of the next model.
    #[pallet::storage]
    pub type NextModel<T: Config> = StorageValue<_, ModelId, ValueQuery>;

    /// Models that are not retired, ascending.
    #[pallet::storage]
    pub type LiveModels<T: Config> = StorageValue<_, BoundedVec<ModelId, T::MaxModels>, ValueQuery>;

    /// How many models of an organisation are not retired.
    #[pallet::storage]
    pub type ModelCount<T: Config> = StorageMap<_, Twox64Concat, OrganisationId, u32, ValueQuery>;

    /// How many models of an organisation await votes on their version 0.
    #[pallet::storage]
    pub type PendingCount<T: Config> = StorageMap<_, Twox64Concat, OrganisationId, u32, ValueQuery>;

    /// Version records: written once, never changed or removed.
    #[pallet::storage]
    pub type Versions<T: Config> =
        StorageDoubleMap<_, Twox64Concat, ModelId, Twox64Concat, VersionIndex, VersionRecord>;

    /// Where each version stands in the tree of its model's versions.
    #[pallet::storage]
    pub type Ancestries<T: Config> = StorageDoubleMap<_, Twox64Concat, ModelId, Twox64Concat, VersionIndex, Ancestry>;

    /// The first block in which a version is no longer Provisional, for those that are or were.
    #[pallet::storage]
    pub type Provisional<T: Config> =
        StorageDoubleMap<_, Twox64Concat, ModelId, Twox64Concat, VersionIndex, BlockNumber>;

    /// Versions that are revoked themselves.
    #[pallet::storage]
    pub type Revoked<T: Config> = StorageMap<_, Twox64Concat, ModelId, RevokedVersions, ValueQuery>;

    /// What settlement adds to a version's record, written once.
    #[pallet::storage]
    pub type Settlements<T: Config> =
        StorageDoubleMap<_, Twox64Concat, ModelId, Twox64Concat, VersionIndex, Settlement>;

    /// How versions were assessed, written once.
    #[pallet::storage]
    pub type Assessments<T: Config> =
        StorageDoubleMap<_, Twox64Concat, ModelId, Twox64Concat, VersionIndex, AssessmentRecord>;

    /// The version of a model that waits for what its policy's gate says.
    #[pallet::storage]
    pub type Awaiting<T: Config> = StorageMap<_, Twox64Concat, ModelId, VersionIndex>;

    /// Who voted for a version, written once.
    #[pallet::storage]
    pub type Promotions<T: Config> =
        StorageDoubleMap<_, Twox64Concat, ModelId, Twox64Concat, VersionIndex, PromotionRecord>;

    /// The newest promoted versions of a model, those that its owner gave included.
    #[pallet::storage]
    pub type Promoted<T: Config> = StorageMap<_, Twox64Concat, ModelId, PromotedVersions, ValueQuery>;

    /// Policies under which a version was recorded, by hash. One that is only in force stands in its model.
    #[pallet::storage]
    pub type Policies<T: Config> = StorageMap<_, Twox64Concat, Hash, Policy>;

    /// Organisations that the owner admitted to read a model.
    #[pallet::storage]
    pub type Readers<T: Config> = StorageMap<_, Twox64Concat, ModelId, Organisations, ValueQuery>;

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn integrity_test() {
            assert!(T::GenesisVoting::get() > 0, "votes on a version 0 need time");
            assert!(T::MaxModels::get() > 0, "a registry without room");
            assert!(
                T::MaxModelsPerOrganisation::get() > 0,
                "no organisation may have a model"
            );
            assert!(T::MaxPendingPerOrganisation::get() > 0, "no model may await votes");
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Register a model whose version 0 has the BLAKE3 root `root`.
        ///
        /// ## Dispatch Origin
        /// Signed by the account of an organisation in good standing, which becomes the owner.
        ///
        /// ## Details
        /// `header_len` counts the length field, the JSON and the padding of the canonical file's header, `group_len` the
        /// bytes of all `train` and `stat` tensors, `file_len` the whole file of a version; all in bytes. The model is Pending
        /// until the validators have voted on version 0, for at most `GenesisVoting` blocks. The organisation pays `RecordFee`
        /// for good, and `ModelDeposit`, which returns when the model is retired. `possession` shows that the organisation has the file:
        /// BLAKE3 of it in the keyed mode, under the organisation's key (`quorate_primitives::possession`). Validators find version 0
        /// malformed otherwise. `frozen_base` is what an adapter's tensors are trained on top of, and is never changed; it is needed on
        /// the chain only for evaluations, assessments and requests, which take Held weights of its root.
        ///
        /// ## Errors
        /// `NotAnOrganisation`, `NameInvalid`, `HeaderLengthInvalid`, `GroupLengthInvalid`, `FileLengthInvalid`,
        /// `ParentNotFound`, `FrozenBaseInvalid`, `MaxModelsExceeded`, `MaxModelsPerOrganisationExceeded`, `MaxPendingExceeded`, `Policy…`, and those
        /// of the payment and of `availability`.
        ///
        /// ## Events
        /// `Registered`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::register())]
        #[allow(clippy::too_many_arguments)]
        pub fn register(
            origin: OriginFor<T>,
            name: Name,
            header_hash: Hash,
            header_len: u32,
            group_len: u64,
            file_len: u64,
            root: Root,
            possession: Hash,
            policy: Policy,
            parent: Option<ModelId>,
            frozen_base: Option<FrozenBase>,
        ) -> DispatchResult {
            let owner = ensure_signed(origin)?;
            let layout = FileLayout {
                header_hash,
                header_len,
                group_len,
                file_len,
            };
            Self::do_register(
                owner,
                name,
                layout,
                Named { root, possession },
                policy,
                parent,
                frozen_base,
            )
        }

        /// Set the policy of the rounds that are opened from now on.
        ///
        /// ## Dispatch Origin
        /// Signed by the owner, or `AdminOrigin`.
        ///
        /// ## Details
        /// A round that runs keeps the policy that was in force when it was opened.
        ///
        /// ## Errors
        /// `ModelNotFound`, `NotAnOrganisation`, `NotOwner`, `AlreadyRetired`, `FrozenByCouncil`, `Policy…`.
        ///
        /// ## Events
        /// `PolicySet`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::set_policy())]
        pub fn set_policy(origin: OriginFor<T>, model: ModelId, policy: Policy) -> DispatchResult {
            let by = Self::ensure_owner_or_admin(origin, model)?;
            Self::do_set_policy(model, policy, by)
        }

        /// Let no round be opened on the model until it is unfrozen.
        ///
        /// ## Dispatch Origin
        /// Signed by the owner, or `AdminOrigin`.
        ///
        /// ## Details
        /// What the council froze, only the council unfreezes; it can take over the owner's freeze.
        ///
        /// ## Errors
        /// `ModelNotFound`, `NotAnOrganisation`, `NotOwner`, `NotActive`.
        ///
        /// ## Events
        /// `Frozen`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::freeze())]
        pub fn freeze(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
            let by = Self::ensure_owner_or_admin(origin, model)?;
            Self::do_freeze(model, by)
        }

        /// Let rounds be opened on the model again.
        ///
        /// ## Dispatch Origin
        /// Signed by the owner, or `AdminOrigin`.
        ///
        /// ## Errors
        /// `ModelNotFound`, `NotAnOrganisation`, `NotOwner`, `NotFrozen`, `FrozenByCouncil`.
        ///
        /// ## Events
        /// `Unfrozen`.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::unfreeze())]
        pub fn unfreeze(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
            let by = Self::ensure_owner_or_admin(origin, model)?;
            Self::do_unfreeze(model, by)
        }

        /// End the model for good. Its versions stay, and its deposit returns.
        ///
        /// ## Dispatch Origin
        /// Signed by the owner; `AdminOrigin` when the owner has left the consortium.
        ///
        /// ## Errors
        /// `ModelNotFound`, `NotAnOrganisation`, `NotOwner`, `AlreadyRetired`, `FrozenByCouncil`, `AwaitsVotes`.
        ///
        /// ## Events
        /// `Retired`.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::retire())]
        pub fn retire(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
            let by = Self::ensure_may_retire(origin, model)?;
            Self::do_retire(model, by)
        }

        /// Name another version 0 for a model whose first was rejected; `possession` as for `register`.
        ///
        /// ## Dispatch Origin
        /// Signed by the owner.
        ///
        /// ## Errors
        /// `ModelNotFound`, `NotAnOrganisation`, `NotOwner`, `NotRejected`, `MaxPendingExceeded`, and those of `availability`.
        ///
        /// ## Events
        /// `GenesisRetried`.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::retry_genesis())]
        pub fn retry_genesis(origin: OriginFor<T>, model: ModelId, root: Root, possession: Hash) -> DispatchResult {
            Self::ensure_owner(&ensure_signed(origin)?, model)?;
            Self::do_retry_genesis(model, Named { root, possession })
        }

        /// Declare a version unfit, and with it all that descend from it. Its record stays; the next round stands on the newest
        /// version with a clean ancestry, and rounds on other versions end with refunds.
        ///
        /// ## Dispatch Origin
        /// `AdminOrigin`.
        ///
        /// ## Errors
        /// `ModelNotFound`, `VersionNotFound`, `AlreadyRevoked`, `MaxRevocationsExceeded`.
        ///
        /// ## Events
        /// `VersionRevoked`.
        #[pallet::call_index(6)]
        #[pallet::weight(
            T::WeightInfo::revoke()
                .saturating_add(Pallet::<T>::searches_weight())
                .saturating_add(T::Rounds::revoked_weight())
        )]
        pub fn revoke(origin: OriginFor<T>, model: ModelId, version: VersionIndex) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::do_revoke(model, version)
        }

        /// Undo the revocation of a version. Other revocations stand: it is clean again only if none of its ancestors is revoked.
        ///
        /// ## Dispatch Origin
        /// `TwoThirdsOrigin`.
        ///
        /// ## Errors
        /// `ModelNotFound`, `NotRevoked`.
        ///
        /// ## Events
        /// `VersionRestored`.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::unrevoke().saturating_add(Pallet::<T>::searches_weight()))]
        pub fn unrevoke(origin: OriginFor<T>, model: ModelId, version: VersionIndex) -> DispatchResult {
            T::TwoThirdsOrigin::ensure_origin(origin)?;
            Self::do_unrevoke(model, version)
        }

        /// Let a model whose versions are all revoked, or descend from revoked ones, begin anew from a file with the BLAKE3 root
        /// `root`; `possession` as for `register`, under the key of the organisation that owns the model.
        ///
        /// ## Dispatch Origin
        /// `TwoThirdsOrigin`.
        ///
        /// ## Details
        /// The owner gives the file to the gateways, and the validators vote on it like on a version 0. Once a quorum holds it, it
        /// is recorded under the next index, unless a revocation was undone meanwhile and the model has a clean version again; the
        /// records before it stay, and its history covers them.
        ///
        /// ## Errors
        /// `ModelNotFound`, `NotActive`, `AwaitsVotes`, `CleanVersionLeft`, and those of `availability`.
        ///
        /// ## Events
        /// `NewGenesis`.
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::new_genesis())]
        pub fn new_genesis(origin: OriginFor<T>, model: ModelId, root: Root, possession: Hash) -> DispatchResult {
            T::TwoThirdsOrigin::ensure_origin(origin)?;
            Self::do_new_genesis(model, Named { root, possession })
        }

        /// Record that a body voted for a version. A policy may ask that rounds stand on promoted versions only, or that gateways
        /// show no others.
        ///
        /// ## Dispatch Origin
        /// `PromoteOrigin`: the council, or a poll.
        ///
        /// ## Details
        /// A version that the owner gave counts as promoted, by the validators' vote.
        ///
        /// ## Errors
        /// `ModelNotFound`, `AlreadyRetired`, `VersionNotFound`, `AlreadyPromoted`, `VersionNotClean`.
        ///
        /// ## Events
        /// `VersionPromoted`.
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::promote().saturating_add(Pallet::<T>::walk_weight()))]
        pub fn promote(origin: OriginFor<T>, model: ModelId, version: VersionIndex) -> DispatchResult {
            let by = T::PromoteOrigin::ensure_origin(origin)?;
            Self::do_promote(model, version, by)
        }

        /// Set which organisations may read the versions of a model whose access is `Contributors` or `Organisations`. The list
        /// replaces the former one.
        ///
        /// ## Dispatch Origin
        /// Signed by the owner.
        ///
        /// ## Errors
        /// `ModelNotFound`, `NotAnOrganisation`, `NotOwner`, `AlreadyRetired`, `FrozenByCouncil`, `OrganisationNotFound`.
        ///
        /// ## Events
        /// `ReadersAdmitted`.
        #[pallet::call_index(10)]
        #[pallet::weight(T::WeightInfo::admit_readers(u32::try_from(organisations.len()).unwrap_or(u32::MAX)))]
        pub fn admit_readers(origin: OriginFor<T>, model: ModelId, organisations: Organisations) -> DispatchResult {
            let by = Self::ensure_owner(&ensure_signed(origin)?, model)?;
            Self::do_admit_readers(model, organisations, by)
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// Whether a version may be relied on at this block; `None` when there is no such version.
        pub fn version_status(model: ModelId, version: VersionIndex) -> Option<VersionStatus> {
            Self::status(model, version)
        }

        /// Whether neither the version nor an ancestor of it is revoked.
        pub fn version_is_clean(model: ModelId, version: VersionIndex) -> bool {
            Self::clean(model, version)
        }
    }
}
