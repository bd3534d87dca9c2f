//! What requesters ask for.

use crate::{Config, Error, Event, Jobs, Pallet};
use alloc::vec::Vec;
use frame_support::ensure;
use quorate_primitives::{
    committee::{quorum, Committee},
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
        let spec = spec.convert();
        let first = Self::first_attempt(&spec).filter(|id| Jobs::<T>::contains_key(id));
        Self::do_create(spec, first)
    }

    fn retry(first: JobId, spec: JobSpec<W>) -> Result<JobId, DispatchError> {
        ensure!(spec.attempt > 0, Error::<T>::BadSpec);
        Self::do_create(spec.convert(), Some(first))
    }

    fn committee(job: JobId) -> (Vec<AccountId>, u32) {
        let Some(job) = Jobs::<T>::get(job) else {
            return Default::default();
        };
        let members = job.committee.into_iter().map(|member| member.validator);
        (members.collect(), job.quorum)
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
    /// The attempt that this is the retry of, where nothing but the attempt differs.
    pub(crate) fn first_attempt(spec: &JobSpec<T::Work>) -> Option<JobId> {
        (spec.attempt > 0).then(|| {
            let attempt = JobSpec {
                attempt: 0,
                ..spec.clone()
            };
            payload::job_id(Self::genesis(), &attempt)
        })
    }

    /// The members that a rule asks, and how many of them have to agree.
    fn take_committee(rule: &CommitteeRule) -> Result<(Committee, u32), Error<T>> {
        let mut committee = T::Consortium::committee();
        let needed = match rule {
            CommitteeRule::All => quorum(size(&committee)),
            CommitteeRule::Named { members, quorum: named } => {
                let least = u32::try_from(members.len()).unwrap_or(u32::MAX);
                // Fewer than two thirds of those that are named could agree on two outcomes.
                ensure!(*named >= quorum(least), Error::<T>::BadSpec);
                committee.retain(|member| members.contains(&member.validator));
                *named
            }
        };
        ensure!(
            !committee.is_empty() && size(&committee) >= needed,
            Error::<T>::NoCommittee
        );
        Ok((committee, needed))
    }

    pub(crate) fn do_create(spec: JobSpec<T::Work>, first: Option<JobId>) -> Result<JobId, DispatchError> {
        ensure!(
            spec.attempt <= 1 && spec.commit > 0 && spec.reveal > 0,
            Error::<T>::BadSpec
        );
        let id = payload::job_id(Self::genesis(), &spec);
        ensure!(!Jobs::<T>::contains_key(id), Error::<T>::AlreadyExists);
        let (committee, needed) = Self::take_committee(&spec.committee)?;
        Self::activate(id)?;

        let created_at = Self::now();
        let until = created_at.saturating_add(spec.commit);
        let statements = BoundedVec::truncate_from(committee.iter().map(|_| Statement::default()).collect());
        Self::deposit_event(Event::JobCreated {
            job: id,
            requester: spec.requester,
            kind: spec.work.kind(),
            attempt: spec.attempt,
            committee: size(&committee),
            quorum: needed,
            until,
        });
        let phase = JobPhase::Commit { until };
        Jobs::<T>::insert(
            id,
            Job {
                spec,
                first,
                created_at,
                phase,
                committee,
                quorum: needed,
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

/// Number of members.
fn size(committee: &Committee) -> u32 {
    u32::try_from(committee.len()).unwrap_or(u32::MAX)
}
