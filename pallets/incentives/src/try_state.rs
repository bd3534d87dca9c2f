//! What must hold of the storage after every block.

use crate::{Config, Pallet};
use frame_support::ensure;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Check the whole state of this pallet.
    ///
    /// # Errors
    /// What does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        // More is possible: anyone can send tokens to an account.
        ensure!(Self::surplus().is_some(), "the pot holds less than its ledgers say");
        ensure!(Self::ledgers().all(|amount| amount > 0), "a ledger has an empty entry");
        Ok(())
    }
}
