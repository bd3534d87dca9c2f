//! Changes of who votes and who validates: proposed by two thirds of all admitted organisations, shown for a while, enacted if
//! the votes are still two thirds and the change still fits.

use crate::{
    types::{Change, ChangeId, PeerId, PendingChange, MAX_ENDINGS, MAX_PENDING_CHANGES},
    Config, Enactments, Error, Event, NextChange, Organisations, Pallet, PendingChanges, WeightInfo,
};
use frame_support::{
    ensure,
    storage::{with_storage_layer, with_transaction},
    traits::Get,
    weights::Weight,
};
use quorate_primitives::{AccountId, BlockNumber};
use sp_runtime::{DispatchResult, TransactionOutcome};

impl<T: Config> Pallet<T> {
    /// Whether so many organisations are two thirds of all that are admitted now, suspended ones included.
    pub(crate) fn are_two_thirds(ayes: u32) -> bool {
        u64::from(ayes).saturating_mul(3) >= u64::from(Organisations::<T>::count()).saturating_mul(2)
    }

    pub(crate) fn do_propose_change(change: Change, ayes: u32) -> DispatchResult {
        ensure!(Self::are_two_thirds(ayes), Error::<T>::TooFewAyes);
        ensure!(
            PendingChanges::<T>::count() < MAX_PENDING_CHANGES,
            Error::<T>::TooManyPendingChanges
        );
        ensure!(
            PendingChanges::<T>::iter_values().all(|pending| pending.change != change),
            Error::<T>::AlreadyPending
        );
        Self::ensure_fits(&change)?;
        let id = NextChange::<T>::get();
        NextChange::<T>::put(id.checked_add(1).ok_or(Error::<T>::IdsExhausted)?);
        let proposed_at = Self::now();
        let enact_at = Self::free_block(proposed_at.saturating_add(T::ChangeDelay::get()));
        Enactments::<T>::insert(enact_at, id);
        let pending = PendingChange {
            change: change.clone(),
            ayes,
            proposed_at,
            enact_at,
        };
        PendingChanges::<T>::insert(id, pending);
        Self::deposit_event(Event::ChangeProposed {
            id,
            change,
            ayes,
            enact_at,
        });
        Ok(())
    }

    pub(crate) fn do_cancel_change(id: ChangeId) -> DispatchResult {
        let pending = PendingChanges::<T>::take(id).ok_or(Error::<T>::ChangeNotFound)?;
        Enactments::<T>::remove(pending.enact_at);
        Self::deposit_event(Event::ChangeCancelled {
            id,
            change: pending.change,
        });
        Ok(())
    }

    /// The first block from `at` on in which no change is due. No more blocks are taken than changes wait.
    fn free_block(at: BlockNumber) -> BlockNumber {
        let taken = |block: &BlockNumber| Enactments::<T>::contains_key(block);
        (at..).find(|block| !taken(block)).unwrap_or(at)
    }

    /// What a block weighs in which so many suspensions end, of organisations that get their seats back or not, and in which a change
    /// is enacted or not.
    pub(crate) fn hook_weight(ended: u32, seats: bool, enacted: bool) -> Weight {
        let motions = T::MaxMotions::get();
        let mut weight = T::WeightInfo::on_initialize();
        if ended > 0 {
            let motions = if seats { motions } else { 0 };
            weight = weight.saturating_add(T::WeightInfo::end_suspensions(ended, motions));
        }
        if enacted {
            weight = weight.saturating_add(T::WeightInfo::enact(motions));
        }
        weight
    }

    /// The most that the hook weighs.
    pub fn heaviest_hook() -> Weight {
        let with_seats = Self::hook_weight(MAX_ENDINGS, true, false);
        with_seats.max(Self::hook_weight(MAX_ENDINGS, false, true))
    }

    /// Let the change that is due in block `now` wait a little longer: seats have changed in this block already, and to change them
    /// twice may be more than a block has room for. Each organisation
    /// can have this happen once.
    pub(crate) fn postpone_due(now: BlockNumber) {
        if let Some(id) = Enactments::<T>::take(now) {
            let enact_at = Self::free_block(now.saturating_add(1));
            Enactments::<T>::insert(enact_at, id);
            PendingChanges::<T>::mutate(id, |pending| {
                if let Some(pending) = pending {
                    pending.enact_at = enact_at;
                }
            });
            Self::deposit_event(Event::ChangePostponed { id, enact_at });
        }
    }

    /// Enact or drop the change that is due in block `now`; returns whether there was one.
    pub(crate) fn enact_due(now: BlockNumber) -> bool {
        let Some(id) = Enactments::<T>::take(now) else {
            return false;
        };
        let Some(pending) = PendingChanges::<T>::take(id) else {
            return false;
        };
        let event = match Self::enact(&pending) {
            Ok(()) => Event::ChangeEnacted {
                id,
                change: pending.change,
            },
            Err(reason) => Event::ChangeDropped {
                id,
                change: pending.change,
                reason,
            },
        };
        Self::deposit_event(event);
        true
    }

    /// An organisation leaves, and with it its vote. Whose votes were ayes is not known here: each pending change is counted as if
    /// this one was, so that no change is enacted with the vote of somebody who has gone.
    pub(crate) fn take_ayes() {
        PendingChanges::<T>::translate_values(|pending: PendingChange| {
            let ayes = pending.ayes.saturating_sub(1);
            Some(PendingChange { ayes, ..pending })
        });
    }

    fn enact(pending: &PendingChange) -> DispatchResult {
        ensure!(Self::are_two_thirds(pending.ayes), Error::<T>::TooFewAyes);
        with_storage_layer(|| Self::apply(pending.change.clone()))
    }

    /// Try the change and take it back.
    fn ensure_fits(change: &Change) -> DispatchResult {
        with_transaction(|| TransactionOutcome::Rollback(Self::apply(change.clone())))
    }

    fn apply(change: Change) -> DispatchResult {
        match change {
            Change::Admit {
                name,
                account,
                recovery,
            } => Self::do_admit(name, account, recovery),
            Change::Remove { organisation } => Self::do_remove(organisation),
            Change::Suspend { target } => Self::suspend_long(target),
            Change::AllowFastSuspension { target } => Self::allow_fast_suspension(target),
            Change::SetAccount { organisation, account } => Self::do_set_account(organisation, account),
            Change::RegisterValidator {
                validator,
                organisation,
                endpoint,
            } => Self::do_register_validator(validator, organisation, endpoint),
            Change::RemoveValidator { validator } => Self::do_remove_validator(validator),
            Change::SetTechnicalSeats { seats } => Self::do_set_technical_seats(seats),
            Change::SetQuota { organisation, quota } => Self::do_set_quota(organisation, quota),
        }
    }

    /// Whether a pending change gives this account to an organisation.
    pub(crate) fn is_account_promised(account: &AccountId) -> bool {
        PendingChanges::<T>::iter_values().any(|pending| match &pending.change {
            Change::Admit { account: promised, .. } | Change::SetAccount { account: promised, .. } => {
                promised == account
            }
            _ => false,
        })
    }

    /// Whether a pending change registers a validator other than `who` under this peer id.
    pub(crate) fn is_peer_id_promised(who: &AccountId, peer_id: &PeerId) -> bool {
        PendingChanges::<T>::iter_values().any(|pending| match &pending.change {
            Change::RegisterValidator {
                validator, endpoint, ..
            } => validator != who && endpoint.peer_id == *peer_id,
            _ => false,
        })
    }
}
