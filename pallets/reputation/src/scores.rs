//! Reputations as other pallets read and move them.

use crate::{
    rule,
    types::{ContributorRecord, INITIAL},
    Config, Contributors, CurrentParameters, Error, Event, Pallet, Validators,
};
use alloc::{collections::BTreeSet, vec::Vec};
use frame_support::ensure;
use quorate_primitives::{
    job::Verdict,
    traits::{Reputation, RoundResult},
    AccountId, OrganisationId, Ppm,
};
use sp_runtime::DispatchResult;

impl<T: Config> Reputation for Pallet<T> {
    fn contributor(who: &AccountId) -> Ppm {
        Contributors::<T>::get(who).map_or(INITIAL, |record| record.reputation)
    }

    fn validator(who: &AccountId) -> Ppm {
        Validators::<T>::get(who).unwrap_or(INITIAL)
    }

    fn scored(who: &AccountId, organisation: OrganisationId, showing: RoundResult) {
        let parameters = CurrentParameters::<T>::get();
        if let Some(to) = rule::scored(&parameters, <Self as Reputation>::contributor(who), &showing) {
            Self::move_contributor(who, organisation, to);
        }
    }

    fn invalid(who: &AccountId, organisation: OrganisationId, organisations: u32) {
        let parameters = CurrentParameters::<T>::get();
        if let Some(to) = rule::invalid(&parameters, <Self as Reputation>::contributor(who), organisations) {
            Self::move_contributor(who, organisation, to);
        }
    }

    fn judged(validator: &AccountId, verdict: Verdict) {
        let from = <Self as Reputation>::validator(validator);
        let Some(to) = rule::judged(&CurrentParameters::<T>::get(), from, verdict) else {
            return;
        };
        Validators::<T>::insert(validator, to);
        if from != to {
            Self::deposit_event(Event::ValidatorMoved {
                validator: validator.clone(),
                from,
                to,
                verdict,
            });
        }
    }
}

impl<T: Config> Pallet<T> {
    fn move_contributor(who: &AccountId, organisation: OrganisationId, to: Ppm) {
        let known = Contributors::<T>::get(who);
        let from = known.map_or(INITIAL, |record| record.reputation);
        let rank = Self::assign_rank(known.as_ref(), organisation, to);
        Contributors::<T>::insert(
            who,
            ContributorRecord {
                reputation: to,
                rank,
                organisation,
            },
        );
        if from != to {
            Self::deposit_event(Event::ContributorMoved {
                contributor: who.clone(),
                from,
                to,
            });
        }
        Self::announce_rank(who, known.map_or(0, |record| record.rank), rank);
    }

    pub(crate) fn do_reset(account: AccountId) -> DispatchResult {
        let contributor = Contributors::<T>::take(&account);
        let validator = Validators::<T>::take(&account);
        ensure!(contributor.is_some() || validator.is_some(), Error::<T>::NotFound);
        if let Some(record) = contributor.filter(|record| record.rank > 0) {
            Self::free_place(record.organisation);
            Self::announce_rank(&account, record.rank, 0);
        }
        Self::deposit_event(Event::Reset { account });
        Ok(())
    }

    /// Accounts that have a reputation, contributors first, each once, at most `limit`.
    pub fn accounts(limit: u32) -> Vec<AccountId> {
        let mut seen = BTreeSet::new();
        Contributors::<T>::iter_keys()
            .chain(Validators::<T>::iter_keys())
            .filter(|who| seen.insert(who.clone()))
            .take(usize::try_from(limit).unwrap_or(usize::MAX))
            .collect()
    }
}
