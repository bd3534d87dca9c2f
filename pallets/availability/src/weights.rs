//! Weights, measured by `scripts/weights.sh` with frame-omni-bencher 0.28.0. To change them, change
//! `benchmarking.rs` and measure again.
//!
//! benchmarking.rs: b838e1a626eae9de7e78b7cefd681eda114226bd01e662acbbf3f56dff16aee0
//!
//! AMD EPYC, 2026-11-28, 20 steps, 10 repeats, Compiled Wasm.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each call, hook and check of `pallet_availability` weighs, without what other pallets add.
pub trait WeightInfo {
    /// `p` was measured in `8..=32`.
    /// `i` was measured in `32..=256`.
    fn vote(p: u32, i: u32) -> Weight;
    /// `p` was measured in `8..=32`.
    /// `i` was measured in `32..=256`.
    fn authorize_vote(p: u32, i: u32) -> Weight;
    /// `o` was measured in `0..=160`.
    /// `e` was measured in `0..=4`.
    fn on_initialize(o: u32, e: u32) -> Weight;
    /// `o` was measured in `0..=160`.
    fn on_initialize_paused(o: u32) -> Weight;
}

/// Measured time, with the accesses of the database of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Availability::Open` (r:1 w:0)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(1442), added: 1937, mode: `MaxEncodedLen`)
    // Storage: `Availability::Ballots` (r:1 w:0)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2198), added: 4673, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:1 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:32 w:32)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(22842), added: 25317, mode: `MaxEncodedLen`)
    fn vote(p: u32, i: u32) -> Weight {
        // Shortest run: 1_537_895 ns.
        Weight::from_parts(233_039_921, 5_663)
            // ± 607_392
            .saturating_add(Weight::from_parts(27_617_575, 0).saturating_mul(p.into()))
            // ± 66_161
            .saturating_add(Weight::from_parts(14_319_390, 0).saturating_mul(i.into()))
            .saturating_add(Weight::from_parts(0, 25_317).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().reads(u64::from(p).saturating_mul(1)))
            .saturating_add(T::DbWeight::get().writes(u64::from(p).saturating_mul(1)))
    }

    // Storage: `Availability::Open` (r:1 w:0)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(1442), added: 1937, mode: `MaxEncodedLen`)
    // Storage: `Availability::Ballots` (r:1 w:0)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2198), added: 4673, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:1 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:32 w:0)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(22842), added: 25317, mode: `MaxEncodedLen`)
    fn authorize_vote(p: u32, i: u32) -> Weight {
        // Shortest run: 271_265 ns.
        Weight::from_parts(49_780_828, 5_663)
            // ± 180_558
            .saturating_add(Weight::from_parts(15_075_658, 0).saturating_mul(p.into()))
            // ± 19_667
            .saturating_add(Weight::from_parts(484_374, 0).saturating_mul(i.into()))
            .saturating_add(Weight::from_parts(0, 25_317).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().reads(u64::from(p).saturating_mul(1)))
    }

    // Storage: `Availability::Open` (r:1 w:1)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(1442), added: 1937, mode: `MaxEncodedLen`)
    // Storage: `MultiBlockMigrations::Cursor` (r:1 w:0)
    // Proof: `MultiBlockMigrations::Cursor` (`max_values`: Some(1), `max_size`: Some(65550), added: 66045, mode: `MaxEncodedLen`)
    // Storage: `Availability::Ballots` (r:4 w:4)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2198), added: 4673, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:128 w:128)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(22842), added: 25317, mode: `MaxEncodedLen`)
    fn on_initialize(o: u32, e: u32) -> Weight {
        // Shortest run: 6_379 ns.
        Weight::from_parts(10_903_481, 67_035)
            // ± 17_239
            .saturating_add(Weight::from_parts(23_978, 0).saturating_mul(o.into()))
            // ± 627_283
            .saturating_add(Weight::from_parts(36_156_619, 0).saturating_mul(e.into()))
            .saturating_add(Weight::from_parts(0, 810_144).saturating_mul(e.into()))
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().reads(u64::from(e).saturating_mul(33)))
            .saturating_add(T::DbWeight::get().writes(u64::from(e).saturating_mul(33)))
    }

    // Storage: `Availability::Open` (r:1 w:1)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(1442), added: 1937, mode: `MaxEncodedLen`)
    fn on_initialize_paused(o: u32) -> Weight {
        // Shortest run: 1_562 ns.
        Weight::from_parts(3_197_027, 2_927)
            // ± 340
            .saturating_add(Weight::from_parts(1_157_233, 0).saturating_mul(o.into()))
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
}
