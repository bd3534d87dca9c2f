//! What each statement needs, apart from its signature. Asked twice: by the pool and the block builder through
//! `authorize`, and again when the call runs, since nothing is lost by it.

use crate::{
    types::{JobOf, StatementOf},
    Config, Error, Jobs, Pallet,
};
use frame_support::ensure;
use quorate_primitives::{
    committee::Member,
    job::{JobPhase, OfKind},
    payload,
    traits::Consortium,
    BlockNumber, Hash, JobId,
};
use sp_runtime::traits::UniqueSaturatedInto;

impl<T: Config> Pallet<T> {
    /// Hash of block 0: what makes a signature good for this chain only. The system pallet never prunes it.
    pub(crate) fn genesis() -> Hash {
        frame_system::Pallet::<T>::block_hash(frame_system::pallet_prelude::BlockNumberFor::<T>::default())
    }

    /// The current height as the chain's own number type.
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().unique_saturated_into()
    }

    /// The job, when `member` may commit to it now.
    pub(crate) fn check_commit(id: JobId, member: u32) -> Result<JobOf<T>, Error<T>> {
        let job = Jobs::<T>::get(id).ok_or(Error::<T>::UnknownJob)?;
        match job.phase {
            JobPhase::Commit { until } => ensure!(Self::now() < until, Error::<T>::PhaseOver),
            JobPhase::Reveal { .. } | JobPhase::Closed { .. } => return Err(Error::<T>::PhaseOver),
        }
        let (_, statement) = Self::active_member(&job, member)?;
        ensure!(statement.commit.is_none(), Error::<T>::AlreadySubmitted);
        Ok(job)
    }

    /// The job, when `member` may reveal `outcome` now.
    pub(crate) fn check_reveal(
        id: JobId,
        member: u32,
        outcome: &T::Outcome,
        salt: [u8; 32],
    ) -> Result<JobOf<T>, Error<T>> {
        let job = Jobs::<T>::get(id).ok_or(Error::<T>::UnknownJob)?;
        match job.phase {
            JobPhase::Commit { .. } => return Err(Error::<T>::TooEarly),
            JobPhase::Reveal { until, .. } => ensure!(Self::now() < until, Error::<T>::PhaseOver),
            JobPhase::Closed { .. } => return Err(Error::<T>::PhaseOver),
        }
        ensure!(outcome.kind() == job.spec.work.kind(), Error::<T>::WrongKind);
        let (signer, statement) = Self::active_member(&job, member)?;
        let commit = statement.commit.ok_or(Error::<T>::NotCommitted)?;
        ensure!(statement.reveal.is_none(), Error::<T>::AlreadySubmitted);
        let opened = payload::outcome_commitment(Self::genesis(), id, &signer.validator, outcome, salt);
        ensure!(opened == commit, Error::<T>::DoesNotOpen);
        Ok(job)
    }

    /// The member of this number and its statements so far, while it is active.
    fn active_member(job: &JobOf<T>, member: u32) -> Result<(&Member, &StatementOf<T>), Error<T>> {
        let signer = job.committee.get(member as usize).ok_or(Error::<T>::NotInCommittee)?;
        let statement = job.statements.get(member as usize).ok_or(Error::<T>::NotInCommittee)?;
        ensure!(T::Consortium::is_active(&signer.validator), Error::<T>::NotActive);
        Ok((signer, statement))
    }
}
