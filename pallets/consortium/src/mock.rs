//! A runtime with a real session pallet, two-block sessions, memberships that remember what they were told, and a council of
//! which only the number of ayes is known.

use crate as pallet_consortium;
use crate::{
    types::{Change, Consent, Endpoint, GatewayUrl, GenesisOrganisation, GenesisValidator, Name, PeerId},
    Consents, OrganisationByAccount, SessionKeys, ValidatorIdOf,
};
use codec::Encode;
use frame_support::{
    assert_ok, derive_impl,
    traits::{ConstU128, ConstU32, ConstU64, EnsureOrigin, Hooks, OriginTrait},
};
pub use quorate_mocks::{
    departures::Departed,
    memberships::{Council, Technical},
};
use quorate_mocks::{MockDepartures, MockMemberships};
use quorate_primitives::{
    crypto::{AttestationId, AttestationPair},
    payload,
    traits::Consortium as _,
    AccountId, BlockNumber, OrganisationId,
};
use sp_core::{proof_of_possession::statement_of_ownership, sr25519, Pair};
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
    type WeightInfo = pallet_session::weights::SubstrateWeight<Test>;
    type Currency = Balances;
    type KeyDeposit = ConstU128<0>;
}

/// A motion that this many members of the council approved. Root stands for all.
pub fn council(ayes: u8) -> RuntimeOrigin {
    let mut account = COUNCIL;
    account[31] = ayes;
    RuntimeOrigin::signed(AccountId::new(account))
}

const COUNCIL: [u8; 32] = [0xc0; 32];

fn ayes(origin: &RuntimeOrigin) -> u32 {
    let Some(who) = origin.as_signer() else {
        return Consortium::admitted();
    };
    let bytes: &[u8; 32] = who.as_ref();
    if bytes[..31] == COUNCIL[..31] {
        u32::from(bytes[31])
    } else {
        0
    }
}

pub struct Majority;

impl EnsureOrigin<RuntimeOrigin> for Majority {
    type Success = ();

    fn try_origin(origin: RuntimeOrigin) -> Result<(), RuntimeOrigin> {
        if 2 * ayes(&origin) > Consortium::admitted() {
            Ok(())
        } else {
            Err(origin)
        }
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn try_successful_origin() -> Result<RuntimeOrigin, ()> {
        Ok(root())
    }
}

pub struct TwoThirds;

impl EnsureOrigin<RuntimeOrigin> for TwoThirds {
    type Success = u32;

