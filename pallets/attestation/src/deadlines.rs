//! The chain drives deadlines itself: no transaction is needed for a job to end.

use crate::{ActiveJobs, Config, Jobs, Pallet, WeightInfo};
use frame_support::{pallet_prelude::Weight, traits::Get};
use quorate_primitives::{
    job::{Job, JobPhase},
    BlockNumber, JobId,
};

impl<T: Config> Pallet<T> {
    /// End the phases whose deadline has passed, at most `MaxTransitions` of them; the rest follow in the next blocks.
    /// While transactions cannot run, move every deadline by one block instead.
    pub(crate) fn drive_deadlines() -> Weight {
        // A copy: closing a job changes the list, and its handler may add the retry, which is not due yet.
        let active = ActiveJobs::<T>::get();
        let looked_at = u32::try_from(active.len()).unwrap_or(u32::MAX);
        if T::TransactionsPaused::get() {
            active.iter().for_each(Self::shift);
            return T::WeightInfo::on_initialize_paused(looked_at);
        }
        let now = Self::now();
        let (mut ended, mut told) = (0u32, Weight::zero());
        for id in active.iter() {
            if ended >= T::MaxTransitions::get() {
                break;
            }
            let Some(job) = Jobs::<T>::get(id) else { continue };
            if deadline(&job).is_some_and(|until| until < now) {
                told = told.saturating_add(Self::end_phase(*id, job));
                ended = ended.saturating_add(1);
            }
        }
        T::WeightInfo::on_initialize(looked_at, ended).saturating_add(told)
    }

    /// Returns the weight of what the handler was told.
    fn end_phase(id: JobId, job: Job) -> Weight {
        match job.phase {
            JobPhase::Commit { .. } => Self::end_commit(id, job),
            JobPhase::Reveal { .. } => Self::close(id, job),
            JobPhase::Closed { .. } => Weight::zero(),
        }
    }

    fn shift(id: &JobId) {
        Jobs::<T>::mutate_extant(id, |job| match &mut job.phase {
            JobPhase::Commit { until } | JobPhase::Reveal { until } => *until = until.saturating_add(1),
            JobPhase::Closed { .. } => {}
        });
    }
}

/// The last block in which a statement counts.
pub(crate) fn deadline(job: &Job) -> Option<BlockNumber> {
    match job.phase {
        JobPhase::Commit { until } | JobPhase::Reveal { until } => Some(until),
        JobPhase::Closed { .. } => None,
    }
}
