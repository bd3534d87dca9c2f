//! Bonds for updates: held on the organisation's account, returned or taken.

use crate::{types::Bond, Bonds, Config, Error, Event, HoldReason, Pallet};
use frame_support::{
    defensive, ensure,
    storage::with_storage_layer,
    traits::{
        fungible::{InspectHold, MutateHold},
        tokens::{Fortitude::Force, Precision::Exact, Restriction::Free},
    },
};
use quorate_primitives::{AccountId, Balance, RoundId};
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_hold_bond(
        organisation: &AccountId,
        round: RoundId,
        contributor: &AccountId,
        amount: Balance,
    ) -> DispatchResult {
        ensure!(!Bonds::<T>::contains_key(round, contributor), Error::<T>::AlreadyBonded);
        if amount == 0 {
            return Ok(());
        }
        let reason = HoldReason::Bond.into();
        ensure!(
            T::Currency::can_hold(&reason, organisation, amount),
            Error::<T>::BondNotCovered
        );
        T::Currency::hold(&reason, organisation, amount)?;
        Bonds::<T>::insert(
            round,
            contributor,
            Bond {
                organisation: organisation.clone(),
                amount,
            },
        );
        Self::deposit_event(Event::BondHeld {
            round,
            contributor: contributor.clone(),
            organisation: organisation.clone(),
            amount,
        });
        Ok(())
    }

    pub(crate) fn do_release_bond(round: RoundId, contributor: &AccountId) {
        let Some(Bond { organisation, amount }) = Bonds::<T>::get(round, contributor) else {
            return;
        };
        let reason = HoldReason::Bond.into();
        match with_storage_layer(|| T::Currency::release(&reason, &organisation, amount, Exact)) {
            Ok(_) => {
                Bonds::<T>::remove(round, contributor);
                Self::deposit_event(Event::BondReleased {
                    round,
                    contributor: contributor.clone(),
                    amount,
                });
            }
            // The hold is exactly the sum of the bonds, and an account with holds exists.
            Err(error) => {
                defensive!("a bond cannot be released", error);
            }
        }
    }

    pub(crate) fn do_slash_bond(round: RoundId, contributor: &AccountId) {
        let Some(Bond { organisation, amount }) = Bonds::<T>::get(round, contributor) else {
            return;
        };
        let reason = HoldReason::Bond.into();
        // By way of the pot, which always exists: the treasury's account may not.
        let taken = with_storage_layer(|| {
            T::Currency::transfer_on_hold(&reason, &organisation, &Self::pot(), amount, Exact, Free, Force)
        });
        match taken {
            Ok(_) => {
                Bonds::<T>::remove(round, contributor);
                Self::pay_treasury(amount);
                Self::deposit_event(Event::BondSlashed {
                    round,
                    contributor: contributor.clone(),
                    amount,
                });
            }
            Err(error) => {
                defensive!("a bond cannot be slashed", error);
            }
        }
    }
}
