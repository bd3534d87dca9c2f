//! How a model's rounds are assessed: what a version must reach, and whether contributors are paid by what they improve.

use crate::{
    job::assess::{AssessOutcome, Measures, MAX_SHARDS},
    ArtifactId, BlockNumber, Ppm, PPM,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// Fewest suppliers of sealed shards: with three, of two foreign shards the lower median is the smaller one, and a poisoned shard would
/// leave anybody with nothing.
pub const MIN_SUPPLIERS: u32 = 4;
/// Fewest rows of a shard that a policy may ask for: measured contributions of two sets of so many differ by a few hundredths.
pub const MIN_SHARD_ROWS: u32 = 1_000;
/// Most rows of a shard.
pub const MAX_SHARD_ROWS: u32 = 1 << 20;

/// What is computed after a round's aggregation, on data that the round's contributors did not have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Assessment {
    /// The program, with outputs `loss` and perhaps `correct`.
    pub program: ArtifactId,
    /// A public data set, for the gate alone.
    pub benchmark: Option<ArtifactId>,
    /// Most thousands of millions of operations of one round's assessment, which its owner pays for.
    pub operations: u64,
    /// What a version must reach before a round may stand on it.
    pub gate: Option<Gate>,
    /// Set where contributors are paid by what they improve on sealed shards.
    pub contribution: Option<Contribution>,
}

/// What a version must reach.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Gate {
    /// Most that the mean loss may grow from the base to the version, in units of 2^−20.
    pub max_increase: u32,
    /// Least part of the rows in which the model is right.
    pub min_correct: Ppm,
}

/// How contributions are measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Contribution {
    /// Fewest and most organisations that supply a shard.
    pub min_suppliers: u32,
    pub max_suppliers: u32,
    /// Fewest and most rows of a shard; of those that count there are at least the fewest.
    pub min_rows: u32,
    pub max_rows: u32,
    /// Most bytes of a shard's file.
    pub max_len: u64,
    /// Blocks in which shards are revealed, from the seal of the updates on, and in which votes on them may still arrive after that.
    pub reveal: BlockNumber,
    pub vote: BlockNumber,
    /// Whether weights that contributors claim count. They cannot be checked, and raise what is paid: otherwise every update has
    /// weight 1.
    pub claimed_weights: bool,
}

/// Why a policy's assessment cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AssessmentError {
    /// Neither a gate nor contributions are asked for.
    Nothing,
    /// A gate needs a benchmark where there are no shards.
    NoBenchmark,
    /// `operations` must be at least 1.
    Operations,
    /// `min_correct` has at most one million.
    Correct,
    /// 4 ≤ min_suppliers ≤ max_suppliers ≤ 16 does not hold.
    Suppliers,
    /// 1,000 ≤ min_rows ≤ max_rows ≤ 2^20 does not hold.
    Rows,
    /// A shard has at least one byte.
    Length,
    /// A phase is shorter than the runtime's minimum or longer than its maximum.
    Deadline,
    /// Claimed weights do not count: `max_weight` must be 1.
    Weights,
}

impl fmt::Display for AssessmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("an assessment has a gate, a contribution, or both"),
            Self::NoBenchmark => f.write_str("a gate without sealed shards needs a benchmark"),
            Self::Operations => f.write_str("operations must be at least 1"),
            Self::Correct => write!(f, "min_correct has at most {PPM}"),
            Self::Suppliers => write!(
                f,
                "{MIN_SUPPLIERS} ≤ min_suppliers ≤ max_suppliers ≤ {MAX_SHARDS} does not hold"
            ),
            Self::Rows => write!(
                f,
                "{MIN_SHARD_ROWS} ≤ min_rows ≤ max_rows ≤ {MAX_SHARD_ROWS} does not hold"
            ),
            Self::Length => f.write_str("max_len must be at least 1"),
            Self::Deadline => write!(
                f,
                "revealing shards and votes on them last {} to {} blocks each",
                super::MIN_PHASE,
                super::MAX_PHASE
            ),
            Self::Weights => f.write_str("without claimed_weights every update has weight 1: set max_weight to 1"),
        }
    }
}

impl Assessment {
    /// Check every bound that does not depend on model and artifacts.
    ///
    /// # Errors
    /// As [`AssessmentError`] says.
    pub fn check(&self, max_weight: u32) -> Result<(), AssessmentError> {
        if self.gate.is_none() && self.contribution.is_none() {
            return Err(AssessmentError::Nothing);
        }
        if self.operations == 0 {
            return Err(AssessmentError::Operations);
        }
        if self.gate.is_some_and(|gate| gate.min_correct > PPM) {
            return Err(AssessmentError::Correct);
        }
        let Some(contribution) = &self.contribution else {
            return match self.benchmark {
                Some(_) => Ok(()),
                None => Err(AssessmentError::NoBenchmark),
            };
        };
        if !contribution.claimed_weights && max_weight != 1 {
            return Err(AssessmentError::Weights);
        }
        contribution.check()
    }

    /// Fewest data sets that count, for a gate to be judged by: where there are shards, one organisation's, or few of them, neither hold a
    /// version nor let it pass.
    pub fn fewest_sets(&self) -> u32 {
        self.contribution.map_or(1, |rules| rules.min_suppliers)
    }

