//! What a validator has to do now.

use crate::{Artifacts, Attestation, Availability, Consortium, Evaluation, Inference, Models, Rounds};
use alloc::vec::Vec;
use codec::Encode;
use quorate_primitives::{
    availability::{Claim, Subject},
    crypto::AttestationId,
    job::{OfKind, Requester, Work},
    views::{
        evaluations::EvaluateTask,
        tasks::{Against, Duty, JobTask, VoteItem, VoteTask},
        BlobRef, Entry,
    },
    AccountId, RoundId,
};

/// Everything that the holder of `key` has to do: jobs first, then votes, then pages, since a late commit costs a validator
/// most.
pub fn of(key: &AttestationId) -> Vec<Entry> {
    let jobs = Attestation::member_tasks(key)
        .into_iter()
        .filter_map(job)
        .map(Duty::Job);
    let votes = Availability::duties(key).into_iter().filter_map(vote).map(Duty::Vote);
    // Any validator settles: those that did not compute the job fetch the detail from those that did.
    let (scores, answers) = match validator_of(key) {
        Some(_) => (Rounds::page_tasks(), Inference::page_tasks()),
        None => (Vec::new(), Vec::new()),
    };
    let scores = scores.into_iter().map(Duty::ScorePage);
    let pages = answers.into_iter().map(Duty::AnswerPage).chain(scores);
    jobs.chain(votes).chain(pages).map(|duty| Entry::from(&duty)).collect()
}

/// The validator that holds `key` now or from the next session on, or is bound by it in an open snapshot or job.
pub fn validator_of(key: &AttestationId) -> Option<AccountId> {
    Consortium::validator_of(key)
        .or_else(|| Availability::holder_of(key))
        .or_else(|| Attestation::holder_of(key))
}

/// Votes with what the blobs are checked against: who asked for the votes knows it.
fn vote(open: pallet_availability::OpenVote) -> Option<VoteTask> {
    let (against, lens) = context(open.subject, &open.items)?;
    let item = |((item, Claim { root, shown }), len): ((u32, Claim), u64)| VoteItem {
        item,
        blob: BlobRef { root, len },
        shown,
    };
    Some(VoteTask {
        subject: open.subject,
        ballot: open.ballot,
        voter: open.voter,
        against,
        items: open.items.into_iter().zip(lens).map(item).collect(),
        until: open.until,
    })
}

/// What the items of a subject are checked against, and how long each of their blobs is.
fn context(subject: Subject, items: &[(u32, Claim)]) -> Option<(Against, Vec<u64>)> {
    let (against, len) = match subject {
        Subject::Genesis(model) => {
            let (shape, len) = Models::genesis_context(model)?;
            (Against::Registered(shape), len)
        }
        Subject::Round(round) => {
            let (base, len) = Rounds::vote_context(round)?;
            (Against::Base(base), len)
        }
        Subject::Artifact(artifact) => {
            let (kind, len) = Artifacts::vote_context(artifact)?;
            (Against::Artifact(kind), len)
        }
        Subject::Shards(round) => return shards(round, items),
        Subject::Request(request) => {
            let (program, task, len) = Inference::vote_context(request)?;
            (Against::Input { program, task }, len)
        }
    };
    Some((against, items.iter().map(|_| len).collect()))
}

/// Each shard has rows and a length of its own.
fn shards(round: RoundId, items: &[(u32, Claim)]) -> Option<(Against, Vec<u64>)> {
    let program = Rounds::assessment_program(round)?;
    let of_round = Evaluation::vote_context(round);
    let of_item = |(item, _): &(u32, Claim)| {
        let (rows, len) = of_round.get(usize::try_from(*item).ok()?)?;
        Some(((*item, *rows), *len))
    };
    let of_items = items.iter().map(of_item).collect::<Option<Vec<((u32, u32), u64)>>>()?;
    let (rows, lens) = of_items.into_iter().unzip();
    Some((Against::Shards { program, rows }, lens))
}

/// A member's task with what its work reads, as bytes by the kind of work.
fn job(task: pallet_attestation::MemberTask<Work>) -> Option<JobTask> {
    let work = match (&task.spec.work, task.spec.requester) {
        (Work::Aggregate(_), Requester::Round(round)) => Rounds::aggregate_task(round)?.encode(),
        (Work::Assess(_), Requester::Assessment(round)) => Rounds::assess_task(round)?.encode(),
        (Work::Infer(_), Requester::Batch(batch)) => Inference::infer_task(batch)?.encode(),
        (Work::Evaluate(work), Requester::Evaluation(id)) => EvaluateTask::new(id, work).encode(),
        _ => return None,
    };
    Some(JobTask {
        id: task.id,
        member: task.member,
        kind: task.spec.work.kind(),
        exact_version: task.spec.exact_version,
        stage: task.stage,
        until: task.until,
        work,
    })
}
