//! Who is told how a job ends.

use crate::{Capabilities, Evaluation, Inference, Reputation, Rounds};
use frame_support::weights::Weight;
use quorate_primitives::{
    job::{Aggregate, Assess, JobEnd, JobSpec, Outcome, Requester, Verdict, Work},
    traits::{Capabilities as _, JobHandler, VerdictSink},
    AccountId, JobId,
};

/// Those who asked for jobs, by the kind of work.
pub struct JobHandlers;

impl JobHandler for JobHandlers {
    fn agreed(job: JobId, spec: &JobSpec, outcome: &Outcome) {
        match (&spec.work, outcome) {
            (Work::Aggregate(work), Outcome::Aggregate(outcome)) => Rounds::agreed(job, &with(spec, work), outcome),
            (Work::Evaluate(work), Outcome::Evaluate(outcome)) => Evaluation::agreed(job, &with(spec, work), outcome),
            (Work::Assess(work), Outcome::Assess(outcome)) => Rounds::agreed(job, &with(spec, work), outcome),
            (Work::Infer(work), Outcome::Infer(outcome)) => Inference::agreed(job, &with(spec, work), outcome),
            // An outcome of another kind than the work is never revealed.
            (Work::Aggregate(_) | Work::Evaluate(_) | Work::Assess(_) | Work::Infer(_), _) => (),
        }
    }

    fn closed(job: JobId, spec: &JobSpec, end: JobEnd) {
        match &spec.work {
            Work::Aggregate(work) => Rounds::closed(job, &with(spec, work), of_kind(end, Outcome::aggregate)),
            Work::Evaluate(work) => Evaluation::closed(job, &with(spec, work), of_kind(end, Outcome::evaluate)),
            Work::Assess(work) => Rounds::closed(job, &with(spec, work), of_kind(end, Outcome::assess)),
            Work::Infer(work) => Inference::closed(job, &with(spec, work), of_kind(end, Outcome::infer)),
        }
    }

    fn agreed_weight() -> Weight {
        <Rounds as JobHandler<Aggregate, _>>::agreed_weight()
            .max(<Rounds as JobHandler<Assess, _>>::agreed_weight())
            .max(Evaluation::agreed_weight())
            .max(Inference::agreed_weight())
    }

    fn closed_weight() -> Weight {
        <Rounds as JobHandler<Aggregate, _>>::closed_weight()
            .max(<Rounds as JobHandler<Assess, _>>::closed_weight())
            .max(Evaluation::closed_weight())
            .max(Inference::closed_weight())
    }
}

/// The end with the outcome of one kind.
fn of_kind<O: Copy>(end: JobEnd, outcome: fn(&Outcome) -> Option<&O>) -> JobEnd<O> {
    match end {
        JobEnd::Agreed(agreed) => outcome(&agreed).map_or(JobEnd::NoQuorum, |outcome| JobEnd::Agreed(*outcome)),
        JobEnd::NoQuorum => JobEnd::NoQuorum,
    }
}

/// The envelope with the work of one kind.
fn with<W: Clone>(spec: &JobSpec, work: &W) -> JobSpec<W> {
    JobSpec {
        requester: spec.requester,
        attempt: spec.attempt,
        exact_version: spec.exact_version,
        commit: spec.commit,
        reveal: spec.reveal,
        committee: spec.committee.clone(),
        work: work.clone(),
    }
}

/// Whoever learns from verdicts: reputations, and what validators are taken to be capable of.
pub struct Verdicts;

impl VerdictSink for Verdicts {
    fn judged(validator: &AccountId, requester: Requester, verdict: Verdict) {
        Reputation::judged(validator, requester, verdict);
        if let (Requester::Batch(_), Verdict::Silent) = (requester, verdict) {
            Capabilities::silent(validator);
        }
    }

    fn judged_weight() -> Weight {
        Reputation::judged_weight().saturating_add(Capabilities::silent_weight())
    }
}
