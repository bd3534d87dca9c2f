//! Weights, estimated: accesses of the database are counted, times are those of like calls of `evaluation` and `rounds`. `scripts/weights.sh`
//! measures them.
//!
//! benchmarking.rs: e887757be4541965c3aec6957e8fe5902054d0efab0ed0cdc8ef768d764a6d2a

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each call, hook and check of `pallet_inference` weighs, without what other pallets add.
pub trait WeightInfo {
    fn request() -> Weight;
    fn cancel() -> Weight;
    fn answer(r: u32) -> Weight;
    fn authorize_answer(r: u32) -> Weight;
    fn pay() -> Weight;
    fn found() -> Weight;
    fn ended() -> Weight;
    fn make_batch(r: u32) -> Weight;
    fn end_requests(r: u32) -> Weight;
    fn prune_jobs() -> Weight;
    fn prune_batch() -> Weight;
    fn prune_request() -> Weight;
    fn job_agreed() -> Weight;
    fn job_closed() -> Weight;
    fn job_retried() -> Weight;
    fn broken_up(r: u32) -> Weight;
    fn job_escalated() -> Weight;
    fn escalate() -> Weight;
    fn call_all() -> Weight;
}

/// Estimated time, with the accesses of the database of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn request() -> Weight {
        Weight::from_parts(560_000_000, 90_000)
            .saturating_add(T::DbWeight::get().reads(120))
            .saturating_add(T::DbWeight::get().writes(11))
    }

    fn cancel() -> Weight {
        Weight::from_parts(200_000_000, 70_000)
            .saturating_add(T::DbWeight::get().reads(12))
            .saturating_add(T::DbWeight::get().writes(12))
    }

    fn answer(r: u32) -> Weight {
        Weight::from_parts(50_000_000, 20_000)
            .saturating_add(Weight::from_parts(70_000_000, 3_000).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().reads(5).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().writes(5))
            .saturating_add(T::DbWeight::get().writes(6).saturating_mul(r.into()))
    }

    fn authorize_answer(r: u32) -> Weight {
        Weight::from_parts(30_000_000, 4_000)
            .saturating_add(Weight::from_parts(1_000_000, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads(1))
    }

    fn pay() -> Weight {
        Weight::from_parts(330_000_000, 90_000)
            .saturating_add(T::DbWeight::get().reads(77))
            .saturating_add(T::DbWeight::get().writes(42))
    }

    fn found() -> Weight {
        Weight::from_parts(100_000_000, 60_000)
            .saturating_add(T::DbWeight::get().reads(10))
            .saturating_add(T::DbWeight::get().writes(11))
    }

    fn ended() -> Weight {
        Weight::from_parts(90_000_000, 40_000)
            .saturating_add(T::DbWeight::get().reads(8))
            .saturating_add(T::DbWeight::get().writes(8))
    }

    fn make_batch(r: u32) -> Weight {
        Weight::from_parts(760_000_000, 120_000)
            .saturating_add(Weight::from_parts(25_000_000, 3_000).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads(116))
            .saturating_add(T::DbWeight::get().reads(1).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().writes(7))
    }

    fn end_requests(r: u32) -> Weight {
        Weight::from_parts(200_000_000, 120_000)
            .saturating_add(Weight::from_parts(60_000_000, 3_000).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads(12))
            .saturating_add(T::DbWeight::get().reads(4).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().writes(6))
            .saturating_add(T::DbWeight::get().writes(5).saturating_mul(r.into()))
    }

    fn prune_jobs() -> Weight {
        Weight::from_parts(210_000_000, 25_000)
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().writes(5))
    }

    fn prune_batch() -> Weight {
        Weight::from_parts(20_000_000, 8_000)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(3))
    }

    fn prune_request() -> Weight {
        Weight::from_parts(30_000_000, 8_000)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(5))
    }

    // With a bond that is back.
    fn job_agreed() -> Weight {
        Weight::from_parts(80_000_000, 9_000)
            .saturating_add(T::DbWeight::get().reads(7))
            .saturating_add(T::DbWeight::get().writes(6))
    }

    fn job_closed() -> Weight {
        Weight::from_parts(340_000_000, 95_000)
            .saturating_add(T::DbWeight::get().reads(79))
            .saturating_add(T::DbWeight::get().writes(44))
    }

    fn job_retried() -> Weight {
        Weight::from_parts(215_000_000, 90_000)
            .saturating_add(T::DbWeight::get().reads(69))
            .saturating_add(T::DbWeight::get().writes(3))
    }
    fn broken_up(r: u32) -> Weight {
        Weight::from_parts(60_000_000, 100_000)
            .saturating_add(Weight::from_parts(6_000_000, 1_000).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().reads(1).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().writes(5))
    }

    // As `job_retried`, with what 32 validators declared.
    fn job_escalated() -> Weight {
        Weight::from_parts(480_000_000, 100_000)
            .saturating_add(T::DbWeight::get().reads(101))
            .saturating_add(T::DbWeight::get().writes(4))
    }

    // The same at the end of a block, which looks at all open batches.
    fn escalate() -> Weight {
        Weight::from_parts(620_000_000, 120_000)
            .saturating_add(T::DbWeight::get().reads(112))
            .saturating_add(T::DbWeight::get().writes(11))
    }

    // The same with a bond.
    fn call_all() -> Weight {
        Weight::from_parts(620_000_000, 100_000)
            .saturating_add(T::DbWeight::get().reads(108))
            .saturating_add(T::DbWeight::get().writes(8))
    }
}
