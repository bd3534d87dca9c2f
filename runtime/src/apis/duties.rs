//! What a validator has to do now.

use crate::{Artifacts, Attestation, Availability, Consortium, Models, Rounds};
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
    AccountId,
};

/// Everything that the holder of `key` has to do: jobs first, then votes, then score pages, since a late commit costs a validator
/// most.
pub fn of(key: &AttestationId) -> Vec<Entry> {
    let jobs = Attestation::member_tasks(key)
        .into_iter()
        .filter_map(job)
        .map(Duty::Job);
    let votes = Availability::duties(key).into_iter().filter_map(vote).map(Duty::Vote);
    // Any validator settles: those that did not compute the job fetch the detail from those that did.
    let pages: Vec<_> = match validator_of(key) {
        Some(_) => Rounds::page_tasks(),
        None => Vec::new(),
    };
    let pages = pages.into_iter().map(Duty::ScorePage);
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
    let (against, len) = match open.subject {
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
        Subject::Shards(_) | Subject::Request(_) => return None,
    };
    let item = |(item, Claim { root, shown }): (u32, Claim)| VoteItem {
        item,
        blob: BlobRef { root, len },
        shown,
    };
    Some(VoteTask {
        subject: open.subject,
        ballot: open.ballot,
        voter: open.voter,
        against,
        items: open.items.into_iter().map(item).collect(),
        until: open.until,
    })
}

/// A member's task with what its work reads, as bytes by the kind of work.
fn job(task: pallet_attestation::MemberTask<Work>) -> Option<JobTask> {
    let work = match (&task.spec.work, task.spec.requester) {
        (Work::Aggregate(_), Requester::Round(round)) => Rounds::aggregate_task(round)?.encode(),
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
