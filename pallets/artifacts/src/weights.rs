//! Weights: those of the nearest calls of `pallet_models` as `scripts/weights.sh` measured them, until it has measured this pallet. To change
//! them, change `benchmarking.rs` and measure again.
//!
//! benchmarking.rs: 35dd5085c46aadfbc7cbf287502dbf998e15ff77160041d99cc84d9d5880827b

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each call and check of `pallet_artifacts` weighs, without what other pallets add.
pub trait WeightInfo {
    fn register() -> Weight;
    fn retry() -> Weight;
    /// `o` was measured in `0..=56`.
    fn set_access(o: u32) -> Weight;
    fn retire() -> Weight;
    fn prune() -> Weight;
    fn found() -> Weight;
    fn ended() -> Weight;
}

/// Measured time, with the accesses of the database of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // As `models.register`.
    fn register() -> Weight {
        // Shortest run: 352_126 ns.
        Weight::from_parts(377_574_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(82))
            .saturating_add(T::DbWeight::get().writes(14))
    }

    // As `models.register`.
    fn retry() -> Weight {
        // Shortest run: 352_126 ns.
        Weight::from_parts(377_574_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(82))
            .saturating_add(T::DbWeight::get().writes(14))
    }

    // As `models.admit_readers`.
    fn set_access(o: u32) -> Weight {
        // Shortest run: 39_208 ns.
        Weight::from_parts(29_217_144, 4_813)
            // ± 85_135
            .saturating_add(Weight::from_parts(3_055_949, 0).saturating_mul(o.into()))
            .saturating_add(Weight::from_parts(0, 2_658).saturating_mul(o.into()))
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().reads(u64::from(o).saturating_mul(1)))
            .saturating_add(T::DbWeight::get().writes(1))
    }

    // As `models.retire`.
    fn retire() -> Weight {
        // Shortest run: 87_761 ns.
        Weight::from_parts(93_880_000, 6_196)
            .saturating_add(T::DbWeight::get().reads(8))
            .saturating_add(T::DbWeight::get().writes(7))
    }

    // As `models.retire`.
    fn prune() -> Weight {
        // Shortest run: 87_761 ns.
        Weight::from_parts(93_880_000, 6_196)
            .saturating_add(T::DbWeight::get().reads(8))
            .saturating_add(T::DbWeight::get().writes(7))
    }

    // As `models.found`.
    fn found() -> Weight {
        // Shortest run: 76_995 ns.
        Weight::from_parts(96_093_000, 28_355)
            .saturating_add(T::DbWeight::get().reads(7))
            .saturating_add(T::DbWeight::get().writes(9))
    }

    // As `models.ended`.
    fn ended() -> Weight {
        // Shortest run: 22_313 ns.
        Weight::from_parts(25_978_000, 4_813)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(2))
    }
}
