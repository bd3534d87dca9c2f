//! Weights, estimated: accesses of the database are counted, times are those of like calls of `attestation` and `reputation`.
//! `scripts/weights.sh` measures them.
//!
//! benchmarking.rs: a4daa8543995d09fe9f0d85a27e6bae400b88834670ccd3acb6b33a9208e9021

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What the call and what other pallets ask of `pallet_capabilities` weigh.
pub trait WeightInfo {
    fn declare() -> Weight;
    fn authorize_declare() -> Weight;
    fn silent() -> Weight;
    fn left() -> Weight;
}

/// Estimated time, with the accesses of the database of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // The session's validators, each with its organisation, and an entry.
    fn declare() -> Weight {
        Weight::from_parts(180_000_000, 90_000)
            .saturating_add(T::DbWeight::get().reads(66))
            .saturating_add(T::DbWeight::get().writes(1))
    }

    fn authorize_declare() -> Weight {
        Weight::from_parts(240_000_000, 90_000).saturating_add(T::DbWeight::get().reads(67))
    }

    fn silent() -> Weight {
        Weight::from_parts(20_000_000, 3_600)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }

    fn left() -> Weight {
        Weight::from_parts(15_000_000, 3_600)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
}
