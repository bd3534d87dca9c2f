//! What always holds of the storage.

use crate::{
    checks::page_count,
    phases::{equal_reveals, size},
    ActiveJobs, Config, Jobs, Pallet,
};
use frame_support::ensure;
use quorate_primitives::{
    job::{quorum, Job, JobPhase},
    payload, JobId,
};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Check every job and the list of active ones.
    pub fn check_state() -> Result<(), TryRuntimeError> {
        let active = ActiveJobs::<T>::get();
        for (position, id) in active.iter().enumerate() {
            ensure!(Jobs::<T>::contains_key(id), "an active job is not stored");
            ensure!(
                !active.iter().take(position).any(|other| other == id),
                "a job is active twice"
            );
        }
        Jobs::<T>::iter().try_for_each(|(id, job)| Self::check_job(id, &job, active.contains(&id)))
    }

    fn check_job(id: JobId, job: &Job, active: bool) -> Result<(), TryRuntimeError> {
        let closed = matches!(job.phase, JobPhase::Closed { .. });
        ensure!(
            id == payload::job_id(Self::genesis(), &job.spec),
            "a job is stored under another id"
        );
        ensure!(active != closed, "a job is active and closed, or neither");
        ensure!(!job.committee.is_empty(), "a job has no committee");
        ensure!(
            job.committee.len() == job.statements.len(),
            "statements and committee differ in length"
        );
        ensure!(
            job.pages_settled <= page_count(job.spec.inputs),
            "more pages settled than there are"
        );
        ensure!(
            job.pages_settled == 0 || (closed && job.agreed.is_some()),
            "pages settled before an agreement"
        );
        if let Some(agreed) = &job.agreed {
            ensure!(
                equal_reveals(job, agreed) >= quorum(size(job)),
                "an agreement without a quorum"
            );
        }
        for said in job.statements.iter() {
            ensure!(
                said.reveal.is_none() || said.commit.is_some(),
                "a reveal without a commit"
            );
            ensure!(
                said.verdict.is_some() == closed,
                "a verdict before the end, or none after it"
            );
            let committing = matches!(job.phase, JobPhase::Commit { .. });
            ensure!(!committing || said.reveal.is_none(), "a reveal in the commit phase");
        }
        Ok(())
    }
}
