//! The mock of `attestation`.

use super::world::*;
use quorate_primitives::{
    job::{Aggregate, JobSpec, Verdict},
    payload,
    traits::Jobs,
    AccountId, Hash, JobId,
};
use sp_runtime::DispatchError;

pub struct MockJobs;

impl Jobs<Aggregate> for MockJobs {
    fn create(spec: JobSpec<Aggregate>) -> Result<JobId, DispatchError> {
        if world().refuse_jobs {
            return Err(DispatchError::Other("job refused"));
        }
        let id = payload::job_id(crate::Pallet::<super::Test>::genesis_hash(), &spec);
        change(|world| world.jobs.push((id, spec)));
        Ok(id)
    }

    fn cancel(job: JobId) {
        change(|world| world.cancelled.push(job));
    }

    fn verdicts(_: JobId) -> Vec<(AccountId, Verdict)> {
        (0..).map(validator).zip(world().verdicts).collect()
    }

    fn statements_root(job: JobId) -> Hash {
        payload::tagged(b"statements", &job)
    }

    fn prune(job: JobId) {
        change(|world| world.pruned.push(job));
    }
}
