//! Weights, measured by `scripts/weights.sh` with frame-omni-bencher 0.28.0. To change them, change
//! `benchmarking.rs` and measure again.
//!
//! benchmarking.rs: 26cedf0114f06d9ee57876ad481dd78c9abd99f63e9b9c461cb7ce22a59424c1
//!
//! Measured on 2026-11-29, on an AMD EPYC (Zen 3) on which what was measured before takes about twice as long: `settle`, `job_agreed`, `job_closed`,
//! `open_assessed`, `start_assessment`, `assessment_agreed`, `assessment_closed`, `assessment_root`, `bonus`. The others before, on a Zen 5.
//!
//! 20 steps, 10 repeats, Compiled Wasm.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each call, hook and check of `pallet_rounds` weighs, without what other pallets add.
pub trait WeightInfo {
    fn open_round() -> Weight;
    fn submit() -> Weight;
    fn withdraw() -> Weight;
    fn reveal_update() -> Weight;
    /// `r` was measured in `1..=64`.
    fn settle_page(r: u32) -> Weight;
    /// `r` was measured in `1..=64`.
    fn authorize_settle(r: u32) -> Weight;
    fn abort() -> Weight;
    fn found() -> Weight;
    /// `u` was measured in `1..=1024`.
    fn seal(u: u32) -> Weight;
    /// `r` was measured in `0..=32`.
    fn look(r: u32) -> Weight;
    fn transition() -> Weight;
    fn shift() -> Weight;
    /// `r` was measured in `1..=64`.
    fn revoked(r: u32) -> Weight;
    /// `u` was measured in `1..=64`.
    fn pay(u: u32) -> Weight;
    /// `u` was measured in `1..=64`.
    fn punish(u: u32) -> Weight;
    /// `u` was measured in `1..=1024`.
    fn settle(u: u32) -> Weight;
    /// `u` was measured in `1..=128`.
    fn prune(u: u32) -> Weight;
    fn job_agreed() -> Weight;
    fn job_closed() -> Weight;
    fn open_assessed() -> Weight;
    fn start_assessment() -> Weight;
    fn assessment_agreed() -> Weight;
    fn assessment_closed() -> Weight;
    fn assessment_root() -> Weight;
    /// `u` was measured in `1..=64`.
    fn bonus(u: u32) -> Weight;
}

