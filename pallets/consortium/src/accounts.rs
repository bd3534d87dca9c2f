//! An organisation's account: moved by its present key, by its recovery key, or by two thirds of the consortium.

use crate::{
    recovery::{NextRecovery, Recovery},
    types::Organisation,
    Config, Error, Event, OrganisationByAccount, Organisations, Pallet,
};
use frame_support::{ensure, traits::Get};
use quorate_primitives::{AccountId, OrganisationId};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
    /// The recovery account of an organisation at this block.
    pub fn recovery_account(id: OrganisationId) -> Option<AccountId> {
        Organisations::<T>::get(id)?.recovery.at(Self::now()).cloned()
    }

    /// The organisation whose account `who` is, suspended or not: a suspended one keeps the care of its keys.
    fn holder(who: &AccountId) -> Result<(OrganisationId, Organisation), DispatchError> {
        let id = OrganisationByAccount::<T>::get(who).ok_or(Error::<T>::NotAuthorized)?;
        Ok((id, Self::organisation(id)?))
    }

    /// Refuse an account that speaks for an organisation, or that a pending change names: nobody can spoil an admission by
    /// taking its account first.
    fn ensure_unused(account: &AccountId) -> DispatchResult {
        ensure!(!Self::is_account_promised(account), Error::<T>::AccountInUse);
        Ok(())
    }

    pub(crate) fn do_rotate_account(who: &AccountId, account: AccountId) -> DispatchResult {
        let (id, organisation) = Self::holder(who)?;
        Self::ensure_unused(&account)?;
        ensure!(
            organisation.recovery.at(Self::now()) != Some(&account),
            Error::<T>::AccountInUse
        );
        Self::move_account(id, organisation, account)
    }

    pub(crate) fn do_set_recovery_account(who: &AccountId, recovery: AccountId) -> DispatchResult {
        let (id, organisation) = Self::holder(who)?;
        ensure!(*who != recovery, Error::<T>::AccountInUse);
        let now = Self::now();
        let from = now.saturating_add(T::RecoveryDelay::get());
        let recovery = Recovery {
            account: organisation.recovery.at(now).cloned(),
            next: Some(NextRecovery {
                account: recovery.clone(),
                from,
            }),
        };
        Self::deposit_event(Event::RecoveryAccountSet {
            organisation: id,
            recovery: recovery.next.as_ref().map(|next| next.account.clone()),
            from,
        });
        Organisations::<T>::insert(
            id,
            Organisation {
                recovery,
                ..organisation
            },
        );
        Ok(())
    }

    /// The recovery account wins: what the other key prepared for it is forgotten.
    pub(crate) fn do_recover_account(who: &AccountId, id: OrganisationId, account: AccountId) -> DispatchResult {
        let organisation = Self::organisation(id)?;
        ensure!(
            organisation.recovery.at(Self::now()) == Some(who),
            Error::<T>::NotAuthorized
        );
        ensure!(account != *who, Error::<T>::AccountInUse);
        Self::ensure_unused(&account)?;
        let recovery = Recovery::new(Some(who.clone()));
        Self::move_account(
            id,
            Organisation {
                recovery,
                ..organisation
            },
            account,
        )
    }

    pub(crate) fn do_set_account(id: OrganisationId, account: AccountId) -> DispatchResult {
        let organisation = Self::organisation(id)?;
        let recovery = Recovery::default();
        Self::move_account(
            id,
            Organisation {
                recovery,
                ..organisation
            },
            account,
        )?;
        Self::deposit_event(Event::RecoveryAccountSet {
            organisation: id,
            recovery: None,
            from: Self::now(),
        });
        Ok(())
    }

    fn move_account(id: OrganisationId, organisation: Organisation, account: AccountId) -> DispatchResult {
        ensure!(
            !OrganisationByAccount::<T>::contains_key(&account),
            Error::<T>::AccountInUse
        );
        let previous = organisation.account;
        OrganisationByAccount::<T>::remove(&previous);
        Self::forget_calls(&previous);
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
            previous,
            account,
        });
        Ok(())
    }
}
