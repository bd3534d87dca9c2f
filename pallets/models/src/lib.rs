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

mod genesis;
pub mod migrations;
mod registry;
pub mod types;
mod versions;
mod views;
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
#[allow(clippy::too_many_arguments)] // the code that the macro makes for `register`
pub mod pallet {
    use super::{
        types::{Awaiting, Model, Name, Shape},
        WeightInfo,
    };
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use quorate_primitives::{
        policy::Policy,
        traits::Consortium,
        version::{Settlement, VersionRecord, VersionStatus},
        AccountId, BlockNumber, Hash, ModelId, OrganisationId, Root, RoundId, VersionIndex,
    };

    const STORAGE_VERSION: StorageVersion = StorageVersion::new(2);

    #[pallet::config]
    pub trait Config:
        frame_system::Config<AccountId = AccountId, Hash = Hash, RuntimeEvent: From<Event<Self>>>
    {
        /// Who may register models.
        type Consortium: Consortium;
        /// May set policies, freeze, unfreeze and revoke: the consortium's council.
        type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Blocks for which votes on a version 0 are counted.
        #[pallet::constant]
        type GenesisVoting: Get<BlockNumber>;
        /// Most models of the chain, retired ones included.
        #[pallet::constant]
        type MaxModels: Get<u32>;
        /// Most models of one organisation that are not retired.
        #[pallet::constant]
        type MaxModelsPerOrganisation: Get<u32>;
        type WeightInfo: WeightInfo;
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

    /// How many models of an organisation are not retired.
    #[pallet::storage]
    pub type ModelCount<T: Config> = StorageMap<_, Twox64Concat, OrganisationId, u32, ValueQuery>;

    /// Models whose version 0 awaits votes, ascending.
    #[pallet::storage]
    pub type AwaitingGenesis<T: Config> = StorageValue<_, Awaiting, ValueQuery>;

    /// Version records: written once, never changed or removed.
    #[pallet::storage]
    pub type Versions<T: Config> =
        StorageDoubleMap<_, Twox64Concat, ModelId, Twox64Concat, VersionIndex, VersionRecord>;

    /// Versions that are, or were, Provisional, and Revoked ones. A recorded version without an entry is Final.
    #[pallet::storage]
    pub type Statuses<T: Config> =
        StorageDoubleMap<_, Twox64Concat, ModelId, Twox64Concat, VersionIndex, VersionStatus>;

    /// What settlement adds to a version's record, written once.
    #[pallet::storage]
    pub type Settlements<T: Config> =
        StorageDoubleMap<_, Twox64Concat, ModelId, Twox64Concat, VersionIndex, Settlement>;

    /// Every policy that was ever set, by its hash.
    #[pallet::storage]
    pub type Policies<T: Config> = StorageMap<_, Twox64Concat, Hash, Policy>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A model awaits the votes on its version 0.
        Registered {
            model: ModelId,
            owner: AccountId,
            organisation: OrganisationId,
            root: Root,
            policy_hash: Hash,
            until: BlockNumber,
        },
        /// A quorum holds version 0: rounds may be opened.
        Activated { model: ModelId, root: Root },
        /// No quorum held version 0.
        Rejected { model: ModelId, root: Root },
        /// Another version 0 awaits votes.
        GenesisRetried {
            model: ModelId,
            root: Root,
            until: BlockNumber,
        },
        /// Rounds opened from now on follow this policy.
        PolicySet { model: ModelId, policy_hash: Hash },
        /// No round can be opened.
        Frozen { model: ModelId },
        /// Rounds can be opened again.
        Unfrozen { model: ModelId },
        /// No round will be opened any more.
        Retired { model: ModelId },
        /// A version was recorded.
        VersionRecorded {
            model: ModelId,
            version: VersionIndex,
            root: Root,
            round: RoundId,
            until: Option<BlockNumber>,
        },
        /// The roots over a version's updates and statements are known.
        VersionSettled {
            model: ModelId,
            version: VersionIndex,
            settlement: Settlement,
        },
        /// Governance declared a version unfit; the next round stands on `head`.
        VersionRevoked {
            model: ModelId,
            version: VersionIndex,
            head: Option<VersionIndex>,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The signer is not the account of an organisation in good standing. Sign with that account.
        NotAnOrganisation,
        /// No model has this number. Numbers are in the `Registered` events.
        ModelNotFound,
        /// Only the model's owner, or the council where the call allows it, may do this.
        NotOwner,
        /// A name has 1 to 64 bytes of UTF-8.
        NameInvalid,
        /// `header_len` counts the length field, the JSON and the padding: a positive multiple of 1,024.
        HeaderLengthInvalid,
        /// `group_len` is the bytes of all `train` and `stat` tensors: a positive multiple of 4.
        GroupLengthInvalid,
        /// `file_len` must be at least `header_len + group_len`.
        FileLengthInvalid,
        /// The parent is not registered. Register it first.
        ParentNotFound,
        /// The chain takes no more models.
        MaxModelsExceeded,
        /// The organisation has as many models as it may have. Retire one.
        MaxModelsPerOrganisationExceeded,
        /// Too many models await votes at once. Try again when some are decided.
        MaxAwaitingExceeded,
        /// A parameter of the pipeline (pre-aggregators, rule, server optimiser) is out of range.
        PolicyPipelineInvalid,
        /// `min_updates` must be at least 1 and at most `max_updates`, which is at most 1,024.
        PolicyUpdatesInvalid,
        /// `max_weight` must be in `1..=2^20`.
        PolicyWeightInvalid,
        /// `max_updates_per_organisation` must be at least 1 and at most the number of updates that the pipeline tolerates.
        PolicyOrganisationCapInvalid,
        /// A phase is shorter or longer than the runtime allows.
        PolicyDeadlineInvalid,
        /// The parts of the split must sum to one million.
        PolicySplitInvalid,
        /// `max_organisation_share` must be in `1..=1_000_000`.
        PolicyShareInvalid,
        /// Only an Active model can be frozen.
        NotActive,
        /// Only a Frozen model can be unfrozen.
        NotFrozen,
        /// The model is retired for good.
        AlreadyRetired,
        /// Version 0 still awaits votes. Wait for the decision.
        AwaitsVotes,
        /// Only a Rejected model can name another version 0.
        NotRejected,
        /// The model has no version of this number.
        VersionNotFound,
        /// The version is revoked already.
        AlreadyRevoked,
        /// The model has no version that a round could have stood on.
        NoBaseVersion,
        /// The new version's file does not have the model's length.
        OutputLengthDiffers,
        /// The model has as many versions as can be numbered.
        MaxVersionsExceeded,
        /// The pipeline cannot run for every number of updates from `min_updates` to `max_updates`: ask for more updates,
        /// or tolerate fewer.
        PolicyPipelineCannotRun,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            Self::shift_deadlines_while_migrating()
        }

        fn integrity_test() {
            assert!(T::GenesisVoting::get() > 0, "votes on a version 0 need time");
            assert!(T::MaxModels::get() > 0, "a registry without room");
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
        /// until the validators have voted on version 0, for at most `GenesisVoting` blocks.
        ///
        /// ## Errors
        /// `NotAnOrganisation`, `NameInvalid`, `HeaderLengthInvalid`, `GroupLengthInvalid`, `FileLengthInvalid`,
        /// `ParentNotFound`, `MaxModelsExceeded`, `MaxModelsPerOrganisationExceeded`, `MaxAwaitingExceeded`, `Policy…Invalid`.
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
            policy: Policy,
            parent: Option<ModelId>,
        ) -> DispatchResult {
            let owner = ensure_signed(origin)?;
            let shape = Shape {
                header_hash,
                header_len,
                group_len,
                file_len,
            };
            Self::do_register(owner, name, shape, root, policy, parent)
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
        /// `ModelNotFound`, `NotOwner`, `AlreadyRetired`, `Policy…Invalid`.
        ///
        /// ## Events
        /// `PolicySet`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::set_policy())]
        pub fn set_policy(origin: OriginFor<T>, model: ModelId, policy: Policy) -> DispatchResult {
            Self::ensure_owner_or_admin(origin, model)?;
            Self::do_set_policy(model, policy)
        }

        /// Let no round be opened on the model until it is unfrozen.
        ///
        /// ## Dispatch Origin
        /// Signed by the owner, or `AdminOrigin`.
        ///
        /// ## Errors
        /// `ModelNotFound`, `NotOwner`, `NotActive`.
        ///
        /// ## Events
        /// `Frozen`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::freeze())]
        pub fn freeze(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
            Self::ensure_owner_or_admin(origin, model)?;
            Self::do_freeze(model)
        }

        /// Let rounds be opened on the model again.
        ///
        /// ## Dispatch Origin
        /// Signed by the owner, or `AdminOrigin`.
        ///
        /// ## Errors
        /// `ModelNotFound`, `NotOwner`, `NotFrozen`.
        ///
        /// ## Events
        /// `Unfrozen`.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::unfreeze())]
        pub fn unfreeze(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
            Self::ensure_owner_or_admin(origin, model)?;
            Self::do_unfreeze(model)
        }

        /// End the model for good. Its versions stay.
        ///
        /// ## Dispatch Origin
        /// Signed by the owner.
        ///
        /// ## Errors
        /// `ModelNotFound`, `NotOwner`, `AlreadyRetired`, `AwaitsVotes`.
        ///
        /// ## Events
        /// `Retired`.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::retire())]
        pub fn retire(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
            Self::ensure_owner(ensure_signed(origin)?, model)?;
            Self::do_retire(model)
        }

        /// Name another version 0 for a model whose first was rejected.
        ///
        /// ## Dispatch Origin
        /// Signed by the owner.
        ///
        /// ## Errors
        /// `ModelNotFound`, `NotOwner`, `NotRejected`, `MaxAwaitingExceeded`.
        ///
        /// ## Events
        /// `GenesisRetried`.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::retry_genesis())]
        pub fn retry_genesis(origin: OriginFor<T>, model: ModelId, root: Root) -> DispatchResult {
            Self::ensure_owner(ensure_signed(origin)?, model)?;
            Self::do_retry_genesis(model, root)
        }

        /// Declare a version unfit. Its record stays; the next round stands on its nearest ancestor that is not revoked.
        ///
        /// ## Dispatch Origin
        /// `AdminOrigin`.
        ///
        /// ## Errors
        /// `ModelNotFound`, `VersionNotFound`, `AlreadyRevoked`.
        ///
        /// ## Events
        /// `VersionRevoked`.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::revoke())]
        pub fn revoke(origin: OriginFor<T>, model: ModelId, version: VersionIndex) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::do_revoke(model, version)
        }
    }
}
