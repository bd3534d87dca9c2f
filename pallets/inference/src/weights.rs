//! Weights, measured by `scripts/weights.sh` with frame-omni-bencher 0.28.0. To change them, change
//! `benchmarking.rs` and measure again.
//!
//! benchmarking.rs: 25124321d171004e3e6b5428b8ff0a816643e74202ba985a7467314b8fb2dcc0
//!
//! AMD EPYC (Zen 3), on which what the other pallets measured before takes about twice as long, 2026-11-29, 20 steps, 10 repeats, Compiled Wasm.
//! By hand: a request's record has 16 bytes more; `request` reads the price of reading; what pays (`pay`, `job_closed`) reads the reserve and its part, and writes the reserve. The benchmarks' state was
//! another then: lists of open requests have 32 bytes more for each since, and what waits 4.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each call, hook and check of `pallet_inference` weighs, without what other pallets add.
pub trait WeightInfo {
    fn request() -> Weight;
    fn cancel() -> Weight;
    /// `r` was measured in `1..=64`.
    fn answer(r: u32) -> Weight;
    /// `r` was measured in `1..=64`.
    fn authorize_answer(r: u32) -> Weight;
    fn pay() -> Weight;
    fn found() -> Weight;
    fn ended() -> Weight;
    /// `r` was measured in `1..=256`.
    fn make_batch(r: u32) -> Weight;
    /// `r` was measured in `1..=8`.
    fn end_requests(r: u32) -> Weight;
    fn prune_jobs() -> Weight;
    fn prune_batch() -> Weight;
    fn prune_request() -> Weight;
    fn job_agreed() -> Weight;
    fn job_closed() -> Weight;
    fn job_retried() -> Weight;
    /// `r` was measured in `1..=256`.
    fn broken_up(r: u32) -> Weight;
    fn job_escalated() -> Weight;
    fn escalate() -> Weight;
    fn call_all() -> Weight;
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
    // Storage: `Inference::OpenTotals` (r:1 w:1)
    // Proof: `Inference::OpenTotals` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Inference::Asked` (r:1 w:1)
    // Proof: `Inference::Asked` (`max_values`: None, `max_size`: Some(535), added: 3010, mode: `MaxEncodedLen`)
    // Storage: `Models::Models` (r:1 w:0)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1414), added: 3889, mode: `MaxEncodedLen`)
    // Storage: `Models::Versions` (r:1 w:0)
    // Proof: `Models::Versions` (`max_values`: None, `max_size`: Some(350), added: 2825, mode: `MaxEncodedLen`)
    // Storage: `Models::Awaiting` (r:1 w:0)
    // Proof: `Models::Awaiting` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Models::Assessments` (r:1 w:0)
    // Proof: `Models::Assessments` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
    // Storage: `Artifacts::Artifacts` (r:1 w:0)
    // Proof: `Artifacts::Artifacts` (`max_values`: None, `max_size`: Some(1352), added: 3827, mode: `MaxEncodedLen`)
    // Storage: `Parameters::Parameters` (r:3 w:0)
    // Proof: `Parameters::Parameters` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
    // Storage: `Models::Readers` (r:1 w:0)
    // Proof: `Models::Readers` (`max_values`: None, `max_size`: Some(270), added: 2745, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Funds` (r:1 w:1)
    // Proof: `Incentives::Funds` (`max_values`: None, `max_size`: Some(33), added: 2508, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Authorities` (r:1 w:0)
    // Proof: `Consortium::Authorities` (`max_values`: Some(1), `max_size`: Some(2177), added: 2672, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:32 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Capabilities::Entries` (r:32 w:0)
    // Proof: `Capabilities::Entries` (`max_values`: None, `max_size`: Some(82), added: 2557, mode: `MaxEncodedLen`)
    // Storage: `Models::Ancestries` (r:1 w:0)
    // Proof: `Models::Ancestries` (`max_values`: None, `max_size`: Some(46), added: 2521, mode: `MaxEncodedLen`)
    // Storage: `Models::Revoked` (r:1 w:0)
    // Proof: `Models::Revoked` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
    // Storage: `Inference::NextRequest` (r:1 w:1)
    // Proof: `Inference::NextRequest` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Escrows` (r:1 w:1)
    // Proof: `Incentives::Escrows` (`max_values`: None, `max_size`: Some(42), added: 2517, mode: `MaxEncodedLen`)
    // Storage: `Availability::Ballots` (r:1 w:1)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2202), added: 4677, mode: `MaxEncodedLen`)
    // Storage: `Availability::NextBallot` (r:1 w:1)
    // Proof: `Availability::NextBallot` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Availability::Open` (r:1 w:1)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(7490), added: 7985, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:1 w:1)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24926), added: 27401, mode: `MaxEncodedLen`)
    // Storage: `Inference::ByOrganisation` (r:0 w:1)
    // Proof: `Inference::ByOrganisation` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `MaxEncodedLen`)
    // Storage: `Inference::Requests` (r:0 w:1)
    // Proof: `Inference::Requests` (`max_values`: None, `max_size`: Some(346), added: 2821, mode: `MaxEncodedLen`)
    fn request() -> Weight {
        // Shortest run: 919_225 ns.
        Weight::from_parts(1_072_982_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(121))
            .saturating_add(T::DbWeight::get().writes(11))
    }

