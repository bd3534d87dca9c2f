//! A runtime with the registry alone: organisations 1 to 9 have accounts 1 to 9 and money enough.

use crate as pallet_models;
use crate::types::{Name, Organisations, DEPOSIT_KEY};
use frame_support::{
    derive_impl,
    traits::{ConstU128, ConstU32, ConstU64},
    weights::constants::RocksDbWeight,
};
use frame_system::EnsureRoot;
pub use quorate_mocks::{
    account,
    availability::{Ballots, RefuseVotes},
    consortium::{self, Suspended},
    escrow::ledger,
    revocations::Revoked,
    MockRevocations,
};
use quorate_mocks::{escrow, MockAvailability, MockConsortium, MockEscrow};
use quorate_primitives::{
    availability::{Finding, Subject},
    job::AggregateOutcome,
    policy::Policy,
    purpose::Purpose,
    traits::{Availability, AvailabilityHandler, Models as _},
    version::{Promoter, RoundOrigin},
    views::ModelState,
    AccountId, Balance, Hash, ModelId, OrganisationId, Root, VersionIndex,
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
    pub type Models = pallet_models;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlockU32<Test>;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type DbWeight = RocksDbWeight;
}

/// Root stands for the council with 3 ayes of 4.
pub struct Promoters;

impl frame_support::traits::EnsureOrigin<RuntimeOrigin> for Promoters {
    type Success = Promoter;

    fn try_origin(origin: RuntimeOrigin) -> Result<Promoter, RuntimeOrigin> {
        match origin.clone().into() {
            Ok(frame_system::RawOrigin::Root) => Ok(PROMOTER),
            _ => Err(origin),
        }
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn try_successful_origin() -> Result<RuntimeOrigin, ()> {
        Ok(RuntimeOrigin::root())
    }
}

impl crate::Config for Test {
    type Consortium = MockConsortium;
    type Escrow = MockEscrow;
    type Availability = MockAvailability;
    type Rounds = MockRevocations;
    type AdminOrigin = EnsureRoot<AccountId>;
    type TwoThirdsOrigin = EnsureRoot<AccountId>;
    type PromoteOrigin = Promoters;
    type GenesisVoting = ConstU32<20>;
    type BytesPerBlock = ConstU64<BYTES_PER_BLOCK>;
    type MaxModels = ConstU32<12>;
    type MaxModelsPerOrganisation = ConstU32<8>;
    type MaxPendingPerOrganisation = ConstU32<3>;
    type RecordFee = ConstU128<FEE>;
    type ModelDeposit = ConstU128<DEPOSIT>;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

pub const BYTES_PER_BLOCK: u64 = 1 << 20;
pub const FEE: Balance = 7;
pub const DEPOSIT: Balance = 100;
/// What each organisation has at first.
pub const RICH: Balance = 1_000_000;
pub const PROMOTER: Promoter = Promoter::Council { ayes: 3, of: 4 };
/// The account of an organisation that registers models.
pub const OWNER: u32 = 1;
/// The account of another organisation.
pub const OTHER: u32 = 2;
/// An account of no organisation.
pub const OUTSIDER: u32 = 77;

pub const HEADER_LEN: u32 = 2_048;
pub const GROUP_LEN: u64 = 4_000;
pub const FILE_LEN: u64 = 10_000;

pub fn signed(number: u32) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(number))
}

pub fn root(number: u8) -> Root {
    Root::repeat_byte(number)
}

pub fn name(text: &str) -> Name {
    Name::truncate_from(text.as_bytes().to_vec())
}

pub fn policy() -> Policy {
    Policy {
        min_updates: 1,
        max_updates: 10,
        reward: 1_000,
        max_organisation_share: 500_000,
        retention: 300,
        ..quorate_mocks::policy()
    }
}

/// What an organisation has left.
pub fn purse(organisation: OrganisationId) -> Balance {
    ledger().free_of(organisation)
}

pub fn set_purse(organisation: OrganisationId, amount: Balance) {
    escrow::change(|ledger| ledger.free.insert(organisation, amount));
}

/// The deposit for a model, and whose it is.
pub fn deposit(id: ModelId) -> Option<(OrganisationId, Balance)> {
    ledger().bond(Purpose::Model(id), &DEPOSIT_KEY)
}

