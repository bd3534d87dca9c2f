//! A runtime whose rank sink remembers its calls.

use crate as pallet_reputation;
use crate::types::{Parameters, RankThresholds};
use frame_support::{assert_ok, derive_impl, parameter_types, traits::ConstU32};
use frame_system::EnsureRoot;
use quorate_primitives::{
    committee::Committee,
    job::Verdict,
    traits::{Consortium, RankSink, Reputation as _, RoundResult, VerdictSink as _},
    AccountId, OrganisationId, Ppm,
};
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchError, DispatchResult};

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
    /// Ranks that the sink has given, in order.
    pub static Ranks: Vec<(AccountId, u16)> = Vec::new();
    /// Whether the sink refuses every rank.
    pub static Refuse: bool = false;
    /// Accounts that have left the consortium; all others belong to it.
    pub static Left: Vec<AccountId> = Vec::new();
}

pub const REFUSAL: DispatchError = DispatchError::Exhausted;

pub struct Collective;

impl RankSink for Collective {
    fn set_rank(who: &AccountId, rank: u16) -> DispatchResult {
        // A trace in the storage, which a refusal must not leave behind.
        frame_support::storage::unhashed::put(b"sink", &(who, rank));
        if Refuse::get() {
            return Err(REFUSAL);
        }
        Ranks::mutate(|ranks| ranks.push((who.clone(), rank)));
        Ok(())
    }
}

pub struct Everybody;

impl Consortium for Everybody {
    fn contributor(who: &AccountId) -> Option<OrganisationId> {
        (!Left::get().contains(who)).then_some(0)
    }
    fn organisation_of(_: &AccountId) -> Option<OrganisationId> {
        None
    }
    fn organisation_account(_: OrganisationId) -> Option<AccountId> {
        None
    }
    fn in_good_standing(_: OrganisationId) -> bool {
        true
    }
    fn admitted() -> u32 {
        3
    }
    fn committee() -> Committee {
        Committee::default()
    }
    fn is_active(validator: &AccountId) -> bool {
        !Left::get().contains(validator)
    }
}

impl crate::Config for Test {
    type AdminOrigin = EnsureRoot<AccountId>;
    type Consortium = Everybody;
    type RankSink = Collective;
    type DefaultParameters = Defaults;
    type RankThresholds = Thresholds;
    type MaxRankedPerOrganisation = ConstU32<2>;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = ();
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

pub fn judge(number: u8, verdict: Verdict) {
    Reputation::judged(&account(number), verdict);
}

/// Let a contributor have the best score `times` times.
pub fn excel(number: u8, organisation: OrganisationId, times: usize) {
    (0..times).for_each(|_| score(number, organisation, 900_000, 300_000));
}

/// The account leaves the consortium.
pub fn leave(number: u8) {
    Left::mutate(|left| left.push(account(number)));
}

pub fn ranks() -> Vec<(AccountId, u16)> {
    Ranks::take()
}

pub fn run(test: impl FnOnce()) {
    let storage = RuntimeGenesisConfig::default().build_storage().unwrap();
    sp_io::TestExternalities::new(storage).execute_with(|| {
        Ranks::take();
        Left::take();
        Refuse::set(false);
        System::set_block_number(1);
        test();
        assert_ok!(Reputation::do_try_state());
    });
}
