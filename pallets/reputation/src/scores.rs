//! Reputations as other pallets read and move them.

use crate::{
    rule,
    types::{Parameters, ReputationStatus, INITIAL},
    Config, Contributors, CurrentParameters, Error, Event, Pallet, Validators, WeightInfo,
};
use alloc::{collections::BTreeSet, vec::Vec};
use frame_support::{ensure, pallet_prelude::Weight};
use quorate_primitives::{
    job::{Requester, Verdict},
    traits::{Consortium, DepartureSink, Reputation, RoundResult, VerdictSink},
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

    fn scored(who: &AccountId, organisation: OrganisationId, result: RoundResult) {
        Self::move_contributor(who, organisation, |parameters, from| {
            rule::scored(parameters, from, &result)
        });
    }

    fn invalid(who: &AccountId, organisation: OrganisationId, organisations: u32) {
        Self::move_contributor(who, organisation, |parameters, from| {
            rule::invalid(parameters, from, organisations)
        });
    }

    fn withheld(who: &AccountId, organisation: OrganisationId, organisations: u32) {
        Self::move_contributor(who, organisation, |parameters, from| {
            rule::withheld(parameters, from, organisations)
        });
    }
}

impl<T: Config> VerdictSink for Pallet<T> {
    fn judged(validator: &AccountId, requester: Requester, verdict: Verdict) {
        if !rule::counts(requester, verdict) {
            return;
        }
        let known = Validators::<T>::get(validator);
        let from = known.unwrap_or(INITIAL);
        let Some(to) = rule::judged(&CurrentParameters::<T>::get(), from, verdict) else {
            return;
        };
        // The record of a validator that has left would stay for ever.
        if known.is_none() && !T::Consortium::is_active(validator) {
            return;
        }
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

    fn judged_weight() -> Weight {
        T::WeightInfo::judged()
    }
}

impl<T: Config> DepartureSink for Pallet<T> {
    fn contributor_left(who: &AccountId) {
        let Some(record) = Contributors::<T>::get(who) else {
            return;
        };
        if Self::end_rank(who, record).is_err() {
            // The record stays with the rank, so that `reset` can end both.
            return;
        }
        Contributors::<T>::remove(who);
        Self::deposit_event(Event::ContributorForgotten {
            contributor: who.clone(),
        });
    }

    fn validator_left(who: &AccountId) {
        if Validators::<T>::take(who).is_some() {
            Self::deposit_event(Event::ValidatorForgotten { validator: who.clone() });
        }
    }

    fn left_weight() -> Weight {
        T::WeightInfo::left()
    }
}

impl<T: Config> Pallet<T> {
    /// Move a contributor's reputation by `rule`, and its rank with it.
    fn move_contributor(
        who: &AccountId,
        organisation: OrganisationId,
        rule: impl FnOnce(&Parameters, Ppm) -> Option<Ppm>,
    ) {
        let known = Contributors::<T>::get(who);
        let from = known.map_or(INITIAL, |record| record.reputation);
        let Some(to) = rule(&CurrentParameters::<T>::get(), from) else {
            return;
        };
        // Nobody would remove the record of an account whose sponsorship has ended before its round was settled.
        if known.is_none() && T::Consortium::contributor(who).is_none() {
            return;
        }
        if from != to {
            Self::deposit_event(Event::ContributorMoved {
                contributor: who.clone(),
                from,
                to,
            });
        }
        let record = Self::ranked(who, known, organisation, to);
        Contributors::<T>::insert(who, record);
    }

    pub(crate) fn do_reset(account: AccountId) -> DispatchResult {
        let contributor = Contributors::<T>::take(&account);
        let validator = Validators::<T>::take(&account);
        ensure!(contributor.is_some() || validator.is_some(), Error::<T>::NotFound);
        if let Some(record) = contributor {
            Self::end_rank(&account, record)?;
        }
        Self::deposit_event(Event::Reset { account });
        Ok(())
    }

    pub(crate) fn status_of(who: &AccountId) -> ReputationStatus {
        let contributor = <Self as Reputation>::contributor(who);
        ReputationStatus {
            contributor,
            rank: Contributors::<T>::get(who).map_or(0, |record| record.rank),
            earned_rank: Self::earned_rank(contributor),
            validator: <Self as Reputation>::validator(who),
        }
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
