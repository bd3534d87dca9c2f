//! Organisations: admission, removal, quotas.

use crate::{
    recovery::Recovery,
    standing::{Standing, Suspension},
    types::{Name, Organisation, Target, ValidatorState, MAX_QUOTA},
    Config, ContributorCount, Error, Event, NextOrganisation, OrganisationByAccount, Organisations, Pallet, Proposals,
    Validators,
};
use alloc::vec::Vec;
use frame_support::{ensure, traits::Get};
use quorate_primitives::{AccountId, BlockNumber, OrganisationId, MAX_ORGANISATIONS};
use sp_runtime::{traits::SaturatedConversion, DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }

    pub(crate) fn organisation(id: OrganisationId) -> Result<Organisation, DispatchError> {
        Ok(Organisations::<T>::get(id).ok_or(Error::<T>::OrganisationNotFound)?)
    }

    pub(crate) fn do_admit(name: Name, account: AccountId, recovery: Option<AccountId>) -> DispatchResult {
        Self::insert_organisation(name, account, recovery)?;
        Self::notify_members();
        Ok(())
    }

    pub(crate) fn insert_organisation(
        name: Name,
        account: AccountId,
        recovery: Option<AccountId>,
    ) -> Result<OrganisationId, DispatchError> {
        let text = core::str::from_utf8(&name).map_err(|_| Error::<T>::BadName)?;
        ensure!(
            !text.is_empty() && !text.chars().any(char::is_control),
            Error::<T>::BadName
        );
        let free = !OrganisationByAccount::<T>::contains_key(&account) && recovery.as_ref() != Some(&account);
        ensure!(free, Error::<T>::AccountInUse);
        ensure!(
            Organisations::<T>::count() < MAX_ORGANISATIONS,
            Error::<T>::MaxOrganisationsExceeded
        );
        let id = NextOrganisation::<T>::get();
        NextOrganisation::<T>::put(id.checked_add(1).ok_or(Error::<T>::IdsExhausted)?);
        OrganisationByAccount::<T>::insert(&account, id);
        let organisation = Organisation {
            name: name.clone(),
            account: account.clone(),
            recovery: Recovery::new(recovery),
            standing: Standing::default(),
            admitted_at: Self::now(),
            quota: T::MaxContributors::get().min(MAX_QUOTA),
        };
        Organisations::<T>::insert(id, organisation);
        Self::deposit_event(Event::OrganisationAdmitted {
            organisation: id,
            name,
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
        if let Some(Suspension::Fast { until }) = organisation.standing.suspension {
            Self::forget_ending(until, &Target::Organisation(id));
        }
        Organisations::<T>::remove(id);
        OrganisationByAccount::<T>::remove(&organisation.account);
        Self::forget_calls(&organisation.account);
        ContributorCount::<T>::remove(id);
        Proposals::<T>::remove(id);
        Self::take_ayes();
        Self::give_up_technical_seat(id);
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
}
