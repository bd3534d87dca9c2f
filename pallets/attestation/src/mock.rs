//! A chain with this pallet alone. Consortium and handler are lists that the tests write and read.

use crate::{self as pallet_attestation, Call, Jobs};
use codec::Encode;
use frame_support::{
    derive_impl,
    dispatch::{DispatchResult, GetDispatchInfo},
    pallet_prelude::{TransactionSource, TransactionValidityError, ValidTransaction},
    parameter_types,
    traits::{Authorize, ConstU32, Hooks, IsSubType},
};
use quorate_primitives::{
    crypto::{AttestationPair, AttestationSignature},
    job::{Committee, Job, JobEnd, JobSpec, Member, Outcome, ScoreRow, Verdict},
    payload,
    traits::{Consortium, JobHandler, Jobs as _},
    AccountId, Hash, JobId, OrganisationId, EXACT_VERSION,
};
use sp_core::Pair;
use sp_runtime::{
    traits::{Dispatchable, IdentityLookup},
    BuildStorage, DispatchError, Weight,
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

/// What the handler was told.
#[derive(Clone, PartialEq, Debug)]
pub enum Told {
    Agreed(JobId, Outcome),
    Closed(JobId, JobEnd),
    Page(JobId, u32, usize),
}

parameter_types! {
    pub static Members: Vec<Member> = Vec::new();
    pub static Muted: Vec<AccountId> = Vec::new();
    pub static Paused: bool = false;
    pub static Heard: Vec<Told> = Vec::new();
    /// Whether the handler answers a failed first attempt with a second one, as rounds does.
    pub static Retries: bool = false;
    /// Whether the handler refuses pages.
    pub static RefusePages: bool = false;
}

pub struct List;

impl Consortium for List {
    fn contributor(_: &AccountId) -> Option<OrganisationId> {
        None
    }
    fn organisation_of(_: &AccountId) -> Option<OrganisationId> {
        None
    }
    fn organisation_account(_: OrganisationId) -> Option<AccountId> {
        None
    }
    fn committee() -> Committee {
        Committee::truncate_from(Members::get())
    }
    fn is_active(validator: &AccountId) -> bool {
        !Muted::get().contains(validator)
    }
}

/// What the handler says that it weighs; the pallet itself weighs nothing here.
pub const AGREED_WEIGHT: Weight = Weight::from_parts(10, 1);
pub const CLOSED_WEIGHT: Weight = Weight::from_parts(1_000, 100);

pub struct Listener;

impl JobHandler for Listener {
    fn agreed(job: JobId, _: &JobSpec, outcome: &Outcome) {
        Heard::mutate(|told| told.push(Told::Agreed(job, *outcome)));
    }

    fn closed(job: JobId, spec: &JobSpec, end: JobEnd) {
        Heard::mutate(|told| told.push(Told::Closed(job, end)));
        assert!(
            !Attestation::verdicts(job).is_empty(),
            "verdicts are set before the handler hears of the end"
        );
        if Retries::get() && end == JobEnd::NoQuorum && spec.attempt == 0 {
            Attestation::create(JobSpec {
                attempt: 1,
                ..spec.clone()
            })
            .expect("the first attempt made room");
        }
    }

    fn page(job: JobId, _: &JobSpec, page: u32, rows: &[ScoreRow]) -> DispatchResult {
        if RefusePages::get() {
            return Err(DispatchError::Other("too late"));
        }
        Heard::mutate(|told| told.push(Told::Page(job, page, rows.len())));
        Ok(())
    }

    fn agreed_weight() -> Weight {
        AGREED_WEIGHT
    }

    fn closed_weight() -> Weight {
        CLOSED_WEIGHT
    }

    fn page_weight(rows: u32) -> Weight {
        Weight::from_parts(1_000_000, 10).saturating_mul(rows.into())
    }
}

impl crate::Config for Test {
    type Consortium = List;
    type Handler = Listener;
    type TransactionsPaused = Paused;
    type MaxActiveJobs = ConstU32<4>;
    type MaxTransitions = ConstU32<2>;
    type WeightInfo = ();
}

/// Phase lengths of [`spec`].
pub const COMMIT: u32 = 5;
pub const REVEAL: u32 = 7;

pub fn pair(member: u32) -> AttestationPair {
    let mut seed = [7u8; 32];
    seed[..4].copy_from_slice(&member.to_le_bytes());
    AttestationPair::from_seed(&seed)
}

pub fn account(member: u32) -> AccountId {
    let mut bytes = [0u8; 32];
    bytes[..4].copy_from_slice(&(member + 1).to_le_bytes());
    AccountId::new(bytes)
}

pub fn member(number: u32) -> Member {
    Member {
        validator: account(number),
        key: pair(number).public(),
        organisation: number,
    }
}

/// Run `test` on a chain whose committee has `members`; afterwards the state must be sound.
pub fn with_committee(members: u32, test: impl FnOnce()) {
    let storage = frame_system::GenesisConfig::<Test>::default()
        .build_storage()
        .expect("genesis builds");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        Members::set((0..members).map(member).collect());
        Muted::set(Vec::new());
        Paused::set(false);
        Heard::set(Vec::new());
        Retries::set(false);
        RefusePages::set(false);
        System::set_block_number(1);
        test();
        Attestation::check_state().expect("the state is sound");
    });
}

