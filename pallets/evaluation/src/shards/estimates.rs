//! What the calls and hooks of sealed shards weigh: estimates, until there are benchmarks of them. Accesses of the database are counted, times
//! are above those of like calls.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// Estimated time, with the accesses of the database of the runtime `T`.
pub struct Estimates<T>(PhantomData<T>);

impl<T: frame_system::Config> Estimates<T> {
    pub fn commit_shard() -> Weight {
        Weight::from_parts(120_000_000, 16_000)
            .saturating_add(T::DbWeight::get().reads(12))
            .saturating_add(T::DbWeight::get().writes(8))
    }

    pub fn withdraw_shard() -> Weight {
        Weight::from_parts(100_000_000, 16_000)
            .saturating_add(T::DbWeight::get().reads(8))
            .saturating_add(T::DbWeight::get().writes(6))
    }

    pub fn reveal_shard() -> Weight {
        Weight::from_parts(120_000_000, 16_000)
            .saturating_add(T::DbWeight::get().reads(12))
            .saturating_add(T::DbWeight::get().writes(6))
    }

    pub fn shard_found() -> Weight {
        Weight::from_parts(40_000_000, 8_000)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(2))
    }

    pub fn shards_decided() -> Weight {
        Weight::from_parts(120_000_000, 120_000)
            .saturating_add(T::DbWeight::get().reads(52))
            .saturating_add(T::DbWeight::get().writes(5))
    }

    pub fn shards_taken() -> Weight {
        Weight::from_parts(150_000_000, 90_000)
            .saturating_add(T::DbWeight::get().reads(36))
            .saturating_add(T::DbWeight::get().writes(4))
    }

    pub fn shards_awaited() -> Weight {
        Weight::from_parts(200_000_000, 90_000)
            .saturating_add(T::DbWeight::get().reads(68))
            .saturating_add(T::DbWeight::get().writes(4))
    }

    pub fn shards_assessed() -> Weight {
        Weight::from_parts(700_000_000, 140_000)
            .saturating_add(T::DbWeight::get().reads(70))
            .saturating_add(T::DbWeight::get().writes(54))
    }

    pub fn shards_released() -> Weight {
        Weight::from_parts(700_000_000, 140_000)
            .saturating_add(T::DbWeight::get().reads(70))
            .saturating_add(T::DbWeight::get().writes(54))
    }
}
