//! A runtime with real balances, organisations whose accounts can be replaced, and three models.

use crate as pallet_incentives;
use frame_support::{
    assert_ok, derive_impl, parameter_types,
    traits::fungible::{Inspect, Mutate},
    PalletId,
};
pub use quorate_mocks::{
    account,
    consortium::{admit, remove, Organisations, Suspended},
};
use quorate_mocks::{owners::Owners, MockConsortium, MockOwners};
use quorate_primitives::{purpose::Purpose, AccountId, Balance, ModelId, OrganisationId};
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

impl crate::Config for Test {
    type Currency = Balances;
    type PalletId = Pot;
    type Treasury = Treasury;
    type Consortium = MockConsortium;
    type Owners = MockOwners;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

pub const ED: Balance = 10;
pub const RICH: Balance = 10_000;
/// Model `n` belongs to organisation `n`.
pub const MODELS: ModelId = 3;
/// Accounts 0..8 are rich. Organisation `n` of 0..6 has account `n`; 0, 1 and 2 own models.
pub const RICH_ACCOUNTS: u32 = 8;
pub const ORGANISATIONS: OrganisationId = 6;
/// An organisation that owns no model.
pub const ORGANISATION: u32 = 4;
/// An account of no organisation.
pub const OUTSIDER: u32 = 7;
/// A contributor that holds nothing.
pub const POOR: u32 = 50;
pub const TREASURY: u32 = 99;

pub fn signed(number: u32) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(number))
}

pub fn free(number: u32) -> Balance {
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

/// Let the treasury's account exist.
pub fn endow_treasury() {
    Balances::set_balance(&account(TREASURY), ED);
}

/// Run a test; after it the state is sound and the pot holds nothing that is on no ledger.
pub fn run(test: impl FnOnce()) {
    let balances = pallet_balances::GenesisConfig {
        balances: (0..RICH_ACCOUNTS).map(|number| (account(number), RICH)).collect(),
        dev_accounts: None,
    };
    let genesis = RuntimeGenesisConfig {
        balances,
        ..Default::default()
    };
    sp_io::TestExternalities::new(genesis.build_storage().unwrap()).execute_with(|| {
        (0..ORGANISATIONS).for_each(|id| admit(id, id));
        Owners::set((0..MODELS).map(|id| (model(id), id)).collect());
        System::set_block_number(1);
        test();
        assert_ok!(Incentives::do_try_state());
        assert_eq!(Incentives::surplus(), Some(0));
    });
}
