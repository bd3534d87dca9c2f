//! What each statement needs, apart from its signature. Asked twice: by the pool and the block builder through
//! `authorize`, and again when the call runs, since nothing is lost by it.

use crate::{Config, Error, Jobs, Pallet};
use frame_support::ensure;
use quorate_primitives::{
    job::{Job, JobPhase, Member, Outcome, PageHashes, ScoreRow, Statement},
    payload,
    traits::Consortium,
    BlockNumber, Hash, JobId, SETTLEMENT_PAGE,
};
use sp_runtime::traits::UniqueSaturatedInto;

/// Number of settlement pages of a job with `inputs` updates.
pub(crate) const fn page_count(inputs: u32) -> u32 {
    inputs.div_ceil(SETTLEMENT_PAGE)
}

/// Number of rows of `page` of a job with `inputs` updates.
const fn rows_of_page(inputs: u32, page: u32) -> u32 {
    let rest = inputs.saturating_sub(page.saturating_mul(SETTLEMENT_PAGE));
    if rest < SETTLEMENT_PAGE {
        rest
    } else {
        SETTLEMENT_PAGE
    }
}

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
    pub(crate) fn check_commit(id: JobId, member: u32) -> Result<Job, Error<T>> {
        let job = Jobs::<T>::get(id).ok_or(Error::<T>::UnknownJob)?;
        match job.phase {
            JobPhase::Commit { until } => ensure!(Self::now() <= until, Error::<T>::PhaseOver),
            JobPhase::Reveal { .. } | JobPhase::Closed { .. } => return Err(Error::<T>::PhaseOver),
        }
        let (_, statement) = Self::heard(&job, member)?;
        ensure!(statement.commit.is_none(), Error::<T>::AlreadySubmitted);
        Ok(job)
    }

    /// The job, when `member` may reveal `outcome` now.
    pub(crate) fn check_reveal(id: JobId, member: u32, outcome: &Outcome, salt: [u8; 32]) -> Result<Job, Error<T>> {
        let job = Jobs::<T>::get(id).ok_or(Error::<T>::UnknownJob)?;
        match job.phase {
            JobPhase::Commit { .. } => return Err(Error::<T>::TooEarly),
            JobPhase::Reveal { until } => ensure!(Self::now() <= until, Error::<T>::PhaseOver),
            JobPhase::Closed { .. } => return Err(Error::<T>::PhaseOver),
        }
        let (speaker, statement) = Self::heard(&job, member)?;
        let commit = statement.commit.ok_or(Error::<T>::NotCommitted)?;
        ensure!(statement.reveal.is_none(), Error::<T>::AlreadySubmitted);
        let opened = payload::outcome_commitment(Self::genesis(), id, &speaker.validator, outcome, salt);
        ensure!(opened == commit, Error::<T>::DoesNotOpen);
        Ok(job)
    }

    /// The job, when `rows` are its next settlement page.
    pub(crate) fn check_settle(id: JobId, page: u32, rows: &[ScoreRow], pages: &PageHashes) -> Result<Job, Error<T>> {
        let job = Jobs::<T>::get(id).ok_or(Error::<T>::UnknownJob)?;
        ensure!(matches!(job.phase, JobPhase::Closed { .. }), Error::<T>::TooEarly);
        let agreed = job.agreed.ok_or(Error::<T>::NoAgreement)?;
        ensure!(
            page == job.pages_settled && page < page_count(job.spec.inputs),
            Error::<T>::PageOutOfOrder
        );
        ensure!(pages.len() == page_count(job.spec.inputs) as usize, Error::<T>::BadPage);
        ensure!(
            rows.len() == rows_of_page(job.spec.inputs, page) as usize,
            Error::<T>::BadPage
        );
        ensure!(
            pages.get(page as usize) == Some(&payload::page_hash(rows)),
            Error::<T>::BadPage
        );
        ensure!(payload::scores_root(pages) == agreed.scores, Error::<T>::BadPage);
        Ok(job)
    }

    /// The member of this number and what it has said so far, while it is heard.
    fn heard(job: &Job, member: u32) -> Result<(&Member, &Statement), Error<T>> {
        let speaker = job.committee.get(member as usize).ok_or(Error::<T>::NotInCommittee)?;
        let statement = job.statements.get(member as usize).ok_or(Error::<T>::NotInCommittee)?;
        ensure!(T::Consortium::is_active(&speaker.validator), Error::<T>::NotActive);
        Ok((speaker, statement))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_all_inputs_once() {
        for inputs in [1, 63, 64, 65, 128, 1_000, 1_024] {
            let rows: u32 = (0..page_count(inputs)).map(|page| rows_of_page(inputs, page)).sum();
            assert_eq!(rows, inputs);
            assert!((0..page_count(inputs)).all(|page| rows_of_page(inputs, page) > 0));
            assert_eq!(rows_of_page(inputs, page_count(inputs)), 0);
        }
    }
}
