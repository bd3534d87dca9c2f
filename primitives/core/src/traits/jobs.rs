use crate::{
    job::{JobEnd, JobSpec, Outcome, Requester, Verdict, Work},
    AccountId, Hash, JobId,
};
use alloc::vec::Vec;
use sp_runtime::{DispatchError, Weight};

/// Jobs of the committee, for a requester of work `W`. Implemented by `attestation`.
pub trait Jobs<W> {
    /// Start a job with a committee of active validators. A retry (attempt 1) is asked for when the first attempt is closed
    /// without an agreement; if all else in its specification is the same, its agreement judges the first attempt too.
    fn create(spec: JobSpec<W>) -> Result<JobId, DispatchError>;
    /// Start the retry of `first`, which is closed, with another committee: if work and arithmetic are the same, what it agrees on judges
    /// the first attempt too, also where that had agreed on something else.
    fn retry(first: JobId, spec: JobSpec<W>) -> Result<JobId, DispatchError>;
    /// The members of a job's committee, and how many of them have to agree; nobody when there is no such job, or no longer.
    fn committee(job: JobId) -> (Vec<AccountId>, u32);
    /// Stop a job that is not closed, without verdicts; the handler is not told. Does nothing to a closed one.
    fn cancel(job: JobId);
    /// Verdicts of a closed job, in the committee's order; empty before. Those of a first attempt without an agreement may change
    /// when its retry is closed.
    fn verdicts(job: JobId) -> Vec<(AccountId, Verdict)>;
    /// Members who agreed in a closed job, without those who were wrong in its first attempt, where there was one: who is paid for it.
    fn earners(first: Option<JobId>, job: JobId) -> Vec<AccountId> {
        let first = first.map(Self::verdicts).unwrap_or_default();
        let was_wrong = |who: &AccountId| {
            first
                .iter()
                .any(|(one, verdict)| one == who && *verdict == Verdict::Wrong)
        };
        let last = Self::verdicts(job).into_iter();
        last.filter(|(who, verdict)| *verdict == Verdict::Agreed && !was_wrong(who))
            .map(|(who, _)| who)
            .collect()
    }
    /// Merkle root over (job, member, statement) of closed jobs in their order: of the first attempt, where `job` is its retry, and
    /// of `job`.
    fn statements_root(first: Option<JobId>, job: JobId) -> Hash;
    /// Forget a closed job: its roots stand elsewhere and its retention has ended.
    fn prune(job: JobId);
}

/// Who asked for a job. Called by `attestation`; the runtime chooses the handler by the kind of work.
pub trait JobHandler<W = Work, O = Outcome> {
    /// A quorum revealed the same outcome: called once, as soon as that is so. Reveals may still follow.
    fn agreed(job: JobId, spec: &JobSpec<W>, outcome: &O);
    /// The job is closed; verdicts are set.
    fn closed(job: JobId, spec: &JobSpec<W>, end: JobEnd<O>);
    /// The most that `agreed` weighs.
    fn agreed_weight() -> Weight;
    /// The most that `closed` weighs.
    fn closed_weight() -> Weight;
}

/// Told each verdict once, and who asked for the job; `Unjudged` of a first attempt may be followed by what its retry shows. Implemented by `reputation`.
pub trait VerdictSink {
    fn judged(validator: &AccountId, requester: Requester, verdict: Verdict);
    /// The most that one `judged` weighs.
    fn judged_weight() -> Weight;
}

impl VerdictSink for () {
    fn judged(_: &AccountId, _: Requester, _: Verdict) {}

    fn judged_weight() -> Weight {
        Weight::zero()
    }
}
