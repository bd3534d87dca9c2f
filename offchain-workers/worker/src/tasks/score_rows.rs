//! The score rows behind an outcome, from the detail blob: this worker's own, or that of a peer which computed the job.

use super::context::Context;
use crate::failure::local;
use quorate_exact::Detail;
use quorate_primitives::{job::aggregate::ScoreRow, Root};
use quorate_protocol::{Failure, Output};

/// A detail of 1,024 updates over 2^35 coordinates is smaller.
const MAX_DETAIL: u64 = 32 << 20;
/// Rounds through all peers. The node asks again.
const TRIES: usize = 7;

pub(super) async fn run(context: &Context, detail: Root, weights: &[u32]) -> Result<Output, Failure> {
    let worker = &context.worker;
    worker.fetcher.ensure_detail(detail.0, MAX_DETAIL, TRIES).await?;
    let bytes = worker.store.get_small(&detail.0, MAX_DETAIL).await.map_err(local)?;
    let detail = Detail::decode(&bytes).map_err(local)?;
    Ok(Output::Rows(ScoreRow::of_job(
        &detail.scores_ppm,
        &detail.selection_weights,
        weights,
    )))
}