    // Storage: `Inference::Requests` (r:1 w:1)
    // Proof: `Inference::Requests` (`max_values`: None, `max_size`: Some(346), added: 2821, mode: `MaxEncodedLen`)
    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Contributors` (r:1 w:0)
    // Proof: `Consortium::Contributors` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Inference::WaitingList` (r:1 w:1)
    // Proof: `Inference::WaitingList` (`max_values`: Some(1), `max_size`: Some(50178), added: 50673, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Escrows` (r:1 w:1)
    // Proof: `Incentives::Escrows` (`max_values`: None, `max_size`: Some(42), added: 2517, mode: `MaxEncodedLen`)
    // Storage: `Consortium::NextOrganisation` (r:1 w:0)
    // Proof: `Consortium::NextOrganisation` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Funds` (r:1 w:1)
    // Proof: `Incentives::Funds` (`max_values`: None, `max_size`: Some(33), added: 2508, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Earnings` (r:1 w:1)
    // Proof: `Incentives::Earnings` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Inference::Asked` (r:1 w:1)
    // Proof: `Inference::Asked` (`max_values`: None, `max_size`: Some(535), added: 3010, mode: `MaxEncodedLen`)
    // Storage: `Inference::OpenTotals` (r:1 w:1)
    // Proof: `Inference::OpenTotals` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Inference::RequestEnds` (r:1 w:1)
    // Proof: `Inference::RequestEnds` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    // Storage: `Inference::EndedRequests` (r:0 w:1)
    // Proof: `Inference::EndedRequests` (`max_values`: None, `max_size`: Some(24), added: 2499, mode: `MaxEncodedLen`)
    fn cancel() -> Weight {
        // Shortest run: 281_966 ns.
        Weight::from_parts(418_581_000, 51_663)
            .saturating_add(T::DbWeight::get().reads(14))
            .saturating_add(T::DbWeight::get().writes(11))
    }

