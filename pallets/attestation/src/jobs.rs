//! What other pallets ask for.

use crate::{Config, Error, Event, Jobs, Pallet};
use alloc::vec::Vec;
use frame_support::ensure;
use quorate_primitives::{
    job::{Job, JobPhase, JobSpec, Statement, Verdict},
    merkle, payload, traits,
    traits::Consortium,
    AccountId, Hash, JobId, MAX_UPDATES,
};
use sp_runtime::{BoundedVec, DispatchError};

impl<T: Config> traits::Jobs for Pallet<T> {
    fn create(spec: JobSpec) -> Result<JobId, DispatchError> {
        ensure!(
            (1..=MAX_UPDATES).contains(&spec.inputs) && spec.attempt <= 1,
            Error::<T>::BadSpec
        );
        let id = payload::job_id(Self::genesis(), &spec);
        ensure!(!Jobs::<T>::contains_key(id), Error::<T>::AlreadyExists);
        let committee = T::Consortium::committee();
        ensure!(!committee.is_empty(), Error::<T>::NoCommittee);
        Self::activate(id)?;

        let created_at = Self::now();
        let until = created_at.saturating_add(spec.commit);
        let statements = BoundedVec::truncate_from(committee.iter().map(|_| Statement::default()).collect());
        let members = u32::try_from(committee.len()).unwrap_or(u32::MAX);
        Self::deposit_event(Event::JobCreated {
            job: id,
            round: spec.round,
            attempt: spec.attempt,
            committee: members,
            until,
        });
        let phase = JobPhase::Commit { until };
        Jobs::<T>::insert(
            id,
            Job {
                spec,
                created_at,
                phase,
                committee,
                statements,
                agreed: None,
                pages_settled: 0,
            },
        );
        Ok(id)
    }

    fn verdicts(job: JobId) -> Vec<(AccountId, Verdict)> {
        let Some(job) = Jobs::<T>::get(job) else {
            return Vec::new();
        };
        job.committee
            .iter()
            .zip(job.statements.iter())
            .filter_map(|(member, said)| said.verdict.map(|verdict| (member.validator.clone(), verdict)))
            .collect()
    }

    fn statements_root(job: JobId) -> Hash {
        let Some(job) = Jobs::<T>::get(job) else {
            return merkle::root([]);
        };
        let said: Vec<_> = job.committee.iter().zip(job.statements.iter()).collect();
        merkle::root_of(said.iter())
    }
}
