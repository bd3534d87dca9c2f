//! Votes on version 0 of models.

use crate::{
    collecting::count,
    pallet::{Config, Event, GenesisBallots, Pallet},
    types::GenesisBallot,
};
use quorate_primitives::{
    traits::{Consortium, Models},
    update::{Finding, Malformed},
    ModelId,
};

impl<T: Config> Pallet<T> {
    /// Give each model that awaits votes a validator snapshot, and refuse those whose time is over. Returns how many
    /// models there are, and how many were touched.
    pub(crate) fn drive_genesis() -> (u32, u32) {
        let awaiting = T::Models::awaiting_genesis();
        let mut touched = 0u32;
        for model in &awaiting {
            let over = T::Models::genesis_blob(*model).is_some_and(|blob| Self::now() >= blob.until);
            if over {
                Self::refuse_genesis(*model, None);
            } else if !GenesisBallots::<T>::contains_key(model) {
                let ballot = GenesisBallot {
                    committee: T::Consortium::committee(),
                    tally: Default::default(),
                };
                GenesisBallots::<T>::insert(model, ballot);
            } else {
                continue;
            }
            touched = touched.saturating_add(1);
        }
        (count(awaiting.len()), touched)
    }

    /// Count a vote that was checked.
    pub(crate) fn count_genesis_vote(model: ModelId, voter: u32, fault: Option<Malformed>) {
        let Some(mut ballot) = GenesisBallots::<T>::get(model) else {
            return;
        };
        if !ballot.tally.vote(voter, fault) {
            return;
        }
        match ballot.tally.finding(count(ballot.committee.len())) {
            Finding::Open => GenesisBallots::<T>::insert(model, ballot),
            Finding::Held => {
                GenesisBallots::<T>::remove(model);
                Self::deposit_event(Event::GenesisHeld { model });
                T::Models::genesis_decided(model, true);
            }
            Finding::Malformed(reason) => Self::refuse_genesis(model, Some(reason)),
            Finding::Split => Self::refuse_genesis(model, None),
        }
    }

    fn refuse_genesis(model: ModelId, reason: Option<Malformed>) {
        GenesisBallots::<T>::remove(model);
        Self::deposit_event(Event::GenesisRefused { model, reason });
        T::Models::genesis_decided(model, false);
    }
}
