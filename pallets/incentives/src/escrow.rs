//! Escrows, as the pallets that asked for work drive them. Nothing moves between accounts here, but for the treasury: tokens
//! change ledgers inside the pot.

use crate::{
    pot::{credit, entry},
    types::EscrowEntry,
    Config, Earnings, Error, Escrows, Event, Funds, Pallet,
};
use frame_support::ensure;
use quorate_primitives::{purpose::Purpose, traits::Escrow, AccountId, Balance, OrganisationId};
use sp_runtime::DispatchResult;

impl<T: Config> Escrow for Pallet<T> {
    fn can_lock(fund: Purpose, amount: Balance) -> bool {
        Funds::<T>::get(fund) >= amount
    }

    fn lock(fund: Purpose, purpose: Purpose, amount: Balance) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        let rest = Funds::<T>::get(fund)
            .checked_sub(amount)
            .ok_or(Error::<T>::FundTooSmall)?;
        let former = Escrows::<T>::get(purpose);
        ensure!(
            former.is_none_or(|escrow| escrow.fund == fund),
            Error::<T>::EscrowOfAnotherFund
        );
        let amount_now = former
            .map_or(0, |escrow| escrow.amount)
            .checked_add(amount)
            .ok_or(Error::<T>::Overflow)?;
        Funds::<T>::mutate_exists(fund, |balance| *balance = entry(rest));
        Escrows::<T>::insert(
            purpose,
            EscrowEntry {
                fund,
                amount: amount_now,
            },
        );
        Self::deposit_event(Event::Locked { fund, purpose, amount });
        Ok(())
    }

    fn escrowed(purpose: Purpose) -> Balance {
        Escrows::<T>::get(purpose).map_or(0, |escrow| escrow.amount)
    }

    fn pay(purpose: Purpose, to: &AccountId, amount: Balance) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        let escrow = Escrows::<T>::get(purpose).ok_or(Error::<T>::EscrowTooSmall)?;
        let rest = escrow.amount.checked_sub(amount).ok_or(Error::<T>::EscrowTooSmall)?;
        let earnings = Earnings::<T>::get(to).checked_add(amount).ok_or(Error::<T>::Overflow)?;
        Escrows::<T>::set(purpose, entry(rest).map(|amount| EscrowEntry { amount, ..escrow }));
        Earnings::<T>::insert(to, earnings);
        Self::deposit_event(Event::Earned {
            purpose,
            account: to.clone(),
            amount,
        });
        Ok(())
    }

    fn give_back(purpose: Purpose, amount: Balance) {
        let Some(escrow) = Escrows::<T>::get(purpose) else {
            return;
        };
        let amount = amount.min(escrow.amount);
        if amount == 0 {
            return;
        }
        let rest = escrow.amount.saturating_sub(amount);
        Escrows::<T>::set(purpose, entry(rest).map(|amount| EscrowEntry { amount, ..escrow }));
        Self::credit_fund(escrow.fund, purpose, amount);
    }

    fn transfer(from: Purpose, into: Purpose) {
        Self::transfer_part(from, into, Balance::MAX);
    }

    fn transfer_part(from: Purpose, into: Purpose, amount: Balance) {
        let Some(escrow) = Escrows::<T>::get(from) else {
            return;
        };
        let amount = amount.min(escrow.amount);
        if amount == 0 || from == into {
            return;
        }
        let rest = escrow.amount.saturating_sub(amount);
        Escrows::<T>::set(from, entry(rest).map(|amount| EscrowEntry { amount, ..escrow }));
        let known = Escrows::<T>::get(into).unwrap_or(EscrowEntry { amount: 0, ..escrow });
        let amount_now = credit(known.amount, amount);
        Escrows::<T>::insert(
            into,
            EscrowEntry {
                amount: amount_now,
                ..known
            },
        );
        Self::deposit_event(Event::Transferred { from, into, amount });
    }

    fn close(purpose: Purpose) {
        if let Some(EscrowEntry { amount: rest, .. }) = Escrows::<T>::take(purpose) {
            Self::pay_treasury(rest);
            Self::deposit_event(Event::EscrowClosed { purpose, rest });
        }
    }

    fn refund(purpose: Purpose) {
        if let Some(EscrowEntry { fund, amount }) = Escrows::<T>::take(purpose) {
            Self::credit_fund(fund, purpose, amount);
        }
    }

    fn can_bond(organisation: OrganisationId, amount: Balance) -> bool {
        Self::covers(organisation, amount)
    }

    fn hold_bond(organisation: OrganisationId, purpose: Purpose, key: &AccountId, amount: Balance) -> DispatchResult {
        Self::do_hold_bond(organisation, purpose, key, amount)
    }

    fn release_bond(purpose: Purpose, key: &AccountId) {
        Self::do_release_bond(purpose, key);
    }

    fn slash_bond(purpose: Purpose, key: &AccountId) {
        Self::do_slash_bond(purpose, key);
    }

    fn forfeit_bond(purpose: Purpose, key: &AccountId, into: Purpose) -> Balance {
        Self::do_forfeit_bond(purpose, key, into)
    }

    fn charge(organisation: OrganisationId, amount: Balance) -> DispatchResult {
        Self::do_charge(organisation, amount)
    }
}

impl<T: Config> Pallet<T> {
    /// What comes back to a fund whose owner has left goes on to the treasury: nobody could withdraw it.
    fn credit_fund(fund: Purpose, purpose: Purpose, amount: Balance) {
        if !Self::has_owner(fund) {
            Self::pay_treasury(amount);
            Self::deposit_event(Event::Forfeited { fund, purpose, amount });
            return;
        }
        Funds::<T>::mutate(fund, |balance| *balance = credit(*balance, amount));
        Self::deposit_event(Event::Refunded { fund, purpose, amount });
    }
}
