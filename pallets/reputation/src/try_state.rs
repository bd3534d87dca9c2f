//! What must hold of the storage after every block.

use crate::{types::MAX_RANKS, Config, Contributors, CurrentParameters, Pallet, RankedCount, Validators};
use alloc::collections::BTreeMap;
use frame_support::ensure;
use quorate_primitives::{OrganisationId, PPM};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Check every record, the places and the parameters.
    ///
    /// # Errors
    /// Names the first thing that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let mut counts = BTreeMap::<OrganisationId, u32>::new();
        for record in Contributors::<T>::iter_values() {
            ensure!(record.reputation <= PPM, "a contributor's reputation is out of range");
            ensure!(u32::from(record.rank) <= MAX_RANKS, "a rank is out of range");
            if record.rank > 0 {
                let count = counts.entry(record.organisation).or_default();
                *count = count.saturating_add(1);
            }
        }
        let stored: BTreeMap<_, _> = RankedCount::<T>::iter().collect();
        ensure!(counts == stored, "ranked contributors are miscounted");
        ensure!(
            Validators::<T>::iter_values().all(|reputation| reputation <= PPM),
            "a validator's reputation is out of range"
        );
        ensure!(CurrentParameters::<T>::get().check(), "a parameter is out of range");
        Ok(())
    }
}
