//! The seats in the governance memberships follow the organisations in good standing.

use crate::{types::Seats, Config, Error, Event, Organisations, Pallet, TechnicalSeats};
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::ensure;
use quorate_primitives::{traits::MembershipSink, AccountId, OrganisationId};
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
    /// Tell the governance memberships who speaks for the organisations in good standing.
    pub(crate) fn notify_members() {
        let accounts: BTreeMap<OrganisationId, AccountId> = Organisations::<T>::iter()
            .filter(|(_, organisation)| organisation.standing.is_good())
            .map(|(id, organisation)| (id, organisation.account))
            .collect();
        let mut technical: Vec<AccountId> = TechnicalSeats::<T>::get()
            .iter()
            .filter_map(|id| accounts.get(id).cloned())
            .collect();
        technical.sort();
        let mut council: Vec<AccountId> = accounts.into_values().collect();
        council.sort();
        T::MembershipSink::set_members(council, technical);
    }

    /// Refuse to take the last seat of the council.
    pub(crate) fn ensure_seats_remain(without: OrganisationId) -> DispatchResult {
        let remain =
            Organisations::<T>::iter().any(|(id, organisation)| id != without && organisation.standing.is_good());
        ensure!(remain, Error::<T>::LastOrganisation);
        Ok(())
    }

    pub(crate) fn check_technical_seats(seats: &Seats) -> DispatchResult {
        let ascending = seats.iter().zip(seats.iter().skip(1)).all(|(a, b)| a < b);
        ensure!(ascending, Error::<T>::SeatsNotAscending);
        let known = seats.iter().all(Organisations::<T>::contains_key);
        ensure!(known, Error::<T>::OrganisationNotFound);
        Ok(())
    }

    pub(crate) fn do_set_technical_seats(seats: Seats) -> DispatchResult {
        Self::check_technical_seats(&seats)?;
        TechnicalSeats::<T>::put(seats.clone());
        Self::notify_members();
        Self::deposit_event(Event::TechnicalSeatsSet { seats });
        Ok(())
    }

    /// A removed organisation leaves no seat behind.
    pub(crate) fn give_up_technical_seat(id: OrganisationId) {
        let mut seats = TechnicalSeats::<T>::get();
        let before = seats.len();
        seats.retain(|seat| *seat != id);
        if seats.len() < before {
            TechnicalSeats::<T>::put(seats.clone());
            Self::deposit_event(Event::TechnicalSeatsSet { seats });
        }
    }
}
