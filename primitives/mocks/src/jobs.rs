//! The mock of `attestation`: jobs that never run; the test says how they end.

use crate::keys::account;
use codec::Encode;
use frame_support::{pallet_prelude::ValueQuery, storage_alias};
use quorate_primitives::{
    job::{Aggregate, Assess, Evaluate, Infer, JobSpec, Verdict},
    payload::{self, tagged},
    traits::Jobs,
    AccountId, Hash, JobId,
};
use sp_runtime::DispatchError;
use std::collections::BTreeMap;

/// The jobs that were asked for, in order.
#[storage_alias(verbatim)]
pub type Created = StorageValue<MockJobs, Vec<(JobId, JobSpec<Aggregate>)>, ValueQuery>;
/// The jobs of evaluations that were asked for, in order.
#[storage_alias(verbatim)]
pub type CreatedEvaluations = StorageValue<MockJobs, Vec<(JobId, JobSpec<Evaluate>)>, ValueQuery>;
/// The jobs of assessments that were asked for, in order.
#[storage_alias(verbatim)]
pub type CreatedAssessments = StorageValue<MockJobs, Vec<(JobId, JobSpec<Assess>)>, ValueQuery>;
/// The jobs of batches of requests that were asked for, in order.
#[storage_alias(verbatim)]
pub type CreatedBatches = StorageValue<MockJobs, Vec<(JobId, JobSpec<Infer>)>, ValueQuery>;
#[storage_alias(verbatim)]
pub type Cancelled = StorageValue<MockJobs, Vec<JobId>, ValueQuery>;
#[storage_alias(verbatim)]
pub type Pruned = StorageValue<MockJobs, Vec<JobId>, ValueQuery>;
/// The verdicts of every job, on the validators from [`FIRST_VALIDATOR`] on.
#[storage_alias(verbatim)]
pub type Verdicts = StorageValue<MockJobs, Vec<Verdict>, ValueQuery>;
/// The verdicts of single jobs that differ from that.
#[storage_alias(verbatim)]
pub type VerdictsOf = StorageValue<MockJobs, BTreeMap<JobId, Vec<Verdict>>, ValueQuery>;
/// The committees of single jobs, and how many of each have to agree; the mock makes none.
#[storage_alias(verbatim)]
pub type Committees = StorageValue<MockJobs, BTreeMap<JobId, (Vec<AccountId>, u32)>, ValueQuery>;
/// Whether no job can be created.
#[storage_alias(verbatim)]
pub type RefuseJobs = StorageValue<MockJobs, bool, ValueQuery>;

/// The number of the first member of every committee.
pub const FIRST_VALIDATOR: u32 = 900;

pub struct MockJobs;

/// Work whose jobs the mock keeps, each kind in a list of its own.
pub trait Kept: Encode + Sized {
    fn keep(id: JobId, spec: JobSpec<Self>);
}

macro_rules! kept {
    ($($work:ty => $list:ty),* $(,)?) => {$(
        impl Kept for $work {
            fn keep(id: JobId, spec: JobSpec<Self>) {
                <$list>::mutate(|created| created.push((id, spec)));
            }
        }
    )*};
}

kept! {
    Aggregate => Created,
    Evaluate => CreatedEvaluations,
    Assess => CreatedAssessments,
    Infer => CreatedBatches,
}

impl<W: Kept> Jobs<W> for MockJobs {
    fn create(spec: JobSpec<W>) -> Result<JobId, DispatchError> {
        if RefuseJobs::get() {
            return Err(DispatchError::Other("job refused"));
        }
        let id = payload::job_id(Hash::zero(), &spec);
        W::keep(id, spec);
        Ok(id)
    }

    fn retry(_: JobId, spec: JobSpec<W>) -> Result<JobId, DispatchError> {
        Self::create(spec)
    }

    fn committee(job: JobId) -> (Vec<AccountId>, u32) {
        Committees::get().remove(&job).unwrap_or_default()
    }

    fn cancel(job: JobId) {
        Cancelled::mutate(|cancelled| cancelled.push(job));
    }

    fn verdicts(job: JobId) -> Vec<(AccountId, Verdict)> {
        let verdicts = VerdictsOf::get().remove(&job).unwrap_or_else(Verdicts::get);
        (FIRST_VALIDATOR..).map(account).zip(verdicts).collect()
    }

    fn statements_root(first: Option<JobId>, job: JobId) -> Hash {
        tagged(b"statements", &(first, job))
    }

    fn prune(job: JobId) {
        Pruned::mutate(|pruned| pruned.push(job));
    }
}