/// Measured time, with the accesses of the database of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Models::Models` (r:1 w:0)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1348), added: 3823, mode: `MaxEncodedLen`)
    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Rounds::OpenRound` (r:1 w:1)
    // Proof: `Rounds::OpenRound` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Rounds::ActiveRounds` (r:1 w:1)
    // Proof: `Rounds::ActiveRounds` (`max_values`: Some(1), `max_size`: Some(129), added: 624, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Usages` (r:1 w:1)
    // Proof: `Rounds::Usages` (`max_values`: None, `max_size`: Some(313), added: 2788, mode: `MaxEncodedLen`)
    // Storage: `Models::Versions` (r:1 w:0)
    // Proof: `Models::Versions` (`max_values`: None, `max_size`: Some(350), added: 2825, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Funds` (r:1 w:1)
    // Proof: `Incentives::Funds` (`max_values`: None, `max_size`: Some(29), added: 2504, mode: `MaxEncodedLen`)
    // Storage: `Rounds::NextRound` (r:1 w:1)
    // Proof: `Rounds::NextRound` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Rounds::RoundsOf` (r:1 w:1)
    // Proof: `Rounds::RoundsOf` (`max_values`: None, `max_size`: Some(270), added: 2745, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Escrows` (r:1 w:1)
    // Proof: `Incentives::Escrows` (`max_values`: None, `max_size`: Some(34), added: 2509, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Rounds` (r:0 w:1)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(442), added: 2917, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Kept` (r:0 w:1)
    // Proof: `Rounds::Kept` (`max_values`: None, `max_size`: Some(4), added: 2479, mode: `MaxEncodedLen`)
    fn open_round() -> Weight {
        // Shortest run: 68_542 ns.
        Weight::from_parts(71_937_000, 4_813)
            .saturating_add(T::DbWeight::get().reads(11))
            .saturating_add(T::DbWeight::get().writes(9))
    }

    // Storage: `Rounds::Rounds` (r:1 w:0)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(442), added: 2917, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Contributors` (r:1 w:0)
    // Proof: `Consortium::Contributors` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Updates` (r:1 w:1)
    // Proof: `Rounds::Updates` (`max_values`: None, `max_size`: Some(204), added: 2679, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Contributors` (r:1 w:1)
    // Proof: `Rounds::Contributors` (`max_values`: None, `max_size`: Some(32782), added: 35257, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Usages` (r:1 w:1)
    // Proof: `Rounds::Usages` (`max_values`: None, `max_size`: Some(313), added: 2788, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Rounds::ActiveRounds` (r:1 w:0)
    // Proof: `Rounds::ActiveRounds` (`max_values`: Some(1), `max_size`: Some(129), added: 624, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Bonds` (r:1 w:1)
    // Proof: `Incentives::Bonds` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
    fn submit() -> Weight {
        // Shortest run: 98_967 ns.
        Weight::from_parts(106_960_000, 36_247)
            .saturating_add(T::DbWeight::get().reads(10))
            .saturating_add(T::DbWeight::get().writes(6))
    }

    // Storage: `Rounds::Rounds` (r:1 w:1)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(442), added: 2917, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Updates` (r:1 w:1)
    // Proof: `Rounds::Updates` (`max_values`: None, `max_size`: Some(204), added: 2679, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Bonds` (r:1 w:1)
    // Proof: `Incentives::Bonds` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    fn withdraw() -> Weight {
        // Shortest run: 70_655 ns.
        Weight::from_parts(74_431_000, 6_196)
            .saturating_add(T::DbWeight::get().reads(6))
            .saturating_add(T::DbWeight::get().writes(5))
    }

    // Storage: `Rounds::Rounds` (r:1 w:1)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(442), added: 2917, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Contributors` (r:1 w:0)
    // Proof: `Consortium::Contributors` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Updates` (r:1 w:1)
    // Proof: `Rounds::Updates` (`max_values`: None, `max_size`: Some(204), added: 2679, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Availability::Ballots` (r:1 w:0)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2198), added: 4673, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:1 w:1)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24922), added: 27397, mode: `MaxEncodedLen`)
    fn reveal_update() -> Weight {
        // Shortest run: 70_165 ns.
        Weight::from_parts(77_445_000, 28_387)
            .saturating_add(T::DbWeight::get().reads(7))
            .saturating_add(T::DbWeight::get().writes(3))
    }

    // Storage: `Rounds::Rounds` (r:1 w:1)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(442), added: 2917, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Outcomes` (r:1 w:0)
    // Proof: `Rounds::Outcomes` (`max_values`: None, `max_size`: Some(149), added: 2624, mode: `MaxEncodedLen`)
    // Storage: `Rounds::AwaitedPages` (r:1 w:1)
    // Proof: `Rounds::AwaitedPages` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Rounds::RoundScores` (r:1 w:1)
    // Proof: `Rounds::RoundScores` (`max_values`: None, `max_size`: Some(24604), added: 27079, mode: `MaxEncodedLen`)
    // Storage: `Rounds::SealedOrders` (r:1 w:0)
    // Proof: `Rounds::SealedOrders` (`max_values`: None, `max_size`: Some(40974), added: 43449, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Contributors` (r:1 w:0)
    // Proof: `Rounds::Contributors` (`max_values`: None, `max_size`: Some(32782), added: 35257, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Updates` (r:64 w:64)
    // Proof: `Rounds::Updates` (`max_values`: None, `max_size`: Some(204), added: 2679, mode: `MaxEncodedLen`)
    // Storage: `Reputation::Contributors` (r:64 w:0)
    // Proof: `Reputation::Contributors` (`max_values`: None, `max_size`: Some(58), added: 2533, mode: `MaxEncodedLen`)
    // Storage: `Rounds::LostBlocks` (r:1 w:0)
    // Proof: `Rounds::LostBlocks` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Agenda` (r:0 w:1)
    // Proof: `Rounds::Agenda` (`max_values`: None, `max_size`: Some(8), added: 2483, mode: `MaxEncodedLen`)
    fn settle_page(r: u32) -> Weight {
        // Shortest run: 143_695 ns.
        Weight::from_parts(164_805_517, 44_439)
            // ± 188_801
            .saturating_add(Weight::from_parts(7_752_839, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(0, 2_679).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads(7))
            .saturating_add(T::DbWeight::get().reads(u64::from(r).saturating_mul(2)))
            .saturating_add(T::DbWeight::get().writes(4))
            .saturating_add(T::DbWeight::get().writes(u64::from(r).saturating_mul(1)))
    }

    // Storage: `Rounds::Rounds` (r:1 w:0)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(442), added: 2917, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Outcomes` (r:1 w:0)
    // Proof: `Rounds::Outcomes` (`max_values`: None, `max_size`: Some(149), added: 2624, mode: `MaxEncodedLen`)
    // Storage: `Rounds::AwaitedPages` (r:1 w:0)
    // Proof: `Rounds::AwaitedPages` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    fn authorize_settle(_r: u32) -> Weight {
        // Shortest run: 24_407 ns.
        Weight::from_parts(37_599_888, 3_907).saturating_add(T::DbWeight::get().reads(3))
    }

    // Storage: `Rounds::Rounds` (r:1 w:1)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(442), added: 2917, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Escrows` (r:1 w:1)
    // Proof: `Incentives::Escrows` (`max_values`: None, `max_size`: Some(34), added: 2509, mode: `MaxEncodedLen`)
    // Storage: `Models::Models` (r:1 w:0)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1348), added: 3823, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Funds` (r:1 w:1)
    // Proof: `Incentives::Funds` (`max_values`: None, `max_size`: Some(29), added: 2504, mode: `MaxEncodedLen`)
    // Storage: `Availability::Ballots` (r:1 w:1)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2198), added: 4673, mode: `MaxEncodedLen`)
    // Storage: `Availability::Open` (r:1 w:1)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(2594), added: 3089, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:32 w:32)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24922), added: 27397, mode: `MaxEncodedLen`)
    // Storage: `Rounds::ActiveRounds` (r:1 w:1)
    // Proof: `Rounds::ActiveRounds` (`max_values`: Some(1), `max_size`: Some(129), added: 624, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Usages` (r:1 w:1)
    // Proof: `Rounds::Usages` (`max_values`: None, `max_size`: Some(313), added: 2788, mode: `MaxEncodedLen`)
    // Storage: `Rounds::LostBlocks` (r:1 w:0)
    // Proof: `Rounds::LostBlocks` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Rounds::SealedOrders` (r:0 w:1)
    // Proof: `Rounds::SealedOrders` (`max_values`: None, `max_size`: Some(40974), added: 43449, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Agenda` (r:0 w:1)
    // Proof: `Rounds::Agenda` (`max_values`: None, `max_size`: Some(8), added: 2483, mode: `MaxEncodedLen`)
    // Storage: `Rounds::RoundScores` (r:0 w:1)
    // Proof: `Rounds::RoundScores` (`max_values`: None, `max_size`: Some(24604), added: 27079, mode: `MaxEncodedLen`)
    // Storage: `Rounds::OpenRound` (r:0 w:1)
    // Proof: `Rounds::OpenRound` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Rounds::AwaitedPages` (r:0 w:1)
    // Proof: `Rounds::AwaitedPages` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    fn abort() -> Weight {
        // Shortest run: 82_954 ns.
        Weight::from_parts(88_002_000, 877_694)
            .saturating_add(T::DbWeight::get().reads(42))
            .saturating_add(T::DbWeight::get().writes(44))
    }

    // Storage: `Rounds::Rounds` (r:1 w:1)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(442), added: 2917, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Contributors` (r:1 w:0)
    // Proof: `Rounds::Contributors` (`max_values`: None, `max_size`: Some(32782), added: 35257, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Updates` (r:1 w:1)
    // Proof: `Rounds::Updates` (`max_values`: None, `max_size`: Some(204), added: 2679, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Bonds` (r:1 w:1)
    // Proof: `Incentives::Bonds` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Earnings` (r:1 w:1)
    // Proof: `Incentives::Earnings` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    fn found() -> Weight {
        // Shortest run: 71_737 ns.
        Weight::from_parts(74_200_000, 36_247)
            .saturating_add(T::DbWeight::get().reads(7))
            .saturating_add(T::DbWeight::get().writes(6))
    }

    // Storage: `Rounds::Contributors` (r:1 w:0)
    // Proof: `Rounds::Contributors` (`max_values`: None, `max_size`: Some(32782), added: 35257, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Updates` (r:1024 w:1024)
    // Proof: `Rounds::Updates` (`max_values`: None, `max_size`: Some(204), added: 2679, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Contributors` (r:1024 w:0)
    // Proof: `Consortium::Contributors` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:59 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Availability::Ballots` (r:1 w:1)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2198), added: 4673, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:33 w:32)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24922), added: 27397, mode: `MaxEncodedLen`)
    // Storage: `Availability::Open` (r:1 w:1)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(2594), added: 3089, mode: `MaxEncodedLen`)
    // Storage: `Babe::NextRandomness` (r:1 w:0)
    // Proof: `Babe::NextRandomness` (`max_values`: Some(1), `max_size`: Some(32), added: 527, mode: `MaxEncodedLen`)
    // Storage: `Babe::EpochStart` (r:1 w:0)
    // Proof: `Babe::EpochStart` (`max_values`: Some(1), `max_size`: Some(8), added: 503, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Jobs` (r:1 w:1)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(8156), added: 10631, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Authorities` (r:1 w:0)
    // Proof: `Consortium::Authorities` (`max_values`: Some(1), `max_size`: Some(2177), added: 2672, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:32 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ActiveJobs` (r:1 w:1)
    // Proof: `Attestation::ActiveJobs` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    // Storage: `Rounds::SealedOrders` (r:0 w:1)
    // Proof: `Rounds::SealedOrders` (`max_values`: None, `max_size`: Some(40974), added: 43449, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Rounds` (r:0 w:1)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(442), added: 2917, mode: `MaxEncodedLen`)
    fn seal(u: u32) -> Weight {
        // Shortest run: 247_749 ns.
        Weight::from_parts(248_561_000, 142_841)
            // ± 69_913
            .saturating_add(Weight::from_parts(17_943_386, 0).saturating_mul(u.into()))
            .saturating_add(Weight::from_parts(0, 2_679).saturating_mul(u.into()))
            .saturating_add(T::DbWeight::get().reads(96))
            .saturating_add(T::DbWeight::get().reads(u64::from(u).saturating_mul(2)))
            .saturating_add(T::DbWeight::get().writes(7))
            .saturating_add(T::DbWeight::get().writes(u64::from(u).saturating_mul(1)))
    }

    // Storage: `Rounds::ActiveRounds` (r:1 w:0)
    // Proof: `Rounds::ActiveRounds` (`max_values`: Some(1), `max_size`: Some(129), added: 624, mode: `MaxEncodedLen`)
    // Storage: `MultiBlockMigrations::Cursor` (r:1 w:0)
    // Proof: `MultiBlockMigrations::Cursor` (`max_values`: Some(1), `max_size`: Some(65550), added: 66045, mode: `MaxEncodedLen`)
    // Storage: `SafeMode::EnteredUntil` (r:1 w:0)
    // Proof: `SafeMode::EnteredUntil` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `TxPause::PausedCalls` (r:1 w:0)
    // Proof: `TxPause::PausedCalls` (`max_values`: None, `max_size`: Some(532), added: 3007, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Rounds` (r:32 w:0)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(442), added: 2917, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Agenda` (r:1 w:0)
    // Proof: `Rounds::Agenda` (`max_values`: None, `max_size`: Some(8), added: 2483, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Expiries` (r:1 w:0)
    // Proof: `Rounds::Expiries` (`max_values`: None, `max_size`: Some(8), added: 2483, mode: `MaxEncodedLen`)
    fn look(r: u32) -> Weight {
        // Shortest run: 24_717 ns.
        Weight::from_parts(29_069_067, 67_035)
            // ± 43_534
            .saturating_add(Weight::from_parts(2_536_632, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(0, 2_917).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads(6))
            .saturating_add(T::DbWeight::get().reads(u64::from(r).saturating_mul(1)))
    }

    // Storage: `Availability::Ballots` (r:1 w:1)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2198), added: 4673, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Authorities` (r:1 w:0)
    // Proof: `Consortium::Authorities` (`max_values`: Some(1), `max_size`: Some(2177), added: 2672, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:32 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:32 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Availability::NextBallot` (r:1 w:1)
    // Proof: `Availability::NextBallot` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Availability::Open` (r:1 w:1)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(2594), added: 3089, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Usages` (r:1 w:1)
    // Proof: `Rounds::Usages` (`max_values`: None, `max_size`: Some(313), added: 2788, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Rounds` (r:0 w:1)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(442), added: 2917, mode: `MaxEncodedLen`)
    fn transition() -> Weight {
        // Shortest run: 192_087 ns.
        Weight::from_parts(203_774_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(69))
            .saturating_add(T::DbWeight::get().writes(5))
    }

    // Storage: `Rounds::Rounds` (r:0 w:1)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(442), added: 2917, mode: `MaxEncodedLen`)
    fn shift() -> Weight {
        // Shortest run: 4_096 ns.
        Weight::from_parts(5_018_000, 0).saturating_add(T::DbWeight::get().writes(1))
    }

    // Storage: `Rounds::RoundsOf` (r:1 w:0)
    // Proof: `Rounds::RoundsOf` (`max_values`: None, `max_size`: Some(270), added: 2745, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Rounds` (r:64 w:64)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(442), added: 2917, mode: `MaxEncodedLen`)
    // Storage: `Models::Ancestries` (r:1 w:0)
    // Proof: `Models::Ancestries` (`max_values`: None, `max_size`: Some(41), added: 2516, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Escrows` (r:64 w:64)
    // Proof: `Incentives::Escrows` (`max_values`: None, `max_size`: Some(34), added: 2509, mode: `MaxEncodedLen`)
    // Storage: `Models::Models` (r:1 w:0)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1348), added: 3823, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Funds` (r:1 w:1)
    // Proof: `Incentives::Funds` (`max_values`: None, `max_size`: Some(29), added: 2504, mode: `MaxEncodedLen`)
    // Storage: `Availability::Ballots` (r:1 w:1)
    // Proof: `Availability::Ballots` (`max_values`: None, `max_size`: Some(2198), added: 4673, mode: `MaxEncodedLen`)
    // Storage: `Availability::Open` (r:1 w:1)
    // Proof: `Availability::Open` (`max_values`: Some(1), `max_size`: Some(2594), added: 3089, mode: `MaxEncodedLen`)
    // Storage: `Availability::Items` (r:32 w:32)
    // Proof: `Availability::Items` (`max_values`: None, `max_size`: Some(24922), added: 27397, mode: `MaxEncodedLen`)
    // Storage: `Rounds::ActiveRounds` (r:1 w:1)
    // Proof: `Rounds::ActiveRounds` (`max_values`: Some(1), `max_size`: Some(129), added: 624, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Usages` (r:1 w:1)
    // Proof: `Rounds::Usages` (`max_values`: None, `max_size`: Some(313), added: 2788, mode: `MaxEncodedLen`)
    // Storage: `Rounds::LostBlocks` (r:1 w:0)
    // Proof: `Rounds::LostBlocks` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Rounds::SealedOrders` (r:0 w:64)
    // Proof: `Rounds::SealedOrders` (`max_values`: None, `max_size`: Some(40974), added: 43449, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Agenda` (r:0 w:127)
    // Proof: `Rounds::Agenda` (`max_values`: None, `max_size`: Some(8), added: 2483, mode: `MaxEncodedLen`)
    // Storage: `Rounds::RoundScores` (r:0 w:64)
    // Proof: `Rounds::RoundScores` (`max_values`: None, `max_size`: Some(24604), added: 27079, mode: `MaxEncodedLen`)
    // Storage: `Rounds::OpenRound` (r:0 w:1)
    // Proof: `Rounds::OpenRound` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Rounds::AwaitedPages` (r:0 w:64)
    // Proof: `Rounds::AwaitedPages` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    fn revoked(r: u32) -> Weight {
        // Shortest run: 86_940 ns.
        Weight::from_parts(81_029_949, 877_694)
            // ± 95_391
            .saturating_add(Weight::from_parts(18_935_449, 0).saturating_mul(r.into()))
            .saturating_add(Weight::from_parts(0, 2_917).saturating_mul(r.into()))
            .saturating_add(T::DbWeight::get().reads(42))
            .saturating_add(T::DbWeight::get().reads(u64::from(r).saturating_mul(2)))
            .saturating_add(T::DbWeight::get().writes(37))
            .saturating_add(T::DbWeight::get().writes(u64::from(r).saturating_mul(7)))
    }

    // Storage: `Rounds::RoundScores` (r:1 w:0)
    // Proof: `Rounds::RoundScores` (`max_values`: None, `max_size`: Some(24604), added: 27079, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Contributors` (r:1 w:0)
    // Proof: `Rounds::Contributors` (`max_values`: None, `max_size`: Some(32782), added: 35257, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Updates` (r:64 w:0)
    // Proof: `Rounds::Updates` (`max_values`: None, `max_size`: Some(204), added: 2679, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Bonds` (r:64 w:64)
    // Proof: `Incentives::Bonds` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:59 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:60 w:60)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Escrows` (r:1 w:1)
    // Proof: `Incentives::Escrows` (`max_values`: None, `max_size`: Some(34), added: 2509, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Earnings` (r:64 w:64)
    // Proof: `Incentives::Earnings` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    // Storage: `Reputation::Contributors` (r:64 w:64)
    // Proof: `Reputation::Contributors` (`max_values`: None, `max_size`: Some(58), added: 2533, mode: `MaxEncodedLen`)
    // Storage: `Reputation::CurrentParameters` (r:1 w:0)
    // Proof: `Reputation::CurrentParameters` (`max_values`: Some(1), `max_size`: Some(28), added: 523, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Contributors` (r:64 w:0)
    // Proof: `Consortium::Contributors` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Usages` (r:59 w:59)
    // Proof: `Rounds::Usages` (`max_values`: None, `max_size`: Some(313), added: 2788, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Rounds` (r:0 w:1)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(442), added: 2917, mode: `MaxEncodedLen`)
    fn pay(u: u32) -> Weight {
        // Shortest run: 113_840 ns.
        Weight::from_parts(96_479_467, 36_247)
            // ± 179_915
            .saturating_add(Weight::from_parts(64_297_467, 0).saturating_mul(u.into()))
            .saturating_add(Weight::from_parts(0, 2_717).saturating_mul(u.into()))
            .saturating_add(T::DbWeight::get().reads(7))
            .saturating_add(T::DbWeight::get().reads(u64::from(u).saturating_mul(8)))
            .saturating_add(T::DbWeight::get().writes(4))
            .saturating_add(T::DbWeight::get().writes(u64::from(u).saturating_mul(5)))
    }

    // Storage: `Rounds::Contributors` (r:1 w:0)
    // Proof: `Rounds::Contributors` (`max_values`: None, `max_size`: Some(32782), added: 35257, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Updates` (r:64 w:0)
    // Proof: `Rounds::Updates` (`max_values`: None, `max_size`: Some(204), added: 2679, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Strikes` (r:59 w:59)
    // Proof: `Rounds::Strikes` (`max_values`: None, `max_size`: Some(2574), added: 5049, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Bonds` (r:64 w:64)
    // Proof: `Incentives::Bonds` (`max_values`: None, `max_size`: Some(113), added: 2588, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Earnings` (r:1 w:1)
    // Proof: `Incentives::Earnings` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Usages` (r:59 w:59)
    // Proof: `Rounds::Usages` (`max_values`: None, `max_size`: Some(313), added: 2788, mode: `MaxEncodedLen`)
    // Storage: `Reputation::Contributors` (r:64 w:64)
    // Proof: `Reputation::Contributors` (`max_values`: None, `max_size`: Some(58), added: 2533, mode: `MaxEncodedLen`)
    // Storage: `Reputation::CurrentParameters` (r:1 w:0)
    // Proof: `Reputation::CurrentParameters` (`max_values`: Some(1), `max_size`: Some(28), added: 523, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Contributors` (r:64 w:0)
    // Proof: `Consortium::Contributors` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:59 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Rounds` (r:0 w:1)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(442), added: 2917, mode: `MaxEncodedLen`)
    fn punish(u: u32) -> Weight {
        // Shortest run: 96_494 ns.
        Weight::from_parts(57_470_240, 36_247)
            // ± 169_305
            .saturating_add(Weight::from_parts(63_176_908, 0).saturating_mul(u.into()))
            .saturating_add(Weight::from_parts(0, 4_920).saturating_mul(u.into()))
            .saturating_add(T::DbWeight::get().reads(7))
            .saturating_add(T::DbWeight::get().reads(u64::from(u).saturating_mul(7)))
            .saturating_add(T::DbWeight::get().writes(5))
            .saturating_add(T::DbWeight::get().writes(u64::from(u).saturating_mul(4)))
    }

    // Storage: `Attestation::Jobs` (r:2 w:0)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(9337), added: 11812, mode: `MaxEncodedLen`)
    // Storage: `Reputation::Validators` (r:32 w:0)
    // Proof: `Reputation::Validators` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Escrows` (r:2 w:1)
    // Proof: `Incentives::Escrows` (`max_values`: None, `max_size`: Some(42), added: 2517, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Earnings` (r:33 w:33)
    // Proof: `Incentives::Earnings` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    // Storage: `Rounds::RoundScores` (r:1 w:1)
    // Proof: `Rounds::RoundScores` (`max_values`: None, `max_size`: Some(24604), added: 27079, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:2 w:2)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Contributors` (r:1 w:0)
    // Proof: `Rounds::Contributors` (`max_values`: None, `max_size`: Some(32782), added: 35257, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Updates` (r:1024 w:0)
    // Proof: `Rounds::Updates` (`max_values`: None, `max_size`: Some(204), added: 2679, mode: `MaxEncodedLen`)
    // Storage: `Models::Settlements` (r:1 w:1)
    // Proof: `Models::Settlements` (`max_values`: None, `max_size`: Some(125), added: 2600, mode: `MaxEncodedLen`)
    // Storage: `Models::Versions` (r:1 w:0)
    // Proof: `Models::Versions` (`max_values`: None, `max_size`: Some(350), added: 2825, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Usages` (r:1 w:1)
    // Proof: `Rounds::Usages` (`max_values`: None, `max_size`: Some(313), added: 2788, mode: `MaxEncodedLen`)
    // Storage: `Rounds::RoundsOf` (r:1 w:1)
    // Proof: `Rounds::RoundsOf` (`max_values`: None, `max_size`: Some(270), added: 2745, mode: `MaxEncodedLen`)
    // Storage: `Rounds::SealedOrders` (r:0 w:1)
    // Proof: `Rounds::SealedOrders` (`max_values`: None, `max_size`: Some(45070), added: 47545, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Rounds` (r:0 w:1)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(910), added: 3385, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Expiries` (r:0 w:1)
    // Proof: `Rounds::Expiries` (`max_values`: None, `max_size`: Some(8), added: 2483, mode: `MaxEncodedLen`)
    fn settle(u: u32) -> Weight {
        // Shortest run: 1_055_760 ns.
        Weight::from_parts(1_555_231_250, 84_777)
            // ± 348_770
            .saturating_add(Weight::from_parts(11_165_141, 0).saturating_mul(u.into()))
            .saturating_add(Weight::from_parts(0, 2_679).saturating_mul(u.into()))
            .saturating_add(T::DbWeight::get().reads(77))
            .saturating_add(T::DbWeight::get().reads(u64::from(u).saturating_mul(1)))
            .saturating_add(T::DbWeight::get().writes(43))
    }

    // Storage: `Rounds::ActiveRounds` (r:1 w:0)
    // Proof: `Rounds::ActiveRounds` (`max_values`: Some(1), `max_size`: Some(129), added: 624, mode: `MaxEncodedLen`)
    // Storage: `MultiBlockMigrations::Cursor` (r:1 w:0)
    // Proof: `MultiBlockMigrations::Cursor` (`max_values`: Some(1), `max_size`: Some(65550), added: 66045, mode: `MaxEncodedLen`)
    // Storage: `SafeMode::EnteredUntil` (r:1 w:0)
    // Proof: `SafeMode::EnteredUntil` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `TxPause::PausedCalls` (r:1 w:0)
    // Proof: `TxPause::PausedCalls` (`max_values`: None, `max_size`: Some(532), added: 3007, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Agenda` (r:1 w:0)
    // Proof: `Rounds::Agenda` (`max_values`: None, `max_size`: Some(8), added: 2483, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Expiries` (r:2 w:1)
    // Proof: `Rounds::Expiries` (`max_values`: None, `max_size`: Some(8), added: 2483, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Rounds` (r:1 w:1)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(442), added: 2917, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Contributors` (r:1 w:1)
    // Proof: `Rounds::Contributors` (`max_values`: None, `max_size`: Some(32782), added: 35257, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Updates` (r:127 w:127)
    // Proof: `Rounds::Updates` (`max_values`: None, `max_size`: Some(204), added: 2679, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Usages` (r:1 w:1)
    // Proof: `Rounds::Usages` (`max_values`: None, `max_size`: Some(313), added: 2788, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Outcomes` (r:0 w:1)
    // Proof: `Rounds::Outcomes` (`max_values`: None, `max_size`: Some(149), added: 2624, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Kept` (r:0 w:1)
    // Proof: `Rounds::Kept` (`max_values`: None, `max_size`: Some(4), added: 2479, mode: `MaxEncodedLen`)
    fn prune(u: u32) -> Weight {
        // Shortest run: 50_685 ns.
        Weight::from_parts(51_926_960, 67_035)
            // ± 27_426
            .saturating_add(Weight::from_parts(4_657_893, 0).saturating_mul(u.into()))
            .saturating_add(Weight::from_parts(0, 2_679).saturating_mul(u.into()))
            .saturating_add(T::DbWeight::get().reads(10))
            .saturating_add(T::DbWeight::get().reads(u64::from(u).saturating_mul(1)))
            .saturating_add(T::DbWeight::get().writes(6))
            .saturating_add(T::DbWeight::get().writes(u64::from(u).saturating_mul(1)))
    }

    // Storage: `Rounds::Rounds` (r:1 w:1)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(910), added: 3385, mode: `MaxEncodedLen`)
    // Storage: `Models::Models` (r:1 w:1)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1414), added: 3889, mode: `MaxEncodedLen`)
    // Storage: `Models::Ancestries` (r:1 w:1)
    // Proof: `Models::Ancestries` (`max_values`: None, `max_size`: Some(46), added: 2521, mode: `MaxEncodedLen`)
    // Storage: `Models::Revoked` (r:1 w:0)
    // Proof: `Models::Revoked` (`max_values`: None, `max_size`: Some(77), added: 2552, mode: `MaxEncodedLen`)
    // Storage: `Models::Versions` (r:1 w:1)
    // Proof: `Models::Versions` (`max_values`: None, `max_size`: Some(350), added: 2825, mode: `MaxEncodedLen`)
    // Storage: `Models::Awaiting` (r:1 w:0)
    // Proof: `Models::Awaiting` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Models::Assessments` (r:1 w:0)
    // Proof: `Models::Assessments` (`max_values`: None, `max_size`: Some(165), added: 2640, mode: `MaxEncodedLen`)
    // Storage: `Models::Policies` (r:1 w:0)
    // Proof: `Models::Policies` (`max_values`: None, `max_size`: Some(231), added: 2706, mode: `MaxEncodedLen`)
    // Storage: `Rounds::OpenRound` (r:0 w:1)
    // Proof: `Rounds::OpenRound` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Outcomes` (r:0 w:1)
    // Proof: `Rounds::Outcomes` (`max_values`: None, `max_size`: Some(149), added: 2624, mode: `MaxEncodedLen`)
    // Storage: `Models::Provisional` (r:0 w:1)
    // Proof: `Models::Provisional` (`max_values`: None, `max_size`: Some(28), added: 2503, mode: `MaxEncodedLen`)
    fn job_agreed() -> Weight {
        // Shortest run: 192_028 ns.
        Weight::from_parts(217_836_000, 4_879)
            .saturating_add(T::DbWeight::get().reads(8))
            .saturating_add(T::DbWeight::get().writes(7))
    }

    // Storage: `Rounds::Rounds` (r:1 w:1)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(910), added: 3385, mode: `MaxEncodedLen`)
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
    fn job_closed() -> Weight {
        // Shortest run: 380_700 ns.
        Weight::from_parts(559_344_000, 89_438)
            .saturating_add(T::DbWeight::get().reads(70))
            .saturating_add(T::DbWeight::get().writes(3))
    }

    // Storage: `Artifacts::Artifacts` (r:2 w:0)
    // Proof: `Artifacts::Artifacts` (`max_values`: None, `max_size`: Some(1352), added: 3827, mode: `MaxEncodedLen`)
    // Storage: `Parameters::Parameters` (r:2 w:0)
    // Proof: `Parameters::Parameters` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Funds` (r:1 w:1)
    // Proof: `Incentives::Funds` (`max_values`: None, `max_size`: Some(33), added: 2508, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Escrows` (r:1 w:1)
    // Proof: `Incentives::Escrows` (`max_values`: None, `max_size`: Some(42), added: 2517, mode: `MaxEncodedLen`)
    fn open_assessed() -> Weight {
        // Shortest run: 87_884 ns.
        Weight::from_parts(102_651_000, 8_644)
            .saturating_add(T::DbWeight::get().reads(6))
            .saturating_add(T::DbWeight::get().writes(2))
    }

    // Storage: `Evaluation::RoundShards` (r:1 w:0)
    // Proof: `Evaluation::RoundShards` (`max_values`: None, `max_size`: Some(1662), added: 4137, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Outcomes` (r:1 w:0)
    // Proof: `Rounds::Outcomes` (`max_values`: None, `max_size`: Some(149), added: 2624, mode: `MaxEncodedLen`)
    // Storage: `Rounds::ActiveRounds` (r:1 w:0)
    // Proof: `Rounds::ActiveRounds` (`max_values`: Some(1), `max_size`: Some(129), added: 624, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Rounds` (r:31 w:1)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(910), added: 3385, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Jobs` (r:1 w:1)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(9337), added: 11812, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Authorities` (r:1 w:0)
    // Proof: `Consortium::Authorities` (`max_values`: Some(1), `max_size`: Some(2177), added: 2672, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:32 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:32 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Attestation::ActiveJobs` (r:1 w:1)
    // Proof: `Attestation::ActiveJobs` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    fn start_assessment() -> Weight {
        // Shortest run: 776_368 ns.
        Weight::from_parts(865_074_000, 105_925)
            .saturating_add(T::DbWeight::get().reads(102))
            .saturating_add(T::DbWeight::get().writes(3))
    }

    // Storage: `Rounds::Rounds` (r:1 w:1)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(910), added: 3385, mode: `MaxEncodedLen`)
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
    // Storage: `Rounds::OpenRound` (r:0 w:1)
    // Proof: `Rounds::OpenRound` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    fn assessment_agreed() -> Weight {
        // Shortest run: 97_031 ns.
        Weight::from_parts(111_778_000, 4_879)
            .saturating_add(T::DbWeight::get().reads(7))
            .saturating_add(T::DbWeight::get().writes(5))
    }

    // Storage: `Rounds::Rounds` (r:1 w:1)
    // Proof: `Rounds::Rounds` (`max_values`: None, `max_size`: Some(910), added: 3385, mode: `MaxEncodedLen`)
    // Storage: `Attestation::Jobs` (r:2 w:0)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(9337), added: 11812, mode: `MaxEncodedLen`)
    // Storage: `Reputation::Validators` (r:32 w:0)
    // Proof: `Reputation::Validators` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Escrows` (r:2 w:2)
    // Proof: `Incentives::Escrows` (`max_values`: None, `max_size`: Some(42), added: 2517, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Earnings` (r:32 w:32)
    // Proof: `Incentives::Earnings` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    // Storage: `Rounds::SealedOrders` (r:1 w:1)
    // Proof: `Rounds::SealedOrders` (`max_values`: None, `max_size`: Some(45070), added: 47545, mode: `MaxEncodedLen`)
    // Storage: `Models::Models` (r:1 w:0)
    // Proof: `Models::Models` (`max_values`: None, `max_size`: Some(1414), added: 3889, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Funds` (r:1 w:1)
    // Proof: `Incentives::Funds` (`max_values`: None, `max_size`: Some(33), added: 2508, mode: `MaxEncodedLen`)
    // Storage: `Rounds::ActiveRounds` (r:1 w:1)
    // Proof: `Rounds::ActiveRounds` (`max_values`: Some(1), `max_size`: Some(129), added: 624, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Usages` (r:1 w:1)
    // Proof: `Rounds::Usages` (`max_values`: None, `max_size`: Some(313), added: 2788, mode: `MaxEncodedLen`)
    // Storage: `Rounds::LostBlocks` (r:1 w:0)
    // Proof: `Rounds::LostBlocks` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Rounds::Agenda` (r:0 w:1)
    // Proof: `Rounds::Agenda` (`max_values`: None, `max_size`: Some(8), added: 2483, mode: `MaxEncodedLen`)
    // Storage: `Rounds::RoundScores` (r:0 w:1)
    // Proof: `Rounds::RoundScores` (`max_values`: None, `max_size`: Some(24604), added: 27079, mode: `MaxEncodedLen`)
    // Storage: `Rounds::AwaitedPages` (r:0 w:1)
    // Proof: `Rounds::AwaitedPages` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    fn assessment_closed() -> Weight {
        // Shortest run: 615_038 ns.
        Weight::from_parts(1_048_315_000, 82_238)
            .saturating_add(T::DbWeight::get().reads(76))
            .saturating_add(T::DbWeight::get().writes(42))
    }

    // Storage: `Attestation::Jobs` (r:2 w:0)
    // Proof: `Attestation::Jobs` (`max_values`: None, `max_size`: Some(9337), added: 11812, mode: `MaxEncodedLen`)
    fn assessment_root() -> Weight {
        // Shortest run: 240_609 ns.
        Weight::from_parts(282_447_000, 24_614).saturating_add(T::DbWeight::get().reads(2))
    }

    // Storage: `Incentives::Escrows` (r:1 w:1)
    // Proof: `Incentives::Escrows` (`max_values`: None, `max_size`: Some(42), added: 2517, mode: `MaxEncodedLen`)
    // Storage: `Incentives::Earnings` (r:64 w:64)
    // Proof: `Incentives::Earnings` (`max_values`: None, `max_size`: Some(64), added: 2539, mode: `MaxEncodedLen`)
    fn bonus(u: u32) -> Weight {
        // Shortest run: 28_723 ns.
        Weight::from_parts(24_241_517, 3_507)
            // ± 611_348
            .saturating_add(Weight::from_parts(14_386_620, 0).saturating_mul(u.into()))
            .saturating_add(Weight::from_parts(0, 2_539).saturating_mul(u.into()))
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().reads(u64::from(u).saturating_mul(1)))
            .saturating_add(T::DbWeight::get().writes(1))
            .saturating_add(T::DbWeight::get().writes(u64::from(u).saturating_mul(1)))
    }
}
