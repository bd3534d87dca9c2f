//! Weights. PROVISIONAL: estimated by hand from the number of storage accesses, hashes and signature checks, generous by
//! a factor of two or more, and not yet measured by benchmarks.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// Weights of this pallet alone; what the job's handler does is added from `JobHandler`.
pub trait WeightInfo {
    fn commit() -> Weight;
    fn authorize_commit() -> Weight;
    fn reveal() -> Weight;
    fn authorize_reveal() -> Weight;
    /// `rows`: rows of the page.
    fn settle(rows: u32) -> Weight;
    fn authorize_settle(rows: u32) -> Weight;
    /// `active`: open jobs; `ended`: those whose phase ends now.
    fn on_initialize(active: u32, ended: u32) -> Weight;
    fn on_initialize_paused(active: u32) -> Weight;
}

/// Estimates for a machine that checks an sr25519 signature in 60 µs.
pub struct Provisional<T>(PhantomData<T>);

/// Proof size of one job: 32 members of 68 bytes, as many statements of at most 220 bytes, the specification.
const JOB_BYTES: u64 = 10_240;

fn work<T: frame_system::Config>(micros: u64, jobs: u64, reads: u64, writes: u64) -> Weight {
    Weight::from_parts(micros.saturating_mul(1_000_000), jobs.saturating_mul(JOB_BYTES))
        .saturating_add(T::DbWeight::get().reads_writes(reads.saturating_add(jobs), writes.saturating_add(jobs)))
}

impl<T: frame_system::Config> WeightInfo for Provisional<T> {
    fn commit() -> Weight {
        // Job, list of active jobs, 32 validators' standing; the last commit may close the job, which asks for that again.
        work::<T>(500, 1, 70, 1)
    }

    fn authorize_commit() -> Weight {
        work::<T>(120, 1, 2, 0)
    }

    fn reveal() -> Weight {
        // As for a commit; the job is written when the outcome is in, and again when it is closed.
        work::<T>(600, 2, 70, 1)
    }

    fn authorize_reveal() -> Weight {
        work::<T>(150, 1, 2, 0)
    }

    fn settle(rows: u32) -> Weight {
        work::<T>(60, 1, 1, 0).saturating_add(Weight::from_parts(1_000_000, 0).saturating_mul(rows.into()))
    }

    fn authorize_settle(rows: u32) -> Weight {
        work::<T>(60, 1, 1, 0).saturating_add(Weight::from_parts(1_000_000, 0).saturating_mul(rows.into()))
    }

    fn on_initialize(active: u32, ended: u32) -> Weight {
        work::<T>(30, 1, 1, 0)
            .saturating_mul(u64::from(active).saturating_add(1))
            .saturating_add(Self::reveal().saturating_mul(ended.into()))
    }

    fn on_initialize_paused(active: u32) -> Weight {
        work::<T>(40, 1, 1, 1).saturating_mul(u64::from(active).saturating_add(1))
    }
}

impl WeightInfo for () {
    fn commit() -> Weight {
        Weight::zero()
    }
    fn authorize_commit() -> Weight {
        Weight::zero()
    }
    fn reveal() -> Weight {
        Weight::zero()
    }
    fn authorize_reveal() -> Weight {
        Weight::zero()
    }
    fn settle(_: u32) -> Weight {
        Weight::zero()
    }
    fn authorize_settle(_: u32) -> Weight {
        Weight::zero()
    }
    fn on_initialize(_: u32, _: u32) -> Weight {
        Weight::zero()
    }
    fn on_initialize_paused(_: u32) -> Weight {
        Weight::zero()
    }
}
