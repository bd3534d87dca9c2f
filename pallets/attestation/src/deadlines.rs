//! The chain drives deadlines itself: no transaction is needed for a job to end.

use crate::{types::JobOf, ActiveJobs, Config, Event, Jobs, Pallet, WeightInfo};
use frame_support::{pallet_prelude::Weight, traits::Get};
use quorate_primitives::{
    job::{JobPhase, JobSpec},
    traits::Protected,
    BlockNumber, JobId,
};

impl<T: Config> Pallet<T> {
    /// End the phases whose deadline has passed, at most `MaxTransitions` of them; the rest follow in the next blocks.
    /// While no transactions run, move every deadline by one block instead.
    pub(crate) fn drive_deadlines() -> Weight {
        // A copy: closing a job changes the list, and its handler may add the retry, which is not due yet.
        let active = ActiveJobs::<T>::get();
        let looked_at = u32::try_from(active.len()).unwrap_or(u32::MAX);
        if T::Protected::no_transactions() {
            active.iter().for_each(|id| Self::shift(*id));
            return T::WeightInfo::on_initialize_paused(looked_at);
        }
        let now = Self::now();
        let (mut ended, mut called) = (0u32, Weight::zero());
        for id in active.iter() {
            if ended >= T::MaxTransitions::get() {
                break;
            }
            let Some(job) = Jobs::<T>::get(id) else { continue };
            if deadline::<T>(&job).is_some_and(|until| until <= now) {
                called = called.saturating_add(Self::end_phase(*id, job));
                ended = ended.saturating_add(1);
            }
        }
        Self::hook_weight(looked_at, ended).saturating_add(called)
    }

    /// What a block weighs that looks at so many jobs and ends so many of them, without the calls to handler and verdict sink.
    fn hook_weight(looked_at: u32, ended: u32) -> Weight {
        let look = T::WeightInfo::on_initialize(looked_at);
        match ended {
            0 => look,
            _ => look.saturating_add(T::WeightInfo::end_phases()),
        }
    }

    /// The most that the hook weighs: every job is open, and as many as may end do, each of them an agreed retry.
    pub fn heaviest_hook() -> Weight {
        let (active, ended) = (T::MaxActiveJobs::get(), T::MaxTransitions::get());
        let close = Self::close_weight()
            .saturating_add(Self::judge_first_weight())
            .saturating_mul(ended.into());
        let ending = Self::hook_weight(active, ended).saturating_add(close);
        ending.max(T::WeightInfo::on_initialize_paused(active))
    }

    /// Returns the weight of the calls to handler and verdict sink.
    fn end_phase(id: JobId, job: JobOf<T>) -> Weight {
        match job.phase {
            JobPhase::Commit { .. } => Self::end_commit(id, job),
            JobPhase::Reveal { .. } => Self::close(id, job),
            JobPhase::Closed { .. } => Weight::zero(),
        }
    }

    pub(crate) fn shift(id: JobId) {
        let Some(mut job) = Jobs::<T>::get(id) else { return };
        let moved = match &mut job.phase {
            JobPhase::Commit { until } | JobPhase::Reveal { until, .. } => {
                *until = until.saturating_add(1);
                *until
            }
            JobPhase::Closed { .. } => return,
        };
        Jobs::<T>::insert(id, job);
        Self::deposit_event(Event::DeadlineShifted { job: id, until: moved });
    }

    /// The deadline for commits once a quorum is in, if it is earlier than `until`. The retry has none: it waits for all.
    pub(crate) fn closing_deadline(spec: &JobSpec<T::Work>, until: BlockNumber) -> Option<BlockNumber> {
        let left = until.saturating_sub(Self::now());
        // Blocks without transactions moved `until`, so they count as not used.
        let used = spec.commit.saturating_sub(left);
        let closing = Self::now().saturating_add(grace(used, T::MinGrace::get()));
        (spec.attempt == 0 && closing < until).then_some(closing)
    }
}

/// Blocks for which commits still count after a quorum of them, when it took `used` blocks to come together.
pub(crate) fn grace(used: BlockNumber, least: BlockNumber) -> BlockNumber {
    (used / 2).max(least)
}

/// The first block in which a statement no longer counts.
fn deadline<T: Config>(job: &JobOf<T>) -> Option<BlockNumber> {
    match job.phase {
        JobPhase::Commit { until } | JobPhase::Reveal { until, .. } => Some(until),
        JobPhase::Closed { .. } => None,
    }
}
