//! A chain with this pallet alone; the others are mocks.

use crate as pallet_artifacts;
use crate::types::{Licence, Organisations, DEPOSIT_KEY};
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
};
use quorate_mocks::{escrow, MockAvailability, MockConsortium, MockEscrow};
use quorate_primitives::{
    availability::{ArtifactKind, Claim, Finding, Subject},
    policy::Access,
    purpose::Purpose,
    traits::{Availability, AvailabilityHandler},
    views::ArtifactState,
    AccountId, ArtifactId, Balance, Hash, OrganisationId, Root,
};
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
    pub type Artifacts = pallet_artifacts;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlockU32<Test>;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type DbWeight = RocksDbWeight;
}

impl crate::Config for Test {
    type Consortium = MockConsortium;
    type Escrow = MockEscrow;
    type Availability = MockAvailability;
    type AdminOrigin = EnsureRoot<AccountId>;
    type Voting = ConstU32<20>;
    type BytesPerBlock = ConstU64<{ 64 << 20 }>;
    type Retention = ConstU32<RETENTION>;
    type MaxArtifacts = ConstU32<12>;
    type MaxArtifactsPerOrganisation = ConstU32<8>;
    type MaxPendingPerOrganisation = ConstU32<3>;
    type MaxProgramLen = ConstU64<MAX_PROGRAM>;
    type MaxDataSetLen = ConstU64<MAX_DATA_SET>;
    type MaxWeightsLen = ConstU64<MAX_WEIGHTS>;
    type VoteFee = ConstU128<FEE>;
    type Deposit = ConstU128<100>;
    type DepositPerMiB = ConstU128<3>;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

pub const RETENTION: u32 = 50;
pub const MAX_PROGRAM: u64 = 4 << 20;
pub const MAX_DATA_SET: u64 = 64 << 20;
pub const MAX_WEIGHTS: u64 = 96 << 20;
pub const FEE: Balance = 7;
/// What each organisation has at first.
pub const RICH: Balance = 1_000_000;
/// The account of an organisation that registers artifacts.
pub const OWNER: u32 = 1;
/// The account of another organisation.
pub const OTHER: u32 = 2;
/// An account of no organisation.
pub const OUTSIDER: u32 = 77;
/// Length of an artifact's file: a MiB and a bit of the next.
pub const LEN: u64 = (1 << 20) + 1;
/// What is put up for it.
pub const DEPOSIT: Balance = 100 + 2 * 3;
/// What owners show here: the mocks of the votes do not look at it.
pub const POSSESSION: Hash = Hash::repeat_byte(7);

pub fn signed(number: u32) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(number))
}

pub fn root(number: u8) -> Root {
    Root::repeat_byte(number)
}

pub fn licence(text: &str) -> Licence {
    Licence::try_from(text.as_bytes().to_vec()).unwrap()
}

pub fn organisations(ids: &[OrganisationId]) -> Organisations {
    Organisations::truncate_from(ids.to_vec())
}

/// What an organisation has left.
pub fn purse(organisation: OrganisationId) -> Balance {
    ledger().free_of(organisation)
}

pub fn set_purse(organisation: OrganisationId, amount: Balance) {
    escrow::change(|ledger| ledger.free.insert(organisation, amount));
}

/// The deposit for an artifact, and whose it is.
pub fn deposit(id: ArtifactId) -> Option<(OrganisationId, Balance)> {
    ledger().bond(Purpose::Artifact(id), &DEPOSIT_KEY)
}

/// What an open vote is about, and the block before which votes count.
pub fn open_vote(id: ArtifactId) -> Option<(Vec<(u32, Claim)>, u32)> {
    let ballot = Ballots::get().remove(&Subject::Artifact(id))?;
    Some((ballot.items.into_iter().collect(), ballot.until))
}

pub fn register_as(owner: u32, kind: ArtifactKind, len: u64, text: &[u8]) -> DispatchResult {
    let text = Licence::try_from(text.to_vec()).unwrap();
    Artifacts::register(signed(owner), kind, root(1), POSSESSION, len, text, Access::Public)
}

/// Register a data set of the usual length, which anyone may read.
pub fn register(owner: u32) -> DispatchResult {
    register_as(owner, ArtifactKind::DataSet, LEN, b"CC0-1.0")
}

/// What the votes on an artifact amount to.
pub fn decide(id: ArtifactId, finding: Finding) {
    let _weight = <Artifacts as AvailabilityHandler>::found(Subject::Artifact(id), 0, finding);
}

/// The time for votes passes. The subject is closed by then.
pub fn time_passes(id: ArtifactId) {
    MockAvailability::close(Subject::Artifact(id));
    let _weight = <Artifacts as AvailabilityHandler>::ended(Subject::Artifact(id));
}

/// An artifact that a quorum holds.
pub fn held_artifact() -> ArtifactId {
    let id = crate::NextArtifact::<Test>::get();
    register(OWNER).unwrap();
    decide(id, Finding::Held);
    id
}

pub fn entry(id: ArtifactId) -> crate::types::Artifact {
    crate::Artifacts::<Test>::get(id).unwrap()
}

pub fn state(id: ArtifactId) -> ArtifactState {
    entry(id).state
}

pub fn run_to(block: u32) {
    System::set_block_number(block);
}

pub fn last_event() -> crate::Event<Test> {
    match System::events().pop().unwrap().event {
        RuntimeEvent::Artifacts(event) => event,
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
        Artifacts::do_try_state().unwrap();
        check_doubles();
    });
}

/// Votes are open exactly for artifacts that await them, and each artifact has the deposit of its length.
fn check_doubles() {
    let artifacts: Vec<_> = crate::Artifacts::<Test>::iter().collect();
    let waits = |state| matches!(state, ArtifactState::Pending { .. });
    for (id, artifact) in &artifacts {
        let vote = open_vote(*id).map(|(items, _)| items);
        let roots = vote.map(|items| items.into_iter().map(|(item, claim)| (item, claim.root)).collect());
        assert_eq!(roots, waits(artifact.state).then(|| vec![(0, artifact.root)]));
        let expected = (artifact.organisation, Artifacts::deposit(artifact.len));
        assert_eq!(deposit(*id), Some(expected));
    }
    let waiting = artifacts.iter().filter(|(_, artifact)| waits(artifact.state));
    assert_eq!(waiting.count(), Ballots::get().len());
    let live = artifacts.iter().filter(|(id, _)| deposit(*id).is_some());
    assert_eq!(live.count(), ledger().bonds.len());
    assert_eq!(ledger().units(), 9 * RICH, "no unit is lost or made");
}