/// The roots of an open vote's items, and the block before which votes count.
pub fn open_vote(id: ModelId) -> Option<(Vec<(u32, Root)>, u32)> {
    let ballot = Ballots::get().remove(&Subject::Genesis(id))?;
    let items = ballot.items.into_iter();
    Some((items.map(|(item, claim)| (item, claim.root)).collect(), ballot.until))
}

/// What owners show here: the mocks of the votes do not look at it.
pub const POSSESSION: Hash = Hash::repeat_byte(7);

/// Register a model of the usual shape with version 0 at `root(1)`.
pub fn register(owner: u32) -> DispatchResult {
    Models::register(
        signed(owner),
        name("digits"),
        Hash::repeat_byte(9),
        HEADER_LEN,
        GROUP_LEN,
        FILE_LEN,
        root(1),
        POSSESSION,
        policy(),
        None,
        None,
    )
}

/// What the votes on a model's version amount to.
pub fn decide(id: ModelId, finding: Finding) {
    let _weight = <Models as AvailabilityHandler>::found(Subject::Genesis(id), 0, finding);
}

/// The time for votes passes. The subject is closed by then.
pub fn time_passes(id: ModelId) {
    MockAvailability::close(Subject::Genesis(id));
    let _weight = <Models as AvailabilityHandler>::ended(Subject::Genesis(id));
}

/// A model whose version 0 was accepted.
pub fn active_model() -> ModelId {
    let id = crate::NextModel::<Test>::get();
    register(OWNER).unwrap();
    decide(id, Finding::Held);
    id
}

pub fn entry(id: ModelId) -> crate::types::Model {
    crate::Models::<Test>::get(id).unwrap()
}

pub fn head(id: ModelId) -> Option<VersionIndex> {
    entry(id).head
}

pub fn organisations(ids: &[OrganisationId]) -> Organisations {
    Organisations::truncate_from(ids.to_vec())
}

pub fn origin(parent: VersionIndex, output: Root) -> RoundOrigin {
    RoundOrigin {
        parent,
        round: 5,
        job: Hash::repeat_byte(6),
        inputs_root: Hash::repeat_byte(7),
        outcome: AggregateOutcome {
            output,
            output_len: FILE_LEN,
            optimiser: None,
            detail: root(200),
            scores: Hash::repeat_byte(8),
        },
    }
}

/// Record the next version on `parent`.
pub fn record(model: ModelId, parent: VersionIndex, output: Root) -> Result<VersionIndex, DispatchError> {
    Models::record(model, origin(parent, output), &policy())
}

/// Record this many versions, each on the head.
pub fn grow(id: ModelId, versions: u32) {
    for _ in 0..versions {
        record(id, head(id).unwrap(), root(100)).unwrap();
    }
}

pub fn revoke(id: ModelId, version: VersionIndex) {
    Models::revoke(RuntimeOrigin::root(), id, version).unwrap();
}

pub fn unrevoke(id: ModelId, version: VersionIndex) {
    Models::unrevoke(RuntimeOrigin::root(), id, version).unwrap();
}

pub fn run_to(block: u32) {
    System::set_block_number(block);
}

pub fn last_event() -> crate::Event<Test> {
    match System::events().pop().unwrap().event {
        RuntimeEvent::Models(event) => event,
        other => panic!("not an event of the registry: {other:?}"),
    }
}

/// Run a test from block 1 on, and check the state after it.
pub fn run(test: impl FnOnce()) {
    let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
    sp_io::TestExternalities::new(storage).execute_with(|| {
        for id in 1..10 {
            consortium::admit(id, id);
            set_purse(id, RICH);
        }
        System::set_block_number(1);
        test();
        Models::do_try_state().unwrap();
        check_doubles();
    });
}

/// Votes are open exactly for models that await them, and each model that is not retired has a deposit.
fn check_doubles() {
    let models: Vec<_> = crate::Models::<Test>::iter().collect();
    for (id, model) in &models {
        let vote = open_vote(*id).map(|(items, _)| items);
        assert_eq!(vote, model.candidate.map(|root| vec![(0, root)]));
    }
    let waiting = models.iter().filter(|(_, model)| model.candidate.is_some());
    assert_eq!(waiting.count(), Ballots::get().len());
    let live = models.iter().filter(|(_, model)| model.state != ModelState::Retired);
    assert!(live.clone().all(|(id, _)| deposit(*id).is_some()));
    assert_eq!(live.count(), ledger().bonds.len());
}
