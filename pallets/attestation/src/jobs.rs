//! What requesters ask for.

use crate::{Config, Error, Event, Jobs, Pallet};
use alloc::vec::Vec;
use frame_support::ensure;
use quorate_primitives::{
    job::{CommitteeRule, Job, JobPhase, JobSpec, OfKind, Statement, Verdict},
    merkle, payload, traits,
    traits::Consortium,
    AccountId, Hash, JobId,
};
use sp_runtime::{BoundedVec, DispatchError};

impl<T: Config, W> traits::Jobs<W> for Pallet<T>
where
    T::Work: From<W>,
{
    fn create(spec: JobSpec<W>) -> Result<JobId, DispatchError> {
        Self::do_create(spec.convert())
    }

    fn cancel(job: JobId) {
        Self::do_cancel(job);
    }

    fn verdicts(job: JobId) -> Vec<(AccountId, Verdict)> {
        Self::verdicts(job)
    }

    fn statements_root(first: Option<JobId>, job: JobId) -> Hash {
        Self::statements_root(first, job)
    }

    fn prune(job: JobId) {
        Self::do_prune(job);
    }
}

impl<T: Config> Pallet<T> {
    pub(crate) fn do_create(spec: JobSpec<T::Work>) -> Result<JobId, DispatchError> {
        ensure!(
            spec.attempt <= 1 && spec.commit > 0 && spec.reveal > 0,
            Error::<T>::BadSpec
        );
        let id = payload::job_id(Self::genesis(), &spec);
        ensure!(!Jobs::<T>::contains_key(id), Error::<T>::AlreadyExists);
        let committee = match spec.committee {
            CommitteeRule::All => T::Consortium::committee(),
        };
        ensure!(!committee.is_empty(), Error::<T>::NoCommittee);
        Self::activate(id)?;

        let created_at = Self::now();
        let until = created_at.saturating_add(spec.commit);
        let statements = BoundedVec::truncate_from(committee.iter().map(|_| Statement::default()).collect());
        Self::deposit_event(Event::JobCreated {
            job: id,
            requester: spec.requester,
            kind: spec.work.kind(),
            attempt: spec.attempt,
            committee: u32::try_from(committee.len()).unwrap_or(u32::MAX),
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
            },
        );
        Ok(id)
    }

    pub(crate) fn do_cancel(id: JobId) {
        let Some(mut job) = Jobs::<T>::get(id) else { return };
        if matches!(job.phase, JobPhase::Closed { .. }) {
            return;
        }
        job.phase = JobPhase::Closed { at: Self::now() };
        Jobs::<T>::insert(id, job);
        Self::deactivate(id);
        Self::deposit_event(Event::Cancelled { job: id });
    }

    pub(crate) fn do_prune(id: JobId) {
        let closed = |job: &crate::JobOf<T>| matches!(job.phase, JobPhase::Closed { .. });
        if Jobs::<T>::get(id).as_ref().is_some_and(closed) {
            Jobs::<T>::remove(id);
            Self::deposit_event(Event::Pruned { job: id });
        }
    }

    /// Verdicts of a closed job, in the committee's order; empty before, and after a cancellation.
    pub fn verdicts(job: JobId) -> Vec<(AccountId, Verdict)> {
        let Some(job) = Jobs::<T>::get(job) else {
            return Vec::new();
        };
        job.committee
            .iter()
            .zip(job.statements.iter())
            .filter_map(|(member, statement)| Some((member.validator.clone(), statement.verdict?)))
            .collect()
    }

    /// Merkle root over (job, member, statement) of these jobs; one that does not exist adds nothing.
    pub fn statements_root(first: Option<JobId>, job: JobId) -> Hash {
        let mut leaves = Vec::new();
        for id in first.into_iter().chain([job]) {
            let Some(job) = Jobs::<T>::get(id) else { continue };
            let members = job.committee.into_iter().zip(job.statements);
            leaves.extend(members.map(|(member, statement)| (id, member, statement)));
        }
        merkle::root_of(&leaves)
    }
}
