//! Version 0 to 1: a job's specification has a seed and an optimiser state.
//!
//! Jobs keep their ids: the id of a job of specification version 1 leaves both out. A job that is open while this happens is
//! not computed by workers that know version 2 alone; its one retry is of version 2. All jobs are read and written in one block.

use crate::{Config, Jobs, Pallet};
use frame_support::{
    migrations::VersionedMigration,
    traits::{Get, UncheckedOnRuntimeUpgrade},
    weights::Weight,
};
use quorate_primitives::{job::Job, legacy};

/// What was stored.
pub mod v0 {
    use super::*;
    use codec::{Decode, Encode};
    use frame_support::{pallet_prelude::ConstU32, storage_alias, BoundedVec, Identity};
    use quorate_primitives::{
        job::{Committee, JobPhase, Outcome, Statement},
        BlockNumber, JobId, MAX_COMMITTEE,
    };

    /// See [`quorate_primitives::job::Job`].
    #[derive(Clone, Encode, Decode)]
    pub struct Job {
        pub spec: legacy::JobSpec,
        pub created_at: BlockNumber,
        pub phase: JobPhase,
        pub committee: Committee,
        pub statements: BoundedVec<Statement, ConstU32<MAX_COMMITTEE>>,
        pub agreed: Option<Outcome>,
        pub pages_settled: u32,
    }

    #[storage_alias]
    pub type Jobs<T: Config> = StorageMap<Pallet<T>, Identity, JobId, Job>;
}

/// The migration, run once.
pub type Migrate<T> = VersionedMigration<0, 1, Inner<T>, Pallet<T>, <T as frame_system::Config>::DbWeight>;

/// What the migration does.
pub struct Inner<T>(core::marker::PhantomData<T>);

impl<T: Config> UncheckedOnRuntimeUpgrade for Inner<T> {
    fn on_runtime_upgrade() -> Weight {
        let mut jobs = 0u64;
        Jobs::<T>::translate_values(|old: v0::Job| {
            jobs = jobs.saturating_add(1);
            Some(job(old))
        });
        T::DbWeight::get().reads_writes(jobs, jobs)
    }
}

fn job(old: v0::Job) -> Job {
    Job {
        spec: old.spec.into(),
        created_at: old.created_at,
        phase: old.phase,
        committee: old.committee,
        statements: old.statements,
        agreed: old.agreed,
        pages_settled: old.pages_settled,
    }
}
