//! Data sets that were revealed before: what is public measures nothing.

use super::MAX_USED;
use crate::pallet::{Config, NextUsed, Pallet, UsedAt, UsedRoots};
use quorate_primitives::{ModelId, Root};

impl<T: Config> Pallet<T> {
    /// Whether the data set is among the last ones that were revealed for the model.
    pub(crate) fn is_used(model: ModelId, root: Root) -> bool {
        UsedRoots::<T>::contains_key(model, root)
    }

    /// Remember a data set that was revealed, in the place of the oldest where all are taken.
    pub(crate) fn remember(model: ModelId, root: Root) {
        let place = NextUsed::<T>::get(model);
        if let Some(oldest) = UsedAt::<T>::get(model, place) {
            UsedRoots::<T>::remove(model, oldest);
        }
        UsedAt::<T>::insert(model, place, root);
        UsedRoots::<T>::insert(model, root, ());
        let next = place.saturating_add(1);
        NextUsed::<T>::insert(model, if next < MAX_USED { next } else { 0 });
    }
}
