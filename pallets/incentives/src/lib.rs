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
mod bonds;
mod escrow;
mod funds;
// The mocks measure nothing: there are none beside the benchmarks.
#[cfg(all(test, not(feature = "runtime-benchmarks")))]
mod mock;
mod pot;
#[cfg(all(test, not(feature = "runtime-benchmarks")))]
mod tests;
mod try_state;
pub mod types;
mod views;
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
    use frame_support::{
        pallet_prelude::*,
        traits::fungible::{Inspect, Mutate},
        PalletId,
    };
    use frame_system::pallet_prelude::*;
    use quorate_primitives::{
        purpose::Purpose,
        traits::{Consortium, FundOwners},
        AccountId, Balance, OrganisationId,
    };
    use sp_runtime::traits::{AccountIdConversion, Zero};

    /// Layout of this pallet's storage.
    pub const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId> {
        /// The token.
        type Currency: Inspect<AccountId, Balance = Balance> + Mutate<AccountId>;

        /// Names the pot: the account that holds funds, escrows, bonds and unclaimed earnings.
        #[pallet::constant]
        type PalletId: Get<PalletId>;

        /// Gets its share of pay, rounding dust, slashed bonds and charges.
        type Treasury: Get<AccountId>;

        /// Which account an organisation has.
        type Consortium: Consortium;

        /// Which organisation a fund belongs to.
        type Owners: FundOwners;

        /// Weights of the calls.
        type WeightInfo: WeightInfo;

        /// Prepares what the benchmarks need of other pallets.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::BenchmarkHelper;
    }

    /// What work for a purpose is paid from, as far as it is not set aside.
    #[pallet::storage]
    pub type Funds<T> = StorageMap<_, Twox64Concat, Purpose, Balance, ValueQuery>;

    /// What is set aside for a purpose.
    #[pallet::storage]
    pub type Escrows<T> = StorageMap<_, Twox64Concat, Purpose, EscrowEntry, OptionQuery>;

    /// What an account has earned and not claimed yet.
    #[pallet::storage]
    pub type Earnings<T> = StorageMap<_, Blake2_128Concat, AccountId, Balance, ValueQuery>;

    /// Bonds by purpose and key; the tokens are in the pot.
    #[pallet::storage]
    pub type Bonds<T> = StorageDoubleMap<_, Twox64Concat, Purpose, Blake2_128Concat, AccountId, Bond, OptionQuery>;

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
        /// An account added to a fund.
        Funded {
            purpose: Purpose,
            by: AccountId,
            amount: Balance,
        },
        /// The owner took from a fund.
        FundWithdrawn {
            purpose: Purpose,
            organisation: OrganisationId,
            to: AccountId,
            amount: Balance,
        },
        /// Tokens of a fund were set aside.
        Locked {
            fund: Purpose,
            purpose: Purpose,
            amount: Balance,
        },
        /// An account earned part of an escrow.
        Earned {
            purpose: Purpose,
            account: AccountId,
            amount: Balance,
        },
        /// The rest of an escrow went into another.
        Transferred {
            from: Purpose,
            into: Purpose,
            amount: Balance,
        },
        /// The rest of an escrow went to the treasury.
        EscrowClosed { purpose: Purpose, rest: Balance },
        /// Tokens of an escrow went back to its fund.
        Refunded {
            fund: Purpose,
            purpose: Purpose,
            amount: Balance,
        },
        /// The owner of a fund has left the consortium: what the fund held, or what came back to it from the escrow of another
        /// purpose, went to the treasury.
        Forfeited {
            fund: Purpose,
            purpose: Purpose,
            amount: Balance,
        },
        /// All earnings of an account were paid out.
        Claimed { account: AccountId, amount: Balance },
        /// An organisation put up a bond.
        BondHeld {
            purpose: Purpose,
            key: AccountId,
            organisation: OrganisationId,
            amount: Balance,
        },
        /// A bond was returned, at once or as earnings of `to` where that account cannot take it yet.
        BondReleased {
            purpose: Purpose,
            key: AccountId,
            organisation: OrganisationId,
            to: AccountId,
            amount: Balance,
        },
        /// A bond was taken.
        BondSlashed {
            purpose: Purpose,
            key: AccountId,
            organisation: OrganisationId,
            amount: Balance,
        },
        /// A bond was taken for those who are paid from an escrow.
        BondForfeited {
            purpose: Purpose,
            key: AccountId,
            organisation: OrganisationId,
            amount: Balance,
            into: Purpose,
        },
        /// An organisation paid the treasury for something that the chain keeps for good.
        Charged {
            organisation: OrganisationId,
            amount: Balance,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// Nothing of that kind and number can be funded. Look the number up in its registry.
        PurposeNotFound,
        /// The account is not that of an organisation in good standing. Sign with the organisation's present account.
        NotAnOrganisation,
        /// The fund belongs to another organisation.
        NotOwner,
        /// The fund's owner has left the consortium: nobody could withdraw it again, and no round would be paid from it.
        OwnerHasLeft,
        /// The fund's owner is admitted, suspended or not: only it may withdraw.
        OwnerIsAdmitted,
        /// The fund holds less than that. Add to it with `fund`.
        FundTooSmall,
        /// The escrow holds less than that.
        EscrowTooSmall,
        /// The escrow was filled from another fund: end it first.
        EscrowOfAnotherFund,
        /// There is nothing to claim.
        NothingToClaim,
        /// The receiving account does not exist yet and the amount is below the existential deposit. It stays
        /// claimable: claim when more is earned, or send the account some tokens first.
        BelowExistentialDeposit,
        /// The organisation's account is the pot's or the treasury's, which pay for no organisation. Let another account speak for
        /// the organisation.
        ReservedAccount,
        /// The organisation's account has too little free balance. Send tokens to that account.
        BondNotCovered,
        /// There is a bond for this purpose and key already.
        AlreadyBonded,
        /// An amount does not fit its type.
        Overflow,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn integrity_test() {
            let pot: Option<AccountId> = T::PalletId::get().try_into_account();
            assert!(pot.is_some(), "the pot has no account");
            assert!(
                pot != Some(T::Treasury::get()),
                "the pot is the treasury: payments would leave the ledgers"
            );
            assert!(
                !T::Currency::minimum_balance().is_zero(),
                "without an existential deposit the pot would not outlive its payments"
            );
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Add to the fund of `purpose`.
        ///
        /// ## Dispatch Origin
        /// Signed by anyone.
        ///
        /// ## Details
        /// The signer's account stays alive. An amount of 0 does nothing.
        ///
        /// ## Errors
        /// [`Error::PurposeNotFound`], [`Error::OwnerHasLeft`], and those of a transfer.
        ///
        /// ## Events
        /// [`Event::Funded`].
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::fund())]
        pub fn fund(origin: OriginFor<T>, purpose: Purpose, #[pallet::compact] amount: Balance) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_fund(who, purpose, amount)
        }

        /// Take from the fund of `purpose`. What is set aside stays there.
        ///
        /// ## Dispatch Origin
        /// Signed by the account that the owning organisation has at this block, while it is in good standing.
        ///
        /// ## Errors
        /// [`Error::PurposeNotFound`], [`Error::NotAnOrganisation`], [`Error::NotOwner`], [`Error::FundTooSmall`],
        /// [`Error::BelowExistentialDeposit`].
        ///
        /// ## Events
        /// [`Event::FundWithdrawn`].
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::withdraw_fund())]
        pub fn withdraw_fund(
            origin: OriginFor<T>,
            purpose: Purpose,
            #[pallet::compact] amount: Balance,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_withdraw_fund(who, purpose, amount)
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

        /// Give what a fund holds to the treasury when its owner has left the consortium: nobody else can withdraw it.
        ///
        /// ## Dispatch Origin
        /// Signed by anyone.
        ///
        /// ## Details
        /// What is set aside stays there; what comes back to the fund later goes to the treasury, too.
        ///
        /// ## Errors
        /// [`Error::PurposeNotFound`], [`Error::OwnerIsAdmitted`], [`Error::FundTooSmall`] (it is empty).
        ///
        /// ## Events
        /// [`Event::Forfeited`].
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::forfeit_fund())]
        pub fn forfeit_fund(origin: OriginFor<T>, purpose: Purpose) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_forfeit_fund(purpose)
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// What an account has earned and not claimed yet.
        pub fn earnings_status(account: AccountId) -> EarningsStatus {
            Self::earnings_of(&account)
        }

        /// What is kept for a purpose, bonds apart.
        pub fn purpose_status(purpose: Purpose) -> PurposeStatus {
            Self::status_of(purpose)
        }

        /// What an organisation has at stake for a purpose, in at most 1,024 bonds: as many as a round can have.
        pub fn bonded(purpose: Purpose, organisation: OrganisationId) -> Balance {
            Self::bonds_of(purpose, organisation)
        }
    }
}
