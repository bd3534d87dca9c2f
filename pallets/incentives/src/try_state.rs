//! What must hold of the storage after every block.

use crate::{Bonds, Config, Earnings, Escrows, Funds, HoldReason, Pallet};
use alloc::collections::BTreeMap;
use frame_support::{ensure, traits::fungible::InspectHold};
use quorate_primitives::{AccountId, Balance};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_try_state() -> Result<(), TryRuntimeError> {
        // More is possible: anyone can send tokens to an account.
        ensure!(Self::surplus().is_some(), "the pot holds less than its ledgers say");
        let mut entries = Funds::<T>::iter_values()
            .chain(Escrows::<T>::iter_values())
            .chain(Earnings::<T>::iter_values());
        ensure!(entries.all(|amount| amount > 0), "a ledger has an empty entry");
        Self::try_bonds()
    }

    fn try_bonds() -> Result<(), TryRuntimeError> {
        let mut held = BTreeMap::<AccountId, Balance>::new();
        for bond in Bonds::<T>::iter_values() {
            ensure!(bond.amount > 0, "a bond is empty");
            let sum = held.entry(bond.organisation).or_default();
            *sum = sum.saturating_add(bond.amount);
        }
        for (organisation, amount) in held {
            ensure!(
                T::Currency::balance_on_hold(&HoldReason::Bond.into(), &organisation) == amount,
                "an organisation's hold is not the sum of its bonds"
            );
        }
        Ok(())
    }
}
