//! Weights, measured by `scripts/weights.sh` with frame-omni-bencher 0.28.0. To change them, change
//! `benchmarking.rs` and measure again.
//!
//! benchmarking.rs: 9f2f3723984b5daf4ebeb14b941e8aba9b1364016e71323a2bd286d606ccfc55
//!
//! AMD EPYC, 2026-11-29, 20 steps, 10 repeats, Compiled Wasm.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each call, hook and check of `pallet_reputation` weighs, without what other pallets add.
pub trait WeightInfo {
    fn set_parameters() -> Weight;
    fn reset() -> Weight;
    fn judged() -> Weight;
    fn left() -> Weight;
}

/// Measured time, with the accesses of the database of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Reputation::CurrentParameters` (r:0 w:1)
    // Proof: `Reputation::CurrentParameters` (`max_values`: Some(1), `max_size`: Some(28), added: 523, mode: `MaxEncodedLen`)
    fn set_parameters() -> Weight {
        // Shortest run: 2_844 ns.
        Weight::from_parts(3_055_000, 0).saturating_add(T::DbWeight::get().writes(1))
    }

    // Storage: `Reputation::Contributors` (r:1 w:1)
    // Proof: `Reputation::Contributors` (`max_values`: None, `max_size`: Some(58), added: 2533, mode: `MaxEncodedLen`)
    // Storage: `Reputation::Validators` (r:1 w:1)
    // Proof: `Reputation::Validators` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Reputation::RankedCount` (r:1 w:1)
    // Proof: `Reputation::RankedCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `RankedCollective::Members` (r:1 w:1)
    // Proof: `RankedCollective::Members` (`max_values`: None, `max_size`: Some(42), added: 2517, mode: `MaxEncodedLen`)
    // Storage: `RankedCollective::MemberCount` (r:4 w:4)
    // Proof: `RankedCollective::MemberCount` (`max_values`: None, `max_size`: Some(14), added: 2489, mode: `MaxEncodedLen`)
    // Storage: `RankedCollective::IdToIndex` (r:4 w:4)
    // Proof: `RankedCollective::IdToIndex` (`max_values`: None, `max_size`: Some(54), added: 2529, mode: `MaxEncodedLen`)
    // Storage: `RankedCollective::IndexToId` (r:0 w:4)
    // Proof: `RankedCollective::IndexToId` (`max_values`: None, `max_size`: Some(54), added: 2529, mode: `MaxEncodedLen`)
    fn reset() -> Weight {
        // Shortest run: 63_325 ns.
        Weight::from_parts(65_718_000, 11_106)
            .saturating_add(T::DbWeight::get().reads(12))
            .saturating_add(T::DbWeight::get().writes(16))
    }

    // Storage: `Reputation::Validators` (r:1 w:1)
    // Proof: `Reputation::Validators` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Reputation::CurrentParameters` (r:1 w:0)
    // Proof: `Reputation::CurrentParameters` (`max_values`: Some(1), `max_size`: Some(28), added: 523, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:1 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    fn judged() -> Weight {
        // Shortest run: 13_170 ns.
        Weight::from_parts(14_151_000, 3_754)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(1))
    }

    // Storage: `Reputation::Contributors` (r:1 w:1)
    // Proof: `Reputation::Contributors` (`max_values`: None, `max_size`: Some(58), added: 2533, mode: `MaxEncodedLen`)
    // Storage: `Reputation::RankedCount` (r:1 w:1)
    // Proof: `Reputation::RankedCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `RankedCollective::Members` (r:1 w:1)
    // Proof: `RankedCollective::Members` (`max_values`: None, `max_size`: Some(42), added: 2517, mode: `MaxEncodedLen`)
    // Storage: `RankedCollective::MemberCount` (r:4 w:4)
    // Proof: `RankedCollective::MemberCount` (`max_values`: None, `max_size`: Some(14), added: 2489, mode: `MaxEncodedLen`)
    // Storage: `RankedCollective::IdToIndex` (r:4 w:4)
    // Proof: `RankedCollective::IdToIndex` (`max_values`: None, `max_size`: Some(54), added: 2529, mode: `MaxEncodedLen`)
    // Storage: `RankedCollective::IndexToId` (r:0 w:4)
    // Proof: `RankedCollective::IndexToId` (`max_values`: None, `max_size`: Some(54), added: 2529, mode: `MaxEncodedLen`)
    fn left() -> Weight {
        // Shortest run: 58_577 ns.
        Weight::from_parts(60_880_000, 11_106)
            .saturating_add(T::DbWeight::get().reads(11))
            .saturating_add(T::DbWeight::get().writes(15))
    }
}