    // Storage: `Inference::Batches` (r:1 w:1)
    // Proof: `Inference::Batches` (`max_values`: None, `max_size`: Some(3588), added: 6063, mode: `MaxEncodedLen`)
    // Storage: `Inference::Requests` (r:64 w:64)
    // Proof: `Inference::Requests` (`max_values`: None, `max_size`: Some(346), added: 2821, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Escrows` (r:64 w:64)
    // Proof: `Incentives::Escrows` (`max_values`: None, `max_size`: Some(42), added: 2517, mode: `MaxEncodedLen`)
    // Storage: `Consortium::NextOrganisation` (r:1 w:0)
    // Proof: `Consortium::NextOrganisation` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Funds` (r:1 w:1)
    // Proof: `Incentives::Funds` (`max_values`: None, `max_size`: Some(33), added: 2508, mode: `MaxEncodedLen`)
    // Storage: `Inference::Shown` (r:1 w:1)
    // Proof: `Inference::Shown` (`max_values`: None, `max_size`: Some(526), added: 3001, mode: `MaxEncodedLen`)
    // Storage: `Inference::Asked` (r:1 w:1)
    // Proof: `Inference::Asked` (`max_values`: None, `max_size`: Some(535), added: 3010, mode: `MaxEncodedLen`)
    // Storage: `Inference::OpenTotals` (r:1 w:1)
    // Proof: `Inference::OpenTotals` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Inference::RequestEnds` (r:1 w:1)
    // Proof: `Inference::RequestEnds` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    // Storage: `Inference::EndedRequests` (r:0 w:64)
    // Proof: `Inference::EndedRequests` (`max_values`: None, `max_size`: Some(24), added: 2499, mode: `MaxEncodedLen`)
    fn answer(r: u32) -> Weight {
        // Shortest run: 109_465 ns.
        Weight::from_parts(116_116_000, 7_053)
            // ± 934_324
            .saturating_add(Weight::from_parts(51_658_178, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(0, 2_821).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads(8))
            .saturating_add(T::DbWeight::get().reads(u64::from(r).saturating_mul(2)))
            .saturating_add(T::DbWeight::get().writes(6))
            .saturating_add(T::DbWeight::get().writes(u64::from(r).saturating_mul(3)))
    }

    // Storage: `Inference::Batches` (r:1 w:0)
    // Proof: `Inference::Batches` (`max_values`: None, `max_size`: Some(3588), added: 6063, mode: `MaxEncodedLen`)
    fn authorize_answer(r: u32) -> Weight {
        // Shortest run: 36_027 ns.
        Weight::from_parts(32_603_123, 7_053)
            // ± 73_216
            .saturating_add(Weight::from_parts(1_577_081, 0).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads(1))
    }

    // Storage: `Incentives::Escrows` (r:1 w:1)
    // Proof: `Incentives::Escrows` (`max_values`: None, `max_size`: Some(42), added: 2517, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Bonds` (r:1 w:1)
    // Proof: `Incentives::Bonds` (`max_values`: None, `max_size`: Some(117), added: 2592, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Jobs` (r:2 w:0)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(9337), added: 11812, mode: `MaxEncodedLen`)
    // Storage: `Reputation::Validators` (r:32 w:0)
    // Proof: `Reputation::Validators` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Earnings` (r:33 w:33)
    // Proof: `Incentives::Earnings` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Inference::OpenBatches` (r:1 w:1)
    // Proof: `Inference::OpenBatches` (`max_values`: Some(1), `max_size`: Some(105), added: 600, mode: `MaxEncodedLen`)
    // Storage: `Inference::BatchPlaces` (r:1 w:1)
    // Proof: `Inference::BatchPlaces` (`max_values`: Some(1), `max_size`: Some(24), added: 519, mode: `MaxEncodedLen`)
    // Storage: `Inference::Batches` (r:0 w:1)
    // Proof: `Inference::Batches` (`max_values`: None, `max_size`: Some(3588), added: 6063, mode: `MaxEncodedLen`)
    // Storage: `Inference::EndedBatches` (r:0 w:1)
    // Proof: `Inference::EndedBatches` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    fn pay() -> Weight {
        // Shortest run: 827_333 ns.
        Weight::from_parts(1_048_064_000, 84_777)
            .saturating_add(T::DbWeight::get().reads(75))
            .saturating_add(T::DbWeight::get().writes(42))
    }

