//! Weights, measured by `scripts/weights.sh` with frame-omni-bencher 0.28.0. To change them, change
//! `benchmarking.rs` and measure again.
//!
//! benchmarking.rs: 2912ca27887b577fad51d354b5d32a415b5b1df7d0126acce08a9639f5f66efd
//!
//! AMD EPYC, 2026-11-29, 20 steps, 10 repeats, Compiled Wasm.

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
    /// `o` was measured in `0..=288`.
    /// `e` was measured in `0..=4`.
    fn on_initialize(o: u32, e: u32) -> Weight;
    /// `o` was measured in `0..=288`.
    fn on_initialize_paused(o: u32) -> Weight;
}

/// Measured time, with the accesses of the database of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Availability::Open` (r:1 w:1)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(2594), added: 3089, mode: `MaxEncodedLen`)
    // Storage: `Availability::Ballots` (r:1 w:1)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2198), added: 4673, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:1 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:32 w:32)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24922), added: 27397, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::Artifacts` (r:1 w:0)
    // Proof: `Artifacts::Artifacts` (`max_values`: None, `max_size`: Some(1351), added: 3826, mode: `MaxEncodedLen`)
    fn vote(p: u32, i: u32) -> Weight {
        // Shortest run: 1_223_876 ns.
        Weight::from_parts(29_314_868, 5_663)
            // ± 331_008
            .saturating_add(Weight::from_parts(49_833_626, 0).saturating_mul(p.into()))
            // ± 36_055
            .saturating_add(Weight::from_parts(3_230_145, 0).saturating_mul(i.into()))
            .saturating_add(Weight::from_parts(0, 27_397).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().reads(u64::from(p).saturating_mul(1)))
            .saturating_add(T::DbWeight::get().writes(2))
            .saturating_add(T::DbWeight::get().writes(u64::from(p).saturating_mul(1)))
    }

    // Storage: `Availability::Open` (r:1 w:0)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(2594), added: 3089, mode: `MaxEncodedLen`)
    // Storage: `Availability::Ballots` (r:1 w:0)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2198), added: 4673, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:1 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:32 w:0)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24922), added: 27397, mode: `MaxEncodedLen`)
    fn authorize_vote(p: u32, i: u32) -> Weight {
        // Shortest run: 454_568 ns.
        Weight::from_parts(91_629_329, 5_663)
            // ± 235_384
            .saturating_add(Weight::from_parts(17_165_928, 0).saturating_mul(p.into()))
            // ± 25_639
            .saturating_add(Weight::from_parts(1_100_194, 0).saturating_mul(i.into()))
            .saturating_add(Weight::from_parts(0, 27_397).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().reads(u64::from(p).saturating_mul(1)))
    }

    // Storage: `Availability::Open` (r:1 w:1)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(2594), added: 3089, mode: `MaxEncodedLen`)
    // Storage: `MultiBlockMigrations::Cursor` (r:1 w:0)
    // Proof: `MultiBlockMigrations::Cursor` (`max_values`: Some(1), `max_size`: Some(65550), added: 66045, mode: `MaxEncodedLen`)
    // Storage: `Availability::Ballots` (r:4 w:4)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2198), added: 4673, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:128 w:128)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24922), added: 27397, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::Artifacts` (r:4 w:0)
    // Proof: `Artifacts::Artifacts` (`max_values`: None, `max_size`: Some(1351), added: 3826, mode: `MaxEncodedLen`)
    fn on_initialize(o: u32, e: u32) -> Weight {
        // Shortest run: 5_728 ns.
        Weight::from_parts(6_089_000, 67_035)
            // ± 1_606
            .saturating_add(Weight::from_parts(26_630, 0).saturating_mul(o.into()))
            // ± 115_425
            .saturating_add(Weight::from_parts(32_754_882, 0).saturating_mul(e.into()))
            .saturating_add(Weight::from_parts(0, 876_704).saturating_mul(e.into()))
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().reads(u64::from(e).saturating_mul(34)))
            .saturating_add(T::DbWeight::get().writes(u64::from(e).saturating_mul(33)))
    }

    // Storage: `Availability::Open` (r:1 w:1)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(2594), added: 3089, mode: `MaxEncodedLen`)
    fn on_initialize_paused(o: u32) -> Weight {
        // Shortest run: 1_592 ns.
        Weight::from_parts(3_500_694, 4_079)
            // ± 370
            .saturating_add(Weight::from_parts(1_142_540, 0).saturating_mul(o.into()))
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
}