    fn try_origin(origin: RuntimeOrigin) -> Result<u32, RuntimeOrigin> {
        let ayes = ayes(&origin);
        if 3 * ayes >= 2 * Consortium::admitted() {
            Ok(ayes)
        } else {
            Err(origin)
        }
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn try_successful_origin() -> Result<RuntimeOrigin, ()> {
        Ok(root())
    }
}

/// Blocks.
pub const DELAY: u32 = 4;
pub const FAST: u32 = 10;
pub const RECOVERY_DELAY: u32 = 20;
pub const MAX_CONSENT: u32 = 50;

impl crate::Config for Test {
    type AdminOrigin = Majority;
    type TwoThirdsOrigin = TwoThirds;
    type MembershipSink = MockMemberships;
    type Departures = MockDepartures;
    type Keys = SessionKeys<Test>;
    type MaxContributors = ConstU32<2>;
    type FreeCalls = ConstU32<3>;
    type FreeCallPeriod = ConstU32<10>;
    type ChangeDelay = ConstU32<DELAY>;
    type FastSuspension = ConstU32<FAST>;
    type RecoveryDelay = ConstU32<RECOVERY_DELAY>;
    type MaxConsent = ConstU32<MAX_CONSENT>;
    type MaxMotions = ConstU32<10>;
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

/// Key of an account.
pub fn signer(number: u8) -> sr25519::Pair {
    sr25519::Pair::from_seed(&[number; 32])
}

pub fn account(number: u8) -> AccountId {
    AccountId::new(signer(number).public().0)
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

pub fn endpoint(number: u8) -> Endpoint {
    Endpoint {
        peer_id: peer_id(number),
        gateway: gateway(),
        tls_key_hash: None,
    }
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

/// All organisations propose it.
pub fn propose(change: Change) -> DispatchResult {
    Consortium::propose_change(root(), change)
}

/// The change is proposed, and its block has come; no session has rotated.
pub fn enact(change: Change) -> DispatchResult {
    propose(change)?;
    wait(DELAY);
    Ok(())
}

pub fn admit(number: u8) -> Change {
    Change::Admit {
        name: name("Clinic"),
        account: account(number),
        recovery: None,
    }
}

pub fn remove(organisation: OrganisationId) -> Change {
    Change::Remove { organisation }
}

pub fn registration(number: u8, organisation: OrganisationId) -> Change {
    Change::RegisterValidator {
        validator: account(number),
        organisation,
        endpoint: endpoint(number),
    }
}

pub fn removal(number: u8) -> Change {
    Change::RemoveValidator {
        validator: account(number),
    }
}

pub fn quota(organisation: OrganisationId, quota: u32) -> Change {
    Change::SetQuota { organisation, quota }
}

pub fn now() -> BlockNumber {
    System::block_number() as BlockNumber
}

/// A consent of the account that this organisation may use before block `expires`.
pub fn consent(organisation: OrganisationId, number: u8, expires: BlockNumber) -> Consent {
    let bytes = payload::sponsor_consent(System::block_hash(0), organisation, &account(number), expires);
    let signature = signer(number).sign(&bytes).into();
    Consent { expires, signature }
}

/// A consent that is later than all before it.
pub fn next_consent(organisation: OrganisationId, number: u8) -> Consent {
    let last = Consents::<Test>::get(account(number)).map_or(0, |used| used.expires);
    consent(organisation, number, last.max(now()) + 1)
}

/// The organisation whose account `by` is sponsors an account that agrees.
pub fn sponsor(by: u8, number: u8) -> DispatchResult {
    let organisation = OrganisationByAccount::<Test>::get(account(by)).unwrap_or_default();
    Consortium::sponsor(signed(by), account(number), next_consent(organisation, number))
}

/// The account agrees to speak for the organisation for which it was proposed.
pub fn accept(number: u8, organisation: OrganisationId) -> DispatchResult {
    Consortium::accept_account(signed(number), organisation)
}

fn next_block() -> u64 {
    let next = System::block_number() + 1;
    System::set_block_number(next);
    Consortium::on_initialize(next);
    next
}

/// Let blocks pass in which no session rotates.
pub fn wait(blocks: u32) {
    for _ in 0..blocks {
        next_block();
    }
}

/// Run until `sessions` more rotations have happened.
pub fn rotate(sessions: u64) {
    for _ in 0..sessions * SESSION {
        let next = next_block();
        Session::on_initialize(next);
    }
}

/// Accounts of the current session's validators.
pub fn committee() -> Vec<AccountId> {
    Consortium::committee()
        .into_iter()
        .map(|member| member.validator)
        .collect()
}

/// Accounts by number, sorted.
pub fn accounts(numbers: &[u8]) -> Vec<AccountId> {
    let mut accounts: Vec<_> = numbers.iter().copied().map(account).collect();
    accounts.sort();
    accounts
}

/// Validators 1 and 2 of organisation 0 and 3 of organisation 1, all with keys; [`CONTRIBUTOR`] of organisation 0.
pub fn genesis() -> RuntimeGenesisConfig {
    let organisation = |number, contributors: &[u8]| GenesisOrganisation {
        name: format!("Organisation {number}"),
        account: account(number),
        recovery: None,
        contributors: accounts(contributors),
    };
    let validator = |number, organisation| GenesisValidator {
        account: account(number),
        organisation,
        peer_id: String::from_utf8(peer_id(number).into_inner()).unwrap(),
        gateway: "http://127.0.0.1:9000".into(),
        tls_key_hash: None,
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
            technical: vec![1],
            private_gateways: true,
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

/// Organisations 0 to `n` − 1, accounts 100 onwards, each with the validator 1 + id and the recovery account 150 + id.
pub fn genesis_of(n: u8) -> RuntimeGenesisConfig {
    let mut genesis = genesis();
    genesis.consortium.organisations = (0..n)
        .map(|id| GenesisOrganisation {
            name: format!("Organisation {id}"),
            account: account(100 + id),
            recovery: Some(account(150 + id)),
            contributors: Vec::new(),
        })
        .collect();
    let first = genesis.consortium.validators[0].clone();
    genesis.consortium.validators = (0..n)
        .map(|id| GenesisValidator {
            account: account(1 + id),
            organisation: id.into(),
            peer_id: String::from_utf8(peer_id(1 + id).into_inner()).unwrap(),
            ..first.clone()
        })
        .collect();
    genesis.balances.balances = (1..=n).map(|number| (account(number), 1_000_000)).collect();
    genesis.session.keys = (1..=n)
        .map(|number| (account(number), account(number), Keys { aiwk: key(number) }))
        .collect();
    genesis
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
