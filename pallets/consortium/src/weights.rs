//! Weights, measured by `scripts/weights.sh` with frame-omni-bencher 0.28.0. To change them, change
//! `benchmarking.rs` and measure again.
//!
//! benchmarking.rs: 2713dbd1aa4cc04d3a455cbe0c1438ee0179109d78ab61919c1e897206aa3bd1
//!
//! AMD EPYC, 2026-11-28, 20 steps, 10 repeats, Compiled Wasm.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each call, hook and check of `pallet_consortium` weighs, without what other pallets add.
pub trait WeightInfo {
    /// `m` was measured in `0..=384`.
    fn propose_change(m: u32) -> Weight;
    fn cancel_change() -> Weight;
    /// `m` was measured in `0..=384`.
    fn suspend(m: u32) -> Weight;
    /// `m` was measured in `0..=384`.
    fn reinstate(m: u32) -> Weight;
    fn sponsor() -> Weight;
    fn unsponsor() -> Weight;
    fn forget_consent() -> Weight;
    fn update_endpoint() -> Weight;
    fn rotate_account() -> Weight;
    fn set_recovery_account() -> Weight;
    fn recover_account() -> Weight;
    /// `m` was measured in `0..=384`.
    fn accept_account(m: u32) -> Weight;
    fn on_initialize() -> Weight;
    /// `e` was measured in `1..=16`.
    /// `m` was measured in `0..=384`.
    fn end_suspensions(e: u32, m: u32) -> Weight;
    /// `m` was measured in `0..=384`.
    fn enact(m: u32) -> Weight;
}

