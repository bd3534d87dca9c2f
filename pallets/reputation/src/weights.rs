//! Weights of the calls.
//!
//! Estimates: each counts the storage accesses of its call, and adds a rough
//! allowance for computation and proof size.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// Weight of each call and of what other pallets report.
pub trait WeightInfo {
    fn set_parameters() -> Weight;
    fn reset() -> Weight;
    /// A verdict.
    fn judged() -> Weight;
    /// A contributor or a validator that has left the consortium.
    fn left() -> Weight;
}

/// Estimated weights.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> SubstrateWeight<T> {
    fn estimate(reads: u64, writes: u64) -> Weight {
        let proof = reads.saturating_mul(2_500);
        Weight::from_parts(15_000_000, proof).saturating_add(T::DbWeight::get().reads_writes(reads, writes))
    }
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn set_parameters() -> Weight {
        Self::estimate(0, 1)
    }

    /// The rank sink walks down at most eight ranks of a ranked collective.
    fn reset() -> Weight {
        Self::estimate(3 + 16, 3 + 16)
    }

    /// The record, the parameters, and the standing of a validator without a record.
    fn judged() -> Weight {
        Self::estimate(4, 1)
    }

    /// As for a reset.
    fn left() -> Weight {
        Self::estimate(2 + 16, 2 + 16)
    }
}