    /// Whether a version that was assessed so passes the gate; every one does where there is none. `None`: there is no outcome.
    pub fn passes(&self, outcome: Option<&AssessOutcome>) -> bool {
        match (&self.gate, outcome) {
            (None, _) => true,
            (Some(gate), Some(AssessOutcome::Done { measures, .. })) => {
                measures.sets >= self.fewest_sets() && gate.admits(measures)
            }
            // A gate is closed unless a quorum opens it.
            (Some(_), Some(AssessOutcome::Unfit) | None) => false,
        }
    }

    /// Whether the updates of a round that was assessed so are scored by its aggregation. So they are where nobody is paid by contribution; and
    /// where the program does not fit, though there is a benchmark, for then program, benchmark and operations are the owner's choice, who
    /// would otherwise have a version for which nobody is paid.
    pub fn scored_by_aggregation(&self, outcome: Option<&AssessOutcome>) -> bool {
        let unfit = matches!(outcome, Some(AssessOutcome::Unfit));
        self.contribution.is_none() || (unfit && self.benchmark.is_some())
    }
}

impl Gate {
    fn admits(&self, measures: &Measures) -> bool {
        // A loss that shrank has an increase below 0.
        let grown = u32::try_from(measures.increase).unwrap_or_default();
        grown <= self.max_increase && measures.correct >= self.min_correct
    }
}

impl Contribution {
    /// Bytes of all shards of a round, at most.
    pub fn shards_len(&self) -> u64 {
        self.max_len.saturating_mul(self.max_suppliers.into())
    }

    fn check(&self) -> Result<(), AssessmentError> {
        let (fewest, most) = (self.min_suppliers, self.max_suppliers);
        if !(MIN_SUPPLIERS <= fewest && fewest <= most && most <= MAX_SHARDS) {
            return Err(AssessmentError::Suppliers);
        }
        let (fewest, most) = (self.min_rows, self.max_rows);
        if !(MIN_SHARD_ROWS <= fewest && fewest <= most && most <= MAX_SHARD_ROWS) {
            return Err(AssessmentError::Rows);
        }
        if self.max_len == 0 {
            return Err(AssessmentError::Length);
        }
        let phases = super::MIN_PHASE..=super::MAX_PHASE;
        if !phases.contains(&self.reveal) || !phases.contains(&self.vote) {
            return Err(AssessmentError::Deadline);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Root;

    const CONTRIBUTION: Contribution = Contribution {
        min_suppliers: 4,
        max_suppliers: 4,
        min_rows: 1_000,
        max_rows: 1_000,
        max_len: 1,
        reveal: 10,
        vote: 10,
        claimed_weights: false,
    };

    fn assessment(max_increase: u32, min_correct: Ppm) -> Assessment {
        Assessment {
            program: 0,
            benchmark: Some(1),
            operations: 1,
            gate: Some(Gate {
                max_increase,
                min_correct,
            }),
            contribution: None,
        }
    }

    fn done(sets: u32, increase: i32, correct: Ppm) -> AssessOutcome {
        AssessOutcome::Done {
            measures: Measures {
                sets,
                loss_before: 0,
                loss: increase,
                increase,
                correct_before: 0,
                correct,
            },
            counted: 0,
            detail: Root::zero(),
            detail_len: 1,
            scores: None,
        }
    }

    #[test]
    fn version_should_pass_what_its_gate_asks_for_and_no_less() {
        let by_shards = Assessment {
            contribution: Some(CONTRIBUTION),
            ..assessment(5, 7)
        };
        for (increase, correct, passed) in [
            (5, 7, true),
            (6, 7, false),
            (5, 6, false),
            (0, 7, true),
            (-9, 8, true),
            (i32::MIN, 7, true),
        ] {
            let found = done(1, increase, correct);
            assert_eq!(assessment(5, 7).passes(Some(&found)), passed, "{increase}, {correct}");
            assert!(!by_shards.passes(Some(&found)), "too few sets");
            assert_eq!(by_shards.passes(Some(&done(4, increase, correct))), passed);
        }
        assert!(!assessment(5, 7).passes(Some(&done(0, 0, 7))), "no set");
    }

    #[test]
    fn aggregation_should_score_what_is_not_paid_by_contribution_or_what_its_owner_made_unfit() {
        let gated = assessment(5, 7);
        let paid = Assessment {
            contribution: Some(CONTRIBUTION),
            ..gated
        };
        let bare = Assessment {
            benchmark: None,
            ..paid
        };
        let (scored, unfit) = (done(5, 0, 0), AssessOutcome::Unfit);
        for outcome in [None, Some(&scored), Some(&unfit)] {
            assert!(gated.scored_by_aggregation(outcome));
            assert_eq!(
                paid.scored_by_aggregation(outcome),
                outcome == Some(&unfit),
                "{outcome:?}"
            );
            // Suppliers alone may be the cause.
            assert!(!bare.scored_by_aggregation(outcome));
        }
    }

    #[test]
    fn gate_without_a_bound_should_let_any_loss_pass() {
        let bound = i32::MAX as u32;
        assert!(assessment(u32::MAX, 0).passes(Some(&done(1, i32::MAX, 0))));
        assert!(!assessment(bound - 1, 0).passes(Some(&done(1, i32::MAX, 0))));
    }

    #[test]
    fn gate_should_be_closed_unless_a_quorum_opens_it() {
        let open = assessment(u32::MAX, 0);
        assert!(!open.passes(None) && !open.passes(Some(&AssessOutcome::Unfit)));
        let none = Assessment { gate: None, ..open };
        assert!(none.passes(None) && none.passes(Some(&AssessOutcome::Unfit)));
    }
}