/// Measured time, with the accesses of the database of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    // Storage: `Consortium::CounterForOrganisations` (r:1 w:0)
    // Proof: `Consortium::CounterForOrganisations` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Consortium::CounterForPendingChanges` (r:1 w:1)
    // Proof: `Consortium::CounterForPendingChanges` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Consortium::PendingChanges` (r:33 w:1)
    // Proof: `Consortium::PendingChanges` (`max_values`: None, `max_size`: Some(290), added: 2765, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:65 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:34 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Session::NextKeys` (r:32 w:0)
    // Proof: `Session::NextKeys` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Consortium::Planned` (r:1 w:0)
    // Proof: `Consortium::Planned` (`max_values`: Some(1), `max_size`: Some(1025), added: 1520, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Authorities` (r:1 w:0)
    // Proof: `Consortium::Authorities` (`max_values`: Some(1), `max_size`: Some(2177), added: 2672, mode: `MaxEncodedLen`)
    // Storage: `Consortium::CounterForValidators` (r:1 w:0)
    // Proof: `Consortium::CounterForValidators` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Consortium::OrganisationByAccount` (r:31 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Balances::Holds` (r:31 w:0)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(175), added: 2650, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:31 w:0)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Session::ExternallySetKeys` (r:31 w:0)
    // Proof: `Session::ExternallySetKeys` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Reputation::Validators` (r:31 w:0)
    // Proof: `Reputation::Validators` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Consortium::FreeUses` (r:29 w:0)
    // Proof: `Consortium::FreeUses` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    // Storage: `Consortium::TechnicalSeats` (r:1 w:0)
    // Proof: `Consortium::TechnicalSeats` (`max_values`: Some(1), `max_size`: Some(258), added: 753, mode: `MaxEncodedLen`)
    // Storage: `Membership::Members` (r:1 w:0)
    // Proof: `Membership::Members` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    // Storage: `Council::Proposals` (r:1 w:0)
    // Proof: `Council::Proposals` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `Council::Voting` (r:192 w:0)
    // Proof: `Council::Voting` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalMembership::Members` (r:1 w:0)
    // Proof: `TechnicalMembership::Members` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    // Storage: `TechnicalCommittee::Proposals` (r:1 w:0)
    // Proof: `TechnicalCommittee::Proposals` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalCommittee::Voting` (r:192 w:0)
    // Proof: `TechnicalCommittee::Voting` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Consortium::NextChange` (r:1 w:1)
    // Proof: `Consortium::NextChange` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Parameters::Parameters` (r:1 w:0)
    // Proof: `Parameters::Parameters` (`max_values`: None, `max_size`: Some(36), added: 2511, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Enactments` (r:31 w:1)
    // Proof: `Consortium::Enactments` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    fn propose_change(m: u32) -> Weight {
        // Shortest run: 2_347_503 ns.
        Weight::from_parts(2_337_202_295, 174_540)
            // ± 53_563
            .saturating_add(Weight::from_parts(4_225_285, 0).saturating_mul(m.into()))
            .saturating_add(Weight::from_parts(0, 2_317).saturating_mul(m.into()))
            .saturating_add(T::DbWeight::get().reads(391))
            .saturating_add(T::DbWeight::get().reads(u64::from(m).saturating_mul(1)))
            .saturating_add(T::DbWeight::get().writes(4))
    }

    // Storage: `Consortium::PendingChanges` (r:1 w:1)
    // Proof: `Consortium::PendingChanges` (`max_values`: None, `max_size`: Some(290), added: 2765, mode: `MaxEncodedLen`)
    // Storage: `Consortium::CounterForPendingChanges` (r:1 w:1)
    // Proof: `Consortium::CounterForPendingChanges` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Enactments` (r:0 w:1)
    // Proof: `Consortium::Enactments` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    fn cancel_change() -> Weight {
        // Shortest run: 11_177 ns.
        Weight::from_parts(11_908_000, 3_755)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(3))
    }

    // Storage: `Consortium::Organisations` (r:65 w:1)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:33 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Session::NextKeys` (r:32 w:0)
    // Proof: `Session::NextKeys` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Consortium::Endings` (r:1 w:1)
    // Proof: `Consortium::Endings` (`max_values`: None, `max_size`: Some(541), added: 3016, mode: `MaxEncodedLen`)
    // Storage: `Consortium::TechnicalSeats` (r:1 w:0)
    // Proof: `Consortium::TechnicalSeats` (`max_values`: Some(1), `max_size`: Some(258), added: 753, mode: `MaxEncodedLen`)
    // Storage: `Membership::Members` (r:1 w:1)
    // Proof: `Membership::Members` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    // Storage: `Council::Proposals` (r:1 w:0)
    // Proof: `Council::Proposals` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `Council::Voting` (r:192 w:192)
    // Proof: `Council::Voting` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalMembership::Members` (r:1 w:1)
    // Proof: `TechnicalMembership::Members` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    // Storage: `TechnicalCommittee::Proposals` (r:1 w:0)
    // Proof: `TechnicalCommittee::Proposals` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalCommittee::Voting` (r:192 w:192)
    // Proof: `TechnicalCommittee::Voting` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Council::Members` (r:0 w:1)
    // Proof: `Council::Members` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `Council::Prime` (r:0 w:1)
    // Proof: `Council::Prime` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalCommittee::Members` (r:0 w:1)
    // Proof: `TechnicalCommittee::Members` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalCommittee::Prime` (r:0 w:1)
    // Proof: `TechnicalCommittee::Prime` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    fn suspend(m: u32) -> Weight {
        // Shortest run: 459_346 ns.
        Weight::from_parts(478_327_293, 174_540)
            // ± 43_737
            .saturating_add(Weight::from_parts(3_574_738, 0).saturating_mul(m.into()))
            .saturating_add(Weight::from_parts(0, 2_317).saturating_mul(m.into()))
            .saturating_add(T::DbWeight::get().reads(136))
            .saturating_add(T::DbWeight::get().reads(u64::from(m).saturating_mul(1)))
            .saturating_add(T::DbWeight::get().writes(8))
            .saturating_add(T::DbWeight::get().writes(u64::from(m).saturating_mul(1)))
    }

    // Storage: `Consortium::Organisations` (r:65 w:1)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Endings` (r:1 w:1)
    // Proof: `Consortium::Endings` (`max_values`: None, `max_size`: Some(541), added: 3016, mode: `MaxEncodedLen`)
    // Storage: `Consortium::TechnicalSeats` (r:1 w:0)
    // Proof: `Consortium::TechnicalSeats` (`max_values`: Some(1), `max_size`: Some(258), added: 753, mode: `MaxEncodedLen`)
    // Storage: `Membership::Members` (r:1 w:1)
    // Proof: `Membership::Members` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    // Storage: `Council::Proposals` (r:1 w:0)
    // Proof: `Council::Proposals` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `Council::Voting` (r:192 w:192)
    // Proof: `Council::Voting` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalMembership::Members` (r:1 w:1)
    // Proof: `TechnicalMembership::Members` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    // Storage: `TechnicalCommittee::Proposals` (r:1 w:0)
    // Proof: `TechnicalCommittee::Proposals` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalCommittee::Voting` (r:192 w:192)
    // Proof: `TechnicalCommittee::Voting` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Council::Members` (r:0 w:1)
    // Proof: `Council::Members` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `Council::Prime` (r:0 w:1)
    // Proof: `Council::Prime` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalCommittee::Members` (r:0 w:1)
    // Proof: `TechnicalCommittee::Members` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalCommittee::Prime` (r:0 w:1)
    // Proof: `TechnicalCommittee::Prime` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    fn reinstate(m: u32) -> Weight {
        // Shortest run: 209_123 ns.
        Weight::from_parts(198_985_084, 174_540)
            // ± 19_479
            .saturating_add(Weight::from_parts(3_438_461, 0).saturating_mul(m.into()))
            .saturating_add(Weight::from_parts(0, 2_300).saturating_mul(m.into()))
            .saturating_add(T::DbWeight::get().reads(71))
            .saturating_add(T::DbWeight::get().reads(u64::from(m).saturating_mul(1)))
            .saturating_add(T::DbWeight::get().writes(8))
            .saturating_add(T::DbWeight::get().writes(u64::from(m).saturating_mul(1)))
    }

    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:2 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Contributors` (r:1 w:1)
    // Proof: `Consortium::Contributors` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Consortium::ContributorCount` (r:1 w:1)
    // Proof: `Consortium::ContributorCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Consents` (r:1 w:1)
    // Proof: `Consortium::Consents` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    // Storage: `Consortium::ConsentCount` (r:2 w:2)
    // Proof: `Consortium::ConsentCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `System::BlockHash` (r:1 w:0)
    // Proof: `System::BlockHash` (`max_values`: None, `max_size`: Some(44), added: 2519, mode: `MaxEncodedLen`)
    // Storage: `Consortium::FreeUses` (r:1 w:1)
    // Proof: `Consortium::FreeUses` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    // Storage: `Reputation::Contributors` (r:1 w:0)
    // Proof: `Reputation::Contributors` (`max_values`: None, `max_size`: Some(58), added: 2533, mode: `MaxEncodedLen`)
    fn sponsor() -> Weight {
        // Shortest run: 121_131 ns.
        Weight::from_parts(126_399_000, 6_330)
            .saturating_add(T::DbWeight::get().reads(11))
            .saturating_add(T::DbWeight::get().writes(6))
    }

    // Storage: `Consortium::Contributors` (r:1 w:1)
    // Proof: `Consortium::Contributors` (`max_values`: None, `max_size`: Some(60), added: 2535, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Consortium::FreeUses` (r:1 w:1)
    // Proof: `Consortium::FreeUses` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    // Storage: `Consortium::ContributorCount` (r:1 w:1)
    // Proof: `Consortium::ContributorCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:1 w:1)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Consents` (r:1 w:1)
    // Proof: `Consortium::Consents` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    // Storage: `Consortium::ConsentCount` (r:1 w:1)
    // Proof: `Consortium::ConsentCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Reputation::Contributors` (r:1 w:0)
    // Proof: `Reputation::Contributors` (`max_values`: None, `max_size`: Some(58), added: 2533, mode: `MaxEncodedLen`)
    fn unsponsor() -> Weight {
        // Shortest run: 47_141 ns.
        Weight::from_parts(53_430_000, 3_660)
            .saturating_add(T::DbWeight::get().reads(9))
            .saturating_add(T::DbWeight::get().writes(6))
    }

    // Storage: `Consortium::Consents` (r:1 w:1)
    // Proof: `Consortium::Consents` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    // Storage: `Consortium::ConsentCount` (r:1 w:1)
    // Proof: `Consortium::ConsentCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    fn forget_consent() -> Weight {
        // Shortest run: 11_136 ns.
        Weight::from_parts(11_958_000, 3_521)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(2))
    }

    // Storage: `Consortium::Validators` (r:33 w:1)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::FreeUses` (r:1 w:1)
    // Proof: `Consortium::FreeUses` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    // Storage: `Consortium::PendingChanges` (r:33 w:0)
    // Proof: `Consortium::PendingChanges` (`max_values`: None, `max_size`: Some(290), added: 2765, mode: `MaxEncodedLen`)
    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    fn update_endpoint() -> Weight {
        // Shortest run: 339_917 ns.
        Weight::from_parts(364_594_000, 92_235)
            .saturating_add(T::DbWeight::get().reads(68))
            .saturating_add(T::DbWeight::get().writes(2))
    }

    // Storage: `Consortium::OrganisationByAccount` (r:2 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:0)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Proposals` (r:1 w:1)
    // Proof: `Consortium::Proposals` (`max_values`: None, `max_size`: Some(49), added: 2524, mode: `MaxEncodedLen`)
    fn rotate_account() -> Weight {
        // Shortest run: 23_285 ns.
        Weight::from_parts(28_853_000, 6_044)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(1))
    }

    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:1)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    fn set_recovery_account() -> Weight {
        // Shortest run: 19_039 ns.
        Weight::from_parts(22_413_000, 3_660)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(1))
    }

    // Storage: `Consortium::Organisations` (r:1 w:1)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Proposals` (r:1 w:1)
    // Proof: `Consortium::Proposals` (`max_values`: None, `max_size`: Some(49), added: 2524, mode: `MaxEncodedLen`)
    fn recover_account() -> Weight {
        // Shortest run: 23_064 ns.
        Weight::from_parts(25_117_000, 3_660)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(2))
    }

    // Storage: `Consortium::Proposals` (r:1 w:1)
    // Proof: `Consortium::Proposals` (`max_values`: None, `max_size`: Some(49), added: 2524, mode: `MaxEncodedLen`)
    // Storage: `Consortium::OrganisationByAccount` (r:1 w:2)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Consortium::PendingChanges` (r:33 w:0)
    // Proof: `Consortium::PendingChanges` (`max_values`: None, `max_size`: Some(290), added: 2765, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:65 w:1)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:1 w:0)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Consortium::TechnicalSeats` (r:1 w:0)
    // Proof: `Consortium::TechnicalSeats` (`max_values`: Some(1), `max_size`: Some(258), added: 753, mode: `MaxEncodedLen`)
    // Storage: `Membership::Members` (r:1 w:1)
    // Proof: `Membership::Members` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    // Storage: `Council::Proposals` (r:1 w:0)
    // Proof: `Council::Proposals` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `Council::Voting` (r:192 w:192)
    // Proof: `Council::Voting` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalMembership::Members` (r:1 w:1)
    // Proof: `TechnicalMembership::Members` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    // Storage: `TechnicalCommittee::Proposals` (r:1 w:0)
    // Proof: `TechnicalCommittee::Proposals` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalCommittee::Voting` (r:192 w:192)
    // Proof: `TechnicalCommittee::Voting` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Consortium::FreeUses` (r:0 w:1)
    // Proof: `Consortium::FreeUses` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    // Storage: `Council::Members` (r:0 w:1)
    // Proof: `Council::Members` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `Council::Prime` (r:0 w:1)
    // Proof: `Council::Prime` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalCommittee::Members` (r:0 w:1)
    // Proof: `TechnicalCommittee::Members` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalCommittee::Prime` (r:0 w:1)
    // Proof: `TechnicalCommittee::Prime` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    fn accept_account(m: u32) -> Weight {
        // Shortest run: 382_921 ns.
        Weight::from_parts(382_549_237, 174_540)
            // ± 78_744
            .saturating_add(Weight::from_parts(4_070_601, 0).saturating_mul(m.into()))
            .saturating_add(Weight::from_parts(0, 2_317).saturating_mul(m.into()))
            .saturating_add(T::DbWeight::get().reads(106))
            .saturating_add(T::DbWeight::get().reads(u64::from(m).saturating_mul(1)))
            .saturating_add(T::DbWeight::get().writes(11))
            .saturating_add(T::DbWeight::get().writes(u64::from(m).saturating_mul(1)))
    }

    // Storage: `Consortium::Endings` (r:1 w:0)
    // Proof: `Consortium::Endings` (`max_values`: None, `max_size`: Some(541), added: 3016, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Enactments` (r:1 w:0)
    // Proof: `Consortium::Enactments` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    fn on_initialize() -> Weight {
        // Shortest run: 5_398 ns.
        Weight::from_parts(5_769_000, 4_006).saturating_add(T::DbWeight::get().reads(2))
    }

    // Storage: `Consortium::Endings` (r:1 w:1)
    // Proof: `Consortium::Endings` (`max_values`: None, `max_size`: Some(541), added: 3016, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:65 w:16)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Consortium::TechnicalSeats` (r:1 w:0)
    // Proof: `Consortium::TechnicalSeats` (`max_values`: Some(1), `max_size`: Some(258), added: 753, mode: `MaxEncodedLen`)
    // Storage: `Membership::Members` (r:1 w:1)
    // Proof: `Membership::Members` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    // Storage: `Council::Proposals` (r:1 w:0)
    // Proof: `Council::Proposals` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `Council::Voting` (r:192 w:192)
    // Proof: `Council::Voting` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalMembership::Members` (r:1 w:1)
    // Proof: `TechnicalMembership::Members` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    // Storage: `TechnicalCommittee::Proposals` (r:1 w:0)
    // Proof: `TechnicalCommittee::Proposals` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalCommittee::Voting` (r:192 w:192)
    // Proof: `TechnicalCommittee::Voting` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Consortium::Enactments` (r:33 w:2)
    // Proof: `Consortium::Enactments` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Consortium::PendingChanges` (r:1 w:1)
    // Proof: `Consortium::PendingChanges` (`max_values`: None, `max_size`: Some(290), added: 2765, mode: `MaxEncodedLen`)
    // Storage: `Council::Members` (r:0 w:1)
    // Proof: `Council::Members` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `Council::Prime` (r:0 w:1)
    // Proof: `Council::Prime` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalCommittee::Members` (r:0 w:1)
    // Proof: `TechnicalCommittee::Members` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalCommittee::Prime` (r:0 w:1)
    // Proof: `TechnicalCommittee::Prime` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    fn end_suspensions(e: u32, m: u32) -> Weight {
        // Shortest run: 322_932 ns.
        Weight::from_parts(434_642_063, 174_540)
            // ± 25_241
            .saturating_add(Weight::from_parts(2_924_909, 0).saturating_mul(m.into()))
            .saturating_add(Weight::from_parts(0, 2_051).saturating_mul(m.into()))
            .saturating_add(T::DbWeight::get().reads(105))
            .saturating_add(T::DbWeight::get().reads(u64::from(m).saturating_mul(1)))
            .saturating_add(T::DbWeight::get().writes(10))
            .saturating_add(T::DbWeight::get().writes(u64::from(e).saturating_mul(1)))
            .saturating_add(T::DbWeight::get().writes(u64::from(m).saturating_mul(1)))
    }

    // Storage: `Consortium::Enactments` (r:1 w:1)
    // Proof: `Consortium::Enactments` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Consortium::PendingChanges` (r:33 w:32)
    // Proof: `Consortium::PendingChanges` (`max_values`: None, `max_size`: Some(290), added: 2765, mode: `MaxEncodedLen`)
    // Storage: `Consortium::CounterForPendingChanges` (r:1 w:1)
    // Proof: `Consortium::CounterForPendingChanges` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Consortium::CounterForOrganisations` (r:1 w:1)
    // Proof: `Consortium::CounterForOrganisations` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:65 w:1)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Validators` (r:34 w:31)
    // Proof: `Consortium::Validators` (`max_values`: None, `max_size`: Some(289), added: 2764, mode: `MaxEncodedLen`)
    // Storage: `Session::NextKeys` (r:32 w:31)
    // Proof: `Session::NextKeys` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Consortium::Planned` (r:1 w:0)
    // Proof: `Consortium::Planned` (`max_values`: Some(1), `max_size`: Some(1025), added: 1520, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Authorities` (r:1 w:0)
    // Proof: `Consortium::Authorities` (`max_values`: Some(1), `max_size`: Some(2177), added: 2672, mode: `MaxEncodedLen`)
    // Storage: `Consortium::CounterForValidators` (r:1 w:1)
    // Proof: `Consortium::CounterForValidators` (`max_values`: Some(1), `max_size`: Some(4), added: 499, mode: `MaxEncodedLen`)
    // Storage: `Consortium::OrganisationByAccount` (r:31 w:1)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Balances::Holds` (r:31 w:31)
    // Proof: `Balances::Holds` (`max_values`: None, `max_size`: Some(175), added: 2650, mode: `MaxEncodedLen`)
    // Storage: `System::Account` (r:31 w:31)
    // Proof: `System::Account` (`max_values`: None, `max_size`: Some(128), added: 2603, mode: `MaxEncodedLen`)
    // Storage: `Session::ExternallySetKeys` (r:31 w:0)
    // Proof: `Session::ExternallySetKeys` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Reputation::Validators` (r:31 w:31)
    // Proof: `Reputation::Validators` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Consortium::FreeUses` (r:29 w:32)
    // Proof: `Consortium::FreeUses` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    // Storage: `Consortium::TechnicalSeats` (r:1 w:1)
    // Proof: `Consortium::TechnicalSeats` (`max_values`: Some(1), `max_size`: Some(258), added: 753, mode: `MaxEncodedLen`)
    // Storage: `Membership::Members` (r:1 w:1)
    // Proof: `Membership::Members` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    // Storage: `Council::Proposals` (r:1 w:0)
    // Proof: `Council::Proposals` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `Council::Voting` (r:192 w:192)
    // Proof: `Council::Voting` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalMembership::Members` (r:1 w:1)
    // Proof: `TechnicalMembership::Members` (`max_values`: Some(1), `max_size`: Some(2050), added: 2545, mode: `MaxEncodedLen`)
    // Storage: `TechnicalCommittee::Proposals` (r:1 w:0)
    // Proof: `TechnicalCommittee::Proposals` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalCommittee::Voting` (r:192 w:192)
    // Proof: `TechnicalCommittee::Voting` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `Consortium::Proposals` (r:0 w:1)
    // Proof: `Consortium::Proposals` (`max_values`: None, `max_size`: Some(49), added: 2524, mode: `MaxEncodedLen`)
    // Storage: `Consortium::ContributorCount` (r:0 w:1)
    // Proof: `Consortium::ContributorCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    // Storage: `Council::Members` (r:0 w:1)
    // Proof: `Council::Members` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `Council::Prime` (r:0 w:1)
    // Proof: `Council::Prime` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `Session::KeyOwner` (r:0 w:93)
    // Proof: `Session::KeyOwner` (`max_values`: None, `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalCommittee::Members` (r:0 w:1)
    // Proof: `TechnicalCommittee::Members` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    // Storage: `TechnicalCommittee::Prime` (r:0 w:1)
    // Proof: `TechnicalCommittee::Prime` (`max_values`: Some(1), `max_size`: None, mode: `Measured`)
    fn enact(m: u32) -> Weight {
        // Shortest run: 2_103_759 ns.
        Weight::from_parts(2_149_120_532, 174_540)
            // ± 136_025
            .saturating_add(Weight::from_parts(4_445_767, 0).saturating_mul(m.into()))
            .saturating_add(Weight::from_parts(0, 2_317).saturating_mul(m.into()))
            .saturating_add(T::DbWeight::get().reads(359))
            .saturating_add(T::DbWeight::get().reads(u64::from(m).saturating_mul(1)))
            .saturating_add(T::DbWeight::get().writes(327))
            .saturating_add(T::DbWeight::get().writes(u64::from(m).saturating_mul(1)))
    }
}
