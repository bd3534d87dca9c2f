//! A chain with this pallet alone. The work has two kinds that no other crate knows: what the pallet does, it does for any kind.

use crate::{self as pallet_attestation, Call, JobOf, Jobs};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
    derive_impl,
    dispatch::{DispatchResult, GetDispatchInfo},
    pallet_prelude::{TransactionSource, TransactionValidityError, TypeInfo, ValidTransaction},
    parameter_types,
    traits::{Authorize, ConstU32, Hooks, IsSubType},
};
pub use quorate_mocks::{
    account,
    consortium::{Inactive, Members},
    member, pair,
    protected::NoTransactions,
    verdicts::{Judged, Requesters, JUDGED_WEIGHT},
};
use quorate_mocks::{consortium::validators, MockConsortium, MockProtected, MockVerdicts};
use quorate_primitives::{
    crypto::AttestationSignature,
    job::{CommitteeRule, JobEnd, JobSpec, OfKind, Requester, Verdict, WorkKind},
    payload,
    traits::{JobHandler, Jobs as _},
    AccountId, Hash, JobId,
};
use sp_core::Pair;
use sp_runtime::{
    traits::{Dispatchable, IdentityLookup},
    BuildStorage, Weight,
};

type Block = frame_system::mocking::MockBlockU32<Test>;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system = 0,
        Attestation: pallet_attestation = 1,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
}

/// The first kind: add numbers up.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Sum {
    pub terms: u32,
}

/// The second kind: name what a blob shows.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Label {
    pub blob: Hash,
}

#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum TestWork {
    #[codec(index = 0)]
    Sum(Sum),
    #[codec(index = 7)]
    Label(Label),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub enum TestOutcome {
    #[codec(index = 0)]
    Sum(u64),
    #[codec(index = 7)]
    Label(Hash),
}

impl OfKind for TestWork {
    fn kind(&self) -> WorkKind {
        match self {
            Self::Sum(_) => 0,
            Self::Label(_) => 7,
        }
    }
}

impl OfKind for TestOutcome {
    fn kind(&self) -> WorkKind {
        match self {
            Self::Sum(_) => 0,
            Self::Label(_) => 7,
        }
    }
}

impl From<Sum> for TestWork {
    fn from(work: Sum) -> Self {
        Self::Sum(work)
    }
}

impl From<Label> for TestWork {
    fn from(work: Label) -> Self {
        Self::Label(work)
    }
}

/// A call to a handler.
#[derive(Clone, PartialEq, Debug)]
pub enum HandlerCall {
    Agreed(JobId, TestOutcome),
    Closed(JobId, JobEnd<TestOutcome>),
}

parameter_types! {
    /// Calls to the handlers of the two kinds.
    pub static SumCalls: Vec<HandlerCall> = Vec::new();
    pub static LabelCalls: Vec<HandlerCall> = Vec::new();
    /// Whether the handler answers a failed first attempt with a second one, as rounds does.
    pub static Retries: bool = false;
    /// Whether the handler cancels a job as soon as it is agreed.
    pub static Cancels: bool = false;
}

/// What handlers say that they weigh; the pallet itself weighs nothing here.
pub const AGREED_WEIGHT: Weight = Weight::from_parts(10, 1);
pub const CLOSED_WEIGHT: Weight = Weight::from_parts(1_000, 100);

/// Passes each call on to the handler of its kind, as a runtime does.
pub struct ByKind;

impl ByKind {
    fn pass(spec: &JobSpec<TestWork>, call: HandlerCall) {
        match spec.work {
            TestWork::Sum(_) => SumCalls::mutate(|calls| calls.push(call)),
            TestWork::Label(_) => LabelCalls::mutate(|calls| calls.push(call)),
        }
    }
}

impl JobHandler<TestWork, TestOutcome> for ByKind {
    fn agreed(job: JobId, spec: &JobSpec<TestWork>, outcome: &TestOutcome) {
        Self::pass(spec, HandlerCall::Agreed(job, *outcome));
        if Cancels::get() {
            <Attestation as quorate_primitives::traits::Jobs<TestWork>>::cancel(job);
        }
    }

