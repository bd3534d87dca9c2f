//! What always holds of the storage.

use crate::{Config, Entries, Pallet};
use frame_support::{ensure, traits::Get};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Check every entry.
    ///
    /// # Errors
    /// Names the first thing that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let now = Self::now();
        for (_, entry) in Entries::<T>::iter() {
            ensure!(
                entry.at <= entry.accepted_at && entry.accepted_at <= now,
                "a declaration of the future"
            );
            ensure!(entry.silent_at.is_none_or(|at| at <= now), "a silence of the future");
            ensure!(
                entry
                    .barred_until
                    .is_none_or(|until| until <= now.saturating_add(T::Era::get())),
                "a bar longer than an era"
            );
        }
        Ok(())
    }
}
