//! A chain with this pallet alone; the others are mocks.

use crate as pallet_inference;
use codec::Encode;
use frame_support::{
    derive_impl,
    dispatch::DispatchResult,
    pallet_prelude::ValueQuery,
    parameter_types, storage_alias,
    traits::{ConstU128, ConstU32, ConstU64, Hooks, Randomness},
    weights::{constants::RocksDbWeight, Weight},
};
pub use quorate_mocks::{
    account,
    artifacts::{self, retire},
    availability::{self, RefuseVotes},
    capabilities::Memory,
    consortium::{self, validators, Contributors, Inactive, Suspended},
    escrow::ledger,
    jobs::{CreatedBatches, Pruned, RefuseJobs, VerdictsOf, FIRST_VALIDATOR},
    models,
    protected::NoTransactions,
    reputation::set_reputation,
};
use quorate_mocks::{
    escrow, MockArtifacts, MockAvailability, MockCapabilities, MockConsortium, MockEscrow, MockJobs, MockModels,
    MockProtected, MockReputation,
};
use quorate_primitives::{
    availability::{ArtifactKind, Finding, Malformed, Named, Subject},
    job::{
        infer::{answer_page_hashes, AnswerPage, AnswerRow, AnswerStatus, Choice, Generation, Task},
        Infer, InferOutcome, JobEnd, JobSpec, Requester, Verdict,
    },
    payload::tagged,
    policy::Access,
    purpose::Purpose,
    traits::{AvailabilityHandler, HeldArtifact, JobHandler},
    views::{inference::RequestState, BlobRef},
    AccountId, ArtifactId, Balance, BatchId, Hash, JobId, OrganisationId, Ppm, RequestId, Root,
};
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
    pub type Inference = pallet_inference;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlockU32<Test>;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type DbWeight = RocksDbWeight;
}

/// What the author of this block drew.
#[storage_alias(verbatim)]
pub type Drawn = StorageValue<MockRandomness, Hash, ValueQuery>;

pub struct MockRandomness;

impl Randomness<Option<Hash>, u32> for MockRandomness {
    fn random(subject: &[u8]) -> (Option<Hash>, u32) {
        (Some(tagged(b"drawn", &(Drawn::get(), subject))), System::block_number())
    }
}

impl crate::Config for Test {
    type Consortium = MockConsortium;
    type Models = MockModels;
    type Artifacts = MockArtifacts;
    type Escrow = MockEscrow;
    type Availability = MockAvailability;
    type Jobs = MockJobs;
    type Capabilities = MockCapabilities;
    type Reputation = MockReputation;
    type Protected = MockProtected;
    type Randomness = MockRandomness;
    type ReputationFloor = ConstU32<FLOOR>;
    type BaseFee = ConstU128<BASE>;
    type FeePerOperations = ConstU128<2>;
    type FeePerMiB = ConstU128<3>;
    type FeePerMiBRead = ConstU128<READING>;
    type ReservePart = ReservePart;
    type MaxReserve = ConstU128<MAX_RESERVE>;
    type MaxInputLen = ConstU64<{ 16 << 20 }>;
    type MaxOperations = ConstU64<1_000>;
    type MaxBatchOperations = ConstU64<2_000>;
    type OperationsPerBlock = ConstU64<50>;
    type BytesPerBlock = ConstU64<{ 1 << 20 }>;
    type HeldBytesPerBlock = ConstU64<{ 8 << 20 }>;
    type Voting = ConstU32<VOTING>;
    type Window = ConstU32<1>;
    type MaxWait = ConstU32<MAX_WAIT>;
    type CommitBase = ConstU32<10>;
    type Reveal = ConstU32<7>;
    type Provisional = ConstU32<3>;
    type MinCallBond = ConstU128<MIN_CALL_BOND>;
    type Settling = ConstU32<SETTLING>;
    type MaxOpen = ConstU32<300>;
    type MaxOpenPerOrganisation = ConstU32<100>;
    type MaxPending = ConstU32<200>;
    type MaxPendingPerOrganisation = ConstU32<80>;
    type MaxBatches = ConstU32<3>;
    type MaxBatchesPerOrganisation = ConstU32<2>;
    type MaxShownPerOrganisation = ConstU32<4>;
    type EvidenceRetention = ConstU32<RETENTION>;
    type RecordRetention = ConstU32<LONG_RETENTION>;
    type WeightInfo = crate::weights::SubstrateWeight<Test>;
}

parameter_types! {
    pub static ReservePart: Ppm = FIFTH;
}

