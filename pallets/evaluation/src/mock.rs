//! A chain with this pallet alone; the others are mocks.

use crate as pallet_evaluation;
use frame_support::{
    derive_impl,
    traits::{ConstU128, ConstU32, ConstU64, Hooks},
    weights::{constants::RocksDbWeight, Weight},
};
pub use quorate_mocks::{
    account,
    artifacts::{self, retire},
    consortium::{self, Contributors, Suspended},
    escrow::ledger,
    jobs::{CreatedEvaluations, Pruned, RefuseJobs, VerdictsOf, FIRST_VALIDATOR},
    models,
    reputation::set_reputation,
};
use quorate_mocks::{
    escrow, MockArtifacts, MockAvailability, MockConsortium, MockEscrow, MockJobs, MockModels, MockReputation,
};
use quorate_primitives::{
    availability::ArtifactKind,
    job::{Evaluate, EvaluateOutcome, JobEnd, JobSpec, Requester, Verdict},
    policy::Access,
    purpose::Purpose,
    traits::{HeldArtifact, JobHandler},
    AccountId, ArtifactId, Balance, EvaluationId, JobId, OrganisationId, Root,
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
    pub type Evaluation = pallet_evaluation;
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
    type Models = MockModels;
    type Artifacts = MockArtifacts;
    type Escrow = MockEscrow;
    type Availability = MockAvailability;
    type Jobs = MockJobs;
    type Reputation = MockReputation;
    type ReputationFloor = ConstU32<FLOOR>;
    type BaseFee = ConstU128<BASE>;
    type FeePerOperations = ConstU128<2>;
    type FeePerMiB = ConstU128<3>;
    type MaxOperations = ConstU64<100>;
    type OperationsPerBlock = ConstU64<2>;
    type BytesPerBlock = ConstU64<{ 1 << 20 }>;
    type CommitBase = ConstU32<10>;
    type MaxCommit = ConstU32<100>;
    type Reveal = ConstU32<7>;
    type MaxOpen = ConstU32<5>;
    type MaxOpenPerOrganisation = ConstU32<2>;
    type EvidenceRetention = ConstU32<RETENTION>;
    type RecordRetention = ConstU32<LONG_RETENTION>;
    type MaxShardRounds = ConstU32<2>;
    type MaxShardsPerOrganisation = ConstU32<2>;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

pub const BASE: Balance = 10;
/// The reputation below which nobody is paid.
pub const FLOOR: u32 = 100_000;
pub const RETENTION: u32 = 50;
pub const LONG_RETENTION: u32 = 200;
/// What each organisation's fund has at first.
pub const RICH: Balance = 10_000;
/// The account of an organisation.
pub const ASKER: u32 = 1;
/// A contributor that it sponsors.
pub const CONTRIBUTOR: u32 = 51;
/// The organisation that owns model, program and data set, and its account.
pub const OWNER: u32 = 2;
/// An account of no organisation.
pub const OUTSIDER: u32 = 77;
pub const PROGRAM: ArtifactId = 3;
pub const DATA: ArtifactId = 4;
pub const OPERATIONS: u64 = 5;
/// Five thousand million operations, and three MiB that were begun.
pub const FEE: Balance = BASE + 5 * 2 + 3 * 3;

pub const DONE: EvaluateOutcome = EvaluateOutcome::Done {
    rows: 10,
    loss: 123,
    correct: 4,
    faults: 1,
    detail: Root::repeat_byte(9),
};

pub fn signed(number: u32) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(number))
}

pub fn program(access: Access) -> HeldArtifact {
    HeldArtifact {
        kind: ArtifactKind::Program,
        root: Root::repeat_byte(3),
        len: 100,
        organisation: OWNER,
        access,
    }
}

pub fn data_set(access: Access) -> HeldArtifact {
    HeldArtifact {
        kind: ArtifactKind::DataSet,
        root: Root::repeat_byte(4),
        len: 2 << 20,
        organisation: OWNER,
        access,
    }
}

pub fn fund(organisation: OrganisationId) -> Balance {
    ledger()
        .funds
        .get(&Purpose::Organisation(organisation))
        .copied()
        .unwrap_or_default()
}

pub fn set_fund(organisation: OrganisationId, amount: Balance) {
    escrow::change(|ledger| ledger.funds.insert(Purpose::Organisation(organisation), amount));
}

/// Ask for the evaluation of version 0 of model 0.
pub fn request(by: u32) -> DispatchResult {
    Evaluation::request(signed(by), 0, 0, PROGRAM, DATA, OPERATIONS, FEE)
}

pub fn entry(id: EvaluationId) -> crate::types::Evaluation {
    crate::Evaluations::<Test>::get(id).unwrap()
}

/// The newest job of an evaluation.
pub fn job(id: EvaluationId) -> (JobId, JobSpec<Evaluate>) {
    let created = CreatedEvaluations::get().into_iter();
    let mut of = created.filter(|(_, spec)| spec.requester == Requester::Evaluation(id));
    of.next_back().unwrap()
}

/// A quorum agrees, and the job is closed with these verdicts.
pub fn agree(id: EvaluationId, outcome: EvaluateOutcome, verdicts: &[Verdict]) {
    let (job, spec) = job(id);
    <Evaluation as JobHandler<_, _>>::agreed(job, &spec, &outcome);
    VerdictsOf::mutate(|of| of.insert(job, verdicts.to_vec()));
    <Evaluation as JobHandler<_, _>>::closed(job, &spec, JobEnd::Agreed(outcome));
}

/// The job is closed without a quorum.
pub fn disagree(id: EvaluationId) {
    let (job, spec) = job(id);
    <Evaluation as JobHandler<_, EvaluateOutcome>>::closed(job, &spec, JobEnd::NoQuorum);
}

/// What a member of the committee has earned.
pub fn earned(member: u32) -> Balance {
    ledger().claim_of(&account(FIRST_VALIDATOR + member))
}

/// Go on to a block whose idle time is enough.
pub fn run_to(block: u32) {
    System::set_block_number(block);
    Evaluation::on_idle(block, Weight::MAX);
}

pub fn last_event() -> crate::Event<Test> {
    match System::events().pop().unwrap().event {
        RuntimeEvent::Evaluation(event) => event,
        other => panic!("not an event of this pallet: {other:?}"),
    }
}

/// Run a test from block 1 on, and check the state after it.
pub fn run(test: impl FnOnce()) {
    let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
    sp_io::TestExternalities::new(storage).execute_with(|| {
        for id in 1..=4 {
            consortium::admit(id, id);
            set_fund(id, RICH);
        }
        Contributors::insert(account(CONTRIBUTOR), ASKER);
        models::register(0, OWNER, Root::repeat_byte(1));
        artifacts::hold(PROGRAM, program(Access::Public));
        artifacts::hold(DATA, data_set(Access::Public));
        System::set_block_number(1);
        let units = ledger().units();
        test();
        Evaluation::do_try_state().unwrap();
        assert_eq!(ledger().units(), units, "no unit is lost or made");
    });
}
