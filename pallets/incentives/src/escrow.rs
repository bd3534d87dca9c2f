//! Escrows of rounds, as `rounds` drives them. Nothing moves between accounts here, but for the treasury: tokens change
//! ledgers inside the pot.

use crate::{pot::entry, Config, Earnings, Error, Escrows, Event, Funds, Pallet};
use quorate_primitives::{traits::Escrow, AccountId, Balance, ModelId, RoundId};
use sp_runtime::DispatchResult;

impl<T: Config> Escrow for Pallet<T> {
    fn lock(model: ModelId, round: RoundId, amount: Balance) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        let fund = Funds::<T>::get(model)
            .checked_sub(amount)
            .ok_or(Error::<T>::FundTooSmall)?;
        let escrow = Escrows::<T>::get(round)
            .checked_add(amount)
            .ok_or(Error::<T>::Overflow)?;
        Funds::<T>::mutate_exists(model, |entry_of_model| *entry_of_model = entry(fund));
        Escrows::<T>::insert(round, escrow);
        Self::deposit_event(Event::Locked { model, round, amount });
        Ok(())
    }

    fn escrowed(round: RoundId) -> Balance {
        Escrows::<T>::get(round)
    }

    fn pay(round: RoundId, to: &AccountId, amount: Balance) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        let escrow = Escrows::<T>::get(round)
            .checked_sub(amount)
            .ok_or(Error::<T>::EscrowTooSmall)?;
        let earnings = Earnings::<T>::get(to).checked_add(amount).ok_or(Error::<T>::Overflow)?;
        Escrows::<T>::mutate_exists(round, |entry_of_round| *entry_of_round = entry(escrow));
        Earnings::<T>::insert(to, earnings);
        Self::deposit_event(Event::Earned {
            round,
            account: to.clone(),
            amount,
        });
        Ok(())
    }

    fn close(round: RoundId) {
        let rest = Escrows::<T>::take(round);
        if rest > 0 {
            Self::pay_treasury(rest);
            Self::deposit_event(Event::EscrowClosed { round, rest });
        }
    }

    fn refund(model: ModelId, round: RoundId) {
        let amount = Escrows::<T>::take(round);
        if amount > 0 {
            // Both are parts of the total issuance, which is one number.
            Funds::<T>::mutate(model, |fund| *fund = fund.saturating_add(amount));
            Self::deposit_event(Event::Refunded { model, round, amount });
        }
    }

    fn hold_bond(organisation: &AccountId, round: RoundId, contributor: &AccountId, amount: Balance) -> DispatchResult {
        Self::do_hold_bond(organisation, round, contributor, amount)
    }

    fn release_bond(round: RoundId, contributor: &AccountId) {
        Self::do_release_bond(round, contributor);
    }

    fn slash_bond(round: RoundId, contributor: &AccountId) {
        Self::do_slash_bond(round, contributor);
    }
}
