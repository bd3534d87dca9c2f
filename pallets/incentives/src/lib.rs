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

mod bonds;
mod escrow;
mod funds;
#[cfg(test)]
mod mock;
mod pot;
#[cfg(test)]
mod tests;
#[cfg(any(test, feature = "try-runtime"))]
mod try_state;
pub mod types;
pub mod weights;

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
    use frame_support::{
        pallet_prelude::*,
        traits::fungible::{hold, Inspect, Mutate},
        PalletId,
    };
    use frame_system::pallet_prelude::*;
    use quorate_primitives::{traits::Models, AccountId, Balance, ModelId, RoundId};

    /// Layout of this pallet's storage.
    pub const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId> {
        /// The token.
        type Currency: Inspect<AccountId, Balance = Balance>
            + Mutate<AccountId>
            + hold::Mutate<AccountId, Reason: From<HoldReason>>;

        /// Names the pot: the account that holds funds, escrows and unclaimed earnings.
        #[pallet::constant]
        type PalletId: Get<PalletId>;

        /// Takes shares of the treasury, rounding dust and slashed bonds.
        type Treasury: Get<AccountId>;

        /// Tells who owns a model.
        type Owners: Models;

        /// Weights of the calls.
        type WeightInfo: WeightInfo;
    }

    /// Why this pallet holds tokens of an account.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// Bond for an update that was submitted.
        #[codec(index = 0)]
        Bond,
    }

    /// What is there to pay a model's rounds from.
    #[pallet::storage]
    pub type Funds<T> = StorageMap<_, Twox64Concat, ModelId, Balance, ValueQuery>;

    /// What is set aside for a round.
    #[pallet::storage]
    pub type Escrows<T> = StorageMap<_, Twox64Concat, RoundId, Balance, ValueQuery>;

    /// What an account has earned and not claimed yet.
    #[pallet::storage]
    pub type Earnings<T> = StorageMap<_, Blake2_128Concat, AccountId, Balance, ValueQuery>;

    /// Bonds by round and contributor; the tokens are held on the organisation's account.
    #[pallet::storage]
    pub type Bonds<T> = StorageDoubleMap<_, Twox64Concat, RoundId, Blake2_128Concat, AccountId, Bond, OptionQuery>;

    /// Gives the pot its existential deposit. Must be built after the balances.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            Pallet::<T>::endow_pot();
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// Somebody added to a model's fund.
        Funded {
            model: ModelId,
            by: AccountId,
            amount: Balance,
        },
        /// The owner took from a model's fund.
        FundWithdrawn {
            model: ModelId,
            to: AccountId,
            amount: Balance,
        },
        /// Tokens of a model's fund were set aside for a round.
        Locked {
            model: ModelId,
            round: RoundId,
            amount: Balance,
        },
        /// An account earned part of a round's escrow.
        Earned {
            round: RoundId,
            account: AccountId,
            amount: Balance,
        },
        /// The rest of a round's escrow went to the treasury.
        EscrowClosed { round: RoundId, rest: Balance },
        /// The rest of a round's escrow went back to the model's fund.
        Refunded {
            model: ModelId,
            round: RoundId,
            amount: Balance,
        },
        /// All earnings of an account were paid out.
        Claimed { account: AccountId, amount: Balance },
        /// Tokens of an organisation are held for a contributor's update.
        BondHeld {
            round: RoundId,
            contributor: AccountId,
            organisation: AccountId,
            amount: Balance,
        },
        /// A bond was returned.
        BondReleased {
            round: RoundId,
            contributor: AccountId,
            amount: Balance,
        },
        /// A bond was taken.
        BondSlashed {
            round: RoundId,
            contributor: AccountId,
            amount: Balance,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// No model has this id. Look it up in the registry.
        ModelNotFound,
        /// Only the owner of a model may take from its fund.
        NotAuthorized,
        /// The model's fund holds less than that. Add to it with `fund`.
        FundTooSmall,
        /// The round's escrow holds less than that.
        EscrowTooSmall,
        /// There is nothing to claim.
        NothingToClaim,
        /// The receiving account does not exist yet and the amount is below the existential deposit. It stays
        /// claimable: claim when more is earned, or send the account some tokens first.
        BelowExistentialDeposit,
        /// The organisation's account has too little free balance for the bond. Send tokens to that account.
        BondNotCovered,
        /// There is a bond for this round and contributor already.
        AlreadyBonded,
        /// An amount does not fit its type.
        Overflow,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Add to a model's fund.
        ///
        /// ## Dispatch Origin
        /// Signed by anyone.
        ///
        /// ## Details
        /// The signer's account stays alive. An amount of 0 does nothing.
        ///
        /// ## Errors
        /// [`Error::ModelNotFound`], and those of a transfer.
        ///
        /// ## Events
        /// [`Event::Funded`].
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::fund())]
        pub fn fund(origin: OriginFor<T>, model: ModelId, #[pallet::compact] amount: Balance) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_fund(who, model, amount)
        }

        /// Take from a model's fund. What is set aside for a round stays there.
        ///
        /// ## Dispatch Origin
        /// Signed by the model's owner.
        ///
        /// ## Errors
        /// [`Error::ModelNotFound`], [`Error::NotAuthorized`], [`Error::FundTooSmall`],
        /// [`Error::BelowExistentialDeposit`].
        ///
        /// ## Events
        /// [`Event::FundWithdrawn`].
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::withdraw_fund())]
        pub fn withdraw_fund(
            origin: OriginFor<T>,
            model: ModelId,
            #[pallet::compact] amount: Balance,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_withdraw_fund(who, model, amount)
        }

        /// Pay out all that the signer has earned.
        ///
        /// ## Dispatch Origin
        /// Signed. Free of charge when it would succeed.
        ///
        /// ## Errors
        /// [`Error::NothingToClaim`], [`Error::BelowExistentialDeposit`].
        ///
        /// ## Events
        /// [`Event::Claimed`].
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::claim())]
        #[pallet::feeless_if(|origin: &OriginFor<T>| -> bool {
            ensure_signed(origin.clone()).is_ok_and(|who| Pallet::<T>::check_claim(&who).is_ok())
        })]
        pub fn claim(origin: OriginFor<T>) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_claim(who)
        }

        /// Pay out all that another account has earned, to that account.
        ///
        /// ## Dispatch Origin
        /// Signed by anyone, who pays the fee.
        ///
        /// ## Details
        /// For accounts that cannot sign a transaction yet: a validator that holds no tokens, or a contributor whose
        /// sponsorship has ended.
        ///
        /// ## Errors
        /// [`Error::NothingToClaim`], [`Error::BelowExistentialDeposit`].
        ///
        /// ## Events
        /// [`Event::Claimed`].
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::claim())]
        pub fn claim_for(origin: OriginFor<T>, account: AccountId) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_claim(account)
        }
    }
}
