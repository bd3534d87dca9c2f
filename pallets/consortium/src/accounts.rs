//! An organisation's account: another one is proposed by its present key, by its recovery key, or by two thirds of the
//! consortium, and speaks for the organisation as soon as it accepts.

use crate::{
    proposals::{Proposal, Proposer},
    recovery::{NextRecovery, Recovery},
    types::Organisation,
    Config, Error, Event, OrganisationByAccount, Organisations, Pallet, Proposals,
};
use frame_support::{ensure, traits::Get};
use quorate_primitives::{AccountId, OrganisationId};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
    /// The recovery account of an organisation at this block.
    pub fn recovery_account(id: OrganisationId) -> Option<AccountId> {
        Organisations::<T>::get(id)?.recovery.at(Self::now()).cloned()
    }

    /// The account that may accept to speak for an organisation at this block.
    pub fn proposed_account(id: OrganisationId) -> Option<AccountId> {
        let proposal = Proposals::<T>::get(id).filter(|proposal| proposal.is_open(Self::now()))?;
        Some(proposal.account)
    }

    /// The organisation whose account `who` is, suspended or not: a suspended one keeps the care of its keys.
    fn holder(who: &AccountId) -> Result<(OrganisationId, Organisation), DispatchError> {
        let id = OrganisationByAccount::<T>::get(who).ok_or(Error::<T>::NotAuthorized)?;
        Ok((id, Self::organisation(id)?))
    }

    /// Refuse an account that speaks for an organisation already.
    fn ensure_speaks_for_none(account: &AccountId) -> DispatchResult {
        ensure!(
            !OrganisationByAccount::<T>::contains_key(account),
            Error::<T>::AccountInUse
        );
        Ok(())
    }

    pub(crate) fn do_rotate_account(who: &AccountId, account: AccountId) -> DispatchResult {
        let (id, organisation) = Self::holder(who)?;
        ensure!(
            organisation.recovery.at(Self::now()) != Some(&account),
            Error::<T>::AccountInUse
        );
        Self::propose_account(id, account, Proposer::Organisation)
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

    /// The recovery account wins: what the other key prepared for it is forgotten, now and when its proposal is accepted.
    pub(crate) fn do_recover_account(who: &AccountId, id: OrganisationId, account: AccountId) -> DispatchResult {
        let organisation = Self::organisation(id)?;
        ensure!(
            organisation.recovery.at(Self::now()) == Some(who),
            Error::<T>::NotAuthorized
        );
        ensure!(account != *who, Error::<T>::AccountInUse);
        Self::propose_account(id, account, Proposer::Recovery)?;
        let recovery = Recovery::new(Some(who.clone()));
        Organisations::<T>::insert(
            id,
            Organisation {
                recovery,
                ..organisation
            },
        );
        Ok(())
    }

    /// Two thirds: the recovery account is forgotten, now and when the proposal is accepted.
    pub(crate) fn do_set_account(id: OrganisationId, account: AccountId) -> DispatchResult {
        let organisation = Self::organisation(id)?;
        Self::propose_account(id, account, Proposer::Consortium)?;
        let recovery = Recovery::default();
        Organisations::<T>::insert(
            id,
            Organisation {
                recovery,
                ..organisation
            },
        );
        Self::deposit_event(Event::RecoveryAccountSet {
            organisation: id,
            recovery: None,
            from: Self::now(),
        });
        Ok(())
    }

    /// Store the account until it accepts. It may do so for as long as a new recovery account takes to count: a recovery account
    /// that is named meanwhile does not count before the proposal ends.
    fn propose_account(id: OrganisationId, account: AccountId, by: Proposer) -> DispatchResult {
        Self::ensure_speaks_for_none(&account)?;
        let now = Self::now();
        let stronger = Proposals::<T>::get(id).is_some_and(|former| former.is_open(now) && former.by > by);
        ensure!(!stronger, Error::<T>::StrongerProposal);
        let until = now.saturating_add(T::RecoveryDelay::get());
        let proposal = Proposal {
            account: account.clone(),
            by,
            until,
        };
        Proposals::<T>::insert(id, proposal);
        Self::deposit_event(Event::OrganisationAccountProposed {
            organisation: id,
            account,
            by,
            until,
        });
        Ok(())
    }

    /// The organisation as it is once `who` speaks for it.
    fn check_acceptance(who: &AccountId, id: OrganisationId) -> Result<Organisation, DispatchError> {
        let proposal = Proposals::<T>::get(id).ok_or(Error::<T>::ProposalNotFound)?;
        let now = Self::now();
        ensure!(
            proposal.is_open(now) && proposal.account == *who,
            Error::<T>::ProposalNotFound
        );
        Self::ensure_speaks_for_none(who)?;
        // Nobody can spoil an admission by taking its account first.
        ensure!(!Self::is_account_promised(who), Error::<T>::AccountInUse);
        let organisation = Self::organisation(id)?;
        let recovery = match proposal.by {
            Proposer::Organisation => organisation.recovery,
            Proposer::Recovery => Recovery::new(organisation.recovery.at(now).cloned()),
            Proposer::Consortium => Recovery::default(),
        };
        ensure!(!recovery.names(who), Error::<T>::AccountInUse);
        Ok(Organisation {
            account: who.clone(),
            recovery,
            ..organisation
        })
    }

    /// Whether `accept_account` with this signer would succeed.
    pub(crate) fn may_accept(who: &AccountId, id: OrganisationId) -> bool {
        Self::check_acceptance(who, id).is_ok()
    }

    pub(crate) fn do_accept_account(who: AccountId, id: OrganisationId) -> DispatchResult {
        let organisation = Self::check_acceptance(&who, id)?;
        let previous = Self::organisation(id)?.account;
        Proposals::<T>::remove(id);
        OrganisationByAccount::<T>::remove(&previous);
        Self::forget_calls(&previous);
        OrganisationByAccount::<T>::insert(&who, id);
        Organisations::<T>::insert(id, organisation);
        Self::notify_members();
        Self::deposit_event(Event::OrganisationAccountSet {
            organisation: id,
            previous,
            account: who,
        });
        Ok(())
    }
}
