//! Worst cases: entries that begin or end, and a receiver whose account begins.
#![allow(clippy::expect_used, clippy::arithmetic_side_effects)]

use crate::*;
use frame_benchmarking::v2::*;
use frame_support::traits::fungible::{Inspect, Mutate};
use frame_system::RawOrigin;
use quorate_primitives::{purpose::Purpose, AccountId, Balance};

/// What the runtime prepares.
pub trait BenchmarkHelper {
    /// Something that can be funded, and the account of the organisation that owns it.
    fn fund() -> (Purpose, AccountId);
    /// Something with a fund whose owner has left the consortium.
    fn orphan() -> Purpose;
}

fn amount<T: Config>() -> Balance {
    T::Currency::minimum_balance() * 10
}

fn mint<T: Config>(who: &AccountId) {
    T::Currency::mint_into(who, amount::<T>() * 10).expect("tokens can be made");
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn fund() {
        let (purpose, _) = T::BenchmarkHelper::fund();
        Pallet::<T>::endow_pot();
        Funds::<T>::remove(purpose);
        let who: AccountId = account("sponsor", 0, 0);
        mint::<T>(&who);

        #[extrinsic_call]
        _(RawOrigin::Signed(who), purpose, amount::<T>());

        assert_eq!(Funds::<T>::get(purpose), amount::<T>());
    }

    #[benchmark]
    fn withdraw_fund() {
        let (purpose, owner) = T::BenchmarkHelper::fund();
        Pallet::<T>::endow_pot();
        mint::<T>(&Pallet::<T>::pot());
        Funds::<T>::insert(purpose, amount::<T>());

        #[extrinsic_call]
        _(RawOrigin::Signed(owner), purpose, amount::<T>());

        assert!(!Funds::<T>::contains_key(purpose));
    }

    #[benchmark]
    fn claim() {
        Pallet::<T>::endow_pot();
        mint::<T>(&Pallet::<T>::pot());
        let who: AccountId = account("contributor", 0, 0);
        Earnings::<T>::insert(&who, amount::<T>());

        #[extrinsic_call]
        _(RawOrigin::Signed(who.clone()));

        assert_eq!(T::Currency::balance(&who), amount::<T>());
    }

    #[benchmark]
    fn forfeit_fund() {
        let purpose = T::BenchmarkHelper::orphan();
        Pallet::<T>::endow_pot();
        mint::<T>(&Pallet::<T>::pot());
        Funds::<T>::insert(purpose, amount::<T>());
        let who: AccountId = account("anyone", 0, 0);

        #[extrinsic_call]
        _(RawOrigin::Signed(who), purpose);

        assert!(!Funds::<T>::contains_key(purpose));
    }
}
