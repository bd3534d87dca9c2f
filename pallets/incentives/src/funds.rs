//! What comes in and goes out: funds, and claims.

use crate::{pot::entry, Config, Earnings, Error, Event, Funds, Pallet};
use frame_support::{
    ensure,
    traits::{fungible::Mutate, tokens::Preservation::Preserve},
};
use quorate_primitives::{
    purpose::Purpose,
    traits::{Consortium, FundOwners},
    AccountId, Balance, OrganisationId,
};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
    /// Suspended or not. Ids are never used again: who is not admitted any more will never be.
    fn is_admitted(organisation: OrganisationId) -> bool {
        T::Consortium::organisation_account(organisation).is_some()
    }

    /// Whether there is an organisation that may withdraw from a fund, now or after its suspension.
    pub(crate) fn has_owner(fund: Purpose) -> bool {
        T::Owners::owner(fund).is_some_and(Self::is_admitted)
    }

    pub(crate) fn do_fund(who: AccountId, purpose: Purpose, amount: Balance) -> DispatchResult {
        let owner = T::Owners::owner(purpose).ok_or(Error::<T>::PurposeNotFound)?;
        ensure!(Self::is_admitted(owner), Error::<T>::OwnerHasLeft);
        if amount == 0 {
            return Ok(());
        }
        let fund = Funds::<T>::get(purpose)
            .checked_add(amount)
            .ok_or(Error::<T>::Overflow)?;
        T::Currency::transfer(&who, &Self::pot(), amount, Preserve)?;
        Funds::<T>::insert(purpose, fund);
        Self::deposit_event(Event::Funded {
            purpose,
            by: who,
            amount,
        });
        Ok(())
    }

    pub(crate) fn do_withdraw_fund(who: AccountId, purpose: Purpose, amount: Balance) -> DispatchResult {
        let owner = T::Owners::owner(purpose).ok_or(Error::<T>::PurposeNotFound)?;
        // Only the account that the organisation has at this block, and only while it is in good standing.
        let organisation = T::Consortium::organisation_of(&who).ok_or(Error::<T>::NotAnOrganisation)?;
        ensure!(organisation == owner, Error::<T>::NotOwner);
        if amount == 0 {
            return Ok(());
        }
        let rest = Funds::<T>::get(purpose)
            .checked_sub(amount)
            .ok_or(Error::<T>::FundTooSmall)?;
        Self::pay_out(&who, amount)?;
        Funds::<T>::mutate_exists(purpose, |fund| *fund = entry(rest));
        Self::deposit_event(Event::FundWithdrawn {
            purpose,
            organisation,
            to: who,
            amount,
        });
        Ok(())
    }

    /// What is set aside follows when it comes back, see `credit_fund`.
    pub(crate) fn do_forfeit_fund(purpose: Purpose) -> DispatchResult {
        let owner = T::Owners::owner(purpose).ok_or(Error::<T>::PurposeNotFound)?;
        ensure!(!Self::is_admitted(owner), Error::<T>::OwnerIsAdmitted);
        let amount = Funds::<T>::get(purpose);
        ensure!(amount > 0, Error::<T>::FundTooSmall);
        Funds::<T>::remove(purpose);
        Self::pay_treasury(amount);
        Self::deposit_event(Event::Forfeited {
            fund: purpose,
            purpose,
            amount,
        });
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

    /// What a fund holds that is not set aside.
    pub fn fund_of(purpose: Purpose) -> Balance {
        Funds::<T>::get(purpose)
    }

    /// What an account has earned and not claimed yet.
    pub fn claimable(who: &AccountId) -> Balance {
        Earnings::<T>::get(who)
    }
}
