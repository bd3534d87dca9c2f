//! Contributors: accounts that an organisation sponsors.

use crate::{
    types::{Contributor, Standing},
    Config, ContributorCount, Contributors, Error, Event, Organisations, Pallet,
};
use frame_support::ensure;
use quorate_primitives::{traits::Consortium, AccountId, OrganisationId};
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
    /// The organisation that sponsors `contributor` when `who` asks for it.
    pub(crate) fn check_sponsor(who: &AccountId, contributor: &AccountId) -> Result<OrganisationId, DispatchError> {
        let id = Self::organisation_of(who).ok_or(Error::<T>::NotAuthorized)?;
        if let Some(known) = Contributors::<T>::get(contributor) {
            ensure!(
                !Organisations::<T>::contains_key(known.organisation),
                Error::<T>::AlreadySponsored
            );
            ensure!(known.standing != Standing::SuspendedByConsortium, Error::<T>::Suspended);
        }
        ensure!(
            ContributorCount::<T>::get(id) < Self::organisation(id)?.quota,
            Error::<T>::QuotaExceeded
        );
        Ok(id)
    }

    pub(crate) fn do_sponsor(organisation: OrganisationId, contributor: AccountId) -> Result<(), DispatchError> {
        let count = ContributorCount::<T>::get(organisation)
            .checked_add(1)
            .ok_or(Error::<T>::QuotaExceeded)?;
        ContributorCount::<T>::insert(organisation, count);
        let record = Contributor {
            organisation,
            standing: Standing::Good,
        };
        if Contributors::<T>::mutate(&contributor, |known| known.replace(record)).is_none() {
            // `CheckNonce` refuses an account without references before any fee matters. A contributor of an
            // organisation that has left still holds its reference.
            frame_system::Pallet::<T>::inc_sufficients(&contributor);
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
        ensure!(
            record.standing != Standing::SuspendedByConsortium,
            Error::<T>::Suspended
        );
        Ok(record.organisation)
    }

    pub(crate) fn do_unsponsor(organisation: OrganisationId, contributor: AccountId) {
        Contributors::<T>::remove(&contributor);
        ContributorCount::<T>::mutate_exists(organisation, |count| {
            *count = count.and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
        });
        frame_system::Pallet::<T>::dec_sufficients(&contributor);
        Self::deposit_event(Event::Unsponsored {
            contributor,
            organisation,
        });
    }
}
