//! What the view functions show.

use crate::{
    types::{EarningsStatus, PurposeStatus},
    Bonds, Config, Escrows, Pallet,
};
use quorate_primitives::{purpose::Purpose, traits::FundOwners, AccountId, Balance, OrganisationId, MAX_UPDATES};

/// Most bonds that are looked at.
const MAX_BONDS: usize = MAX_UPDATES as usize;

impl<T: Config> Pallet<T> {
    pub(crate) fn earnings_of(who: &AccountId) -> EarningsStatus {
        EarningsStatus {
            amount: Self::claimable(who),
            payable: Self::check_claim(who).is_ok(),
        }
    }

    pub(crate) fn status_of(purpose: Purpose) -> PurposeStatus {
        PurposeStatus {
            owner: T::Owners::owner(purpose),
            fund: Self::fund_of(purpose),
            escrow: Escrows::<T>::get(purpose),
        }
    }

    pub(crate) fn bonds_of(purpose: Purpose, organisation: OrganisationId) -> Balance {
        Bonds::<T>::iter_prefix_values(purpose)
            .take(MAX_BONDS)
            .filter(|bond| bond.organisation == organisation)
            .fold(0, |sum, bond| sum.saturating_add(bond.amount))
    }
}
