//! Weights of the calls and of the hook.
//!
//! Estimates: from the number of storage accesses, hashes and signature checks, generous by a factor of two or more.

use crate::types::JOB_BYTES;
use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// Weights of this pallet alone; those of the job's handler and of the verdict sink are added from their traits.
pub trait WeightInfo {
    fn commit() -> Weight;
    fn authorize_commit() -> Weight;
    fn reveal() -> Weight;
    fn authorize_reveal() -> Weight;
    /// Finding the attempt before an agreed retry, and writing its verdicts.
    fn judge_first() -> Weight;
    /// Looking at `active` open jobs.
    fn on_initialize(active: u32) -> Weight;
    /// Ending the phases of `ended` jobs.
    fn end_phases(ended: u32) -> Weight;
    fn on_initialize_paused(active: u32) -> Weight;
}

/// Estimates for a machine that checks an sr25519 signature in 60 µs.
pub struct SubstrateWeight<T>(PhantomData<T>);

fn work<T: frame_system::Config>(micros: u64, jobs: u64, reads: u64, writes: u64) -> Weight {
    Weight::from_parts(micros.saturating_mul(1_000_000), jobs.saturating_mul(JOB_BYTES))
        .saturating_add(T::DbWeight::get().reads_writes(reads.saturating_add(jobs), writes.saturating_add(jobs)))
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn commit() -> Weight {
        // Job, list of active jobs, standing of 32 validators and of their organisations; the last commit may close the job,
        // which asks for the standing again and finds it in the cache.
        work::<T>(500, 1, 70, 1)
    }

    fn authorize_commit() -> Weight {
        work::<T>(120, 1, 4, 0)
    }

    fn reveal() -> Weight {
        // As for a commit; the job is written when the outcome is in, read again after the handler, and written when it is
        // closed.
        work::<T>(600, 3, 70, 1)
    }

    fn authorize_reveal() -> Weight {
        work::<T>(150, 1, 4, 0)
    }

    fn judge_first() -> Weight {
        work::<T>(300, 1, 0, 0)
    }

    fn on_initialize(active: u32) -> Weight {
        // Every open job is read.
        Weight::from_parts(30_000_000, JOB_BYTES)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_mul(u64::from(active).saturating_add(1))
    }

    fn end_phases(ended: u32) -> Weight {
        Self::reveal().saturating_mul(ended.into())
    }

    fn on_initialize_paused(active: u32) -> Weight {
        work::<T>(40, 1, 0, 0).saturating_mul(u64::from(active).saturating_add(1))
    }
}
