//! Models and their versions.

use crate::{Attestation, Incentives, Models, Rounds};
use alloc::vec::Vec;
use quorate_primitives::{
    purpose::Purpose,
    version::Origin,
    views::{assessments::AssessmentJobs, Lineage, ModelView},
    ModelId, RoundId, VersionIndex,
};

/// Most entries of one answer.
const MAX_LIMIT: u32 = 64;

pub fn models(from: ModelId, limit: u32) -> Vec<ModelView> {
    Models::ids(from, limit.min(MAX_LIMIT))
        .into_iter()
        .filter_map(model)
        .collect()
}

pub fn model(id: ModelId) -> Option<ModelView> {
    Models::view(id, Incentives::fund_of(Purpose::Model(id)), Rounds::open_round_of(id))
}

/// The jobs of a round's assessment.
fn assessment(round: RoundId) -> Option<AssessmentJobs> {
    let (first_job, job) = Rounds::assessment_jobs_of(round)?;
    Some(AssessmentJobs {
        job: Attestation::job(job)?,
        first_job: first_job.and_then(Attestation::job),
        shards: Rounds::shards_of(round),
    })
}

/// Where a version comes from, with its nearest 64 ancestors. Updates and job are gone when the evidence has been pruned.
pub fn lineage(model: ModelId, version: VersionIndex) -> Option<Lineage> {
    let view = Models::version(model, version)?;
    let policy = Models::policy(view.record.policy_hash)?;
    let (updates, job, first_job, assessment) = match view.record.origin {
        Origin::Genesis => (Vec::new(), None, None, None),
        Origin::Round(origin) => {
            let updates = Rounds::round_view(origin.round)
                .map(|round| round.updates)
                .unwrap_or_default();
            let first = Rounds::first_job_of(origin.round).and_then(Attestation::job);
            (updates, Attestation::job(origin.job), first, assessment(origin.round))
        }
    };
    Some(Lineage {
        version: view,
        parents: Models::ancestors(model, version, MAX_LIMIT),
        policy,
        updates,
        job,
        first_job,
        assessment,
    })
}