    // Storage: `Inference::Requests` (r:1 w:1)
    // Proof: `Inference::Requests` (`max_values`: None, `max_size`: Some(346), added: 2821, mode: `MaxEncodedLen`)
    // Storage: `Inference::Asked` (r:1 w:1)
    // Proof: `Inference::Asked` (`max_values`: None, `max_size`: Some(535), added: 3010, mode: `MaxEncodedLen`)
    // Storage: `Inference::OpenTotals` (r:1 w:1)
    // Proof: `Inference::OpenTotals` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Escrows` (r:1 w:1)
    // Proof: `Incentives::Escrows` (`max_values`: None, `max_size`: Some(42), added: 2517, mode: `MaxEncodedLen`)
    // Storage: `Consortium::NextOrganisation` (r:1 w:0)
    // Proof: `Consortium::NextOrganisation` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Funds` (r:1 w:1)
    // Proof: `Incentives::Funds` (`max_values`: None, `max_size`: Some(33), added: 2508, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Earnings` (r:1 w:1)
    // Proof: `Incentives::Earnings` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Inference::RequestEnds` (r:1 w:1)
    // Proof: `Inference::RequestEnds` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    // Storage: `Availability::Ballots` (r:1 w:1)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2202), added: 4677, mode: `MaxEncodedLen`)
    // Storage: `Availability::Open` (r:1 w:1)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(7490), added: 7985, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:1 w:1)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24926), added: 27401, mode: `MaxEncodedLen`)
    // Storage: `Inference::EndedRequests` (r:0 w:1)
    // Proof: `Inference::EndedRequests` (`max_values`: None, `max_size`: Some(24), added: 2499, mode: `MaxEncodedLen`)
    fn found() -> Weight {
        // Shortest run: 184_895 ns.
        Weight::from_parts(328_252_000, 28_391)
            .saturating_add(T::DbWeight::get().reads(14))
            .saturating_add(T::DbWeight::get().writes(13))
    }

    // Storage: `Inference::Requests` (r:1 w:1)
    // Proof: `Inference::Requests` (`max_values`: None, `max_size`: Some(346), added: 2821, mode: `MaxEncodedLen`)
    // Storage: `Inference::Asked` (r:1 w:1)
    // Proof: `Inference::Asked` (`max_values`: None, `max_size`: Some(535), added: 3010, mode: `MaxEncodedLen`)
    // Storage: `Inference::OpenTotals` (r:1 w:1)
    // Proof: `Inference::OpenTotals` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Escrows` (r:1 w:1)
    // Proof: `Incentives::Escrows` (`max_values`: None, `max_size`: Some(42), added: 2517, mode: `MaxEncodedLen`)
    // Storage: `Consortium::NextOrganisation` (r:1 w:0)
    // Proof: `Consortium::NextOrganisation` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Funds` (r:1 w:1)
    // Proof: `Incentives::Funds` (`max_values`: None, `max_size`: Some(33), added: 2508, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Earnings` (r:1 w:1)
    // Proof: `Incentives::Earnings` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Inference::RequestEnds` (r:1 w:1)
    // Proof: `Inference::RequestEnds` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    // Storage: `Inference::EndedRequests` (r:0 w:1)
    // Proof: `Inference::EndedRequests` (`max_values`: None, `max_size`: Some(24), added: 2499, mode: `MaxEncodedLen`)
    fn ended() -> Weight {
        // Shortest run: 158_856 ns.
        Weight::from_parts(276_396_000, 6_196)
            .saturating_add(T::DbWeight::get().reads(11))
            .saturating_add(T::DbWeight::get().writes(10))
    }

