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
/// Whether no job can be created.
#[storage_alias(verbatim)]
pub type RefuseJobs = StorageValue<MockJobs, bool, ValueQuery>;

/// The number of the first member of every committee.
pub const FIRST_VALIDATOR: u32 = 900;

pub struct MockJobs;

/// The id of a job, unless none can be created.
fn create<W: Encode>(spec: &JobSpec<W>) -> Result<JobId, DispatchError> {
    match RefuseJobs::get() {
        true => Err(DispatchError::Other("job refused")),
        false => Ok(payload::job_id(Hash::zero(), spec)),
    }
}

impl Jobs<Aggregate> for MockJobs {
    fn create(spec: JobSpec<Aggregate>) -> Result<JobId, DispatchError> {
        let id = create(&spec)?;
        Created::mutate(|created| created.push((id, spec)));
        Ok(id)
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

impl Jobs<Evaluate> for MockJobs {
    fn create(spec: JobSpec<Evaluate>) -> Result<JobId, DispatchError> {
        let id = create(&spec)?;
        CreatedEvaluations::mutate(|created| created.push((id, spec)));
        Ok(id)
    }

    fn cancel(job: JobId) {
        <Self as Jobs<Aggregate>>::cancel(job);
    }

    fn verdicts(job: JobId) -> Vec<(AccountId, Verdict)> {
        <Self as Jobs<Aggregate>>::verdicts(job)
    }

    fn statements_root(first: Option<JobId>, job: JobId) -> Hash {
        <Self as Jobs<Aggregate>>::statements_root(first, job)
    }

    fn prune(job: JobId) {
        <Self as Jobs<Aggregate>>::prune(job);
    }
}

impl Jobs<Assess> for MockJobs {
    fn create(spec: JobSpec<Assess>) -> Result<JobId, DispatchError> {
        let id = create(&spec)?;
        CreatedAssessments::mutate(|created| created.push((id, spec)));
        Ok(id)
    }

    fn cancel(job: JobId) {
        <Self as Jobs<Aggregate>>::cancel(job);
    }

    fn verdicts(job: JobId) -> Vec<(AccountId, Verdict)> {
        <Self as Jobs<Aggregate>>::verdicts(job)
    }

    fn statements_root(first: Option<JobId>, job: JobId) -> Hash {
        <Self as Jobs<Aggregate>>::statements_root(first, job)
    }

    fn prune(job: JobId) {
        <Self as Jobs<Aggregate>>::prune(job);
    }
}

impl Jobs<Infer> for MockJobs {
    fn create(spec: JobSpec<Infer>) -> Result<JobId, DispatchError> {
        let id = create(&spec)?;
        CreatedBatches::mutate(|created| created.push((id, spec)));
        Ok(id)
    }

    fn cancel(job: JobId) {
        <Self as Jobs<Aggregate>>::cancel(job);
    }

    fn verdicts(job: JobId) -> Vec<(AccountId, Verdict)> {
        <Self as Jobs<Aggregate>>::verdicts(job)
    }

    fn statements_root(first: Option<JobId>, job: JobId) -> Hash {
        <Self as Jobs<Aggregate>>::statements_root(first, job)
    }

    fn prune(job: JobId) {
        <Self as Jobs<Aggregate>>::prune(job);
    }
}