    fn closed(job: JobId, spec: &JobSpec<TestWork>, end: JobEnd<TestOutcome>) {
        Self::pass(spec, HandlerCall::Closed(job, end));
        assert!(
            !Attestation::verdicts(job).is_empty(),
            "verdicts are set before the handler is called"
        );
        if Retries::get() && end == JobEnd::NoQuorum && spec.attempt == 0 {
            let retry = JobSpec {
                attempt: 1,
                ..spec.clone()
            };
            Attestation::create(retry).expect("the first attempt made room");
        }
    }

    fn agreed_weight() -> Weight {
        AGREED_WEIGHT
    }

    fn closed_weight() -> Weight {
        CLOSED_WEIGHT
    }
}

impl crate::Config for Test {
    type Work = TestWork;
    type Outcome = TestOutcome;
    type Handler = ByKind;
    type Verdicts = MockVerdicts;
    type Consortium = MockConsortium;
    type Protected = MockProtected;
    type MinGrace = ConstU32<GRACE>;
    type MaxActiveJobs = ConstU32<4>;
    type MaxTransitions = ConstU32<2>;
    type WeightInfo = OnlyOthers;
}

/// Phase lengths of [`spec`], and the least grace.
pub const COMMIT: u32 = 12;
pub const REVEAL: u32 = 7;
pub const GRACE: u32 = 2;

/// Run `test` on a chain whose committee has `members`; afterwards the state must be sound.
pub fn with_committee(members: u32, test: impl FnOnce()) {
    let storage = frame_system::GenesisConfig::<Test>::default()
        .build_storage()
        .expect("genesis builds");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        validators(members);
        SumCalls::set(Vec::new());
        LabelCalls::set(Vec::new());
        Retries::set(false);
        Cancels::set(false);
        System::set_block_number(1);
        test();
        Attestation::do_try_state().expect("the state is sound");
    });
}

/// A job's specification; `round` tells jobs apart.
pub fn spec(round: u32) -> JobSpec<Sum> {
    JobSpec {
        requester: Requester::Round(round),
        attempt: 0,
        exact_version: 1,
        commit: COMMIT,
        reveal: REVEAL,
        committee: CommitteeRule::All,
        work: Sum { terms: 100 },
    }
}

/// The one retry of [`spec`].
pub fn retry_spec(round: u32) -> JobSpec<Sum> {
    JobSpec {
        attempt: 1,
        ..spec(round)
    }
}

pub fn id_of(spec: &JobSpec<Sum>) -> JobId {
    payload::job_id(genesis(), &spec.clone().convert::<TestWork>())
}

pub fn create(round: u32) -> JobId {
    Attestation::create(spec(round)).expect("there is room for the job")
}

pub fn create_retry(round: u32) -> JobId {
    Attestation::create(retry_spec(round)).expect("there is room for the job")
}

pub fn job(id: JobId) -> JobOf<Test> {
    Jobs::<Test>::get(id).expect("the job is stored")
}

pub fn verdicts(id: JobId) -> Vec<Verdict> {
    Attestation::verdicts(id)
        .into_iter()
        .map(|(_, verdict)| verdict)
        .collect()
}

/// Outcomes that differ by `n`; outcome 0 is the right one.
pub fn outcome(n: u8) -> TestOutcome {
    TestOutcome::Sum(n.into())
}

pub fn genesis() -> Hash {
    System::block_hash(0)
}

pub fn salt(member: u32) -> [u8; 32] {
    [member as u8; 32]
}

pub fn commitment(id: JobId, member: u32, outcome: &TestOutcome) -> Hash {
    payload::outcome_commitment(genesis(), id, &account(member), outcome, salt(member))
}

pub fn commit_call(id: JobId, member: u32, outcome: &TestOutcome) -> Call<Test> {
    let commit = commitment(id, member, outcome);
    let signature = sign(member, &payload::commit_payload(genesis(), id, member, commit));
    Call::commit {
        job: id,
        member,
        commit,
        signature,
    }
}

