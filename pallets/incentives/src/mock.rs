//! A runtime with real balances and a registry of three models.

use crate as pallet_incentives;
use frame_support::{
    assert_ok, derive_impl, parameter_types,
    traits::fungible::{Inspect, InspectHold, Mutate},
    PalletId,
};
use quorate_primitives::{
    traits::{GenesisBlob, Models, RoundBase},
    version::{RoundOrigin, Settlement},
    AccountId, Balance, BlockNumber, Hash, ModelId, VersionIndex,
};
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchError};

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

/// Model `n` belongs to account `n`; there are [`MODELS`]. Only owners are asked for here.
pub struct Registry;

impl Models for Registry {
    fn owner(model: ModelId) -> Option<AccountId> {
        (model < MODELS).then(|| account(model as u8))
    }

    fn round_base(_: ModelId) -> Option<RoundBase> {
        None
    }

    fn genesis_blob(_: ModelId) -> Option<GenesisBlob> {
        None
    }

    fn awaiting_genesis() -> Vec<ModelId> {
        Vec::new()
    }

    fn genesis_decided(_: ModelId, _: bool) {}

    fn record(_: ModelId, _: RoundOrigin, _: Hash, _: BlockNumber) -> Result<VersionIndex, DispatchError> {
        Err(DispatchError::Unavailable)
    }

    fn settled(_: ModelId, _: VersionIndex, _: Settlement) {}
}

impl crate::Config for Test {
    type Currency = Balances;
    type PalletId = Pot;
    type Treasury = Treasury;
    type Owners = Registry;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

pub const ED: Balance = 10;
pub const RICH: Balance = 10_000;
pub const MODELS: ModelId = 3;
/// Accounts 0..8 are rich: 0, 1 and 2 own models, 4 and 5 speak for organisations.
pub const RICH_ACCOUNTS: u8 = 8;
pub const ORGANISATION: u8 = 4;
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

pub fn held(number: u8) -> Balance {
    Balances::total_balance_on_hold(&account(number))
}

/// Put tokens aside for a round of model 0.
pub fn escrow(round: u32, amount: Balance) {
    use quorate_primitives::traits::Escrow;
    assert_ok!(Incentives::fund(signed(0), 0, amount));
    assert_ok!(Incentives::lock(0, round, amount));
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
        System::set_block_number(1);
        test();
        assert_ok!(Incentives::do_try_state());
        assert_eq!(Incentives::surplus(), Some(0));
    });
}
