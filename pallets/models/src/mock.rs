//! A runtime with the registry alone: a consortium of fixed organisations, and doubles of the pallets that it calls.

use crate as pallet_models;
use crate::types::{Name, Organisations, DEPOSIT_KEY};
use frame_support::{derive_impl, parameter_types, traits::ConstU32, weights::constants::RocksDbWeight};
use frame_system::EnsureRoot;
use quorate_exact::rule::Rule;
use quorate_primitives::{
    availability::{Finding, Subject},
    committee::Committee,
    job::AggregateOutcome,
    policy::{Access, Deadlines, Policy, Promotion, Split, MIN_BOND},
    purpose::Purpose,
    traits::{Availability, AvailabilityHandler, Consortium, Escrow, Models as _, RevocationSink},
    version::{Promoter, RoundOrigin},
    views::ModelState,
    AccountId, Balance, BlockNumber, Hash, ModelId, OrganisationId, Root, VersionIndex,
};
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchError, DispatchResult, Weight};
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
    pub type Models = pallet_models;
}

/// The root of the one item of each open vote, and the block before which votes count.
type Votes = BTreeMap<Subject, (Option<Root>, BlockNumber)>;

parameter_types! {
    /// Organisations that are not in good standing.
    pub static Suspended: Vec<OrganisationId> = Vec::new();
    /// Account of each organisation: at first organisation `n` of 1 to 9 has account `n`.
    pub static Accounts: BTreeMap<OrganisationId, u8> = BTreeMap::new();
    pub storage OpenVotes: Votes = BTreeMap::new();
    /// Whether no more votes can be opened.
    pub static VotesFull: bool = false;
    /// Calls to the rounds, in order.
    pub static Revocations: Vec<ModelId> = Vec::new();
    /// What organisations have left to pay.
    pub storage Purses: BTreeMap<OrganisationId, Balance> = BTreeMap::new();
    pub storage Deposits: BTreeMap<Purpose, (OrganisationId, Balance)> = BTreeMap::new();
    pub storage Treasury: Balance = 0;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlockU32<Test>;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type DbWeight = RocksDbWeight;
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

pub struct Ballots;

impl Availability for Ballots {
    fn open(subject: Subject, until: BlockNumber) -> DispatchResult {
        let mut open = OpenVotes::get();
        if VotesFull::get() || open.insert(subject, (None, until)).is_some() {
            return Err(DispatchError::Exhausted);
        }
        OpenVotes::set(&open);
        Ok(())
    }

    fn put_item(subject: Subject, item: u32, root: Root) {
        assert_eq!(item, 0);
        let mut open = OpenVotes::get();
        open.get_mut(&subject).unwrap().0 = Some(root);
        OpenVotes::set(&open);
    }

    fn drop_item(_: Subject, _: u32) {}

    fn close(subject: Subject) {
        let mut open = OpenVotes::get();
        open.remove(&subject);
        OpenVotes::set(&open);
    }
}

pub struct Purse;

impl Escrow for Purse {
    fn can_lock(_: Purpose, _: Balance) -> bool {
        false
    }

    fn lock(_: Purpose, _: Purpose, _: Balance) -> DispatchResult {
        Ok(())
    }

    fn escrowed(_: Purpose) -> Balance {
        0
    }

    fn pay(_: Purpose, _: &AccountId, _: Balance) -> DispatchResult {
        Ok(())
    }

    fn give_back(_: Purpose, _: Balance) {}

    fn close(_: Purpose) {}

    fn refund(_: Purpose) {}

    fn can_bond(organisation: OrganisationId, amount: Balance) -> bool {
        purse(organisation) >= amount
    }

    fn hold_bond(organisation: OrganisationId, purpose: Purpose, key: &AccountId, amount: Balance) -> DispatchResult {
        assert_eq!(*key, DEPOSIT_KEY);
        spend(organisation, amount)?;
        let mut deposits = Deposits::get();
        assert!(deposits.insert(purpose, (organisation, amount)).is_none());
        Deposits::set(&deposits);
        Ok(())
    }

    fn release_bond(purpose: Purpose, key: &AccountId) {
        assert_eq!(*key, DEPOSIT_KEY);
        let mut deposits = Deposits::get();
        let (organisation, amount) = deposits.remove(&purpose).unwrap();
        Deposits::set(&deposits);
        set_purse(organisation, purse(organisation) + amount);
    }

    fn slash_bond(_: Purpose, _: &AccountId) {}

    fn charge(organisation: OrganisationId, amount: Balance) -> DispatchResult {
        spend(organisation, amount)?;
        Treasury::set(&(Treasury::get() + amount));
        Ok(())
    }
}

pub fn purse(organisation: OrganisationId) -> Balance {
    Purses::get().get(&organisation).copied().unwrap_or(RICH)
}

pub fn set_purse(organisation: OrganisationId, amount: Balance) {
    let mut purses = Purses::get();
    purses.insert(organisation, amount);
    Purses::set(&purses);
}

fn spend(organisation: OrganisationId, amount: Balance) -> DispatchResult {
    let rest = purse(organisation)
        .checked_sub(amount)
        .ok_or(DispatchError::Other("poor"))?;
    set_purse(organisation, rest);
    Ok(())
}

pub struct Rounds;

impl RevocationSink for Rounds {
    fn revoked(model: ModelId) {
        let mut calls = Revocations::get();
        calls.push(model);
        Revocations::set(calls);
    }

    fn revoked_weight() -> Weight {
        Weight::from_parts(7, 0)
    }
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
    type Consortium = Members;
    type Escrow = Purse;
    type Availability = Ballots;
    type Rounds = Rounds;
    type AdminOrigin = EnsureRoot<AccountId>;
    type TwoThirdsOrigin = EnsureRoot<AccountId>;
    type PromoteOrigin = Promoters;
    type GenesisVoting = ConstU32<20>;
    type MaxModels = ConstU32<12>;
    type MaxModelsPerOrganisation = ConstU32<8>;
    type MaxPendingPerOrganisation = ConstU32<3>;
    type RecordFee = RecordFee;
    type ModelDeposit = ModelDeposit;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = ();
}

parameter_types! {
    pub const RecordFee: Balance = FEE;
    pub const ModelDeposit: Balance = DEPOSIT;
}

pub const FEE: Balance = 7;
pub const DEPOSIT: Balance = 100;
/// What each organisation has at first.
pub const RICH: Balance = 1_000_000;
pub const PROMOTER: Promoter = Promoter::Council { ayes: 3, of: 4 };
/// The account of an organisation that registers models.
pub const OWNER: u8 = 1;
/// The account of another organisation.
pub const OTHER: u8 = 2;
/// An account of no organisation.
pub const OUTSIDER: u8 = 77;

pub const HEADER_LEN: u32 = 2_048;
pub const GROUP_LEN: u64 = 4_000;
pub const FILE_LEN: u64 = 10_000;

pub fn account(number: u8) -> AccountId {
    AccountId::new([number; 32])
}

pub fn signed(number: u8) -> RuntimeOrigin {
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
        pipeline: Rule::WeightedMean.into(),
        min_updates: 1,
        max_updates: 10,
        max_weight: 1_000,
        max_updates_per_organisation: 2,
        deadlines: Deadlines {
            collect: 10,
            reveal_updates: 10,
            vote: 10,
            commit: 10,
            reveal: 10,
        },
        bond: MIN_BOND,
        reward: 1_000,
        split: Split {
            contributors: 700_000,
            validators: 200_000,
            treasury: 100_000,
        },
        max_organisation_share: 500_000,
        retention: 300,
        challenge: 0,
        access: Access::Public,
        promotion: Promotion::default(),
    }
}