pub fn reveal_call(id: JobId, member: u32, outcome: &TestOutcome) -> Call<Test> {
    let signature = sign(
        member,
        &payload::reveal_payload(genesis(), id, member, outcome, salt(member)),
    );
    Call::reveal {
        job: id,
        member,
        outcome: *outcome,
        salt: salt(member),
        signature,
    }
}

pub fn sign(member: u32, message: &[u8]) -> AttestationSignature {
    pair(member).sign(message)
}

/// What the pool answers to a call.
pub fn validate(call: &Call<Test>) -> Result<ValidTransaction, TransactionValidityError> {
    let authorized = call
        .authorize(TransactionSource::External)
        .expect("every call authorizes itself");
    authorized.map(|(validity, _)| validity)
}

/// A call on its whole way: authorized, then run with the origin that the extension gives.
pub fn send(call: Call<Test>) -> Result<(), TransactionValidityError> {
    validate(&call)?;
    run(call).expect("a call that is authorized succeeds");
    Ok(())
}

/// Run a call as if it had been authorized.
pub fn run(call: Call<Test>) -> DispatchResult {
    let call = RuntimeCall::from(call);
    assert!(IsSubType::<Call<Test>>::is_sub_type(&call).is_some());
    call.dispatch(frame_system::Origin::<Test>::Authorized.into())
        .map(|_| ())
        .map_err(|error| error.error)
}

/// What a call declares to weigh, and its weight afterwards.
pub fn weigh(call: Call<Test>) -> (Weight, Option<Weight>) {
    let call = RuntimeCall::from(call);
    let declared = call.get_dispatch_info().call_weight;
    let done = call.dispatch(frame_system::Origin::<Test>::Authorized.into());
    (declared, done.expect("the call succeeds").actual_weight)
}

/// The refusal that carries this error.
pub fn invalid(error: crate::Error<Test>) -> TransactionValidityError {
    frame_support::pallet_prelude::InvalidTransaction::Custom(error.encode()[0]).into()
}

/// The refusal that carries this error and leaves the sender the hope of a later block.
pub fn unknown(error: crate::Error<Test>) -> TransactionValidityError {
    frame_support::pallet_prelude::UnknownTransaction::Custom(error.encode()[0]).into()
}

pub fn bad_proof() -> TransactionValidityError {
    frame_support::pallet_prelude::InvalidTransaction::BadProof.into()
}

/// Go on to `block`, with the hooks of every block on the way.
pub fn go_to(block: u32) {
    while System::block_number() < block {
        let next = System::block_number() + 1;
        System::set_block_number(next);
        Attestation::on_initialize(next);
    }
}

pub fn commit_all(id: JobId, outcomes: &[TestOutcome]) {
    for (member, outcome) in (0..).zip(outcomes) {
        send(commit_call(id, member, outcome)).expect("the member may commit");
    }
}

pub fn reveal_all(id: JobId, outcomes: &[TestOutcome]) {
    for (member, outcome) in (0..).zip(outcomes) {
        send(reveal_call(id, member, outcome)).expect("the member may reveal");
    }
}

/// Cancel and prune, as a requester of one kind asks for it.
pub fn cancel(id: JobId) {
    <Attestation as quorate_primitives::traits::Jobs<Sum>>::cancel(id);
}

pub fn prune(id: JobId) {
    <Attestation as quorate_primitives::traits::Jobs<Sum>>::prune(id);
}

/// The pallet's own work weighs nothing, so that tests see what handler and verdict sink add.
pub struct OnlyOthers;

impl crate::WeightInfo for OnlyOthers {
    fn commit() -> Weight {
        Weight::zero()
    }
    fn authorize_commit() -> Weight {
        Weight::zero()
    }
    fn reveal() -> Weight {
        Weight::zero()
    }
    fn authorize_reveal() -> Weight {
        Weight::zero()
    }
    fn judge_first() -> Weight {
        Weight::zero()
    }
    fn on_initialize(_: u32) -> Weight {
        Weight::zero()
    }
    fn end_phases() -> Weight {
        Weight::zero()
    }
    fn on_initialize_paused(_: u32) -> Weight {
        Weight::zero()
    }
}
