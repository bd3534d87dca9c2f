//! An assessment that was computed here, as the chain has it.

use quorate_engine::Assessed;
use quorate_evaluation::assessment::AssessmentDetail;
use quorate_primitives::{
    job::{
        aggregate::{page_hashes, scores_root, ScoreRow},
        assess::{AssessOutcome, Measures},
    },
    Root,
};

/// Outcome and what is behind it.
pub(super) struct Computed {
    pub outcome: AssessOutcome,
    /// None: it does not fit, for this reason.
    pub detail: Result<AssessmentDetail, String>,
    /// One for each update, if there are scores.
    pub rows: Option<Vec<ScoreRow>>,
}

impl Computed {
    /// `claimed`: the updates' weights, in the sealed order.
    pub fn new(made: Assessed, claimed: &[u32]) -> Self {
        let (found, detail) = match made {
            Assessed::Unfit(reason) => {
                return Self {
                    outcome: AssessOutcome::Unfit,
                    detail: Err(reason),
                    rows: None,
                }
            }
            Assessed::Done { measures, detail } => (measures, detail),
        };
        let scored = !detail.scores.is_empty();
        let rows = scored.then(|| ScoreRow::of_job(&detail.scores, &detail.selection, claimed));
        let bytes = detail.encode();
        let outcome = AssessOutcome::Done {
            measures: Measures {
                sets: found.sets,
                loss_before: found.loss_before,
                loss: found.loss,
                increase: found.increase,
                correct_before: found.correct_before,
                correct: found.correct,
            },
            counted: detail.counted(),
            detail: Root::from(quorate_exact::root(&bytes)),
            detail_len: bytes.len() as u64,
            scores: rows.as_ref().map(|rows| scores_root(&page_hashes(rows))),
        };
        Self {
            outcome,
            detail: Ok(detail),
            rows,
        }
    }
}
