//! Who is told what votes on availability amount to.

use crate::{Artifacts, Models, Rounds};
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
            Subject::Shards(_) | Subject::Request(_) => Weight::zero(),
        }
    }

    fn voted(subject: Subject) -> Weight {
        match subject {
            Subject::Genesis(_) => Models::voted(subject),
            Subject::Round(_) => Rounds::voted(subject),
            Subject::Artifact(_) => Artifacts::voted(subject),
            Subject::Shards(_) | Subject::Request(_) => Weight::zero(),
        }
    }

    fn ended(subject: Subject) -> Weight {
        match subject {
            Subject::Genesis(_) => Models::ended(subject),
            Subject::Round(_) => Rounds::ended(subject),
            Subject::Artifact(_) => Artifacts::ended(subject),
            Subject::Shards(_) | Subject::Request(_) => Weight::zero(),
        }
    }

    fn found_weight() -> Weight {
        Models::found_weight()
            .max(Rounds::found_weight())
            .max(Artifacts::found_weight())
    }

    fn voted_weight() -> Weight {
        Models::voted_weight()
            .max(Rounds::voted_weight())
            .max(Artifacts::voted_weight())
    }

    fn ended_weight() -> Weight {
        Models::ended_weight()
            .max(Rounds::ended_weight())
            .max(Artifacts::ended_weight())
    }
}
