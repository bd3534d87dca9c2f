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
mod registry;
mod try_state;
pub mod types;
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
        types::{Actor, Artifact, Licence, Organisations},
        WeightInfo,
    };
    use alloc::vec::Vec;
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use quorate_primitives::{
        availability::{ArtifactKind, Finding, Named},
        policy::Access,
        traits::{Availability, Consortium, Escrow},
        views::ArtifactView,
        AccountId, ArtifactId, Balance, BlockNumber, Hash, OrganisationId, Root,
    };

    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::config]
    pub trait Config:
        frame_system::Config<AccountId = AccountId, Hash = Hash, RuntimeEvent: From<Event<Self>>>
    {
        /// Which organisation an account decides for.
        type Consortium: Consortium;
        /// Takes what an artifact costs, and returns its deposit.
        type Escrow: Escrow;
        /// Counts the validators' votes on files.
        type Availability: Availability;
        /// May retire artifacts of organisations that have left: the consortium's council.
        type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Blocks for which votes on a file are counted, beside those for its bytes.
        #[pallet::constant]
        type Voting: Get<BlockNumber>;
        /// Bytes that a validator takes from an owner, and fetches from another validator, in a block's time.
        #[pallet::constant]
        type BytesPerBlock: Get<u64>;
        /// Blocks for which the record of an artifact stays after it was retired or rejected. The bytes of a retired one stay as long.
        #[pallet::constant]
        type Retention: Get<BlockNumber>;
        /// Most artifacts that have a record.
        #[pallet::constant]
        type MaxArtifacts: Get<u32>;
        /// Most artifacts of one organisation that have a record.
        #[pallet::constant]
        type MaxArtifactsPerOrganisation: Get<u32>;
        /// Most artifacts of one organisation that await votes at a time.
        #[pallet::constant]
        type MaxPendingPerOrganisation: Get<u32>;
        /// Longest program, in bytes. Each validator reads it into memory.
        #[pallet::constant]
        type MaxProgramLen: Get<u64>;
        /// Longest data set, in bytes.
        #[pallet::constant]
        type MaxDataSetLen: Get<u64>;
        /// Longest file of weights, in bytes.
        #[pallet::constant]
        type MaxWeightsLen: Get<u64>;
        /// Paid to the treasury for each time that the validators read a file and vote on it.
        #[pallet::constant]
        type VoteFee: Get<Balance>;
        /// Put up for an artifact, and returned when it is pruned, beside what its bytes ask for.
        #[pallet::constant]
        type Deposit: Get<Balance>;
        /// Put up for each MiB of an artifact's file that was begun.
        #[pallet::constant]
        type DepositPerMiB: Get<Balance>;
        type WeightInfo: WeightInfo;

        /// Prepares what the benchmarks need of other pallets.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper;
    }

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Artifacts by number, until they are pruned.
    #[pallet::storage]
    pub type Artifacts<T: Config> = StorageMap<_, Twox64Concat, ArtifactId, Artifact>;

    /// The number of the next artifact. None is given twice.
    #[pallet::storage]
    pub type NextArtifact<T: Config> = StorageValue<_, ArtifactId, ValueQuery>;

    /// Artifacts that have a record, ascending.
    #[pallet::storage]
    pub type Kept<T: Config> = StorageValue<_, BoundedVec<ArtifactId, T::MaxArtifacts>, ValueQuery>;

    /// Weights that await votes or are held, by root and organisation: an organisation has one of a root.
    #[pallet::storage]
    pub type Weights<T: Config> = StorageDoubleMap<_, Twox64Concat, Root, Twox64Concat, OrganisationId, ArtifactId>;

    /// How many artifacts of an organisation have a record.
    #[pallet::storage]
    pub type ArtifactCount<T: Config> = StorageMap<_, Twox64Concat, OrganisationId, u32, ValueQuery>;

    /// How many artifacts of an organisation await votes.
    #[pallet::storage]
    pub type PendingCount<T: Config> = StorageMap<_, Twox64Concat, OrganisationId, u32, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// An artifact awaits votes.
        Registered {
            artifact: ArtifactId,
            organisation: OrganisationId,
            kind: ArtifactKind,
            root: Root,
            len: u64,
            until: BlockNumber,
        },
        /// Another file of a rejected artifact awaits votes.
        Retried {
            artifact: ArtifactId,
            root: Root,
            len: u64,
            until: BlockNumber,
        },
        /// A quorum holds the file and has checked every byte: it may be used.
        Held { artifact: ArtifactId, root: Root },
        /// No quorum held the file. `finding` is absent when the time for votes has passed.
        Rejected {
            artifact: ArtifactId,
            root: Root,
            finding: Option<Finding>,
        },
        /// These may read the file from now on.
        AccessSet {
            artifact: ArtifactId,
            access: Access,
            readers: Organisations,
        },
        /// The artifact may not be used any more.
        Retired { artifact: ArtifactId, by: Actor },
        /// The record of a retired or rejected artifact is gone.
        Pruned { artifact: ArtifactId },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The signer is not the account of an organisation in good standing. Sign with that account.
        NotAnOrganisation,
        /// No artifact has this number, or it was pruned. Numbers are in the `Registered` events.
        ArtifactNotFound,
        /// Only the artifact's owner may do this; the council where the owner has left the consortium and the call allows it.
        NotOwner,
        /// A licence has 1 to 1,024 bytes of UTF-8 with some visible text, and no control characters beside line breaks and tabs.
        LicenceInvalid,
        /// A program has 1 byte to `MaxProgramLen`, a data set 1 byte to `MaxDataSetLen`, weights 1 byte to `MaxWeightsLen`.
        LengthInvalid,
        /// The chain has as many artifacts as it may have. Wait until one is pruned.
        MaxArtifactsExceeded,
        /// The organisation has as many artifacts as it may have, those included that are retired or rejected and not pruned yet.
        /// Retire one, and prune it when its retention has ended.
        MaxArtifactsPerOrganisationExceeded,
        /// Too many artifacts of the organisation await votes. Try again when one is decided.
        MaxPendingExceeded,
        /// The artifact still awaits votes. Wait for the decision.
        AwaitsVotes,
        /// Only a Rejected artifact can be given another file.
        NotRejected,
        /// The artifact is retired for good.
        AlreadyRetired,
        /// An organisation of the list is not admitted to the consortium.
        OrganisationNotFound,
        /// Only access `Contributors` or `Organisations` names organisations. Leave the list empty.
        ReadersWithoutUse,
        /// Only a Retired or Rejected artifact is pruned. Its owner may retire it.
        NotEnded,
        /// The retention of the artifact has not ended. Wait until `Retention` blocks after it was retired or rejected.
        StillRetained,
        /// The organisation has weights of this root that await votes or are held. `set_access` says who may read them.
        AlreadyRegistered,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn integrity_test() {
            assert!(
                T::Voting::get() > 0 && T::BytesPerBlock::get() > 0,
                "votes on an artifact need time"
            );
            assert!(T::MaxArtifacts::get() > 0, "a registry without room");
            assert!(
                T::MaxArtifactsPerOrganisation::get() > 0,
                "no organisation may have an artifact"
            );
            assert!(T::MaxPendingPerOrganisation::get() > 0, "no artifact may await votes");
            assert!(
                T::MaxProgramLen::get() > 0 && T::MaxDataSetLen::get() > 0 && T::MaxWeightsLen::get() > 0,
                "no file is short enough"
            );
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Register a program, a data set or weights whose file has the BLAKE3 root `root` and `len` bytes.
        ///
        /// ## Dispatch Origin
        /// Signed by the account of an organisation in good standing, which becomes the owner.
        ///
        /// ## Details
        /// The artifact is Pending until the validators have voted on its file, for at most `Voting` blocks and twice those that its bytes take at
        /// `BytesPerBlock`; a quorum that has checked every byte makes it Held, anything else Rejected. The organisation pays `VoteFee` for the reading, and puts up `Deposit`
        /// with `DepositPerMiB` for each MiB that was begun, which returns in full when the artifact is pruned. `possession` shows that the
        /// organisation has the file: BLAKE3 of it in the keyed mode, under the organisation's key
        /// (`quorate_primitives::possession`). Nobody is admitted to read it at first beside whom `access` names by itself.
        ///
        /// ## Errors
        /// `NotAnOrganisation`, `LengthInvalid`, `LicenceInvalid`, `MaxArtifactsExceeded`, `MaxArtifactsPerOrganisationExceeded`,
        /// `MaxPendingExceeded`, `AlreadyRegistered`, and those of the payment and of `availability`.
        ///
        /// ## Events
        /// `Registered`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::register())]
        #[allow(clippy::too_many_arguments)]
        pub fn register(
            origin: OriginFor<T>,
            kind: ArtifactKind,
            root: Root,
            possession: Hash,
            len: u64,
            licence: Licence,
            access: Access,
        ) -> DispatchResult {
            let owner = ensure_signed(origin)?;
            Self::do_register(&owner, kind, Named { root, possession }, len, licence, access)
        }

        /// Name another file, or the same one again, for an artifact that was rejected; `possession` as for `register`.
        ///
        /// ## Dispatch Origin
        /// Signed by the owner.
        ///
        /// ## Details
        /// `VoteFee` is paid again, and the deposit becomes that of the new length.
        ///
        /// ## Errors
        /// `ArtifactNotFound`, `NotAnOrganisation`, `NotOwner`, `NotRejected`, `LengthInvalid`, `MaxPendingExceeded`, `AlreadyRegistered`, and
        /// those of the payment and of `availability`.
        ///
        /// ## Events
        /// `Retried`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::retry())]
        pub fn retry(
            origin: OriginFor<T>,
            artifact: ArtifactId,
            root: Root,
            possession: Hash,
            len: u64,
        ) -> DispatchResult {
            Self::ensure_owner(&ensure_signed(origin)?, artifact)?;
            Self::do_retry(artifact, Named { root, possession }, len)
        }

        /// Set who may read the artifact's file, and which organisations are admitted where `access` is `Contributors` or
        /// `Organisations`. The list replaces the former one. What was read already stays with whoever read it.
        ///
        /// ## Dispatch Origin
        /// Signed by the owner.
        ///
        /// ## Errors
        /// `ArtifactNotFound`, `NotAnOrganisation`, `NotOwner`, `AlreadyRetired`, `ReadersWithoutUse`, `OrganisationNotFound`.
        ///
        /// ## Events
        /// `AccessSet`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::set_access(u32::try_from(readers.len()).unwrap_or(u32::MAX)))]
        pub fn set_access(
            origin: OriginFor<T>,
            artifact: ArtifactId,
            access: Access,
            readers: Organisations,
        ) -> DispatchResult {
            Self::ensure_owner(&ensure_signed(origin)?, artifact)?;
            Self::do_set_access(artifact, access, readers)
        }

        /// End the artifact for good. Its record and its bytes stay for `Retention` blocks, and so does its deposit: `prune` returns that.
        ///
        /// ## Dispatch Origin
        /// Signed by the owner; `AdminOrigin` when the owner has left the consortium.
        ///
        /// ## Errors
        /// `ArtifactNotFound`, `NotAnOrganisation`, `NotOwner`, `AwaitsVotes`, `AlreadyRetired`.
        ///
        /// ## Events
        /// `Retired`.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::retire())]
        pub fn retire(origin: OriginFor<T>, artifact: ArtifactId) -> DispatchResult {
            let by = Self::ensure_may_retire(origin, artifact)?;
            Self::do_retire(artifact, by)
        }

        /// Remove the record of an artifact whose retention has ended. Its deposit returns to its owner.
        ///
        /// ## Dispatch Origin
        /// Signed by anyone.
        ///
        /// ## Errors
        /// `ArtifactNotFound`, `NotEnded`, `StillRetained`.
        ///
        /// ## Events
        /// `Pruned`.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::prune())]
        pub fn prune(origin: OriginFor<T>, artifact: ArtifactId) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_prune(artifact)
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// An artifact; `None` when there is no such artifact, or it was pruned.
        pub fn artifact(artifact: ArtifactId) -> Option<ArtifactView> {
            Self::view(artifact)
        }

        /// Artifacts with numbers from `from` on, ascending, at most `count` and 64.
        pub fn artifacts(from: ArtifactId, count: u32) -> Vec<ArtifactView> {
            Self::list(from, count)
        }
    }
}
