//! Weights, measured by `scripts/weights.sh` with frame-omni-bencher 0.28.0. To change them, change
//! `benchmarking.rs` and measure again.
//!
//! benchmarking.rs: 2912ca27887b577fad51d354b5d32a415b5b1df7d0126acce08a9639f5f66efd
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
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24890), added: 27365, mode: `MaxEncodedLen`)
    fn vote(p: u32, i: u32) -> Weight {
        // Shortest run: 2_127_074 ns.
        Weight::from_parts(25_290_309, 5_663)
            // ± 5_250_127
            .saturating_add(Weight::from_parts(46_206_943, 0).saturating_mul(p.into()))
            // ± 571_877
            .saturating_add(Weight::from_parts(20_325_579, 0).saturating_mul(i.into()))
            .saturating_add(Weight::from_parts(0, 27_365).saturating_mul(p.into()))
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
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24890), added: 27365, mode: `MaxEncodedLen`)
    fn authorize_vote(p: u32, i: u32) -> Weight {
        // Shortest run: 479_185 ns.
        Weight::from_parts(111_287_928, 5_663)
            // ± 174_031
            .saturating_add(Weight::from_parts(16_864_662, 0).saturating_mul(p.into()))
            // ± 18_956
            .saturating_add(Weight::from_parts(1_022_302, 0).saturating_mul(i.into()))
            .saturating_add(Weight::from_parts(0, 27_365).saturating_mul(p.into()))
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
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24890), added: 27365, mode: `MaxEncodedLen`)
    fn on_initialize(_o: u32, e: u32) -> Weight {
        // Shortest run: 7_320 ns.
        Weight::from_parts(28_629_174, 67_035)
            // ± 384_437
            .saturating_add(Weight::from_parts(35_948_475, 0).saturating_mul(e.into()))
            .saturating_add(Weight::from_parts(0, 875_680).saturating_mul(e.into()))
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().reads(u64::from(e).saturating_mul(33)))
            .saturating_add(T::DbWeight::get().writes(u64::from(e).saturating_mul(33)))
    }

    // Storage: `Availability::Open` (r:1 w:1)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(1442), added: 1937, mode: `MaxEncodedLen`)
    fn on_initialize_paused(o: u32) -> Weight {
        // Shortest run: 1_572 ns.
        Weight::from_parts(2_952_381, 2_927)
            // ± 523
            .saturating_add(Weight::from_parts(1_131_544, 0).saturating_mul(o.into()))
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
}
