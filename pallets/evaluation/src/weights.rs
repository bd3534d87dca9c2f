//! Weights, measured by `scripts/weights.sh` with frame-omni-bencher 0.28.0. To change them, change
//! `benchmarking.rs` and measure again.
//!
//! benchmarking.rs: 931a4b3b302867da7a2f95a9c4628ffffcac8d0cd3b5ee315f38ad442025db04
//!
//! Measured on 2026-11-29, on an AMD EPYC (Zen 3) on which what was measured before takes about twice as long: `request`, `job_retried`,
//! `commit_shard`, `withdraw_shard`, `reveal_shard`, `shard_found`, `shards_decided`, `shards_taken`, `shards_awaited`, `shards_assessed`,
//! `shards_released`. The others before, on a Zen 5.
//!
//! 20 steps, 10 repeats, Compiled Wasm.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each call, hook and check of `pallet_evaluation` weighs, without what other pallets add.
pub trait WeightInfo {
    fn request() -> Weight;
    fn prune() -> Weight;
    fn prune_evidence() -> Weight;
    fn job_agreed() -> Weight;
    fn job_closed() -> Weight;
    fn job_retried() -> Weight;
    fn commit_shard() -> Weight;
    fn withdraw_shard() -> Weight;
    fn reveal_shard() -> Weight;
    fn shard_found() -> Weight;
    fn shards_decided() -> Weight;
    fn shards_taken() -> Weight;
    fn shards_awaited() -> Weight;
    fn shards_assessed() -> Weight;
    fn shards_released() -> Weight;
}

