//! What the participants of a round do, in short words.

use super::*;
use crate::{Call, Event};
use frame_support::{
    assert_ok,
    traits::{Authorize, Hooks, UnfilteredDispatchable},
    weights::Weight,
};
use quorate_exact::check::Malformed;
use quorate_primitives::{
    job::{
        aggregate::{page_hashes, PageHashes, ScorePage, ScoreRow},
        Aggregate, AggregateOutcome, JobEnd, JobSpec, Requester,
    },
    payload,
    traits::JobHandler,
    Hash, JobId, Ppm, Root, SETTLEMENT_PAGE,
};
use sp_runtime::{
    transaction_validity::{TransactionSource, TransactionValidityError},
    DispatchResult,
};

pub fn signed(number: u32) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(number))
}

pub fn salt(number: u32) -> [u8; 32] {
    [number as u8; 32]
}

/// The end of a block with room.
pub fn idle() {
    Rounds::on_idle(now(), Weight::MAX);
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

pub fn reveal_as(id: RoundId, who: u32, root: Root) -> DispatchResult {
    Rounds::reveal_update(signed(who), id, root, salt(who))
}

pub fn reveal(id: RoundId, who: u32) -> DispatchResult {
    reveal_as(id, who, own_root(id, who))
}

pub fn hold(id: RoundId, voter: u32, items: &[u32]) {
    for item in items {
        assert!(vote(id, voter, *item, None), "voter {voter} on item {item}");
    }
}

/// As many validators as a quorum needs hold `items`.
pub fn hold_all(id: RoundId, items: &[u32]) {
    for voter in 0..3 {
        hold(id, voter, items);
    }
}

pub fn find_fault(id: RoundId, item: u32) {
    for voter in 0..3 {
        assert!(vote(id, voter, item, Some(Malformed::Header)));
    }
}

/// A round in Revealing, with the contributors' own roots committed.
pub fn revealing(who: &[u32]) -> RoundId {
    let id = open_round();
    for contributor in who {
        assert_ok!(submit(id, *contributor));
    }
    idle();
    if matches!(round(id).stage, crate::types::RoundStage::Collecting { .. }) {
        run_for(policy().deadlines.collect);
    }
    id
}

/// A round in Revealing, with these roots committed.
pub fn revealing_roots(updates: &[(u32, Root)]) -> RoundId {
    let id = open_round();
    for (who, root) in updates {
        assert_ok!(submit_root(id, *who, *root));
    }
    run_for(policy().deadlines.collect);
    id
}

pub fn reveal_all(id: RoundId, updates: &[(u32, Root)]) {
    for (who, root) in updates {
        assert_ok!(reveal_as(id, *who, *root));
    }
}

/// From an empty round to one in which each of `who` has an Available update and nothing is left to decide.
pub fn decide(who: &[u32]) -> RoundId {
    let id = revealing(who);
    for contributor in who {
        assert_ok!(reveal(id, *contributor));
    }
    let items: Vec<u32> = (0..who.len() as u32).collect();
    hold_all(id, &items);
    idle();
    id
}

pub fn is_computing(id: RoundId) -> bool {
    matches!(round(id).stage, crate::types::RoundStage::Computing { .. })
}

pub fn is_over(id: RoundId, end: RoundEnd) -> bool {
    matches!(round(id).stage, crate::types::RoundStage::Over { end: is, .. } if is == end)
}

/// From an empty round to a sealed one whose job runs.
pub fn seal(who: &[u32]) -> RoundId {
    let id = decide(who);
    assert!(is_computing(id), "{:?}", round(id).stage);
    id
}

/// A round that is scored, with so many updates, in turn by contributors of thirty organisations; and who they are.
pub fn scored_by_thirty(updates: u32) -> (RoundId, Vec<u32>) {
    set_policy(|policy| {
        policy.max_updates = updates;
        policy.max_updates_per_organisation = updates;
    });
    let who: Vec<u32> = (0..updates).map(|n| FIRST * (n % 30 + 1) + n).collect();
    let id = seal(&who);
    score(id, |_| 1_000);
    (id, who)
}

/// Rows of a job: in the sealed order, by position.
pub fn rows_of(id: RoundId, score: impl Fn(u32) -> Ppm) -> Vec<ScoreRow> {
    let order = crate::SealedOrders::<Test>::get(id).unwrap();
    let row = |sealed: &crate::types::SealedUpdate| ScoreRow {
        score: score(sealed.position),
        selection: 1,
    };
    order.iter().map(row).collect()
}

pub fn outcome_of(rows: &[ScoreRow]) -> AggregateOutcome {
    AggregateOutcome::new((root(77), FILE_LEN), None, root(78), rows)
}

/// What the jobs of rounds yield in which everybody scores the same.
pub fn outcome(id: RoundId) -> AggregateOutcome {
    outcome_of(&rows_of(id, |_| 500_000))
}

/// The job of a round, as it was made last.
pub fn job_of(id: RoundId) -> (JobId, JobSpec<Aggregate>) {
    let of = |(_, spec): &&(JobId, JobSpec<Aggregate>)| spec.requester == Requester::Round(id);
    Created::get().iter().rev().find(of).cloned().unwrap()
}

/// A quorum agrees on `outcome`, and the job is closed.
pub fn agree_on(id: RoundId, outcome: AggregateOutcome) {
    let (job, spec) = job_of(id);
    Rounds::agreed(job, &spec, &outcome);
    Rounds::closed(job, &spec, JobEnd::Agreed(outcome));
}

pub fn agree(id: RoundId) {
    agree_on(id, outcome(id));
}

/// The job is closed without a quorum.
pub fn disagree(id: RoundId) {
    let (job, spec) = job_of(id);
    Rounds::closed(job, &spec, JobEnd::NoQuorum);
}

/// Authorize and dispatch, as an executive does with a general transaction.
pub fn send(call: Call<Test>) -> Result<DispatchResult, TransactionValidityError> {
    let call = RuntimeCall::Rounds(call);
    call.authorize(TransactionSource::External)
        .expect("pages are authorized")?;
    let done = call.dispatch_bypass_filter(frame_system::RawOrigin::Authorized.into());
    Ok(done.map(|_| ()).map_err(|error| error.error))
}

pub fn page_call(id: RoundId, page: u32, rows: &[ScoreRow], pages: PageHashes) -> Call<Test> {
    Call::settle {
        round: id,
        page,
        rows: ScorePage::truncate_from(rows.to_vec()),
        pages,
    }
}

/// Show one page of these rows of a whole job.
pub fn show_page(id: RoundId, page: u32, rows: &[ScoreRow]) -> Result<DispatchResult, TransactionValidityError> {
    let own = rows.chunks(SETTLEMENT_PAGE as usize).nth(page as usize);
    send(page_call(id, page, own.unwrap_or_default(), page_hashes(rows)))
}

/// Show all pages.
pub fn show_all(id: RoundId, rows: &[ScoreRow]) {
    for page in 0..rows.len().div_ceil(SETTLEMENT_PAGE as usize) {
        assert_ok!(show_page(id, page as u32, rows).unwrap());
    }
}

/// The job agrees on scores by position, and they are shown.
pub fn score(id: RoundId, score: impl Fn(u32) -> Ppm) {
    let rows = rows_of(id, score);
    agree_on(id, outcome_of(&rows));
    show_all(id, &rows);
}

/// Contributor with an Available update at each position, all scored the same, settled.
pub fn whole_round(who: &[u32]) -> RoundId {
    let id = seal(who);
    score(id, |_| 500_000);
    run_for(1);
    assert!(is_over(id, RoundEnd::Settled), "{:?}", round(id).stage);
    id
}

pub fn count(is: impl Fn(&Event<Test>) -> bool) -> usize {
    events().iter().filter(|event| is(event)).count()
}
