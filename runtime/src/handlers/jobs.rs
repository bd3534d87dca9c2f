//! Who is told how a job ends.

use crate::Rounds;
use frame_support::weights::Weight;
use quorate_primitives::{
    job::{JobEnd, JobSpec, Outcome, Work},
    traits::JobHandler,
    JobId,
};

/// Those who asked for jobs, by the kind of work.
pub struct JobHandlers;

impl JobHandler for JobHandlers {
    fn agreed(job: JobId, spec: &JobSpec, outcome: &Outcome) {
        match (&spec.work, outcome) {
            (Work::Aggregate(work), Outcome::Aggregate(outcome)) => Rounds::agreed(job, &with(spec, work), outcome),
        }
    }

    fn closed(job: JobId, spec: &JobSpec, end: JobEnd) {
        match &spec.work {
            Work::Aggregate(work) => {
                let end = match end {
                    JobEnd::Agreed(Outcome::Aggregate(outcome)) => JobEnd::Agreed(outcome),
                    JobEnd::NoQuorum => JobEnd::NoQuorum,
                };
                Rounds::closed(job, &with(spec, work), end);
            }
        }
    }

    fn agreed_weight() -> Weight {
        Rounds::agreed_weight()
    }

    fn closed_weight() -> Weight {
        Rounds::closed_weight()
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
        committee: spec.committee,
        work: work.clone(),
    }
}
