//! Organisations: admission, removal, their accounts and quotas.

use crate::{
    types::{Name, Organisation, ValidatorState, MAX_ORGANISATIONS, MAX_QUOTA},
    Config, ContributorCount, Error, Event, NextOrganisation, OrganisationByAccount, Organisations, Pallet, Validators,
};
use alloc::vec::Vec;
use frame_support::{ensure, traits::Get};
use quorate_primitives::{traits::MembershipSink, AccountId, BlockNumber, OrganisationId};
use sp_runtime::{traits::SaturatedConversion, DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }

    pub(crate) fn organisation(id: OrganisationId) -> Result<Organisation, DispatchError> {
        Ok(Organisations::<T>::get(id).ok_or(Error::<T>::OrganisationNotFound)?)
    }

    /// Whether the organisation exists and is in good standing.
    pub(crate) fn in_good_standing(id: OrganisationId) -> bool {
        Organisations::<T>::get(id).is_some_and(|organisation| !organisation.suspended)
    }

    /// Tell the governance membership who speaks for the organisations in good standing.
    pub(crate) fn notify_members() {
        let mut members: Vec<AccountId> = Organisations::<T>::iter_values()
            .filter(|organisation| !organisation.suspended)
            .map(|organisation| organisation.account)
            .collect();
        members.sort();
        T::MembershipSink::set_members(members);
    }

    /// Refuse to take the last seat of the council.
    pub(crate) fn ensure_seats_remain(without: OrganisationId) -> DispatchResult {
        let remain = Organisations::<T>::iter().any(|(id, organisation)| id != without && !organisation.suspended);
        ensure!(remain, Error::<T>::LastOrganisation);
        Ok(())
    }

    pub(crate) fn do_admit(name: Name, account: AccountId) -> DispatchResult {
        Self::insert_organisation(name, account)?;
        Self::notify_members();
        Ok(())
    }

    pub(crate) fn insert_organisation(name: Name, account: AccountId) -> Result<OrganisationId, DispatchError> {
        let text = core::str::from_utf8(&name).map_err(|_| Error::<T>::BadName)?;
        ensure!(
            !text.is_empty() && !text.chars().any(char::is_control),
            Error::<T>::BadName
        );
        ensure!(
            !OrganisationByAccount::<T>::contains_key(&account),
            Error::<T>::AccountInUse
        );
        ensure!(
            Organisations::<T>::count() < MAX_ORGANISATIONS,
            Error::<T>::MaxOrganisationsExceeded
        );
        let id = NextOrganisation::<T>::get();
        NextOrganisation::<T>::put(id.checked_add(1).ok_or(Error::<T>::IdsExhausted)?);
        OrganisationByAccount::<T>::insert(&account, id);
        let organisation = Organisation {
            name,
            account: account.clone(),
            suspended: false,
            admitted_at: Self::now(),
            quota: T::MaxContributors::get().min(MAX_QUOTA),
        };
        Organisations::<T>::insert(id, organisation);
        Self::deposit_event(Event::OrganisationAdmitted {
            organisation: id,
            account,
        });
        Ok(id)
    }

    pub(crate) fn do_remove(id: OrganisationId) -> DispatchResult {
        let organisation = Self::organisation(id)?;
        Self::ensure_seats_remain(id)?;
        Self::ensure_validators_remain(|_, validator| validator.organisation == id)?;
        let leaving: Vec<_> = Validators::<T>::iter()
            .filter(|(_, validator)| validator.organisation == id && validator.state != ValidatorState::Leaving)
            .collect();
        for (who, validator) in leaving {
            Self::let_leave(who, validator);
        }
        Organisations::<T>::remove(id);
        OrganisationByAccount::<T>::remove(&organisation.account);
        Self::forget_calls(&organisation.account);
        ContributorCount::<T>::remove(id);
        Self::notify_members();
        Self::deposit_event(Event::OrganisationRemoved { organisation: id });
        Ok(())
    }

    pub(crate) fn do_set_quota(id: OrganisationId, quota: u32) -> DispatchResult {
        ensure!(quota <= MAX_QUOTA, Error::<T>::QuotaTooLarge);
        let organisation = Self::organisation(id)?;
        Organisations::<T>::insert(id, Organisation { quota, ..organisation });
        Self::deposit_event(Event::QuotaSet {
            organisation: id,
            quota,
        });
        Ok(())
    }

    pub(crate) fn do_set_account(id: OrganisationId, account: AccountId) -> DispatchResult {
        let organisation = Self::organisation(id)?;
        ensure!(
            !OrganisationByAccount::<T>::contains_key(&account),
            Error::<T>::AccountInUse
        );
        OrganisationByAccount::<T>::remove(&organisation.account);
        Self::forget_calls(&organisation.account);
        OrganisationByAccount::<T>::insert(&account, id);
        Organisations::<T>::insert(
            id,
            Organisation {
                account: account.clone(),
                ..organisation
            },
        );
        Self::notify_members();
        Self::deposit_event(Event::OrganisationAccountSet {
            organisation: id,
            account,
        });
        Ok(())
    }
}