/// What goes into the reserve unless a test sets another part.
pub const FIFTH: Ppm = 200_000;
pub const MAX_RESERVE: Balance = 1_000;
pub const BASE: Balance = 10;
/// The price of reading a MiB, of which version and program have less.
pub const READING: Balance = 8;
/// The reputation below which nobody is paid.
pub const FLOOR: u32 = 100_000;
pub const VOTING: u32 = 20;
pub const MAX_WAIT: u32 = 30;
pub const SETTLING: u32 = 15;
/// Blocks for which all may be called to a batch of one request: three, and three for its operations, what it reads and its input.
pub const PROVISIONAL: u32 = 6;
pub const MIN_CALL_BOND: Balance = 100;
/// What organisations have beside their funds.
pub const FREE: Balance = 10_000;
/// Validators of the session: all are asked.
pub const VALIDATORS: u32 = 4;
pub const RETENTION: u32 = 50;
pub const LONG_RETENTION: u32 = 200;
/// What each organisation's fund has at first.
pub const RICH: Balance = 1_000_000;
/// The account of an organisation.
pub const ASKER: u32 = 1;
/// A contributor that it sponsors.
pub const CONTRIBUTOR: u32 = 51;
/// The organisation that owns model and program, and its account.
pub const OWNER: u32 = 2;
/// An account of no organisation.
pub const OUTSIDER: u32 = 77;
pub const PROGRAM: ArtifactId = 3;
pub const OPERATIONS: u64 = 5;
pub const LEN: u64 = 1_000;
pub const MEMORY: u32 = 100;
/// Five millions of operations, and a MiB that was begun, of the input and of what is read.
pub const FEE: Balance = BASE + 3 + READING + 5 * 2;
/// What is kept of it whatever becomes of the request.
pub const KEPT: Balance = BASE + 3;
/// What an answer in a batch by itself costs that used three of the five millions: a quarter of the other two is kept.
pub const COST: Balance = KEPT + READING + 3 * 2 + 1;
/// What a request in a batch by itself costs that was computed in vain: a quarter of ten for its operations.
pub const IN_VAIN: Balance = KEPT + READING + 2;
/// What of a batch of one answer goes into the reserve, and what each of seven drawn members earns.
pub const PART: Balance = COST / 5;
pub const SHARE: Balance = (COST - PART) / 7;

/// What each request of a batch of so many pays for reading.
pub fn share(requests: Balance) -> Balance {
    READING.div_ceil(requests)
}

/// What is in the reserve.
pub fn reserve() -> Balance {
    Inference::reserve().held
}

/// Put so much of an organisation's into the reserve.
pub fn fill_reserve(amount: Balance) {
    escrow::change(|ledger| {
        *ledger.free.entry(5).or_default() -= amount;
        let fund = Purpose::Organisation(5);
        ledger.escrows.entry(Purpose::Reserve).or_insert((fund, 0)).1 += amount;
    });
}

pub const GENERATE: Task = Task::Generate(Generation {
    max_tokens: 8,
    choice: Choice::Largest,
    stop: None,
});

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

/// A name that is another one for every number.
pub fn named(number: u64) -> Named {
    Named {
        root: tagged(b"input", &number),
        possession: tagged(b"possession", &number),
    }
}

/// Ask the newest version of model 0.
pub fn request(by: u32) -> DispatchResult {
    request_of(by, None, OPERATIONS)
}

pub fn request_of(by: u32, version: Option<u32>, operations: u64) -> DispatchResult {
    request_with(by, version, operations, MEMORY)
}

pub fn request_with(by: u32, version: Option<u32>, operations: u64, memory: u32) -> DispatchResult {
    let input = named(crate::NextRequest::<Test>::get());
    Inference::request(
        signed(by),
        0,
        version,
        PROGRAM,
        input,
        LEN,
        GENERATE,
        operations,
        memory,
        Balance::MAX,
    )
}

/// A quorum finds this about the input of a request.
pub fn find(id: RequestId, finding: Finding) {
    Inference::found(Subject::Request(id), 0, finding);
}

/// Ask, and let a quorum hold the input. Returns the request's number.
pub fn ask(by: u32) -> RequestId {
    ask_of(by, None, OPERATIONS)
}

pub fn ask_of(by: u32, version: Option<u32>, operations: u64) -> RequestId {
    let id = crate::NextRequest::<Test>::get();
    request_of(by, version, operations).unwrap();
    find(id, Finding::Held);
    id
}

/// Ask for something that needs so much memory, and let a quorum hold the input. Returns the request's number.
pub fn ask_with_memory(by: u32, memory: u32) -> RequestId {
    let id = crate::NextRequest::<Test>::get();
    request_with(by, None, OPERATIONS, memory).unwrap();
    find(id, Finding::Held);
    id
}

/// These validators have so much memory, whatever others have.
pub fn have(of: impl IntoIterator<Item = u32>, memory: u32) {
    Memory::mutate(|all| all.extend(of.into_iter().map(|validator| (account(validator), memory))));
}

pub const MALFORMED: Finding = Finding::Malformed(Malformed::Header);

pub fn entry(id: RequestId) -> crate::types::Request {
    crate::Requests::<Test>::get(id).unwrap()
}

pub fn state(id: RequestId) -> RequestState {
    Inference::request_record(id).unwrap().state
}

pub fn batch(id: BatchId) -> crate::types::Batch {
    crate::Batches::<Test>::get(id).unwrap()
}

