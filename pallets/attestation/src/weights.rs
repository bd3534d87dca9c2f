//! Weights, measured by `scripts/weights.sh` with frame-omni-bencher 0.28.0. To change them, change
//! `benchmarking.rs` and measure again.
//!
//! benchmarking.rs: 35a8c486e25b18aa67110b6ca6febae5e5f2cf93c59bc9087aa080d94a12460f
//!
//! Measured on 2026-11-29, on an AMD EPYC (Zen 3) on which what was measured before takes about twice as long: `judge_first`, `end_phases`. The
//! others before, on a Zen 5.
//!
//! 20 steps, 10 repeats, Compiled Wasm.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each call, hook and check of `pallet_attestation` weighs, without what other pallets add.
pub trait WeightInfo {
    fn commit() -> Weight;
    fn authorize_commit() -> Weight;
    fn reveal() -> Weight;
    fn authorize_reveal() -> Weight;
    fn judge_first() -> Weight;
    /// `a` was measured in `0..=64`.
    fn on_initialize(a: u32) -> Weight;
    fn end_phases() -> Weight;
    /// `a` was measured in `0..=64`.
    fn on_initialize_paused(a: u32) -> Weight;
}

/// Measured time, with the accesses of the database of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Attestation::Jobs` (r:1 w:1)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(8156), added: 10631, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:32 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:32 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Reputation::Validators` (r:32 w:0)
    // Proof: `Reputation::Validators` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Reputation::CurrentParameters` (r:1 w:0)
    // Proof: `Reputation::CurrentParameters` (`max_values`: Some(1), `max_size`: Some(28), added: 523, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ActiveJobs` (r:1 w:1)
    // Proof: `Attestation::ActiveJobs` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Rounds` (r:1 w:0)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(434), added: 2909, mode: `MaxEncodedLen`)
    fn commit() -> Weight {
        // Shortest run: 365_896 ns.
        Weight::from_parts(394_739_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(100))
            .saturating_add(T::DbWeight::get().writes(2))
    }

    // Storage: `Attestation::Jobs` (r:1 w:0)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(8156), added: 10631, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:1 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    fn authorize_commit() -> Weight {
        // Shortest run: 75_523 ns.
        Weight::from_parts(79_228_000, 11_621).saturating_add(T::DbWeight::get().reads(4))
    }

    // Storage: `Attestation::Jobs` (r:1 w:1)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(8156), added: 10631, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:32 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:32 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Reputation::Validators` (r:32 w:0)
    // Proof: `Reputation::Validators` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Reputation::CurrentParameters` (r:1 w:0)
    // Proof: `Reputation::CurrentParameters` (`max_values`: Some(1), `max_size`: Some(28), added: 523, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ActiveJobs` (r:1 w:1)
    // Proof: `Attestation::ActiveJobs` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Rounds` (r:1 w:0)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(434), added: 2909, mode: `MaxEncodedLen`)
    fn reveal() -> Weight {
        // Shortest run: 338_816 ns.
        Weight::from_parts(364_825_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(101))
            .saturating_add(T::DbWeight::get().writes(2))
    }

    // Storage: `Attestation::Jobs` (r:1 w:0)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(8156), added: 10631, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:1 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    fn authorize_reveal() -> Weight {
        // Shortest run: 80_720 ns.
        Weight::from_parts(88_152_000, 11_621).saturating_add(T::DbWeight::get().reads(4))
    }

    // Storage: `Attestation::Jobs` (r:1 w:1)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(9337), added: 11812, mode: `MaxEncodedLen`)
    // Storage: `Reputation::Validators` (r:1 w:1)
    // Proof: `Reputation::Validators` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Reputation::CurrentParameters` (r:1 w:0)
    // Proof: `Reputation::CurrentParameters` (`max_values`: Some(1), `max_size`: Some(28), added: 523, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:1 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    fn judge_first() -> Weight {
        // Shortest run: 103_092 ns.
        Weight::from_parts(155_399_000, 12_802)
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().writes(2))
    }

    // Storage: `Attestation::ActiveJobs` (r:1 w:0)
    // Proof: `Attestation::ActiveJobs` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    // Storage: `MultiBlockMigrations::Cursor` (r:1 w:0)
    // Proof: `MultiBlockMigrations::Cursor` (`max_values`: Some(1), `max_size`: Some(65550), added: 66045, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Jobs` (r:64 w:0)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(8156), added: 10631, mode: `MaxEncodedLen`)
    fn on_initialize(a: u32) -> Weight {
        // Shortest run: 4_136 ns.
        Weight::from_parts(6_249_323, 67_035)
            // ± 41_610
            .saturating_add(Weight::from_parts(6_666_045, 0).saturating_mul(a.into()))
            .saturating_add(Weight::from_parts(0, 10_631).saturating_mul(a.into()))
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().reads(u64::from(a).saturating_mul(1)))
    }

    // Storage: `Attestation::ActiveJobs` (r:1 w:1)
    // Proof: `Attestation::ActiveJobs` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    // Storage: `MultiBlockMigrations::Cursor` (r:1 w:0)
    // Proof: `MultiBlockMigrations::Cursor` (`max_values`: Some(1), `max_size`: Some(65550), added: 66045, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Jobs` (r:1 w:1)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(9337), added: 11812, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:32 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:32 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Reputation::Validators` (r:32 w:0)
    // Proof: `Reputation::Validators` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Reputation::CurrentParameters` (r:1 w:0)
    // Proof: `Reputation::CurrentParameters` (`max_values`: Some(1), `max_size`: Some(28), added: 523, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Rounds` (r:1 w:0)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(910), added: 3385, mode: `MaxEncodedLen`)
    fn end_phases() -> Weight {
        // Shortest run: 475_737 ns.
        Weight::from_parts(752_675_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(101))
            .saturating_add(T::DbWeight::get().writes(2))
    }

    // Storage: `Attestation::ActiveJobs` (r:1 w:0)
    // Proof: `Attestation::ActiveJobs` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Jobs` (r:64 w:64)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(8156), added: 10631, mode: `MaxEncodedLen`)
    fn on_initialize_paused(a: u32) -> Weight {
        // Shortest run: 2_304 ns.
        Weight::from_parts(2_444_000, 3_535)
            // ± 84_532
            .saturating_add(Weight::from_parts(13_506_190, 0).saturating_mul(a.into()))
            .saturating_add(Weight::from_parts(0, 10_631).saturating_mul(a.into()))
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().reads(u64::from(a).saturating_mul(1)))
            .saturating_add(T::DbWeight::get().writes(u64::from(a).saturating_mul(1)))
    }
}
