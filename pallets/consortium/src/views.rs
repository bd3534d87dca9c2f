//! What the view functions show.

use crate::{
    types::{OrganisationStatus, WaitingChange},
    Config, ContributorCount, Organisations, Pallet, PendingChanges, Proposals, TechnicalSeats,
};
use alloc::vec::Vec;
use quorate_primitives::OrganisationId;

impl<T: Config> Pallet<T> {
    pub(crate) fn status_of(id: OrganisationId) -> Option<OrganisationStatus> {
        let organisation = Organisations::<T>::get(id)?;
        let now = Self::now();
        Some(OrganisationStatus {
            contributors: ContributorCount::<T>::get(id),
            technical: TechnicalSeats::<T>::get().contains(&id),
            recovery: organisation.recovery.at(now).cloned(),
            proposal: Proposals::<T>::get(id).filter(|proposal| proposal.is_open(now)),
            organisation,
        })
    }

    pub(crate) fn all_waiting() -> Vec<WaitingChange> {
        let mut waiting: Vec<WaitingChange> = PendingChanges::<T>::iter()
            .map(|(id, pending)| WaitingChange {
                id,
                carried: Self::are_two_thirds(pending.ayes),
                pending,
            })
            .collect();
        waiting.sort_unstable_by_key(|change| change.id);
        waiting
    }
}