/// A job's specification; `round` tells jobs apart.
pub fn spec(round: u32) -> JobSpec {
    JobSpec {
        round,
        model: 1,
        base: 0,
        attempt: 0,
        exact_version: EXACT_VERSION,
        policy_hash: Hash::repeat_byte(1),
        base_root: Hash::repeat_byte(2),
        previous_root: None,
        inputs_root: Hash::repeat_byte(3),
        inputs: 100,
        commit: COMMIT,
        reveal: REVEAL,
        seed: Hash::zero(),
        optimiser: None,
    }
}

pub fn create(round: u32) -> JobId {
    Attestation::create(spec(round)).expect("there is room for the job")
}

pub fn job(id: JobId) -> Job {
    Jobs::<Test>::get(id).expect("the job is stored")
}

pub fn verdicts(id: JobId) -> Vec<Verdict> {
    Attestation::verdicts(id)
        .into_iter()
        .map(|(_, verdict)| verdict)
        .collect()
}

/// Scores of the 100 inputs of [`spec`].
pub fn rows() -> Vec<ScoreRow> {
    (0..100)
        .map(|n| ScoreRow {
            score: n * 1_000,
            selection: 1,
        })
        .collect()
}

/// Outcomes that differ by `n`; outcome 0 is the right one.
pub fn outcome(n: u8) -> Outcome {
    Outcome {
        output: Hash::repeat_byte(n),
        output_len: 4_096,
        optimiser: None,
        detail: Hash::repeat_byte(9),
        scores: payload::scores_root(&payload::page_hashes(&rows())),
    }
}

pub fn genesis() -> Hash {
    System::block_hash(0)
}

pub fn salt(member: u32) -> [u8; 32] {
    [member as u8; 32]
}

pub fn commitment(id: JobId, member: u32, outcome: &Outcome) -> Hash {
    payload::outcome_commitment(genesis(), id, &account(member), outcome, salt(member))
}

pub fn commit_call(id: JobId, member: u32, outcome: &Outcome) -> Call<Test> {
    let commit = commitment(id, member, outcome);
    let signature = sign(member, &payload::commit_payload(genesis(), id, member, commit));
    Call::commit {
        job: id,
        member,
        commit,
        signature,
    }
}

pub fn reveal_call(id: JobId, member: u32, outcome: &Outcome) -> Call<Test> {
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

/// What the pool says of a call.
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

/// What a call declares to weigh, and what it says afterwards.
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

pub fn commit_all(id: JobId, outcomes: &[Outcome]) {
    for (member, outcome) in (0..).zip(outcomes) {
        send(commit_call(id, member, outcome)).expect("the member may commit");
    }
}

pub fn reveal_all(id: JobId, outcomes: &[Outcome]) {
    for (member, outcome) in (0..).zip(outcomes) {
        send(reveal_call(id, member, outcome)).expect("the member may reveal");
    }
}
