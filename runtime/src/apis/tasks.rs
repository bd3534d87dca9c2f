//! What a validator's gadget and gateway have to do.

use crate::{Attestation, Consortium, Models, Rounds, Runtime};
use alloc::vec::Vec;
use pallet_attestation::MemberTask;
use quorate_primitives::{
    crypto::AttestationId,
    job::Job,
    views::{GatewayView, JobTask, PageTask, RoundPhase, Tasks},
};

/// Everything that the holder of `key` has to do now.
pub fn of(key: &AttestationId) -> Tasks {
    Tasks {
        votes: Rounds::vote_tasks(key),
        jobs: Attestation::job_tasks(key).into_iter().filter_map(job).collect(),
        pages: pages(key),
    }
}

/// What a validator's gateway may take and show.
pub fn gateway() -> GatewayView {
    GatewayView {
        peers: Consortium::peers(),
        uploads: Rounds::gateway_uploads(),
        updates: Rounds::gateway_updates(),
        versions: Models::gateway_versions(),
    }
}

/// A job's task with what its round knows.
fn job(task: MemberTask) -> Option<JobTask> {
    let context = Rounds::job_context(task.spec.round)?;
    Some(JobTask {
        id: task.id,
        member: task.member,
        spec: task.spec,
        pipeline: context.pipeline,
        base: context.base,
        previous: context.previous,
        update_len: context.update_len,
        inputs: context.inputs,
        stage: task.stage,
        until: task.until,
    })
}

/// The next pages of rounds that await scores, from those members who computed what was agreed: they have the detail.
fn pages(key: &AttestationId) -> Vec<PageTask> {
    pallet_rounds::ActiveRounds::<Runtime>::get()
        .into_iter()
        .filter_map(pallet_rounds::Rounds::<Runtime>::get)
        .filter(|round| matches!(round.phase(), RoundPhase::Scoring { .. }))
        .filter_map(|round| round.job)
        .filter(|id| Attestation::job(*id).is_some_and(|job| has_agreed(&job, key)))
        .filter_map(Attestation::page_task)
        .collect()
}

fn has_agreed(job: &Job, key: &AttestationId) -> bool {
    let mut said = job.committee.iter().zip(job.statements.iter());
    said.any(|(member, said)| member.key == *key && said.reveal.is_some() && said.reveal == job.agreed)
}
