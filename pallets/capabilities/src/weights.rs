//! Weights, measured by `scripts/weights.sh` with frame-omni-bencher 0.28.0. To change them, change
//! `benchmarking.rs` and measure again.
//!
//! benchmarking.rs: 9f5f63591ee96377b64340397389d6c8185701f80f0737a5c89f92ec94ae2a8b
//!
//! AMD EPYC (Zen 3), on which what the other pallets measured before takes about twice as long, 2026-11-29, 20 steps, 10 repeats, Compiled Wasm.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each call, hook and check of `pallet_capabilities` weighs, without what other pallets add.
pub trait WeightInfo {
    fn declare() -> Weight;
    fn authorize_declare() -> Weight;
    /// `s` was measured in `1..=32`.
    fn silent(s: u32) -> Weight;
    fn left() -> Weight;
}

/// Measured time, with the accesses of the database of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Capabilities::Entries` (r:1 w:1)
    // Proof: `Capabilities::Entries` (`max_values`: None, `max_size`: Some(82), added: 2557, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Authorities` (r:1 w:0)
    // Proof: `Consortium::Authorities` (`max_values`: Some(1), `max_size`: Some(2177), added: 2672, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:32 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:32 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    fn declare() -> Weight {
        // Shortest run: 340_386 ns.
        Weight::from_parts(366_844_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(66))
            .saturating_add(T::DbWeight::get().writes(1))
    }

    // Storage: `Capabilities::Entries` (r:1 w:0)
    // Proof: `Capabilities::Entries` (`max_values`: None, `max_size`: Some(82), added: 2557, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Authorities` (r:1 w:0)
    // Proof: `Consortium::Authorities` (`max_values`: Some(1), `max_size`: Some(2177), added: 2672, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:32 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:32 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    fn authorize_declare() -> Weight {
        // Shortest run: 368_437 ns.
        Weight::from_parts(389_627_000, 89_438).saturating_add(T::DbWeight::get().reads(67))
    }

    // Storage: `Capabilities::Entries` (r:32 w:32)
    // Proof: `Capabilities::Entries` (`max_values`: None, `max_size`: Some(82), added: 2557, mode: `MaxEncodedLen`)
    // Storage: `Capabilities::Spare` (r:1 w:1)
    // Proof: `Capabilities::Spare` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Authorities` (r:1 w:0)
    // Proof: `Consortium::Authorities` (`max_values`: Some(1), `max_size`: Some(2177), added: 2672, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:32 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:32 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    fn silent(s: u32) -> Weight {
        // Shortest run: 451_702 ns.
        Weight::from_parts(476_103_381, 89_438)
            // ± 1_556_967
            .saturating_add(Weight::from_parts(19_808_895, 0).saturating_mul(s.into()))
            .saturating_add(T::DbWeight::get().reads(98))
            .saturating_add(T::DbWeight::get().writes(1))
            .saturating_add(T::DbWeight::get().writes(u64::from(s).saturating_mul(1)))
    }

    // Storage: `Capabilities::Entries` (r:1 w:1)
    // Proof: `Capabilities::Entries` (`max_values`: None, `max_size`: Some(82), added: 2557, mode: `MaxEncodedLen`)
    fn left() -> Weight {
        // Shortest run: 27_482 ns.
        Weight::from_parts(37_350_000, 3_547)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
}