/// Measured time, with the accesses of the database of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Contributors` (r:1 w:0)
    // Proof: `Consortium::Contributors` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:32 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::Open` (r:1 w:1)
    // Proof: `Evaluation::Open` (`max_values`: Some(1), `max_size`: Some(129), added: 624, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::OpenCount` (r:1 w:1)
    // Proof: `Evaluation::OpenCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Models::Models` (r:1 w:0)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1414), added: 3889, mode: `MaxEncodedLen`)
    // Storage: `Models::Versions` (r:1 w:0)
    // Proof: `Models::Versions` (`max_values`: None, `max_size`: Some(350), added: 2825, mode: `MaxEncodedLen`)
    // Storage: `Models::Awaiting` (r:1 w:0)
    // Proof: `Models::Awaiting` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Models::Assessments` (r:1 w:0)
    // Proof: `Models::Assessments` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::Artifacts` (r:2 w:0)
    // Proof: `Artifacts::Artifacts` (`max_values`: None, `max_size`: Some(1352), added: 3827, mode: `MaxEncodedLen`)
    // Storage: `Parameters::Parameters` (r:3 w:0)
    // Proof: `Parameters::Parameters` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
    // Storage: `Models::Readers` (r:1 w:0)
    // Proof: `Models::Readers` (`max_values`: None, `max_size`: Some(270), added: 2745, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Funds` (r:1 w:1)
    // Proof: `Incentives::Funds` (`max_values`: None, `max_size`: Some(33), added: 2508, mode: `MaxEncodedLen`)
    // Storage: `Models::Ancestries` (r:1 w:0)
    // Proof: `Models::Ancestries` (`max_values`: None, `max_size`: Some(46), added: 2521, mode: `MaxEncodedLen`)
    // Storage: `Models::Revoked` (r:1 w:0)
    // Proof: `Models::Revoked` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::NextEvaluation` (r:1 w:1)
    // Proof: `Evaluation::NextEvaluation` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Escrows` (r:1 w:1)
    // Proof: `Incentives::Escrows` (`max_values`: None, `max_size`: Some(42), added: 2517, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Jobs` (r:1 w:1)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(9337), added: 11812, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Authorities` (r:1 w:0)
    // Proof: `Consortium::Authorities` (`max_values`: Some(1), `max_size`: Some(2177), added: 2672, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:32 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ActiveJobs` (r:1 w:1)
    // Proof: `Attestation::ActiveJobs` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::ByVersion` (r:0 w:1)
    // Proof: `Evaluation::ByVersion` (`max_values`: None, `max_size`: Some(24), added: 2499, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::Evaluations` (r:0 w:1)
    // Proof: `Evaluation::Evaluations` (`max_values`: None, `max_size`: Some(397), added: 2872, mode: `MaxEncodedLen`)
    fn request() -> Weight {
        // Shortest run: 631_959 ns.
        Weight::from_parts(896_752_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(87))
            .saturating_add(T::DbWeight::get().writes(9))
    }

    // Storage: `Evaluation::Evaluations` (r:1 w:1)
    // Proof: `Evaluation::Evaluations` (`max_values`: None, `max_size`: Some(397), added: 2872, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::ByVersion` (r:0 w:1)
    // Proof: `Evaluation::ByVersion` (`max_values`: None, `max_size`: Some(24), added: 2499, mode: `MaxEncodedLen`)
    fn prune() -> Weight {
        // Shortest run: 14_041 ns.
        Weight::from_parts(17_306_000, 3_862)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(2))
    }

    // Storage: `Evaluation::EndedPlaces` (r:1 w:1)
    // Proof: `Evaluation::EndedPlaces` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::Ended` (r:1 w:1)
    // Proof: `Evaluation::Ended` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::Evaluations` (r:1 w:1)
    // Proof: `Evaluation::Evaluations` (`max_values`: None, `max_size`: Some(397), added: 2872, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::Details` (r:1 w:1)
    // Proof: `Evaluation::Details` (`max_values`: Some(1), `max_size`: Some(514), added: 1009, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Jobs` (r:2 w:2)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(8156), added: 10631, mode: `MaxEncodedLen`)
    fn prune_evidence() -> Weight {
        // Shortest run: 196_713 ns.
        Weight::from_parts(206_128_000, 22_252)
            .saturating_add(T::DbWeight::get().reads(6))
            .saturating_add(T::DbWeight::get().writes(6))
    }

    // Storage: `Evaluation::Evaluations` (r:1 w:1)
    // Proof: `Evaluation::Evaluations` (`max_values`: None, `max_size`: Some(397), added: 2872, mode: `MaxEncodedLen`)
    fn job_agreed() -> Weight {
        // Shortest run: 10_045 ns.
        Weight::from_parts(11_928_000, 3_862)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }

    // Storage: `Evaluation::Evaluations` (r:1 w:1)
    // Proof: `Evaluation::Evaluations` (`max_values`: None, `max_size`: Some(397), added: 2872, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Jobs` (r:2 w:0)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(8156), added: 10631, mode: `MaxEncodedLen`)
    // Storage: `Reputation::Validators` (r:32 w:0)
    // Proof: `Reputation::Validators` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Escrows` (r:1 w:1)
    // Proof: `Incentives::Escrows` (`max_values`: None, `max_size`: Some(34), added: 2509, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Earnings` (r:32 w:32)
    // Proof: `Incentives::Earnings` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::Open` (r:1 w:1)
    // Proof: `Evaluation::Open` (`max_values`: Some(1), `max_size`: Some(129), added: 624, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::OpenCount` (r:1 w:1)
    // Proof: `Evaluation::OpenCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::Details` (r:1 w:1)
    // Proof: `Evaluation::Details` (`max_values`: Some(1), `max_size`: Some(514), added: 1009, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::EndedPlaces` (r:1 w:1)
    // Proof: `Evaluation::EndedPlaces` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::Ended` (r:0 w:1)
    // Proof: `Evaluation::Ended` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    fn job_closed() -> Weight {
        // Shortest run: 273_277 ns.
        Weight::from_parts(279_837_000, 82_238)
            .saturating_add(T::DbWeight::get().reads(72))
            .saturating_add(T::DbWeight::get().writes(39))
    }

    // Storage: `Evaluation::Evaluations` (r:1 w:1)
    // Proof: `Evaluation::Evaluations` (`max_values`: None, `max_size`: Some(397), added: 2872, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Jobs` (r:2 w:1)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(9337), added: 11812, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Authorities` (r:1 w:0)
    // Proof: `Consortium::Authorities` (`max_values`: Some(1), `max_size`: Some(2177), added: 2672, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:32 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:32 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ActiveJobs` (r:1 w:1)
    // Proof: `Attestation::ActiveJobs` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    fn job_retried() -> Weight {
        // Shortest run: 357_658 ns.
        Weight::from_parts(455_459_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(70))
            .saturating_add(T::DbWeight::get().writes(3))
    }

    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Contributors` (r:1 w:0)
    // Proof: `Consortium::Contributors` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Models::Models` (r:1 w:0)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1414), added: 3889, mode: `MaxEncodedLen`)
    // Storage: `Models::Versions` (r:1 w:0)
    // Proof: `Models::Versions` (`max_values`: None, `max_size`: Some(350), added: 2825, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::ShardCount` (r:1 w:1)
    // Proof: `Evaluation::ShardCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::WaitingShards` (r:1 w:1)
    // Proof: `Evaluation::WaitingShards` (`max_values`: None, `max_size`: Some(3854), added: 6329, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Bonds` (r:1 w:1)
    // Proof: `Incentives::Bonds` (`max_values`: None, `max_size`: Some(117), added: 2592, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    fn commit_shard() -> Weight {
        // Shortest run: 175_076 ns.
        Weight::from_parts(260_957_000, 7_319)
            .saturating_add(T::DbWeight::get().reads(10))
            .saturating_add(T::DbWeight::get().writes(5))
    }

    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Contributors` (r:1 w:0)
    // Proof: `Consortium::Contributors` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::WaitingShards` (r:1 w:1)
    // Proof: `Evaluation::WaitingShards` (`max_values`: None, `max_size`: Some(3854), added: 6329, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Bonds` (r:1 w:1)
    // Proof: `Incentives::Bonds` (`max_values`: None, `max_size`: Some(117), added: 2592, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::ShardCount` (r:1 w:1)
    // Proof: `Evaluation::ShardCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    fn withdraw_shard() -> Weight {
        // Shortest run: 147_384 ns.
        Weight::from_parts(165_198_000, 7_319)
            .saturating_add(T::DbWeight::get().reads(8))
            .saturating_add(T::DbWeight::get().writes(5))
    }

    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Contributors` (r:1 w:0)
    // Proof: `Consortium::Contributors` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::RoundShards` (r:1 w:1)
    // Proof: `Evaluation::RoundShards` (`max_values`: None, `max_size`: Some(1662), added: 4137, mode: `MaxEncodedLen`)
    // Storage: `Availability::Open` (r:1 w:0)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(7490), added: 7985, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::UsedRoots` (r:1 w:2)
    // Proof: `Evaluation::UsedRoots` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::NextUsed` (r:1 w:1)
    // Proof: `Evaluation::NextUsed` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::UsedAt` (r:1 w:1)
    // Proof: `Evaluation::UsedAt` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    // Storage: `Availability::Ballots` (r:1 w:0)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2202), added: 4677, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:1 w:1)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24926), added: 27401, mode: `MaxEncodedLen`)
    fn reveal_shard() -> Weight {
        // Shortest run: 203_950 ns.
        Weight::from_parts(264_584_000, 28_391)
            .saturating_add(T::DbWeight::get().reads(11))
            .saturating_add(T::DbWeight::get().writes(6))
    }

    // Storage: `Evaluation::RoundShards` (r:1 w:1)
    // Proof: `Evaluation::RoundShards` (`max_values`: None, `max_size`: Some(1662), added: 4137, mode: `MaxEncodedLen`)
    fn shard_found() -> Weight {
        // Shortest run: 45_105 ns.
        Weight::from_parts(50_504_000, 5_127)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }

    // Storage: `Evaluation::RoundShards` (r:1 w:1)
    // Proof: `Evaluation::RoundShards` (`max_values`: None, `max_size`: Some(1662), added: 4137, mode: `MaxEncodedLen`)
    // Storage: `Availability::Open` (r:1 w:1)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(7490), added: 7985, mode: `MaxEncodedLen`)
    // Storage: `Availability::Ballots` (r:1 w:1)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2202), added: 4677, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:2 w:1)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24926), added: 27401, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:16 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    fn shards_decided() -> Weight {
        // Shortest run: 260_526 ns.
        Weight::from_parts(418_010_000, 55_792)
            .saturating_add(T::DbWeight::get().reads(21))
            .saturating_add(T::DbWeight::get().writes(4))
    }

    // Storage: `Evaluation::WaitingShards` (r:1 w:1)
    // Proof: `Evaluation::WaitingShards` (`max_values`: None, `max_size`: Some(3854), added: 6329, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:64 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::ShardRounds` (r:1 w:1)
    // Proof: `Evaluation::ShardRounds` (`max_values`: Some(1), `max_size`: Some(129), added: 624, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::RoundShards` (r:0 w:1)
    // Proof: `Evaluation::RoundShards` (`max_values`: None, `max_size`: Some(1662), added: 4137, mode: `MaxEncodedLen`)
    fn shards_taken() -> Weight {
        // Shortest run: 302_915 ns.
        Weight::from_parts(322_161_000, 171_870)
            .saturating_add(T::DbWeight::get().reads(66))
            .saturating_add(T::DbWeight::get().writes(3))
    }

    // Storage: `Evaluation::RoundShards` (r:1 w:1)
    // Proof: `Evaluation::RoundShards` (`max_values`: None, `max_size`: Some(1662), added: 4137, mode: `MaxEncodedLen`)
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
    fn shards_awaited() -> Weight {
        // Shortest run: 409_985 ns.
        Weight::from_parts(435_272_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(69))
            .saturating_add(T::DbWeight::get().writes(4))
    }

    // Storage: `Evaluation::RoundShards` (r:1 w:1)
    // Proof: `Evaluation::RoundShards` (`max_values`: None, `max_size`: Some(1662), added: 4137, mode: `MaxEncodedLen`)
    // Storage: `Availability::Ballots` (r:1 w:1)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2202), added: 4677, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:2 w:1)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24926), added: 27401, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:16 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Availability::Open` (r:1 w:1)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(7490), added: 7985, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Bonds` (r:16 w:16)
    // Proof: `Incentives::Bonds` (`max_values`: None, `max_size`: Some(117), added: 2592, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:17 w:17)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::ShardCount` (r:16 w:16)
    // Proof: `Evaluation::ShardCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::ShardRounds` (r:1 w:1)
    // Proof: `Evaluation::ShardRounds` (`max_values`: Some(1), `max_size`: Some(129), added: 624, mode: `MaxEncodedLen`)
    fn shards_assessed() -> Weight {
        // Shortest run: 1_427_583 ns.
        Weight::from_parts(1_530_445_000, 55_792)
            .saturating_add(T::DbWeight::get().reads(71))
            .saturating_add(T::DbWeight::get().writes(54))
    }

    // Storage: `Evaluation::RoundShards` (r:1 w:1)
    // Proof: `Evaluation::RoundShards` (`max_values`: None, `max_size`: Some(1662), added: 4137, mode: `MaxEncodedLen`)
    // Storage: `Availability::Open` (r:1 w:1)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(7490), added: 7985, mode: `MaxEncodedLen`)
    // Storage: `Availability::Ballots` (r:1 w:1)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2202), added: 4677, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::WaitingShards` (r:1 w:0)
    // Proof: `Evaluation::WaitingShards` (`max_values`: None, `max_size`: Some(3854), added: 6329, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Bonds` (r:16 w:16)
    // Proof: `Incentives::Bonds` (`max_values`: None, `max_size`: Some(117), added: 2592, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:16 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:17 w:17)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::ShardCount` (r:16 w:16)
    // Proof: `Evaluation::ShardCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Evaluation::ShardRounds` (r:1 w:1)
    // Proof: `Evaluation::ShardRounds` (`max_values`: Some(1), `max_size`: Some(129), added: 624, mode: `MaxEncodedLen`)
    fn shards_released() -> Weight {
        // Shortest run: 1_422_463 ns.
        Weight::from_parts(1_597_199_000, 45_241)
            .saturating_add(T::DbWeight::get().reads(70))
            .saturating_add(T::DbWeight::get().writes(53))
    }
}
