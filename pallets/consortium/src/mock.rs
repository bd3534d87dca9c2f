//! A runtime with a real session pallet, two-block sessions, and a membership that remembers what it was told.

use crate as pallet_consortium;
use crate::{
    types::{GatewayUrl, GenesisOrganisation, GenesisValidator, Name, PeerId},
    SessionKeys, ValidatorIdOf,
};
use codec::Encode;
use frame_support::{
    assert_ok, derive_impl, parameter_types,
    traits::{ConstU128, ConstU32, ConstU64, Hooks},
};
use frame_system::EnsureRoot;
use quorate_primitives::{
    crypto::{AttestationId, AttestationPair},
    traits::MembershipSink,
    AccountId, OrganisationId,
};
use sp_core::{proof_of_possession::statement_of_ownership, Pair};
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchResult};

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
    pub type Consortium = pallet_consortium;
    #[runtime::pallet_index(3)]
    pub type Session = pallet_session;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlock<Test>;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type AccountData = pallet_balances::AccountData<u128>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type Balance = u128;
    type ExistentialDeposit = ConstU128<10>;
    type AccountStore = System;
}

sp_runtime::impl_opaque_keys! {
    pub struct Keys {
        pub aiwk: Consortium,
    }
}

impl pallet_session::Config for Test {
    type RuntimeEvent = RuntimeEvent;
    type ValidatorId = AccountId;
    type ValidatorIdOf = ValidatorIdOf<Test>;
    type ShouldEndSession = pallet_session::PeriodicSessions<ConstU64<SESSION>, ConstU64<0>>;
    type NextSessionRotation = pallet_session::PeriodicSessions<ConstU64<SESSION>, ConstU64<0>>;
    type SessionManager = Consortium;
    type SessionHandler = (Consortium,);
    type Keys = Keys;
    type DisablingStrategy = ();
    type WeightInfo = ();
    type Currency = Balances;
    type KeyDeposit = ConstU128<0>;
}

parameter_types! {
    /// What the sink was told last.
    pub static Members: Vec<AccountId> = Vec::new();
}

pub struct Council;

impl MembershipSink for Council {
    fn set_members(members: Vec<AccountId>) {
        Members::set(members);
    }
}

impl crate::Config for Test {
    type AdminOrigin = EnsureRoot<AccountId>;
    type MembershipSink = Council;
    type Keys = SessionKeys<Test>;
    type MaxContributors = ConstU32<2>;
    type FreeCalls = ConstU32<3>;
    type FreeCallPeriod = ConstU32<10>;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

/// Blocks of a session.
pub const SESSION: u64 = 2;

/// Organisations 0 and 1 speak through these accounts.
pub const ORGANISATION_0: u8 = 100;
pub const ORGANISATION_1: u8 = 101;
/// Sponsored by organisation 0 at genesis.
pub const CONTRIBUTOR: u8 = 50;
/// Neither member nor sponsored, but rich.
pub const OUTSIDER: u8 = 200;

pub fn account(number: u8) -> AccountId {
    AccountId::new([number; 32])
}

pub fn signed(number: u8) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(number))
}

pub fn root() -> RuntimeOrigin {
    RuntimeOrigin::root()
}

pub fn name(text: &str) -> Name {
    text.as_bytes().to_vec().try_into().unwrap()
}

/// A peer id for the validator `number`.
pub fn peer_id(number: u8) -> PeerId {
    format!("12D3KooWPeer{}", number.to_string().replace('0', "z"))
        .into_bytes()
        .try_into()
        .unwrap()
}

pub fn gateway() -> GatewayUrl {
    b"https://gateway.example:8443".to_vec().try_into().unwrap()
}

pub fn pair(number: u8) -> AttestationPair {
    AttestationPair::from_seed(&[number; 32])
}

pub fn key(number: u8) -> AttestationId {
    pair(number).public()
}

/// Register session keys as a node's operator would.
pub fn set_keys(number: u8) -> DispatchResult {
    let proof = pair(number)
        .sign(&statement_of_ownership(&account(number).encode()))
        .encode();
    Session::set_keys(signed(number), Keys { aiwk: key(number) }, proof)
}

pub fn register(number: u8, organisation: OrganisationId) -> DispatchResult {
    Consortium::register_validator(root(), account(number), organisation, peer_id(number), gateway(), None)
}

/// Run until `sessions` more rotations have happened.
pub fn rotate(sessions: u64) {
    for _ in 0..sessions * SESSION {
        let next = System::block_number() + 1;
        System::set_block_number(next);
        Session::on_initialize(next);
    }
}

/// Accounts of the current session's validators.
pub fn committee() -> Vec<AccountId> {
    use quorate_primitives::traits::Consortium as _;
    Consortium::committee()
        .into_iter()
        .map(|member| member.validator)
        .collect()
}

/// Accounts by number.
pub fn accounts(numbers: &[u8]) -> Vec<AccountId> {
    numbers.iter().copied().map(account).collect()
}

/// Validators 1 and 2 of organisation 0 and 3 of organisation 1, all with keys; [`CONTRIBUTOR`] of organisation 0.
pub fn genesis() -> RuntimeGenesisConfig {
    let organisation = |number, contributors: &[u8]| GenesisOrganisation {
        name: format!("Organisation {number}"),
        account: account(number),
        contributors: accounts(contributors),
    };
    let validator = |number, organisation| GenesisValidator {
        account: account(number),
        organisation,
        peer_id: String::from_utf8(peer_id(number).into_inner()).unwrap(),
        gateway: "http://127.0.0.1:9000".into(),
    };
    let rich = [1, 2, 3, 4, ORGANISATION_0, ORGANISATION_1, OUTSIDER];
    RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig {
            balances: rich.map(|number| (account(number), 1_000_000)).to_vec(),
            dev_accounts: None,
        },
        consortium: pallet_consortium::GenesisConfig {
            organisations: vec![
                organisation(ORGANISATION_0, &[CONTRIBUTOR]),
                organisation(ORGANISATION_1, &[]),
            ],
            validators: vec![validator(1, 0), validator(2, 0), validator(3, 1)],
            ..Default::default()
        },
        session: pallet_session::GenesisConfig {
            keys: [1, 2, 3]
                .map(|number| (account(number), account(number), Keys { aiwk: key(number) }))
                .to_vec(),
            ..Default::default()
        },
        ..Default::default()
    }
}

/// Run a test on [`genesis`] and check the state after it.
pub fn run(test: impl FnOnce()) {
    run_with(genesis(), test);
}

pub fn run_with(genesis: RuntimeGenesisConfig, test: impl FnOnce()) {
    let mut externalities = sp_io::TestExternalities::new(genesis.build_storage().unwrap());
    externalities.execute_with(|| {
        System::set_block_number(1);
        test();
        assert_ok!(Consortium::do_try_state());
    });
}
