//! The job with the runtime's kinds of work, and a member's open task.

use crate::Config;
use alloc::vec::Vec;
use codec::{Decode, Encode};
use quorate_primitives::{
    job::{Job, JobPhase, JobSpec, Statement, Verdict},
    views::tasks::JobStage,
    AccountId, BlockNumber, JobId, OrganisationId,
};
use scale_info::TypeInfo;

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

/// A job, as view functions show it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct JobReport<W, O> {
    pub spec: JobSpec<W>,
    pub created_at: BlockNumber,
    pub phase: JobPhase,
    /// What a quorum revealed.
    pub agreed: Option<O>,
    /// So many members have to reveal the same.
    pub quorum: u32,
    /// The first attempt, where it is a retry.
    pub first: Option<JobId>,
    /// The committee, at most 32, in its order.
    pub members: Vec<MemberReport<O>>,
}

/// What one member of a committee has stated.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct MemberReport<O> {
    pub validator: AccountId,
    pub organisation: OrganisationId,
    /// Whether its statements are accepted at this block.
    pub active: bool,
    pub committed: bool,
    pub revealed: Option<O>,
    /// Set when the job is closed.
    pub verdict: Option<Verdict>,
}
