//! Bonds and charges: what organisations pay into the pot. A bond returns, is slashed, or goes to whom it was put up for; a charge is gone.

use crate::{
    pot::credit,
    types::{Bond, EscrowEntry},
    Bonds, Config, Earnings, Error, Escrows, Event, Pallet,
};
use frame_support::{
    ensure,
    traits::{
        fungible::{Inspect, Mutate},
        tokens::{Fortitude::Polite, Preservation::Preserve},
        Get,
    },
};
use quorate_primitives::{purpose::Purpose, traits::Consortium, AccountId, Balance, OrganisationId};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
    pub(crate) fn covers(organisation: OrganisationId, amount: Balance) -> bool {
        Self::payer(organisation)
            .is_ok_and(|account| T::Currency::reducible_balance(&account, Preserve, Polite) >= amount)
    }

    /// The account that pays for an organisation. Never the pot: paying itself, it would owe what it did not receive. Never the
    /// treasury: it belongs to all.
    fn payer(organisation: OrganisationId) -> Result<AccountId, DispatchError> {
        let account = T::Consortium::organisation_account(organisation).ok_or(Error::<T>::NotAnOrganisation)?;
        ensure!(
            account != Self::pot() && account != T::Treasury::get(),
            Error::<T>::ReservedAccount
        );
        Ok(account)
    }

    /// Move tokens from an organisation's account into the pot; the account stays alive.
    fn collect(organisation: OrganisationId, amount: Balance) -> Result<AccountId, DispatchError> {
        let account = Self::payer(organisation)?;
        T::Currency::transfer(&account, &Self::pot(), amount, Preserve).map_err(|_| Error::<T>::BondNotCovered)?;
        Ok(account)
    }

    pub(crate) fn do_hold_bond(
        organisation: OrganisationId,
        purpose: Purpose,
        key: &AccountId,
        amount: Balance,
    ) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        ensure!(!Bonds::<T>::contains_key(purpose, key), Error::<T>::AlreadyBonded);
        let account = Self::collect(organisation, amount)?;
        Bonds::<T>::insert(
            purpose,
            key,
            Bond {
                organisation,
                account,
                amount,
            },
        );
        Self::deposit_event(Event::BondHeld {
            purpose,
            key: key.clone(),
            organisation,
            amount,
        });
        Ok(())
    }

    pub(crate) fn do_release_bond(purpose: Purpose, key: &AccountId) {
        let Some(bond) = Bonds::<T>::take(purpose, key) else {
            return;
        };
        let to = T::Consortium::organisation_account(bond.organisation).unwrap_or(bond.account);
        // An account that cannot take it now, because it does not exist, claims it later.
        if Self::pay_out(&to, bond.amount).is_err() {
            Earnings::<T>::mutate(&to, |earnings| *earnings = credit(*earnings, bond.amount));
        }
        Self::deposit_event(Event::BondReleased {
            purpose,
            key: key.clone(),
            organisation: bond.organisation,
            to,
            amount: bond.amount,
        });
    }

    pub(crate) fn do_slash_bond(purpose: Purpose, key: &AccountId) {
        let Some(bond) = Bonds::<T>::take(purpose, key) else {
            return;
        };
        Self::pay_treasury(bond.amount);
        Self::deposit_event(Event::BondSlashed {
            purpose,
            key: key.clone(),
            organisation: bond.organisation,
            amount: bond.amount,
        });
    }

    /// An escrow that is gone owes nobody anything: then it is as if the bond were slashed.
    pub(crate) fn do_forfeit_bond(purpose: Purpose, key: &AccountId, into: Purpose) -> Balance {
        let Some(escrow) = Escrows::<T>::get(into) else {
            Self::do_slash_bond(purpose, key);
            return 0;
        };
        let Some(bond) = Bonds::<T>::take(purpose, key) else {
            return 0;
        };
        let amount = credit(escrow.amount, bond.amount);
        Escrows::<T>::insert(into, EscrowEntry { amount, ..escrow });
        Self::deposit_event(Event::BondForfeited {
            purpose,
            key: key.clone(),
            organisation: bond.organisation,
            amount: bond.amount,
            into,
        });
        bond.amount
    }

    pub(crate) fn do_charge(organisation: OrganisationId, amount: Balance) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        // By way of the pot, which always exists: the treasury's account may not.
        Self::collect(organisation, amount)?;
        Self::pay_treasury(amount);
        Self::deposit_event(Event::Charged { organisation, amount });
        Ok(())
    }
}
