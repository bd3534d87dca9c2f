//! Rounds and updates for tests, here and in what stands on this crate. Behind a feature they would have the tests compile this crate, and all that
//! stands on it, a second time.

use crate::policy::standard;
use quorate_exact::Rule;
use quorate_primitives::{
    update::{Encoding, Update, UpdateStatus},
    views::{RoundPhase, RoundView},
    AccountId, Hash, ModelId, RoundId, VersionIndex,
};

/// A round that collects until block 100, of the median of ten updates, without one yet.
pub fn collecting(id: RoundId, (model, base): (ModelId, VersionIndex)) -> RoundView {
    RoundView {
        id,
        model,
        base,
        policy: standard(Rule::Median, 10),
        phase: RoundPhase::Collecting { until: 100 },
        opened_at: 1,
        sealed_at: None,
        recorded_at: None,
        version: None,
        job: None,
        refund: None,
        escrow: 0,
        updates: Vec::new(),
        assessment: None,
    }
}

/// An update of weight 5, committed to in block 2.
pub fn update(contributor: &AccountId, status: UpdateStatus) -> Update {
    Update {
        contributor: contributor.clone(),
        organisation: 0,
        commitment: Hash::zero(),
        weight: 5,
        encoding: Encoding::DenseF32,
        submitted_at: 2,
        status,
        root: None,
        index: None,
        score: None,
    }
}
