//! What the participants of a round do, in short words.

use super::*;
use crate::{Call, Event};
use frame_support::{
    assert_ok,
    dispatch::{GetDispatchInfo, PostDispatchInfo},
    traits::{Authorize, UnfilteredDispatchable},
};
use quorate_exact::check::Malformed;
use quorate_primitives::{
    crypto::AttestationSignature,
    job::{JobEnd, JobSpec, Outcome, ScoreRow},
    payload,
    traits::JobHandler,
    update::{bitmap, AvailabilityVote, Fault, Subject},
    JobId, Ppm, Root, SETTLEMENT_PAGE,
};
use sp_core::Pair;
use sp_runtime::{
    transaction_validity::{TransactionSource, TransactionValidityError, ValidTransaction},
    DispatchResult,
};

pub fn signed(number: u32) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(number))
}

pub fn salt(number: u32) -> [u8; 32] {
    [number as u8; 32]
}

/// Open a round on the first model.
pub fn open_round() -> RoundId {
    assert_ok!(Rounds::open_round(signed(1), MODEL));
    crate::NextRound::<Test>::get() - 1
}

pub fn commitment(id: RoundId, who: u32, root: Root, weight: u32) -> Hash {
    payload::update_commitment(Rounds::genesis_hash(), id, &account(who), root, weight, salt(who))
}

/// Commit to `root` with weight 10.
pub fn submit_root(id: RoundId, who: u32, root: Root) -> DispatchResult {
    Rounds::submit(signed(who), id, commitment(id, who, root, 10), 10)
}

/// Commit to the contributor's own root of this round.
pub fn submit(id: RoundId, who: u32) -> DispatchResult {
    submit_root(id, who, own_root(id, who))
}

pub fn own_root(id: RoundId, who: u32) -> Root {
    root(who + 1_000_000 * (id + 1))
}

pub fn open_as(id: RoundId, who: u32, root: Root) -> DispatchResult {
    Rounds::open(signed(who), id, root, salt(who))
        .map(|_| ())
        .map_err(|error| error.error)
}

pub fn open(id: RoundId, who: u32) -> DispatchResult {
    open_as(id, who, own_root(id, who))
}

/// A vote about the roots that are on chain.
pub fn ballot(subject: Subject, voter: u32, held: &[u32], faults: &[(u32, Malformed)]) -> AvailabilityVote {
    let mut items: Vec<u32> = held
        .iter()
        .copied()
        .chain(faults.iter().map(|(item, _)| *item))
        .collect();
    items.sort();
    let root_of = |item: u32| match subject {
        Subject::Round(id) => crate::Updates::<Test>::get(id, item)
            .and_then(|update| update.root)
            .unwrap_or_default(),
        Subject::Genesis(model) => world().models[&model].pending.map(|(root, _)| root).unwrap_or_default(),
    };
    let roots: Vec<Root> = items.into_iter().map(root_of).collect();
    let malformed: Vec<Fault> = faults
        .iter()
        .map(|(item, reason)| Fault {
            item: *item,
            reason: *reason,
        })
        .collect();
    AvailabilityVote {
        subject,
        voter,
        roots: payload::voted_roots(&roots),
        held: bitmap(held.iter().copied()),
        malformed: malformed.try_into().unwrap(),
    }
}

pub fn sign(vote: &AvailabilityVote) -> AttestationSignature {
    key(vote.voter).sign(&payload::vote_payload(Rounds::genesis_hash(), vote))
}

/// Authorize and dispatch, as an executive does with a general transaction.
pub fn cast(
    vote: AvailabilityVote,
    signature: AttestationSignature,
) -> Result<ValidTransaction, TransactionValidityError> {
    let call = RuntimeCall::Rounds(Call::vote_available { vote, signature });
    let (validity, _) = call
        .authorize(TransactionSource::External)
        .expect("votes are authorized")?;
    let declared = call.get_dispatch_info().call_weight;
    let done: PostDispatchInfo = call
        .dispatch_bypass_filter(frame_system::RawOrigin::Authorized.into())
        .unwrap();
    assert!(done.actual_weight.unwrap().all_lte(declared));
    Ok(validity)
}

