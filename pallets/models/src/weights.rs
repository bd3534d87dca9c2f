//! Weights, measured by `scripts/weights.sh` with frame-omni-bencher 0.28.0. To change them, change
//! `benchmarking.rs` and measure again.
//!
//! benchmarking.rs: 9df81a73610d42ebc67e0da761d64428417f9b315924172a0e61c7c8c4383da9
//!
//! Measured on 2026-11-29, on an AMD EPYC (Zen 3) on which what was measured before takes about twice as long: `new_genesis`, `promote`, `found`,
//! `assessed`. The others before, on a Zen 5.
//!
//! By hand: that a model's record may name a frozen base, up to 1,070 bytes more to read and write in each call.
//!
//! 20 steps, 10 repeats, Compiled Wasm.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each call, hook and check of `pallet_models` weighs, without what other pallets add.
pub trait WeightInfo {
    fn register() -> Weight;
    fn set_policy() -> Weight;
    fn freeze() -> Weight;
    fn unfreeze() -> Weight;
    fn retire() -> Weight;
    fn retry_genesis() -> Weight;
    fn revoke() -> Weight;
    fn unrevoke() -> Weight;
    fn new_genesis() -> Weight;
    fn promote() -> Weight;
    /// `s` was measured in `1..=1088`.
    fn walk(s: u32) -> Weight;
    /// `o` was measured in `0..=56`.
    fn admit_readers(o: u32) -> Weight;
    fn found() -> Weight;
    fn ended() -> Weight;
    fn assessed() -> Weight;
}

