//! The score rows behind an outcome, from the detail blob of an aggregation or an assessment: this worker's own, or that of a peer which
//! computed the job.

use super::context::Context;
use crate::{failure::local, held};
use quorate_evaluation::assessment::AssessmentDetail;
use quorate_exact::Detail;
use quorate_primitives::{job::aggregate::ScoreRow, Root};
use quorate_protocol::{Failure, Output};

/// A detail of 1,024 updates over 2^35 coordinates is smaller.
pub(super) const MAX_DETAIL: u64 = 32 << 20;
/// Rounds through all peers. The node asks again.
const TRIES: usize = 7;

pub(super) async fn run(context: &Context, detail: Root, weights: &[u32]) -> Result<Output, Failure> {
    let blob = held::detail(&context.worker, &detail.0, MAX_DETAIL, TRIES).await?;
    let (scores, selection) = scores(&blob)?;
    Ok(Output::Rows(ScoreRow::of_job(&scores, &selection, weights)))
}

/// Scores and the rule's selection weights.
fn scores(blob: &[u8]) -> Result<(Vec<u32>, Vec<u32>), Failure> {
    if AssessmentDetail::begins(blob) {
        let detail = AssessmentDetail::decode(blob).map_err(local)?;
        return Ok((detail.scores, detail.selection));
    }
    let detail = Detail::decode(blob).map_err(local)?;
    Ok((detail.scores_ppm, detail.selection_weights))
}
