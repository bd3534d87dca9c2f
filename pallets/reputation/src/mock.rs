//! A runtime whose rank sink remembers what it was told.

use crate as pallet_reputation;
use crate::types::{Parameters, RankThresholds};
use frame_support::{assert_ok, derive_impl, parameter_types, traits::ConstU32};
use frame_system::EnsureRoot;
use quorate_primitives::{
    traits::{RankSink, Reputation as _, RoundResult},
    AccountId, OrganisationId, Ppm,
};
use sp_runtime::{traits::IdentityLookup, BuildStorage};

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    pub struct Test;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Reputation = pallet_reputation;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlock<Test>;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
}

parameter_types! {
    pub const Defaults: Parameters = Parameters::DEFAULT;
    pub Thresholds: RankThresholds = RankThresholds::truncate_from(vec![550_000, 700_000]);
    /// What the sink was told, in order.
    pub static Ranks: Vec<(AccountId, u16)> = Vec::new();
}

pub struct Collective;

impl RankSink for Collective {
    fn set_rank(who: &AccountId, rank: u16) {
        Ranks::mutate(|ranks| ranks.push((who.clone(), rank)));
    }
}

impl crate::Config for Test {
    type AdminOrigin = EnsureRoot<AccountId>;
    type RankSink = Collective;
    type DefaultParameters = Defaults;
    type RankThresholds = Thresholds;
    type MaxRankedPerOrganisation = ConstU32<2>;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

pub fn account(number: u8) -> AccountId {
    AccountId::new([number; 32])
}

/// One settled round of three organisations.
pub fn score(number: u8, organisation: OrganisationId, score: Ppm, median: Ppm) {
    Reputation::scored(
        &account(number),
        organisation,
        RoundResult {
            score,
            median,
            organisations: 3,
        },
    );
}

pub fn reputation(number: u8) -> Ppm {
    Reputation::contributor(&account(number))
}

pub fn ranks() -> Vec<(AccountId, u16)> {
    Ranks::take()
}

pub fn run(test: impl FnOnce()) {
    let storage = RuntimeGenesisConfig::default().build_storage().unwrap();
    sp_io::TestExternalities::new(storage).execute_with(|| {
        Ranks::take();
        System::set_block_number(1);
        test();
        assert_ok!(Reputation::do_try_state());
    });
}
