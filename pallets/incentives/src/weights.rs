//! Weights of the calls.
//!
//! Estimates: each counts the storage accesses of its call, and adds an allowance for computation and proof size.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// Weight of each call.
pub trait WeightInfo {
    fn fund() -> Weight;
    fn withdraw_fund() -> Weight;
    fn claim() -> Weight;
    fn forfeit_fund() -> Weight;
}

/// Weights from database accesses.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> SubstrateWeight<T> {
    fn of(reads: u64, writes: u64) -> Weight {
        let proof = reads.saturating_mul(2_500);
        Weight::from_parts(50_000_000, proof).saturating_add(T::DbWeight::get().reads_writes(reads, writes))
    }
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    /// Owner, its organisation, fund, two accounts.
    fn fund() -> Weight {
        Self::of(5, 3)
    }

    /// Owner, organisation of the signer and its standing, fund, two accounts.
    fn withdraw_fund() -> Weight {
        Self::of(6, 3)
    }

    /// Earnings, two accounts.
    fn claim() -> Weight {
        Self::of(3, 3)
    }

    /// Owner, its organisation, fund, earnings of the treasury, two accounts.
    fn forfeit_fund() -> Weight {
        Self::of(6, 4)
    }
}
