//! Contributors: accounts that an organisation sponsors.

use crate::{
    standing::Standing,
    types::{Consent, Contributor},
    Config, ContributorCount, Contributors, Error, Event, Organisations, Pallet,
};
use frame_support::ensure;
use quorate_primitives::{
    traits::{Consortium, DepartureSink},
    AccountId, OrganisationId,
};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
    /// The organisation that sponsors `contributor` when `who` asks for it.
    pub(crate) fn check_sponsor(
        who: &AccountId,
        contributor: &AccountId,
        consent: &Consent,
    ) -> Result<OrganisationId, DispatchError> {
        let id = Self::organisation_of(who).ok_or(Error::<T>::NotAuthorized)?;
        if let Some(known) = Contributors::<T>::get(contributor) {
            ensure!(
                !Organisations::<T>::contains_key(known.organisation),
                Error::<T>::AlreadySponsored
            );
            ensure!(known.standing.is_good(), Error::<T>::Suspended);
        }
        let quota = Self::organisation(id)?.quota;
        ensure!(ContributorCount::<T>::get(id) < quota, Error::<T>::QuotaExceeded);
        Self::check_consent(id, quota, contributor, consent)?;
        Ok(id)
    }

    pub(crate) fn do_sponsor(organisation: OrganisationId, contributor: AccountId) -> DispatchResult {
        let count = ContributorCount::<T>::get(organisation)
            .checked_add(1)
            .ok_or(Error::<T>::QuotaExceeded)?;
        ContributorCount::<T>::insert(organisation, count);
        let record = Contributor {
            organisation,
            standing: Standing::default(),
            suspended_by_organisation: false,
        };
        match Contributors::<T>::mutate(&contributor, |known| known.replace(record)) {
            // `CheckNonce` refuses an account without references before any fee matters.
            None => {
                frame_system::Pallet::<T>::inc_sufficients(&contributor);
            }
            // Of an organisation that has left: the account still holds its reference.
            Some(_) => T::Departures::contributor_left(&contributor),
        }
        Self::deposit_event(Event::Sponsored {
            contributor,
            organisation,
        });
        Ok(())
    }

    /// The organisation whose sponsorship of `contributor` ends when `who` asks for it.
    pub(crate) fn check_unsponsor(who: &AccountId, contributor: &AccountId) -> Result<OrganisationId, DispatchError> {
        let record = Contributors::<T>::get(contributor).ok_or(Error::<T>::ContributorNotFound)?;
        let orphaned = !Organisations::<T>::contains_key(record.organisation);
        let authorized =
            who == contributor || Self::organisation_of(who).is_some_and(|id| id == record.organisation || orphaned);
        ensure!(authorized, Error::<T>::NotAuthorized);
        ensure!(record.standing.is_good(), Error::<T>::Suspended);
        Ok(record.organisation)
    }

    pub(crate) fn do_unsponsor(organisation: OrganisationId, contributor: AccountId) {
        Contributors::<T>::remove(&contributor);
        ContributorCount::<T>::mutate_exists(organisation, |count| {
            *count = count.and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
        });
        frame_system::Pallet::<T>::dec_sufficients(&contributor);
        Self::drop_expired_consent(&contributor);
        T::Departures::contributor_left(&contributor);
        Self::deposit_event(Event::Unsponsored {
            contributor,
            organisation,
        });
    }
}