/// Register a model of the usual shape with version 0 at `root(1)`.
pub fn register(owner: u8) -> DispatchResult {
    Models::register(
        signed(owner),
        name("digits"),
        Hash::repeat_byte(9),
        HEADER_LEN,
        GROUP_LEN,
        FILE_LEN,
        root(1),
        policy(),
        None,
    )
}

/// What the votes on a model's version amount to.
pub fn decide(id: ModelId, finding: Finding) {
    let _weight = <Models as AvailabilityHandler>::found(Subject::Genesis(id), 0, finding);
}

/// The time for votes passes. The subject is closed by then.
pub fn time_passes(id: ModelId) {
    Ballots::close(Subject::Genesis(id));
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
    Suspended::set(Vec::new());
    Accounts::set((1..10).map(|id| (id, id as u8)).collect());
    VotesFull::set(false);
    Revocations::set(Vec::new());
    let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
    sp_io::TestExternalities::new(storage).execute_with(|| {
        System::set_block_number(1);
        test();
        Models::do_try_state().unwrap();
        check_doubles();
    });
}

/// Votes are open exactly for models that await them, and each model that is not retired has a deposit.
fn check_doubles() {
    let models: Vec<_> = crate::Models::<Test>::iter().collect();
    let waiting: BTreeMap<_, _> = models
        .iter()
        .filter(|(_, model)| model.candidate.is_some())
        .map(|(id, model)| (Subject::Genesis(*id), model.candidate))
        .collect();
    let open = OpenVotes::get();
    assert_eq!(
        waiting,
        open.into_iter().map(|(subject, (root, _))| (subject, root)).collect()
    );
    let live = models.iter().filter(|(_, model)| model.state != ModelState::Retired);
    assert_eq!(live.count(), Deposits::get().len());
}