    // Storage: `Inference::WaitingList` (r:1 w:1)
    // Proof: `Inference::WaitingList` (`max_values`: Some(1), `max_size`: Some(50178), added: 50673, mode: `MaxEncodedLen`)
    // Storage: `MultiBlockMigrations::Cursor` (r:1 w:0)
    // Proof: `MultiBlockMigrations::Cursor` (`max_values`: Some(1), `max_size`: Some(65550), added: 66045, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Authorities` (r:1 w:0)
    // Proof: `Consortium::Authorities` (`max_values`: Some(1), `max_size`: Some(2177), added: 2672, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:32 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:32 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Capabilities::Entries` (r:32 w:0)
    // Proof: `Capabilities::Entries` (`max_values`: None, `max_size`: Some(82), added: 2557, mode: `MaxEncodedLen`)
    // Storage: `Inference::OpenBatches` (r:1 w:1)
    // Proof: `Inference::OpenBatches` (`max_values`: Some(1), `max_size`: Some(105), added: 600, mode: `MaxEncodedLen`)
    // Storage: `Inference::LastTurn` (r:1 w:1)
    // Proof: `Inference::LastTurn` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Models::Models` (r:1 w:0)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1414), added: 3889, mode: `MaxEncodedLen`)
    // Storage: `Models::Versions` (r:1 w:0)
    // Proof: `Models::Versions` (`max_values`: None, `max_size`: Some(350), added: 2825, mode: `MaxEncodedLen`)
    // Storage: `Models::Awaiting` (r:1 w:0)
    // Proof: `Models::Awaiting` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Models::Assessments` (r:1 w:0)
    // Proof: `Models::Assessments` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
    // Storage: `Inference::NextBatch` (r:1 w:1)
    // Proof: `Inference::NextBatch` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Inference::Requests` (r:256 w:0)
    // Proof: `Inference::Requests` (`max_values`: None, `max_size`: Some(346), added: 2821, mode: `MaxEncodedLen`)
    // Storage: `Babe::AuthorVrfRandomness` (r:1 w:0)
    // Proof: `Babe::AuthorVrfRandomness` (`max_values`: Some(1), `max_size`: Some(33), added: 528, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Jobs` (r:1 w:1)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(9337), added: 11812, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ActiveJobs` (r:1 w:1)
    // Proof: `Attestation::ActiveJobs` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    // Storage: `Inference::Asked` (r:1 w:1)
    // Proof: `Inference::Asked` (`max_values`: None, `max_size`: Some(535), added: 3010, mode: `MaxEncodedLen`)
    // Storage: `Inference::Batches` (r:0 w:1)
    // Proof: `Inference::Batches` (`max_values`: None, `max_size`: Some(3588), added: 6063, mode: `MaxEncodedLen`)
    fn make_batch(r: u32) -> Weight {
        // Shortest run: 1_035_792 ns.
        Weight::from_parts(1_393_786_404, 89_438)
            // ± 588_753
            .saturating_add(Weight::from_parts(13_699_547, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(0, 2_821).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads(111))
            .saturating_add(T::DbWeight::get().reads(u64::from(r).saturating_mul(1)))
            .saturating_add(T::DbWeight::get().writes(8))
    }

    // Storage: `Inference::OpenBatches` (r:1 w:0)
    // Proof: `Inference::OpenBatches` (`max_values`: Some(1), `max_size`: Some(105), added: 600, mode: `MaxEncodedLen`)
    // Storage: `Inference::Batches` (r:1 w:1)
    // Proof: `Inference::Batches` (`max_values`: None, `max_size`: Some(3588), added: 6063, mode: `MaxEncodedLen`)
    // Storage: `Inference::Requests` (r:8 w:8)
    // Proof: `Inference::Requests` (`max_values`: None, `max_size`: Some(346), added: 2821, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Escrows` (r:8 w:8)
    // Proof: `Incentives::Escrows` (`max_values`: None, `max_size`: Some(42), added: 2517, mode: `MaxEncodedLen`)
    // Storage: `Consortium::NextOrganisation` (r:1 w:0)
    // Proof: `Consortium::NextOrganisation` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Funds` (r:1 w:1)
    // Proof: `Incentives::Funds` (`max_values`: None, `max_size`: Some(33), added: 2508, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Earnings` (r:1 w:1)
    // Proof: `Incentives::Earnings` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Inference::Asked` (r:1 w:1)
    // Proof: `Inference::Asked` (`max_values`: None, `max_size`: Some(535), added: 3010, mode: `MaxEncodedLen`)
    // Storage: `Inference::OpenTotals` (r:1 w:1)
    // Proof: `Inference::OpenTotals` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `Inference::RequestEnds` (r:1 w:1)
    // Proof: `Inference::RequestEnds` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    // Storage: `Inference::EndedRequests` (r:0 w:8)
    // Proof: `Inference::EndedRequests` (`max_values`: None, `max_size`: Some(24), added: 2499, mode: `MaxEncodedLen`)
    fn end_requests(r: u32) -> Weight {
        // Shortest run: 212_957 ns.
        Weight::from_parts(114_458_733, 7_053)
            // ± 7_318_028
            .saturating_add(Weight::from_parts(148_104_765, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(0, 2_821).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads(11))
            .saturating_add(T::DbWeight::get().reads(u64::from(r).saturating_mul(2)))
            .saturating_add(T::DbWeight::get().writes(8))
            .saturating_add(T::DbWeight::get().writes(u64::from(r).saturating_mul(3)))
    }

    // Storage: `Inference::BatchPlaces` (r:1 w:1)
    // Proof: `Inference::BatchPlaces` (`max_values`: Some(1), `max_size`: Some(24), added: 519, mode: `MaxEncodedLen`)
    // Storage: `Inference::EndedBatches` (r:1 w:0)
    // Proof: `Inference::EndedBatches` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    // Storage: `Inference::Batches` (r:1 w:1)
    // Proof: `Inference::Batches` (`max_values`: None, `max_size`: Some(3588), added: 6063, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Jobs` (r:2 w:2)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(9337), added: 11812, mode: `MaxEncodedLen`)
    // Storage: `Inference::RequestEnds` (r:1 w:0)
    // Proof: `Inference::RequestEnds` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    // Storage: `Inference::EndedRequests` (r:1 w:0)
    // Proof: `Inference::EndedRequests` (`max_values`: None, `max_size`: Some(24), added: 2499, mode: `MaxEncodedLen`)
    // Storage: `Inference::Requests` (r:1 w:0)
    // Proof: `Inference::Requests` (`max_values`: None, `max_size`: Some(346), added: 2821, mode: `MaxEncodedLen`)
    fn prune_jobs() -> Weight {
        // Shortest run: 242_322 ns.
        Weight::from_parts(363_027_000, 24_614)
            .saturating_add(T::DbWeight::get().reads(8))
            .saturating_add(T::DbWeight::get().writes(4))
    }

    // Storage: `Inference::BatchPlaces` (r:1 w:1)
    // Proof: `Inference::BatchPlaces` (`max_values`: Some(1), `max_size`: Some(24), added: 519, mode: `MaxEncodedLen`)
    // Storage: `Inference::EndedBatches` (r:1 w:1)
    // Proof: `Inference::EndedBatches` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    // Storage: `Inference::Batches` (r:1 w:1)
    // Proof: `Inference::Batches` (`max_values`: None, `max_size`: Some(3588), added: 6063, mode: `MaxEncodedLen`)
    // Storage: `Inference::RequestEnds` (r:1 w:0)
    // Proof: `Inference::RequestEnds` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    fn prune_batch() -> Weight {
        // Shortest run: 42_218 ns.
        Weight::from_parts(53_008_000, 7_053)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(3))
    }

