//! The pot: one account that holds every fund, escrow, bond and unclaimed earning. The ledgers tell how much of it is whose.

use crate::{Bonds, Config, Earnings, Error, Escrows, Funds, Pallet};
use frame_support::{
    storage::with_storage_layer,
    traits::{
        fungible::{Inspect, Mutate},
        tokens::{DepositConsequence, Preservation::Preserve, Provenance::Extant},
        Get,
    },
};
use quorate_primitives::{AccountId, Balance};
use sp_runtime::{traits::AccountIdConversion, DispatchResult};

/// An amount as a ledger keeps it: entries of 0 do not exist.
pub(crate) fn entry(amount: Balance) -> Option<Balance> {
    (amount > 0).then_some(amount)
}

/// A balance with an amount added. Both are parts of the total issuance, which is one number: it cannot overflow.
pub(crate) fn credit(balance: Balance, amount: Balance) -> Balance {
    balance.saturating_add(amount)
}

impl<T: Config> Pallet<T> {
    /// The account of the pot.
    pub fn pot() -> AccountId {
        T::PalletId::get().into_account_truncating()
    }

    /// Give the pot an existential deposit of its own, so that it exists whatever is paid out of it.
    #[allow(clippy::panic)] // at genesis there is no chain yet
    pub(crate) fn endow_pot() {
        let pot = Self::pot();
        let missing = T::Currency::minimum_balance().saturating_sub(T::Currency::total_balance(&pot));
        if missing > 0 {
            if let Err(error) = T::Currency::mint_into(&pot, missing) {
                panic!("genesis: the pot cannot be endowed: {error:?}");
            }
        }
    }

    /// Every amount on a ledger.
    pub(crate) fn ledgers() -> impl Iterator<Item = Balance> {
        Funds::<T>::iter_values()
            .chain(Escrows::<T>::iter_values().map(|escrow| escrow.amount))
            .chain(Earnings::<T>::iter_values())
            .chain(Bonds::<T>::iter_values().map(|bond| bond.amount))
    }

    /// Sum of the ledgers; `None` when it overflows.
    pub fn liabilities() -> Option<Balance> {
        Self::ledgers().try_fold(0, |sum: Balance, amount| sum.checked_add(amount))
    }

    /// What the pot holds beyond its ledgers and its existential deposit: 0, unless somebody sent it tokens directly. `None`
    /// when it holds less than it should.
    pub fn surplus() -> Option<Balance> {
        let free = T::Currency::balance(&Self::pot()).checked_sub(T::Currency::minimum_balance())?;
        free.checked_sub(Self::liabilities()?)
    }

    /// Whether `to` can take `amount` from the pot.
    pub(crate) fn check_payout(to: &AccountId, amount: Balance) -> DispatchResult {
        match T::Currency::can_deposit(to, amount, Extant) {
            DepositConsequence::BelowMinimum => Err(Error::<T>::BelowExistentialDeposit.into()),
            consequence => consequence.into_result(),
        }
    }

    /// Move tokens out of the pot. The caller keeps the ledgers.
    pub(crate) fn pay_out(to: &AccountId, amount: Balance) -> DispatchResult {
        Self::check_payout(to, amount)?;
        with_storage_layer(|| T::Currency::transfer(&Self::pot(), to, amount, Preserve).map(|_| ()))
    }

    /// Give the treasury tokens that are in the pot and on no ledger. What it cannot take (it may not exist yet) waits
    /// as its earnings and goes with the next payment.
    pub(crate) fn pay_treasury(amount: Balance) {
        let treasury = T::Treasury::get();
        let owed = credit(Earnings::<T>::get(&treasury), amount);
        let rest = if Self::pay_out(&treasury, owed).is_ok() {
            0
        } else {
            owed
        };
        Earnings::<T>::mutate_exists(&treasury, |earnings| *earnings = entry(rest));
    }
}
