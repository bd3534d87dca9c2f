//! Weights, measured by `scripts/weights.sh` with frame-omni-bencher 0.28.0. To change them, change
//! `benchmarking.rs` and measure again.
//!
//! benchmarking.rs: 311957635a69e8a48285e2c2274e425c9b999aced8b3219594dbb665cce3cb8d
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
        // Shortest run: 2_317_308 ns.
        Weight::from_parts(2_361_889_827, 174_540)
            // ± 93_002
            .saturating_add(Weight::from_parts(4_701_435, 0).saturating_mul(m.into()))
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
        // Shortest run: 11_197 ns.
        Weight::from_parts(11_928_000, 3_755)
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
        // Shortest run: 450_802 ns.
        Weight::from_parts(468_753_330, 174_540)
            // ± 27_231
            .saturating_add(Weight::from_parts(3_457_103, 0).saturating_mul(m.into()))
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
        // Shortest run: 210_804 ns.
        Weight::from_parts(209_659_904, 174_540)
            // ± 18_811
            .saturating_add(Weight::from_parts(3_295_747, 0).saturating_mul(m.into()))
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
        // Shortest run: 118_617 ns.
        Weight::from_parts(124_035_000, 6_330)
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
        // Shortest run: 47_191 ns.
        Weight::from_parts(50_055_000, 3_660)
            .saturating_add(T::DbWeight::get().reads(9))
            .saturating_add(T::DbWeight::get().writes(6))
    }

    // Storage: `Consortium::Consents` (r:1 w:1)
    // Proof: `Consortium::Consents` (`max_values`: None, `max_size`: Some(56), added: 2531, mode: `MaxEncodedLen`)
    // Storage: `Consortium::ConsentCount` (r:1 w:1)
    // Proof: `Consortium::ConsentCount` (`max_values`: None, `max_size`: Some(16), added: 2491, mode: `MaxEncodedLen`)
    fn forget_consent() -> Weight {
        // Shortest run: 11_166 ns.
        Weight::from_parts(11_757_000, 3_521)
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
        // Shortest run: 342_541 ns.
        Weight::from_parts(352_697_000, 92_235)
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
        // Shortest run: 23_034 ns.
        Weight::from_parts(24_737_000, 6_044)
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(1))
    }

    // Storage: `Consortium::OrganisationByAccount` (r:1 w:0)
    // Proof: `Consortium::OrganisationByAccount` (`max_values`: None, `max_size`: Some(52), added: 2527, mode: `MaxEncodedLen`)
    // Storage: `Consortium::Organisations` (r:1 w:1)
    // Proof: `Consortium::Organisations` (`max_values`: None, `max_size`: Some(195), added: 2670, mode: `MaxEncodedLen`)
    fn set_recovery_account() -> Weight {
        // Shortest run: 18_798 ns.
        Weight::from_parts(20_440_000, 3_660)
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
        // Shortest run: 22_624 ns.
        Weight::from_parts(24_206_000, 3_660)
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
        // Shortest run: 380_768 ns.
        Weight::from_parts(360_056_881, 174_540)
            // ± 32_823
            .saturating_add(Weight::from_parts(3_654_294, 0).saturating_mul(m.into()))
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
        // Shortest run: 5_458 ns.
        Weight::from_parts(5_839_000, 4_006).saturating_add(T::DbWeight::get().reads(2))
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
        // Shortest run: 323_142 ns.
        Weight::from_parts(383_051_448, 174_540)
            // ± 22_669
            .saturating_add(Weight::from_parts(2_979_253, 0).saturating_mul(m.into()))
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
        // Shortest run: 2_167_545 ns.
        Weight::from_parts(2_144_585_442, 174_540)
            // ± 42_604
            .saturating_add(Weight::from_parts(4_199_302, 0).saturating_mul(m.into()))
            .saturating_add(Weight::from_parts(0, 2_317).saturating_mul(m.into()))
            .saturating_add(T::DbWeight::get().reads(359))
            .saturating_add(T::DbWeight::get().reads(u64::from(m).saturating_mul(1)))
            .saturating_add(T::DbWeight::get().writes(327))
            .saturating_add(T::DbWeight::get().writes(u64::from(m).saturating_mul(1)))
    }
}
