//! What comes in and goes out: funds of models, and claims.

use crate::{pot::entry, Config, Earnings, Error, Event, Funds, Pallet};
use frame_support::{
    ensure,
    traits::{fungible::Mutate, tokens::Preservation::Preserve},
};
use quorate_primitives::{traits::Models, AccountId, Balance, ModelId};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_fund(who: AccountId, model: ModelId, amount: Balance) -> DispatchResult {
        ensure!(T::Owners::owner(model).is_some(), Error::<T>::ModelNotFound);
        if amount == 0 {
            return Ok(());
        }
        let fund = Funds::<T>::get(model).checked_add(amount).ok_or(Error::<T>::Overflow)?;
        T::Currency::transfer(&who, &Self::pot(), amount, Preserve)?;
        Funds::<T>::insert(model, fund);
        Self::deposit_event(Event::Funded { model, by: who, amount });
        Ok(())
    }

    pub(crate) fn do_withdraw_fund(who: AccountId, model: ModelId, amount: Balance) -> DispatchResult {
        let owner = T::Owners::owner(model).ok_or(Error::<T>::ModelNotFound)?;
        ensure!(owner == who, Error::<T>::NotAuthorized);
        if amount == 0 {
            return Ok(());
        }
        let rest = Funds::<T>::get(model)
            .checked_sub(amount)
            .ok_or(Error::<T>::FundTooSmall)?;
        Self::pay_out(&who, amount)?;
        Funds::<T>::mutate_exists(model, |fund| *fund = entry(rest));
        Self::deposit_event(Event::FundWithdrawn { model, to: who, amount });
        Ok(())
    }

    /// What `who` can claim now.
    pub(crate) fn check_claim(who: &AccountId) -> Result<Balance, DispatchError> {
        let amount = Self::claimable(who);
        ensure!(amount > 0, Error::<T>::NothingToClaim);
        Self::check_payout(who, amount)?;
        Ok(amount)
    }

    pub(crate) fn do_claim(who: AccountId) -> DispatchResult {
        let amount = Self::check_claim(&who)?;
        Self::pay_out(&who, amount)?;
        Earnings::<T>::remove(&who);
        Self::deposit_event(Event::Claimed { account: who, amount });
        Ok(())
    }

    /// What is there to pay a model's rounds from.
    pub fn fund_of(model: ModelId) -> Balance {
        Funds::<T>::get(model)
    }

    /// What an account has earned and not claimed yet.
    pub fn claimable(who: &AccountId) -> Balance {
        Earnings::<T>::get(who)
    }
}