/// The newest job of a batch.
pub fn job(id: BatchId) -> (JobId, JobSpec<Infer>) {
    let created = CreatedBatches::get().into_iter();
    let mut of = created.filter(|(_, spec)| spec.requester == Requester::Batch(id));
    of.next_back().unwrap()
}

/// The row of a request with this status that used so many operations.
pub fn row(request: RequestId, status: AnswerStatus, operations: u64) -> AnswerRow {
    AnswerRow {
        request,
        status,
        answer: BlobRef {
            root: tagged(b"answer", &request),
            len: 40,
        },
        trace: Root::repeat_byte(8),
        tokens: 3,
        operations,
    }
}

/// Rows of a batch in which everything was answered with three millions of operations.
pub fn rows(id: BatchId) -> Vec<AnswerRow> {
    let requests = batch(id).requests;
    requests
        .iter()
        .map(|request| row(*request, AnswerStatus::Answered, 3))
        .collect()
}

/// What a batch of these rows yields.
pub fn outcome(rows: &[AnswerRow]) -> InferOutcome {
    InferOutcome::new(rows, Root::repeat_byte(9))
}

/// A quorum agrees on these rows.
pub fn agree(id: BatchId, rows: &[AnswerRow]) {
    let (job, spec) = job(id);
    <Inference as JobHandler<_, _>>::agreed(job, &spec, &outcome(rows));
}

/// The job is closed with these verdicts, after a quorum agreed.
pub fn close(id: BatchId, rows: &[AnswerRow], verdicts: &[Verdict]) {
    let (job, spec) = job(id);
    VerdictsOf::mutate(|of| of.insert(job, verdicts.to_vec()));
    <Inference as JobHandler<_, _>>::closed(job, &spec, JobEnd::Agreed(outcome(rows)));
}

/// The job is closed without a quorum.
pub fn disagree(id: BatchId) {
    let (job, spec) = job(id);
    <Inference as JobHandler<_, InferOutcome>>::closed(job, &spec, JobEnd::NoQuorum);
}

/// Show a page of these rows.
pub fn show(id: BatchId, page: u32, rows: &[AnswerRow]) -> DispatchResult {
    let shown = rows.chunks(64).nth(page as usize).unwrap_or_default().to_vec();
    let origin = frame_system::RawOrigin::Authorized.into();
    Inference::answer(
        origin,
        id,
        page,
        AnswerPage::truncate_from(shown),
        answer_page_hashes(rows),
    )
}

/// Show all pages.
pub fn show_all(id: BatchId, rows: &[AnswerRow]) {
    for page in 0..rows.len().div_ceil(64) as u32 {
        show(id, page, rows).unwrap();
    }
}

/// A quorum agrees, every page is shown, and the job is closed.
pub fn answer(id: BatchId, rows: &[AnswerRow], verdicts: &[Verdict]) {
    agree(id, rows);
    show_all(id, rows);
    close(id, rows, verdicts);
}

/// What a member of the committee has earned.
pub fn earned(member: u32) -> Balance {
    ledger().claim_of(&account(FIRST_VALIDATOR + member))
}

/// What the author of the block drew so that a batch on which its drawn members agree in it is computed again, or not.
pub fn draw_again(id: BatchId, again: bool) {
    let found = (0..1_000).map(Hash::from_low_u64_be).find(|drawn| {
        Drawn::put(drawn);
        Inference::is_drawn_again(id) == again
    });
    found.expect("one of sixteen");
}

/// End this block, and begin the next one.
pub fn next_block() {
    let now = System::block_number();
    Inference::on_finalize(now);
    System::set_block_number(now + 1);
    Drawn::put(Hash::from_low_u64_be((now + 1).encode().len() as u64 + u64::from(now)));
    Inference::on_initialize(now + 1);
}

/// Go on to a block; each has idle time enough.
pub fn run_to(block: u32) {
    while System::block_number() < block {
        Inference::on_idle(System::block_number(), Weight::MAX);
        next_block();
    }
}

pub fn last_event() -> crate::Event<Test> {
    match System::events().pop().unwrap().event {
        RuntimeEvent::Inference(event) => event,
        other => panic!("not an event of this pallet: {other:?}"),
    }
}

/// Run a test from block 1 on, and check the state after it.
pub fn run(test: impl FnOnce()) {
    let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
    ReservePart::set(FIFTH);
    sp_io::TestExternalities::new(storage).execute_with(|| {
        for id in 1..=5 {
            consortium::admit(id, id);
            set_fund(id, RICH);
            escrow::change(|ledger| ledger.free.insert(id, FREE));
        }
        validators(VALIDATORS);
        Contributors::insert(account(CONTRIBUTOR), ASKER);
        models::register(0, OWNER, Root::repeat_byte(1));
        artifacts::hold(PROGRAM, program(Access::Public));
        System::set_block_number(1);
        let units = ledger().units();
        test();
        Inference::do_try_state().unwrap();
        assert_eq!(ledger().units(), units, "no unit is lost or made");
    });
}
