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
mod declaring;
mod needs;
mod silences;
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
        types::{Entry, Spared},
        WeightInfo,
    };
    use alloc::vec::Vec;
    use frame_support::pallet_prelude::*;
    use frame_system::{ensure_authorized, pallet_prelude::*};
    use quorate_primitives::{
        capability::{Capability, Declaration},
        crypto::AttestationSignature,
        traits::Consortium,
        views::{CapabilityView, CapableCount},
        AccountId, BlockNumber, Hash,
    };

    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::config]
    pub trait Config:
        frame_system::Config<AccountId = AccountId, Hash = Hash, RuntimeEvent: From<Event<Self>>>
    {
        /// Who is an active validator of the session, and its key.
        type Consortium: Consortium;

        /// Fewest blocks between two declarations of a validator.
        #[pallet::constant]
        type MinInterval: Get<BlockNumber>;

        /// Blocks after which the same may be declared again, within which two silences bar a validator, and for which it is barred.
        #[pallet::constant]
        type Era: Get<BlockNumber>;

        /// Millions of operations in a block's time that the deadlines of batches count on: slower machines are not asked.
        #[pallet::constant]
        type MinSpeed: Get<u64>;

        /// Weights of the call and of what other pallets ask.
        type WeightInfo: WeightInfo;

        /// Prepares what the benchmarks need of other pallets.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper;
    }

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// What validators declared, until they leave the registry.
    #[pallet::storage]
    pub type Entries<T: Config> = StorageMap<_, Blake2_128Concat, AccountId, Entry>;

    /// How many could still be barred in the last block in which one was silent for the second time.
    #[pallet::storage]
    pub type Spare<T: Config> = StorageValue<_, Spared>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A validator declared what its machine can answer.
        Declared {
            validator: AccountId,
            capability: Capability,
        },
        /// A validator made no statement in a job of inference that others agreed on.
        Silent { validator: AccountId },
        /// It did so twice within an era: it is asked for no answers before block `until`.
        Barred { validator: AccountId, until: BlockNumber },
        /// The validator has left the registry: what it declared is gone.
        Forgotten { validator: AccountId },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The account is no active validator of this session. Wait for a session that it is in.
        NotAValidator,
        /// The declaration names a block that is not there yet. Name the best block.
        FromTheFuture,
        /// The declaration names a block more than 64 blocks ago. Make another one.
        TooOld,
        /// The validator's last declaration named this block or a later one. Make another one.
        NotNewer,
        /// The validator's last declaration is fewer than `MinInterval` blocks old. Wait.
        TooSoon,
        /// The validator declared the same less than an era ago. Nothing needs to be done.
        Unchanged,
        /// The signature is not the validator's over this chain and declaration. Sign with the attestation key of the session.
        BadSignature,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn integrity_test() {
            assert!(
                T::MinInterval::get() > 0 && T::MinInterval::get() <= T::Era::get(),
                "a declaration is renewed before another one is accepted"
            );
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Declare what a validator's machine can answer.
        ///
        /// ## Dispatch Origin
        ///
        /// A general transaction that carries the validator's signature over [`declaration_payload`].
        ///
        /// ## Details
        ///
        /// It replaces what the validator declared before. It ends no bar.
        ///
        /// ## Errors
        ///
        /// `NotAValidator`, `FromTheFuture`, `TooOld`, `NotNewer`, `TooSoon`, `Unchanged`, `BadSignature`.
        ///
        /// ## Events
        ///
        /// `Declared`.
        ///
        /// [`declaration_payload`]: quorate_primitives::payload::declaration_payload
        #[pallet::call_index(0)]
        #[pallet::weight((T::WeightInfo::declare(), DispatchClass::Operational, Pays::No))]
        #[pallet::authorize(Self::authorize_declare)]
        #[pallet::weight_of_authorize(T::WeightInfo::authorize_declare())]
        pub fn declare(
            origin: OriginFor<T>,
            declaration: Declaration,
            _signature: AttestationSignature,
        ) -> DispatchResult {
            ensure_authorized(origin)?;
            Self::do_declare(declaration)
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// What each active validator of the session declared.
        pub fn capabilities() -> Vec<CapabilityView> {
            Self::views()
        }

        /// How many of them could answer a request now that needs so many MiB.
        pub fn capable_of(memory: u32) -> CapableCount {
            Self::count(memory)
        }
    }
}
