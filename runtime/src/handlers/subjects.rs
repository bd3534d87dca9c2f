//! Who is told what votes on availability amount to.

use crate::{Artifacts, Evaluation, Inference, Models, Rounds};
use frame_support::weights::Weight;
use quorate_primitives::{
    availability::{Finding, Subject},
    traits::AvailabilityHandler,
};

/// Those who asked for votes, by the kind of subject.
pub struct Subjects;

impl AvailabilityHandler for Subjects {
    fn found(subject: Subject, item: u32, finding: Finding) -> Weight {
        match subject {
            Subject::Genesis(_) => Models::found(subject, item, finding),
            Subject::Round(_) => Rounds::found(subject, item, finding),
            Subject::Artifact(_) => Artifacts::found(subject, item, finding),
            Subject::Shards(_) => Evaluation::found(subject, item, finding),
            Subject::Request(_) => Inference::found(subject, item, finding),
        }
    }

    fn voted(subject: Subject) -> Weight {
        match subject {
            Subject::Genesis(_) => Models::voted(subject),
            Subject::Round(_) => Rounds::voted(subject),
            Subject::Artifact(_) => Artifacts::voted(subject),
            Subject::Shards(_) => Evaluation::voted(subject),
            Subject::Request(_) => Inference::voted(subject),
        }
    }

    fn ending(subject: Subject) {
        if let Subject::Shards(_) = subject {
            Evaluation::ending(subject);
        }
    }

    fn ended(subject: Subject) -> Weight {
        match subject {
            Subject::Genesis(_) => Models::ended(subject),
            Subject::Round(_) => Rounds::ended(subject),
            Subject::Artifact(_) => Artifacts::ended(subject),
            Subject::Shards(_) => Evaluation::ended(subject),
            Subject::Request(_) => Inference::ended(subject),
        }
    }

    fn found_weight() -> Weight {
        Models::found_weight()
            .max(Rounds::found_weight())
            .max(Artifacts::found_weight())
            .max(Evaluation::found_weight())
            .max(Inference::found_weight())
    }

    fn voted_weight() -> Weight {
        Models::voted_weight()
            .max(Rounds::voted_weight())
            .max(Artifacts::voted_weight())
            .max(Evaluation::voted_weight())
            .max(Inference::voted_weight())
    }

    fn ended_weight() -> Weight {
        Models::ended_weight()
            .max(Rounds::ended_weight())
            .max(Artifacts::ended_weight())
            .max(Evaluation::ended_weight())
            .max(Inference::ended_weight())
    }
}
