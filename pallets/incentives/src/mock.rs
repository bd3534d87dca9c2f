//! A runtime with real balances, organisations whose accounts can be replaced, and three models.

use crate as pallet_incentives;
use frame_support::{
    assert_ok, derive_impl, parameter_types,
    traits::fungible::{Inspect, Mutate},
    PalletId,
};
use quorate_primitives::{
    committee::Committee,
    purpose::Purpose,
    traits::{Consortium, FundOwners},
    AccountId, Balance, ModelId, OrganisationId,
};
use sp_runtime::{traits::IdentityLookup, BuildStorage};
use std::collections::BTreeMap;

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
    pub type Balances = pallet_balances;
    #[runtime::pallet_index(2)]
    pub type Incentives = pallet_incentives;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlock<Test>;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type AccountData = pallet_balances::AccountData<Balance>;
}

parameter_types! {
    pub const ExistentialDeposit: Balance = ED;
    pub const Pot: PalletId = PalletId(*b"qrt/pot_");
    pub Treasury: AccountId = account(TREASURY);
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type Balance = Balance;
    type ExistentialDeposit = ExistentialDeposit;
    type AccountStore = System;
}

parameter_types! {
    /// Account of each organisation: at first organisation `n` has account `n`.
    pub static Accounts: BTreeMap<OrganisationId, u8> = BTreeMap::new();
    /// Organisations that are not in good standing.
    pub static Suspended: Vec<OrganisationId> = Vec::new();
}

pub struct Members;

impl Consortium for Members {
    fn contributor(_: &AccountId) -> Option<OrganisationId> {
        None
    }

    fn organisation_of(who: &AccountId) -> Option<OrganisationId> {
        let accounts = Accounts::get();
        let (id, _) = accounts.iter().find(|(_, number)| account(**number) == *who)?;
        Self::in_good_standing(*id).then_some(*id)
    }

    fn organisation_account(id: OrganisationId) -> Option<AccountId> {
        Accounts::get().get(&id).map(|number| account(*number))
    }

    fn in_good_standing(id: OrganisationId) -> bool {
        Accounts::get().contains_key(&id) && !Suspended::get().contains(&id)
    }

    fn admitted() -> u32 {
        Accounts::get().len() as u32
    }

    fn committee() -> Committee {
        Committee::default()
    }

    fn is_active(_: &AccountId) -> bool {
        true
    }
}

/// Model `n` belongs to organisation `n`; there are [`MODELS`].
pub struct Registry;

impl FundOwners for Registry {
    fn owner(purpose: Purpose) -> Option<OrganisationId> {
        match purpose {
            Purpose::Model(model) if model < MODELS => Some(model),
            _ => None,
        }
    }
}

impl crate::Config for Test {
    type Currency = Balances;
    type PalletId = Pot;
    type Treasury = Treasury;
    type Consortium = Members;
    type Owners = Registry;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = ();
}

pub const ED: Balance = 10;
pub const RICH: Balance = 10_000;
pub const MODELS: ModelId = 3;
/// Accounts 0..8 are rich. Organisation `n` of 0..6 has account `n`; 0, 1 and 2 own models.
pub const RICH_ACCOUNTS: u8 = 8;
pub const ORGANISATIONS: OrganisationId = 6;
/// An organisation that owns no model.
pub const ORGANISATION: u8 = 4;
/// An account of no organisation.
pub const OUTSIDER: u8 = 7;
/// A contributor that holds nothing.
pub const POOR: u8 = 50;
pub const TREASURY: u8 = 99;

pub fn account(number: u8) -> AccountId {
    AccountId::new([number; 32])
}

pub fn signed(number: u8) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(number))
}

pub fn free(number: u8) -> Balance {
    Balances::balance(&account(number))
}

pub fn model(number: ModelId) -> Purpose {
    Purpose::Model(number)
}

pub fn round(number: u32) -> Purpose {
    Purpose::Round(number)
}

/// Put tokens aside for a round of model 0.
pub fn escrow(number: u32, amount: Balance) {
    use quorate_primitives::traits::Escrow;
    assert_ok!(Incentives::fund(signed(0), model(0), amount));
    assert_ok!(Incentives::lock(model(0), round(number), amount));
}

/// Let another account speak for an organisation.
pub fn set_account(organisation: OrganisationId, number: u8) {
    let mut accounts = Accounts::get();
    accounts.insert(organisation, number);
    Accounts::set(accounts);
}

/// Remove an organisation for good.
pub fn remove(organisation: OrganisationId) {
    let mut accounts = Accounts::get();
    accounts.remove(&organisation);
    Accounts::set(accounts);
}

/// Let the treasury's account exist.
pub fn endow_treasury() {
    Balances::set_balance(&account(TREASURY), ED);
}

/// Run a test; after it the state is sound and the pot holds nothing that is on no ledger.
pub fn run(test: impl FnOnce()) {
    Accounts::set((0..ORGANISATIONS).map(|id| (id, id as u8)).collect());
    Suspended::set(Vec::new());
    let balances = pallet_balances::GenesisConfig {
        balances: (0..RICH_ACCOUNTS).map(|number| (account(number), RICH)).collect(),
        dev_accounts: None,
    };
    let genesis = RuntimeGenesisConfig {
        balances,
        ..Default::default()
    };
    sp_io::TestExternalities::new(genesis.build_storage().unwrap()).execute_with(|| {
        System::set_block_number(1);
        test();
        assert_ok!(Incentives::do_try_state());
        assert_eq!(Incentives::surplus(), Some(0));
    });
}