pub fn vote(
    subject: Subject,
    voter: u32,
    held: &[u32],
    faults: &[(u32, Malformed)],
) -> Result<ValidTransaction, TransactionValidityError> {
    let vote = ballot(subject, voter, held, faults);
    let signature = sign(&vote);
    cast(vote, signature)
}

pub fn hold(id: RoundId, voter: u32, items: &[u32]) {
    vote(Subject::Round(id), voter, items, &[]).unwrap();
}

/// As many validators as a quorum needs hold `items`.
pub fn hold_all(id: RoundId, items: &[u32]) {
    for voter in 0..3 {
        hold(id, voter, items);
    }
}

pub fn find_fault(id: RoundId, item: u32) {
    for voter in 0..3 {
        vote(Subject::Round(id), voter, &[], &[(item, Malformed::Header)]).unwrap();
    }
}

/// From an empty round to one in which each of `who` has an Available update and nothing is left to decide.
pub fn decide(who: &[u32]) -> RoundId {
    let id = open_round();
    for contributor in who {
        assert_ok!(submit(id, *contributor));
    }
    if !matches!(round(id).stage, crate::types::Stage::Opening { .. }) {
        run_for(policy().deadlines.collect);
    }
    for contributor in who {
        assert_ok!(open(id, *contributor));
    }
    let items: Vec<u32> = (0..who.len() as u32).collect();
    hold_all(id, &items);
    id
}

/// From an empty round to a sealed one whose job runs.
pub fn seal(who: &[u32]) -> RoundId {
    let id = decide(who);
    assert_eq!(round(id).stage, crate::types::Stage::Computing);
    id
}

pub fn outcome() -> Outcome {
    Outcome {
        output: root(77),
        output_len: FILE_LEN,
        optimiser: None,
        detail: root(78),
        scores: Hash::repeat_byte(79),
    }
}

/// The job of a round, as it was made last.
pub fn job_of(id: RoundId) -> (JobId, JobSpec) {
    world()
        .jobs
        .iter()
        .rev()
        .find(|(_, spec)| spec.round == id)
        .cloned()
        .unwrap()
}

/// A quorum agrees, and the job is closed.
pub fn agree(id: RoundId) {
    let (job, spec) = job_of(id);
    <Rounds as JobHandler>::agreed(job, &spec, &outcome());
    <Rounds as JobHandler>::closed(job, &spec, JobEnd::Agreed(outcome()));
}

/// The job is closed without a quorum.
pub fn disagree(id: RoundId) {
    let (job, spec) = job_of(id);
    <Rounds as JobHandler>::closed(job, &spec, JobEnd::NoQuorum);
}

pub fn show_page(id: RoundId, page: u32, scores: &[Ppm]) -> DispatchResult {
    let (job, spec) = job_of(id);
    let rows: Vec<ScoreRow> = scores
        .iter()
        .map(|score| ScoreRow {
            score: *score,
            selection: 1,
        })
        .collect();
    <Rounds as JobHandler>::page(job, &spec, page, &rows)
}

/// Scores by position, shown in the sealed order.
pub fn show_scores(id: RoundId, score: impl Fn(u32) -> Ppm) {
    let order = crate::SealedOrders::<Test>::get(id).unwrap();
    let scores: Vec<Ppm> = order.iter().map(|position| score(*position)).collect();
    for (page, rows) in scores.chunks(SETTLEMENT_PAGE as usize).enumerate() {
        assert_ok!(show_page(id, page as u32, rows));
    }
}

/// Contributor with an Available update at each position, all scored the same, settled.
pub fn whole_round(who: &[u32]) -> RoundId {
    let id = seal(who);
    agree(id);
    show_scores(id, |_| 500_000);
    run_for(1);
    assert_eq!(round(id).stage, crate::types::Stage::Settled);
    id
}

pub fn count(is: impl Fn(&Event<Test>) -> bool) -> usize {
    events().iter().filter(|event| is(event)).count()
}
