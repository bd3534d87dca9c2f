//! A runtime with this pallet alone, in a consortium to which accounts 0 to 255 belong.

use crate as pallet_reputation;
use crate::types::{Parameters, RankThresholds};
use frame_support::{assert_ok, derive_impl, parameter_types, traits::ConstU32};
use frame_system::EnsureRoot;
pub use quorate_mocks::{
    account,
    ranks::{RefuseRanks, REFUSAL},
};
use quorate_mocks::{
    consortium::{self, Contributors, Inactive},
    ranks::Ranks,
    MockConsortium, MockRanks,
};
use quorate_primitives::{
    job::{Requester, Verdict},
    traits::{Reputation as _, RoundResult, VerdictSink as _},
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
}

impl crate::Config for Test {
    type AdminOrigin = EnsureRoot<AccountId>;
    type Consortium = MockConsortium;
    type RankSink = MockRanks;
    type DefaultParameters = Defaults;
    type RankThresholds = Thresholds;
    type MaxRankedPerOrganisation = ConstU32<2>;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

/// One settled round of three organisations.
pub fn score(number: u32, organisation: OrganisationId, score: Ppm, median: Ppm) {
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

pub fn reputation(number: u32) -> Ppm {
    Reputation::contributor(&account(number))
}

pub fn judge(number: u32, verdict: Verdict) {
    Reputation::judged(&account(number), Requester::Round(0), verdict);
}

pub fn judge_evaluation(number: u32, verdict: Verdict) {
    Reputation::judged(&account(number), Requester::Evaluation(0), verdict);
}

/// Let a contributor have the best score `times` times.
pub fn excel(number: u32, organisation: OrganisationId, times: usize) {
    (0..times).for_each(|_| score(number, organisation, 900_000, 300_000));
}

/// The account leaves the consortium.
pub fn leave(number: u32) {
    Contributors::remove(account(number));
    Inactive::mutate(|inactive| inactive.push(account(number)));
}

pub fn ranks() -> Vec<(AccountId, u16)> {
    Ranks::take()
}

pub fn run(test: impl FnOnce()) {
    let storage = RuntimeGenesisConfig::default().build_storage().unwrap();
    sp_io::TestExternalities::new(storage).execute_with(|| {
        consortium::admit(0, 1_000);
        (0..256).for_each(|number| Contributors::insert(account(number), 0));
        System::set_block_number(1);
        test();
        assert_ok!(Reputation::do_try_state());
    });
}