/// Measured time, with the accesses of the database of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:32 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Models::Models` (r:1 w:1)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1348), added: 3823, mode: `MaxEncodedLen`)
    // Storage: `Models::NextModel` (r:1 w:1)
    // Proof: `Models::NextModel` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Models::PendingCount` (r:1 w:1)
    // Proof: `Models::PendingCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Models::ModelCount` (r:1 w:1)
    // Proof: `Models::ModelCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Models::LiveModels` (r:1 w:1)
    // Proof: `Models::LiveModels` (`max_values`: Some(1), `max_size`: Some(4098), added: 4593, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:3 w:3)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Earnings` (r:1 w:1)
    // Proof: `Incentives::Earnings` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Bonds` (r:1 w:1)
    // Proof: `Incentives::Bonds` (`max_values`: None, `max_size`: Some(141), added: 2616, mode: `MaxEncodedLen`)
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
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(1442), added: 1937, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:1 w:1)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24890), added: 27365, mode: `MaxEncodedLen`)
    fn register() -> Weight {
        // Shortest run: 352_126 ns.
        Weight::from_parts(377_574_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(82))
            .saturating_add(T::DbWeight::get().writes(14))
    }

    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Models::Models` (r:1 w:1)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1348), added: 3823, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    fn set_policy() -> Weight {
        // Shortest run: 39_469 ns.
        Weight::from_parts(51_106_000, 4_813)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(1))
    }

    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Models::Models` (r:1 w:1)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1348), added: 3823, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    fn freeze() -> Weight {
        // Shortest run: 29_914 ns.
        Weight::from_parts(35_723_000, 4_813)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(1))
    }

    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Models::Models` (r:1 w:1)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1348), added: 3823, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    fn unfreeze() -> Weight {
        // Shortest run: 29_945 ns.
        Weight::from_parts(36_004_000, 4_813)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(1))
    }

    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Models::Models` (r:1 w:1)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1348), added: 3823, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Models::ModelCount` (r:1 w:1)
    // Proof: `Models::ModelCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Models::LiveModels` (r:1 w:1)
    // Proof: `Models::LiveModels` (`max_values`: Some(1), `max_size`: Some(4098), added: 4593, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Bonds` (r:1 w:1)
    // Proof: `Incentives::Bonds` (`max_values`: None, `max_size`: Some(141), added: 2616, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Models::Readers` (r:0 w:1)
    // Proof: `Models::Readers` (`max_values`: None, `max_size`: Some(270), added: 2745, mode: `MaxEncodedLen`)
    fn retire() -> Weight {
        // Shortest run: 87_761 ns.
        Weight::from_parts(93_880_000, 6_196)
            .saturating_add(T::DbWeight::get().reads(8))
            .saturating_add(T::DbWeight::get().writes(7))
    }

    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Models::Models` (r:1 w:1)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1348), added: 3823, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:32 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Models::PendingCount` (r:1 w:1)
    // Proof: `Models::PendingCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
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
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(1442), added: 1937, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:1 w:1)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24890), added: 27365, mode: `MaxEncodedLen`)
    fn retry_genesis() -> Weight {
        // Shortest run: 225_546 ns.
        Weight::from_parts(244_044_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(74))
            .saturating_add(T::DbWeight::get().writes(6))
    }

    // Storage: `Models::Models` (r:1 w:1)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1348), added: 3823, mode: `MaxEncodedLen`)
    // Storage: `Models::Revoked` (r:1 w:1)
    // Proof: `Models::Revoked` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
    // Storage: `Models::Ancestries` (r:9 w:0)
    // Proof: `Models::Ancestries` (`max_values`: None, `max_size`: Some(41), added: 2516, mode: `MaxEncodedLen`)
    // Storage: `Models::Promoted` (r:1 w:0)
    // Proof: `Models::Promoted` (`max_values`: None, `max_size`: Some(45), added: 2520, mode: `MaxEncodedLen`)
    // Storage: `Rounds::RoundsOf` (r:1 w:0)
    // Proof: `Rounds::RoundsOf` (`max_values`: None, `max_size`: Some(270), added: 2745, mode: `MaxEncodedLen`)
    fn revoke() -> Weight {
        // Shortest run: 86_710 ns.
        Weight::from_parts(95_112_000, 23_634)
            .saturating_add(T::DbWeight::get().reads(13))
            .saturating_add(T::DbWeight::get().writes(2))
    }

    // Storage: `Models::Models` (r:1 w:1)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1348), added: 3823, mode: `MaxEncodedLen`)
    // Storage: `Models::Revoked` (r:1 w:1)
    // Proof: `Models::Revoked` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
    // Storage: `Models::Promoted` (r:1 w:0)
    // Proof: `Models::Promoted` (`max_values`: None, `max_size`: Some(45), added: 2520, mode: `MaxEncodedLen`)
    fn unrevoke() -> Weight {
        // Shortest run: 28_944 ns.
        Weight::from_parts(34_491_000, 4_813)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(2))
    }

    // Storage: `Models::Models` (r:1 w:1)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1414), added: 3889, mode: `MaxEncodedLen`)
    // Storage: `Models::Awaiting` (r:1 w:0)
    // Proof: `Models::Awaiting` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Parameters::Parameters` (r:1 w:0)
    // Proof: `Parameters::Parameters` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
    // Storage: `Availability::Ballots` (r:1 w:1)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2202), added: 4677, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Authorities` (r:1 w:0)
    // Proof: `Consortium::Authorities` (`max_values`: Some(1), `max_size`: Some(2177), added: 2672, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:32 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:32 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Availability::NextBallot` (r:1 w:1)
    // Proof: `Availability::NextBallot` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Availability::Open` (r:1 w:1)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(7490), added: 7985, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:1 w:1)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24926), added: 27401, mode: `MaxEncodedLen`)
    fn new_genesis() -> Weight {
        // Shortest run: 396_961 ns.
        Weight::from_parts(641_927_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(73))
            .saturating_add(T::DbWeight::get().writes(5))
    }

    // Storage: `Consortium::CounterForOrganisations` (r:1 w:0)
    // Proof: `Consortium::CounterForOrganisations` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Models::Models` (r:1 w:1)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1414), added: 3889, mode: `MaxEncodedLen`)
    // Storage: `Models::Versions` (r:1 w:0)
    // Proof: `Models::Versions` (`max_values`: None, `max_size`: Some(350), added: 2825, mode: `MaxEncodedLen`)
    // Storage: `Models::Promotions` (r:1 w:1)
    // Proof: `Models::Promotions` (`max_values`: None, `max_size`: Some(37), added: 2512, mode: `MaxEncodedLen`)
    // Storage: `Models::Ancestries` (r:1 w:0)
    // Proof: `Models::Ancestries` (`max_values`: None, `max_size`: Some(46), added: 2521, mode: `MaxEncodedLen`)
    // Storage: `Models::Revoked` (r:1 w:0)
    // Proof: `Models::Revoked` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
    // Storage: `Models::Awaiting` (r:1 w:0)
    // Proof: `Models::Awaiting` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Models::Assessments` (r:1 w:0)
    // Proof: `Models::Assessments` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
    // Storage: `Models::Promoted` (r:1 w:1)
    // Proof: `Models::Promoted` (`max_values`: None, `max_size`: Some(45), added: 2520, mode: `MaxEncodedLen`)
    fn promote() -> Weight {
        // Shortest run: 78_897 ns.
        Weight::from_parts(131_736_000, 4_879)
            .saturating_add(T::DbWeight::get().reads(9))
            .saturating_add(T::DbWeight::get().writes(3))
    }

    // Storage: `Models::Ancestries` (r:1088 w:0)
    // Proof: `Models::Ancestries` (`max_values`: None, `max_size`: Some(41), added: 2516, mode: `MaxEncodedLen`)
    // Storage: `Models::Revoked` (r:1 w:0)
    // Proof: `Models::Revoked` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
    fn walk(s: u32) -> Weight {
        // Shortest run: 11_096 ns.
        Weight::from_parts(11_177_000, 3_542)
            // ± 21_343
            .saturating_add(Weight::from_parts(2_249_947, 0).saturating_mul(s.into()))
            .saturating_add(Weight::from_parts(0, 2_516).saturating_mul(s.into()))
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().reads(u64::from(s).saturating_mul(1)))
    }

    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Models::Models` (r:1 w:0)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1348), added: 3823, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:56 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Models::Readers` (r:0 w:1)
    // Proof: `Models::Readers` (`max_values`: None, `max_size`: Some(270), added: 2745, mode: `MaxEncodedLen`)
    fn admit_readers(o: u32) -> Weight {
        // Shortest run: 39_208 ns.
        Weight::from_parts(29_217_144, 4_813)
            // ± 85_135
            .saturating_add(Weight::from_parts(3_055_949, 0).saturating_mul(o.into()))
            .saturating_add(Weight::from_parts(0, 2_658).saturating_mul(o.into()))
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().reads(u64::from(o).saturating_mul(1)))
            .saturating_add(T::DbWeight::get().writes(1))
    }

    // Storage: `Models::Models` (r:1 w:1)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1414), added: 3889, mode: `MaxEncodedLen`)
    // Storage: `Models::PendingCount` (r:1 w:1)
    // Proof: `Models::PendingCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Models::Awaiting` (r:1 w:0)
    // Proof: `Models::Awaiting` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Models::Policies` (r:1 w:1)
    // Proof: `Models::Policies` (`max_values`: None, `max_size`: Some(231), added: 2706, mode: `MaxEncodedLen`)
    // Storage: `Models::Promoted` (r:1 w:1)
    // Proof: `Models::Promoted` (`max_values`: None, `max_size`: Some(45), added: 2520, mode: `MaxEncodedLen`)
    // Storage: `Availability::Ballots` (r:1 w:1)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2202), added: 4677, mode: `MaxEncodedLen`)
    // Storage: `Availability::Open` (r:1 w:1)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(7490), added: 7985, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:1 w:1)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24926), added: 27401, mode: `MaxEncodedLen`)
    // Storage: `Models::Ancestries` (r:0 w:1)
    // Proof: `Models::Ancestries` (`max_values`: None, `max_size`: Some(46), added: 2521, mode: `MaxEncodedLen`)
    // Storage: `Models::Versions` (r:0 w:1)
    // Proof: `Models::Versions` (`max_values`: None, `max_size`: Some(350), added: 2825, mode: `MaxEncodedLen`)
    fn found() -> Weight {
        // Shortest run: 110_947 ns.
        Weight::from_parts(189_573_000, 28_391)
            .saturating_add(T::DbWeight::get().reads(8))
            .saturating_add(T::DbWeight::get().writes(9))
    }

    // Storage: `Models::Models` (r:1 w:1)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1348), added: 3823, mode: `MaxEncodedLen`)
    // Storage: `Models::PendingCount` (r:1 w:1)
    // Proof: `Models::PendingCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    fn ended() -> Weight {
        // Shortest run: 22_313 ns.
        Weight::from_parts(25_978_000, 4_813)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(2))
    }

    // Storage: `Models::Assessments` (r:1 w:1)
    // Proof: `Models::Assessments` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
    // Storage: `Models::Versions` (r:1 w:0)
    // Proof: `Models::Versions` (`max_values`: None, `max_size`: Some(350), added: 2825, mode: `MaxEncodedLen`)
    // Storage: `Models::Awaiting` (r:1 w:1)
    // Proof: `Models::Awaiting` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Models::Models` (r:1 w:1)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1414), added: 3889, mode: `MaxEncodedLen`)
    // Storage: `Models::Ancestries` (r:1 w:0)
    // Proof: `Models::Ancestries` (`max_values`: None, `max_size`: Some(46), added: 2521, mode: `MaxEncodedLen`)
    // Storage: `Models::Revoked` (r:1 w:0)
    // Proof: `Models::Revoked` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
    fn assessed() -> Weight {
        // Shortest run: 59_912 ns.
        Weight::from_parts(84_938_000, 4_879)
            .saturating_add(T::DbWeight::get().reads(6))
            .saturating_add(T::DbWeight::get().writes(3))
    }
}
