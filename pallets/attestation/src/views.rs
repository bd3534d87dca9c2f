//! Answers for the runtime API.

use crate::{checks::page_count, ActiveJobs, Config, Jobs, Pallet};
use alloc::vec::Vec;
use quorate_primitives::{
    crypto::AttestationId,
    job::{IdentifiedJob, Job, JobPhase, JobSpec},
    traits::Consortium,
    views::{JobStage, PageTask},
    BlockNumber, JobId,
};

/// What one member still has to do in one job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemberTask {
    pub id: JobId,
    pub member: u32,
    pub spec: JobSpec,
    pub stage: JobStage,
    /// Last block in which the statement counts.
    pub until: BlockNumber,
}

impl<T: Config> Pallet<T> {
    /// What the holder of `key` has to do now. Nothing that a transaction in the next block would be too late for.
    pub fn job_tasks(key: &AttestationId) -> Vec<MemberTask> {
        ActiveJobs::<T>::get()
            .into_iter()
            .filter_map(|id| Self::job_task(id, key))
            .collect()
    }

    fn job_task(id: JobId, key: &AttestationId) -> Option<MemberTask> {
        let job = Jobs::<T>::get(id)?;
        let position = job.committee.iter().position(|member| member.key == *key)?;
        let speaker = job.committee.get(position)?;
        let said = job.statements.get(position)?;
        if !T::Consortium::is_active(&speaker.validator) {
            return None;
        }
        let (stage, until) = match (job.phase, said.commit) {
            (JobPhase::Commit { until }, None) => (JobStage::Commit, until),
            (JobPhase::Reveal { until }, Some(commit)) if said.reveal.is_none() => {
                // After blocks without transactions this is later than it was, which is only more careful.
                let closed_at = until.saturating_sub(job.spec.reveal);
                (JobStage::Reveal { closed_at, commit }, until)
            }
            _ => return None,
        };
        let member = u32::try_from(position).ok()?;
        (Self::now() < until).then_some(MemberTask {
            id,
            member,
            spec: job.spec,
            stage,
            until,
        })
    }

    /// The next settlement page that a closed job awaits. Whether it is still wanted, the job's handler knows.
    pub fn page_task(id: JobId) -> Option<PageTask> {
        let job = Jobs::<T>::get(id)?;
        let outcome = job.agreed?;
        let awaited = matches!(job.phase, JobPhase::Closed { .. }) && job.pages_settled < page_count(job.spec.inputs);
        awaited.then_some(PageTask {
            job: id,
            outcome,
            page: job.pages_settled,
        })
    }

    /// The job of this id.
    pub fn job(id: JobId) -> Option<Job> {
        Jobs::<T>::get(id)
    }

    /// Jobs that are not closed, in order of creation.
    pub fn active_jobs() -> Vec<IdentifiedJob> {
        ActiveJobs::<T>::get()
            .into_iter()
            .filter_map(|id| {
                Some(IdentifiedJob {
                    id,
                    job: Jobs::<T>::get(id)?,
                })
            })
            .collect()
    }
}