    // Storage: `Inference::BatchPlaces` (r:1 w:0)
    // Proof: `Inference::BatchPlaces` (`max_values`: Some(1), `max_size`: Some(24), added: 519, mode: `MaxEncodedLen`)
    // Storage: `Inference::RequestEnds` (r:1 w:1)
    // Proof: `Inference::RequestEnds` (`max_values`: Some(1), `max_size`: Some(16), added: 511, mode: `MaxEncodedLen`)
    // Storage: `Inference::EndedRequests` (r:1 w:1)
    // Proof: `Inference::EndedRequests` (`max_values`: None, `max_size`: Some(24), added: 2499, mode: `MaxEncodedLen`)
    // Storage: `Inference::Requests` (r:1 w:1)
    // Proof: `Inference::Requests` (`max_values`: None, `max_size`: Some(346), added: 2821, mode: `MaxEncodedLen`)
    // Storage: `Inference::Shown` (r:1 w:1)
    // Proof: `Inference::Shown` (`max_values`: None, `max_size`: Some(526), added: 3001, mode: `MaxEncodedLen`)
    // Storage: `Inference::ByOrganisation` (r:0 w:1)
    // Proof: `Inference::ByOrganisation` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `MaxEncodedLen`)
    fn prune_request() -> Weight {
        // Shortest run: 37_921 ns.
        Weight::from_parts(47_088_000, 3_991)
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().writes(5))
    }

    // Storage: `Inference::Batches` (r:1 w:1)
    // Proof: `Inference::Batches` (`max_values`: None, `max_size`: Some(3588), added: 6063, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Bonds` (r:1 w:1)
    // Proof: `Incentives::Bonds` (`max_values`: None, `max_size`: Some(117), added: 2592, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Inference::OpenBatches` (r:1 w:1)
    // Proof: `Inference::OpenBatches` (`max_values`: Some(1), `max_size`: Some(105), added: 600, mode: `MaxEncodedLen`)
    fn job_agreed() -> Weight {
        // Shortest run: 125_504 ns.
        Weight::from_parts(197_558_000, 7_053)
            .saturating_add(T::DbWeight::get().reads(6))
            .saturating_add(T::DbWeight::get().writes(5))
    }

    // Storage: `Inference::Batches` (r:1 w:1)
    // Proof: `Inference::Batches` (`max_values`: None, `max_size`: Some(3588), added: 6063, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Escrows` (r:1 w:1)
    // Proof: `Incentives::Escrows` (`max_values`: None, `max_size`: Some(42), added: 2517, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Bonds` (r:1 w:1)
    // Proof: `Incentives::Bonds` (`max_values`: None, `max_size`: Some(117), added: 2592, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Jobs` (r:2 w:0)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(9337), added: 11812, mode: `MaxEncodedLen`)
    // Storage: `Reputation::Validators` (r:32 w:0)
    // Proof: `Reputation::Validators` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Earnings` (r:33 w:33)
    // Proof: `Incentives::Earnings` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Inference::OpenBatches` (r:1 w:1)
    // Proof: `Inference::OpenBatches` (`max_values`: Some(1), `max_size`: Some(105), added: 600, mode: `MaxEncodedLen`)
    // Storage: `Inference::BatchPlaces` (r:1 w:1)
    // Proof: `Inference::BatchPlaces` (`max_values`: Some(1), `max_size`: Some(24), added: 519, mode: `MaxEncodedLen`)
    // Storage: `Inference::EndedBatches` (r:0 w:1)
    // Proof: `Inference::EndedBatches` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    fn job_closed() -> Weight {
        // Shortest run: 576_485 ns.
        Weight::from_parts(664_639_000, 84_777)
            .saturating_add(T::DbWeight::get().reads(76))
            .saturating_add(T::DbWeight::get().writes(42))
    }

    // Storage: `Inference::Batches` (r:1 w:1)
    // Proof: `Inference::Batches` (`max_values`: None, `max_size`: Some(3588), added: 6063, mode: `MaxEncodedLen`)
    // Storage: `Inference::OpenBatches` (r:1 w:0)
    // Proof: `Inference::OpenBatches` (`max_values`: Some(1), `max_size`: Some(105), added: 600, mode: `MaxEncodedLen`)
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
        // Shortest run: 367_996 ns.
        Weight::from_parts(389_497_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(71))
            .saturating_add(T::DbWeight::get().writes(3))
    }

    // Storage: `Inference::Batches` (r:1 w:1)
    // Proof: `Inference::Batches` (`max_values`: None, `max_size`: Some(3588), added: 6063, mode: `MaxEncodedLen`)
    // Storage: `Inference::OpenBatches` (r:1 w:1)
    // Proof: `Inference::OpenBatches` (`max_values`: Some(1), `max_size`: Some(105), added: 600, mode: `MaxEncodedLen`)
    // Storage: `Inference::WaitingList` (r:1 w:1)
    // Proof: `Inference::WaitingList` (`max_values`: Some(1), `max_size`: Some(50178), added: 50673, mode: `MaxEncodedLen`)
    // Storage: `Inference::Requests` (r:256 w:0)
    // Proof: `Inference::Requests` (`max_values`: None, `max_size`: Some(346), added: 2821, mode: `MaxEncodedLen`)
    // Storage: `Inference::BatchPlaces` (r:1 w:1)
    // Proof: `Inference::BatchPlaces` (`max_values`: Some(1), `max_size`: Some(24), added: 519, mode: `MaxEncodedLen`)
    // Storage: `Inference::EndedBatches` (r:0 w:1)
    // Proof: `Inference::EndedBatches` (`max_values`: None, `max_size`: Some(20), added: 2495, mode: `MaxEncodedLen`)
    fn broken_up(r: u32) -> Weight {
        // Shortest run: 40_435 ns.
        Weight::from_parts(42_429_000, 51_663)
            // ± 134_330
            .saturating_add(Weight::from_parts(6_356_903, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(0, 2_821).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().reads(u64::from(r).saturating_mul(1)))
            .saturating_add(T::DbWeight::get().writes(5))
    }

    // Storage: `Inference::Batches` (r:1 w:1)
    // Proof: `Inference::Batches` (`max_values`: None, `max_size`: Some(3588), added: 6063, mode: `MaxEncodedLen`)
    // Storage: `Inference::OpenBatches` (r:1 w:1)
    // Proof: `Inference::OpenBatches` (`max_values`: Some(1), `max_size`: Some(105), added: 600, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Authorities` (r:1 w:0)
    // Proof: `Consortium::Authorities` (`max_values`: Some(1), `max_size`: Some(2177), added: 2672, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:32 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:32 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Jobs` (r:1 w:1)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(9337), added: 11812, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ActiveJobs` (r:1 w:1)
    // Proof: `Attestation::ActiveJobs` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    fn job_escalated() -> Weight {
        // Shortest run: 521_913 ns.
        Weight::from_parts(876_265_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(70))
            .saturating_add(T::DbWeight::get().writes(4))
    }

    // Storage: `Inference::OpenBatches` (r:1 w:1)
    // Proof: `Inference::OpenBatches` (`max_values`: Some(1), `max_size`: Some(105), added: 600, mode: `MaxEncodedLen`)
    // Storage: `Inference::Batches` (r:8 w:1)
    // Proof: `Inference::Batches` (`max_values`: None, `max_size`: Some(3588), added: 6063, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Authorities` (r:1 w:0)
    // Proof: `Consortium::Authorities` (`max_values`: Some(1), `max_size`: Some(2177), added: 2672, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:32 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:32 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Jobs` (r:1 w:1)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(9337), added: 11812, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ActiveJobs` (r:1 w:1)
    // Proof: `Attestation::ActiveJobs` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    fn escalate() -> Weight {
        // Shortest run: 569_242 ns.
        Weight::from_parts(956_114_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(77))
            .saturating_add(T::DbWeight::get().writes(4))
    }

    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:32 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Authorities` (r:1 w:0)
    // Proof: `Consortium::Authorities` (`max_values`: Some(1), `max_size`: Some(2177), added: 2672, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:32 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Inference::Batches` (r:1 w:1)
    // Proof: `Inference::Batches` (`max_values`: None, `max_size`: Some(3588), added: 6063, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Bonds` (r:1 w:1)
    // Proof: `Incentives::Bonds` (`max_values`: None, `max_size`: Some(117), added: 2592, mode: `MaxEncodedLen`)
    // Storage: `Inference::OpenBatches` (r:1 w:1)
    // Proof: `Inference::OpenBatches` (`max_values`: Some(1), `max_size`: Some(105), added: 600, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Jobs` (r:1 w:1)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(9337), added: 11812, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ActiveJobs` (r:1 w:1)
    // Proof: `Attestation::ActiveJobs` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    fn call_all() -> Weight {
        // Shortest run: 834_166 ns.
        Weight::from_parts(1_305_876_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(74))
            .saturating_add(T::DbWeight::get().writes(7))
    }
}
