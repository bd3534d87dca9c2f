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
// The mocks measure nothing: there are none beside the benchmarks.
#[cfg(all(test, not(feature = "runtime-benchmarks")))]
mod mock;
mod ranks;
pub mod rule;
mod scores;
#[cfg(all(test, not(feature = "runtime-benchmarks")))]
mod tests;
mod try_state;
pub mod types;
pub mod weights;

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
    use crate::{types::*, WeightInfo};
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use quorate_primitives::{
        job::Verdict,
        traits::{Consortium, RankSink},
        AccountId, OrganisationId, Ppm, PPM,
    };

    /// Layout of this pallet's storage.
    pub const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId> {
        /// Sets the parameters and resets a reputation.
        type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// Says who belongs to the consortium: nobody else is given a record.
        type Consortium: Consortium;

        /// Gives contributors their ranks, or refuses to.
        type RankSink: RankSink;

        /// The parameters until governance sets others.
        #[pallet::constant]
        type DefaultParameters: Get<Parameters>;

        /// Ascending reputations from which on a contributor has rank 1, 2, ….
        #[pallet::constant]
        type RankThresholds: Get<RankThresholds>;

        /// The most ranked contributors of one organisation.
        #[pallet::constant]
        type MaxRankedPerOrganisation: Get<u32>;

        /// Weights of the calls.
        type WeightInfo: WeightInfo;

        /// Prepares what the benchmarks need of other pallets.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper;
    }

    /// The parameters that governance has set.
    #[pallet::storage]
    pub type CurrentParameters<T: Config> = StorageValue<_, Parameters, ValueQuery, T::DefaultParameters>;

    /// Contributors whose reputation has moved, until their sponsorship ends.
    #[pallet::storage]
    pub type Contributors<T> = StorageMap<_, Blake2_128Concat, AccountId, ContributorRecord, OptionQuery>;

    /// Validators whose reputation has moved, until they have left the registry.
    #[pallet::storage]
    pub type Validators<T> = StorageMap<_, Blake2_128Concat, AccountId, Ppm, OptionQuery>;

    /// How many contributors of an organisation have a rank above 0.
    #[pallet::storage]
    pub type RankedCount<T> = StorageMap<_, Twox64Concat, OrganisationId, u32, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A contributor's reputation moved.
        ContributorMoved { contributor: AccountId, from: Ppm, to: Ppm },
        /// A validator's reputation moved.
        ValidatorMoved {
            validator: AccountId,
            from: Ppm,
            to: Ppm,
            verdict: Verdict,
        },
        /// A contributor has another rank.
        RankChanged { contributor: AccountId, from: u16, to: u16 },
        /// A contributor was to have `rank`, and was refused it: its organisation has no place, or the collective answered with an
        /// error. It keeps the rank that it has, and none in an organisation without a place.
        RankRefused {
            contributor: AccountId,
            rank: u16,
            error: DispatchError,
        },
        /// A contributor is no longer sponsored: its reputation and its rank ended.
        ContributorForgotten { contributor: AccountId },
        /// A validator has left the registry: its reputation ended.
        ValidatorForgotten { validator: AccountId },
        /// Governance set the parameters.
        ParametersSet { parameters: Parameters },
        /// Governance reset an account's reputation.
        Reset { account: AccountId },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// A rate or target is above one million or below its floor. All parameters are parts per million; rates have at
        /// least 1,000, the target 100,000.
        OutOfRange,
        /// The account has no reputation to reset: it was not scored or judged since it joined. Nothing needs to be done.
        NotFound,
        /// The organisation has as many ranked contributors as it may. Wait until one of them loses its rank.
        NoPlace,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn integrity_test() {
            let thresholds = T::RankThresholds::get();
            assert!(
                thresholds.windows(2).all(|pair| pair[0] < pair[1]),
                "rank thresholds must ascend"
            );
            assert!(
                thresholds.iter().all(|threshold| (1..=PPM).contains(threshold)),
                "a rank threshold is out of range"
            );
            assert!(
                T::DefaultParameters::get().check(),
                "a default parameter is out of range"
            );
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Set the parameters of the rule.
        ///
        /// ## Dispatch Origin
        /// [`Config::AdminOrigin`].
        ///
        /// ## Details
        /// They apply from the next score or verdict on; present reputations stay.
        ///
        /// ## Errors
        /// [`Error::OutOfRange`].
        ///
        /// ## Events
        /// [`Event::ParametersSet`].
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::set_parameters())]
        pub fn set_parameters(origin: OriginFor<T>, parameters: Parameters) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            ensure!(parameters.check(), Error::<T>::OutOfRange);
            CurrentParameters::<T>::put(parameters);
            Self::deposit_event(Event::ParametersSet { parameters });
            Ok(())
        }

        /// Forget the reputation of an account: it starts anew, without a rank.
        ///
        /// ## Dispatch Origin
        /// [`Config::AdminOrigin`].
        ///
        /// ## Errors
        /// [`Error::NotFound`]; what the rank sink answers when it refuses to end the rank.
        ///
        /// ## Events
        /// [`Event::Reset`], and [`Event::RankChanged`] when the account had a rank.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::reset())]
        pub fn reset(origin: OriginFor<T>, account: AccountId) -> DispatchResult {
            T::AdminOrigin::ensure_origin(origin)?;
            Self::do_reset(account)
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// The reputation of an account as contributor and as validator, and its rank. An account without a record has what it
        /// would begin with.
        pub fn reputation_status(account: AccountId) -> ReputationStatus {
            Self::status_of(&account)
        }
    }
}
