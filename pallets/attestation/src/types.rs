//! The job with the runtime's kinds of work, and a member's open task.

use crate::Config;
use quorate_primitives::{
    job::{Job, JobSpec, Statement},
    views::tasks::JobStage,
    BlockNumber, JobId,
};

/// The most bytes of a job: 32 members of 68 bytes, as many statements of at most 220 bytes, the specification. The weights count
/// with it, and the integrity test checks it against the runtime's kinds of work.
pub const JOB_BYTES: u64 = 10_240;

/// A job of any of the runtime's kinds.
pub type JobOf<T> = Job<<T as Config>::Work, <T as Config>::Outcome>;
pub(crate) type StatementOf<T> = Statement<<T as Config>::Outcome>;

/// What one member still has to do in one job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemberTask<W> {
    pub id: JobId,
    pub member: u32,
    pub spec: JobSpec<W>,
    pub stage: JobStage,
    /// The statement counts before this block.
    pub until: BlockNumber,
}
