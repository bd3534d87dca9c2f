//! Answers for the runtime API and the view functions.

use crate::{
    types::{JobOf, JobReport, MemberReport, MemberTask, StatementOf},
    ActiveJobs, Config, Jobs, Pallet,
};
use alloc::vec::Vec;
use quorate_primitives::{
    committee::{self, Member},
    crypto::AttestationId,
    job::{IdentifiedJob, JobPhase},
    traits::Consortium,
    views::tasks::JobStage,
    AccountId, JobId,
};

impl<T: Config> Pallet<T> {
    /// What the holder of `key` has to do now, found by the key that each job's committee names: a validator that has changed its
    /// keys since goes on with the old one. Nothing that a transaction in the next block would be too late for.
    pub fn member_tasks(key: &AttestationId) -> Vec<MemberTask<T::Work>> {
        ActiveJobs::<T>::get()
            .into_iter()
            .filter_map(|id| Self::member_task(id, key))
            .collect()
    }

    fn member_task(id: JobId, key: &AttestationId) -> Option<MemberTask<T::Work>> {
        let job = Jobs::<T>::get(id)?;
        let member = committee::position(&job.committee, key)?;
        let validator = &job.committee.get(member as usize)?.validator;
        let statement = job.statements.get(member as usize)?;
        if !T::Consortium::is_active(validator) {
            return None;
        }
        let (stage, until) = match (job.phase, statement.commit) {
            (JobPhase::Commit { until }, None) => (JobStage::Commit, until),
            (JobPhase::Reveal { since, until }, Some(commit)) if statement.reveal.is_none() => {
                (JobStage::Reveal { since, commit }, until)
            }
            _ => return None,
        };
        (Self::now().saturating_add(1) < until).then_some(MemberTask {
            id,
            member,
            spec: job.spec,
            stage,
            until,
        })
    }

    /// The validator that holds `key` in the committee of an active job, also when it has changed its keys since or is no
    /// longer active.
    pub fn holder_of(key: &AttestationId) -> Option<AccountId> {
        ActiveJobs::<T>::get().into_iter().find_map(|id| {
            let job = Jobs::<T>::get(id)?;
            let member = job.committee.iter().find(|member| member.key == *key)?;
            Some(member.validator.clone())
        })
    }

    /// The job of this id.
    pub fn job(id: JobId) -> Option<JobOf<T>> {
        Jobs::<T>::get(id)
    }

    /// Jobs that are not closed, in order of creation.
    pub fn active_jobs() -> Vec<IdentifiedJob<T::Work, T::Outcome>> {
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

    pub(crate) fn report(id: JobId) -> Option<JobReport<T::Work, T::Outcome>> {
        let job = Jobs::<T>::get(id)?;
        let members = job.committee.into_iter().zip(job.statements);
        Some(JobReport {
            spec: job.spec,
            created_at: job.created_at,
            phase: job.phase,
            agreed: job.agreed,
            quorum: job.quorum,
            first: job.first,
            members: members
                .map(|(member, statement)| Self::member_report(member, statement))
                .collect(),
        })
    }

    fn member_report(member: Member, statement: StatementOf<T>) -> MemberReport<T::Outcome> {
        MemberReport {
            active: T::Consortium::is_active(&member.validator),
            validator: member.validator,
            organisation: member.organisation,
            committed: statement.commit.is_some(),
            revealed: statement.reveal,
            verdict: statement.verdict,
        }
    }
}
