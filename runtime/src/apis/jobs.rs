//! Jobs of any kind.

use crate::{AccountId, Attestation};
use quorate_primitives::{job::JobPhase, views::tasks::JobStatus, JobId};

/// Where a job stands for one of its members.
pub fn status(id: JobId, validator: &AccountId) -> Option<JobStatus> {
    let job = Attestation::job(id)?;
    Some(match job.phase {
        JobPhase::Commit { .. } | JobPhase::Reveal { .. } => JobStatus::Open,
        JobPhase::Closed { .. } => {
            let mut members = job.committee.iter().zip(job.statements.iter());
            JobStatus::Closed {
                agreed: job.agreed.is_some(),
                verdict: members
                    .find(|(member, _)| member.validator == *validator)
                    .and_then(|(_, statement)| statement.verdict),
            }
        }
    })
}
