//! Rate limit for fee-free calls that can be undone: sponsor and unsponsor, move there and back.

use crate::{
    types::{Consent, FreeUse},
    Config, FreeUses, OrganisationByAccount, Pallet, Validators,
};
use frame_support::traits::{Get, OriginTrait};
use frame_system::pallet_prelude::OriginFor;
use quorate_primitives::AccountId;

impl<T: Config> Pallet<T> {
    /// Whether the next call of `who` may be free. An account that is neither an organisation's nor a validator's can only end
    /// its own sponsorship, and that once.
    pub(crate) fn has_free_call(who: &AccountId) -> bool {
        Self::calls_of_period(who).is_none_or(|period| period.calls < T::FreeCalls::get())
    }

    /// How many calls of a member may still be free in its present period.
    pub(crate) fn calls_left(who: &AccountId) -> Option<u32> {
        let made = Self::calls_of_period(who).map_or(0, |period| period.calls);
        Self::is_member(who).then(|| T::FreeCalls::get().saturating_sub(made))
    }

    /// Count a call of a member, whether it was free or not.
    pub(crate) fn count_call(who: &AccountId) {
        if !Self::is_member(who) {
            return;
        }
        let period = Self::calls_of_period(who).unwrap_or(FreeUse {
            since: Self::now(),
            calls: 0,
        });
        let calls = period.calls.saturating_add(1);
        FreeUses::<T>::insert(who, FreeUse { calls, ..period });
    }

    /// Keep no count of an account that is no member any more.
    pub(crate) fn forget_calls(who: &AccountId) {
        if !Self::is_member(who) {
            FreeUses::<T>::remove(who);
        }
    }

    /// Whether calls of this account are counted.
    pub(crate) fn is_member(who: &AccountId) -> bool {
        OrganisationByAccount::<T>::contains_key(who) || Validators::<T>::contains_key(who)
    }

    /// Calls in the period that runs, if one does.
    fn calls_of_period(who: &AccountId) -> Option<FreeUse> {
        let runs = |period: &FreeUse| Self::now() < period.since.saturating_add(T::FreeCallPeriod::get());
        FreeUses::<T>::get(who).filter(runs)
    }

    /// Whether `sponsor` with this origin is free.
    pub(crate) fn sponsors_for_free(origin: &OriginFor<T>, contributor: &AccountId, consent: &Consent) -> bool {
        origin
            .as_signer()
            .is_some_and(|who| Self::has_free_call(who) && Self::check_sponsor(who, contributor, consent).is_ok())
    }

    /// Whether `unsponsor` with this origin is free.
    pub(crate) fn unsponsors_for_free(origin: &OriginFor<T>, contributor: &AccountId) -> bool {
        origin
            .as_signer()
            .is_some_and(|who| Self::has_free_call(who) && Self::check_unsponsor(who, contributor).is_ok())
    }
}
