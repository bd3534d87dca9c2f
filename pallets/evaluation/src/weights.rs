//! Weights: estimates from the measured weights of `pallet_rounds` and from what is read and written, until `scripts/weights.sh` has measured
//! this pallet. To change them, change `benchmarking.rs` and measure again.
//!
//! benchmarking.rs: 569151a5f0efb19291075e24f5f7a002115b9b5768faa3654e38a4427fdcf99e

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each call and hook of `pallet_evaluation` weighs, without what other pallets add.
pub trait WeightInfo {
    fn request() -> Weight;
    fn prune() -> Weight;
    fn prune_evidence() -> Weight;
    fn job_agreed() -> Weight;
    fn job_closed() -> Weight;
    fn job_retried() -> Weight;
}

/// Estimated time, with the accesses of the database of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // A job is made, as in the retry of `rounds.job_closed`, and a dozen entries more are read and written.
    fn request() -> Weight {
        Weight::from_parts(350_000_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(90))
            .saturating_add(T::DbWeight::get().writes(11))
    }

    fn prune() -> Weight {
        Weight::from_parts(40_000_000, 4_813)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(2))
    }

    // The statements of two full committees are hashed.
    fn prune_evidence() -> Weight {
        Weight::from_parts(400_000_000, 40_000)
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().writes(5))
    }

    // As `rounds.job_agreed`.
    fn job_agreed() -> Weight {
        Weight::from_parts(74_081_000, 4_813)
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().writes(7))
    }

    // Every member of a full committee is paid.
    fn job_closed() -> Weight {
        Weight::from_parts(450_000_000, 120_000)
            .saturating_add(T::DbWeight::get().reads(50))
            .saturating_add(T::DbWeight::get().writes(42))
    }

    // As `rounds.job_closed`.
    fn job_retried() -> Weight {
        Weight::from_parts(224_365_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(69))
            .saturating_add(T::DbWeight::get().writes(4))
    }
}
