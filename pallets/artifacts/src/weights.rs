//! Weights, measured by `scripts/weights.sh` with frame-omni-bencher 0.28.0. To change them, change
//! `benchmarking.rs` and measure again.
//!
//! benchmarking.rs: 89d640ce06b6a6dc233357abd34cc1fb7118c304d809535d44159b0343a2ee0b
//!
//! By hand: the index of weights, which `register` and `retry` read and write, `found`, `ended` and `retire` too.
//!
//! AMD EPYC, 2026-11-29, 20 steps, 10 repeats, Compiled Wasm.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each call, hook and check of `pallet_artifacts` weighs, without what other pallets add.
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
    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:32 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::NextArtifact` (r:1 w:1)
    // Proof: `Artifacts::NextArtifact` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::PendingCount` (r:1 w:1)
    // Proof: `Artifacts::PendingCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::ArtifactCount` (r:1 w:1)
    // Proof: `Artifacts::ArtifactCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::Kept` (r:1 w:1)
    // Proof: `Artifacts::Kept` (`max_values`: Some(1), `max_size`: Some(4098), added: 4593, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:3 w:3)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Earnings` (r:1 w:1)
    // Proof: `Incentives::Earnings` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Bonds` (r:1 w:1)
    // Proof: `Incentives::Bonds` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
    // Storage: `Parameters::Parameters` (r:1 w:0)
    // Proof: `Parameters::Parameters` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
    // Storage: `Availability::Ballots` (r:1 w:1)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2198), added: 4673, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Authorities` (r:1 w:0)
    // Proof: `Consortium::Authorities` (`max_values`: Some(1), `max_size`: Some(2177), added: 2672, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:32 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Availability::NextBallot` (r:1 w:1)
    // Proof: `Availability::NextBallot` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Availability::Open` (r:1 w:1)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(2594), added: 3089, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:1 w:1)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24922), added: 27397, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::Artifacts` (r:0 w:1)
    // Proof: `Artifacts::Artifacts` (`max_values`: None, `max_size`: Some(1351), added: 3826, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::Weights` (r:1 w:1)
    // Proof: `Artifacts::Weights` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    fn register() -> Weight {
        // Shortest run: 329_161 ns.
        Weight::from_parts(338_625_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(82))
            .saturating_add(T::DbWeight::get().writes(15))
    }

    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::Artifacts` (r:1 w:1)
    // Proof: `Artifacts::Artifacts` (`max_values`: None, `max_size`: Some(1351), added: 3826, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:32 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::PendingCount` (r:1 w:1)
    // Proof: `Artifacts::PendingCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Bonds` (r:1 w:1)
    // Proof: `Incentives::Bonds` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:3 w:3)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Earnings` (r:1 w:1)
    // Proof: `Incentives::Earnings` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    // Storage: `Parameters::Parameters` (r:1 w:0)
    // Proof: `Parameters::Parameters` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
    // Storage: `Availability::Ballots` (r:1 w:1)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2198), added: 4673, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Authorities` (r:1 w:0)
    // Proof: `Consortium::Authorities` (`max_values`: Some(1), `max_size`: Some(2177), added: 2672, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:32 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Availability::NextBallot` (r:1 w:1)
    // Proof: `Availability::NextBallot` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Availability::Open` (r:1 w:1)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(2594), added: 3089, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:1 w:1)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24922), added: 27397, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::Weights` (r:1 w:1)
    // Proof: `Artifacts::Weights` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    fn retry() -> Weight {
        // Shortest run: 354_799 ns.
        Weight::from_parts(362_771_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(80))
            .saturating_add(T::DbWeight::get().writes(12))
    }

    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::Artifacts` (r:1 w:1)
    // Proof: `Artifacts::Artifacts` (`max_values`: None, `max_size`: Some(1351), added: 3826, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:56 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    fn set_access(o: u32) -> Weight {
        // Shortest run: 25_758 ns.
        Weight::from_parts(29_102_758, 4_816)
            // ± 15_336
            .saturating_add(Weight::from_parts(2_181_715, 0).saturating_mul(o.into()))
            .saturating_add(Weight::from_parts(0, 2_658).saturating_mul(o.into()))
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().reads(u64::from(o).saturating_mul(1)))
            .saturating_add(T::DbWeight::get().writes(1))
    }

    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::Artifacts` (r:1 w:1)
    // Proof: `Artifacts::Artifacts` (`max_values`: None, `max_size`: Some(1351), added: 3826, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Bonds` (r:1 w:1)
    // Proof: `Incentives::Bonds` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::Weights` (r:1 w:1)
    // Proof: `Artifacts::Weights` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    fn retire() -> Weight {
        // Shortest run: 68_412 ns.
        Weight::from_parts(72_000_000, 8_750)
            .saturating_add(T::DbWeight::get().reads(7))
            .saturating_add(T::DbWeight::get().writes(5))
    }

    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::Artifacts` (r:1 w:1)
    // Proof: `Artifacts::Artifacts` (`max_values`: None, `max_size`: Some(1351), added: 3826, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::Kept` (r:1 w:1)
    // Proof: `Artifacts::Kept` (`max_values`: Some(1), `max_size`: Some(4098), added: 4593, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::ArtifactCount` (r:1 w:1)
    // Proof: `Artifacts::ArtifactCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Bonds` (r:1 w:1)
    // Proof: `Incentives::Bonds` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    fn prune() -> Weight {
        // Shortest run: 70_946 ns.
        Weight::from_parts(74_562_000, 6_196)
            .saturating_add(T::DbWeight::get().reads(8))
            .saturating_add(T::DbWeight::get().writes(6))
    }

    // Storage: `Artifacts::Artifacts` (r:1 w:1)
    // Proof: `Artifacts::Artifacts` (`max_values`: None, `max_size`: Some(1351), added: 3826, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::PendingCount` (r:1 w:1)
    // Proof: `Artifacts::PendingCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Availability::Ballots` (r:1 w:1)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2198), added: 4673, mode: `MaxEncodedLen`)
    // Storage: `Availability::Open` (r:1 w:1)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(2594), added: 3089, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:1 w:1)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24922), added: 27397, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::Weights` (r:1 w:1)
    // Proof: `Artifacts::Weights` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    fn found() -> Weight {
        // Shortest run: 25_398 ns.
        Weight::from_parts(29_000_000, 28_387)
            .saturating_add(T::DbWeight::get().reads(6))
            .saturating_add(T::DbWeight::get().writes(6))
    }

    // Storage: `Artifacts::Artifacts` (r:1 w:1)
    // Proof: `Artifacts::Artifacts` (`max_values`: None, `max_size`: Some(1351), added: 3826, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::PendingCount` (r:1 w:1)
    // Proof: `Artifacts::PendingCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::Weights` (r:1 w:1)
    // Proof: `Artifacts::Weights` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    fn ended() -> Weight {
        // Shortest run: 12_419 ns.
        Weight::from_parts(13_069_000, 4_816)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(3))
    }
}
